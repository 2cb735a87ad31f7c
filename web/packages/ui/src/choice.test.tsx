import { act, fireEvent, render, screen } from "@testing-library/react";
import { type ReactNode, useState } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Checkbox, RadioCards, SaveBar, SearchField, Swatches, Switch } from ".";
import { violations } from "./axe";

const nothing = () => {};
const ROLES = [
  { value: "agent", label: "Agent", hint: "Own conversations" },
  { value: "admin", label: "Admin", hint: "Everything" },
] as const;

const gallery: [string, ReactNode][] = [
  ["checkbox", <Checkbox key="c" checked={false} onChange={nothing} label="Select Amara" />],
  ["checkbox with words", <Checkbox key="c" checked onChange={nothing} label="WhatsApp" shown hint="Now with Sales" />],
  ["switch", <Switch key="s" checked onChange={nothing} label="Sound" hint="For new messages" />],
  ["radio cards", <RadioCards key="r" label="Role" value="agent" options={ROLES} onChange={nothing} />],
  [
    "radio cards that are fixed",
    <RadioCards key="r" label="Role" value="agent" options={ROLES} onChange={nothing} reason="Your own role" />,
  ],
  [
    "swatches",
    <Swatches
      key="w"
      label="Colour"
      value="blue"
      options={[
        { value: "blue", label: "Blue", color: "#00f" },
        { value: "red", label: "Red", color: "#f00" },
      ]}
      onChange={nothing}
    />,
  ],
  [
    "search",
    <SearchField key="f" label="Search users" placeholder="Name" value="am" onChange={nothing} clear="Clear search" />,
  ],
  [
    "save bar",
    <SaveBar
      key="b"
      text="1 unsaved change"
      error="Not saved."
      save="Save"
      cancel="Cancel"
      onSave={nothing}
      onCancel={nothing}
    />,
  ],
];

it.each(gallery)("%s has no accessibility faults", async (_name, node) => {
  const { container } = render(node);
  expect(await violations(container)).toEqual([]);
});

describe("choices", () => {
  it("a checkbox shows that some are ticked, and says what the tick became", () => {
    const onChange = vi.fn();
    render(<Checkbox checked={false} some onChange={onChange} label="All" />);
    const box = screen.getByRole<HTMLInputElement>("checkbox", { name: "All" });
    expect(box.indeterminate).toBe(true);
    fireEvent.click(box, { shiftKey: true });
    expect(onChange).toHaveBeenCalledWith(true, { shift: true });
  });

  it("a switch with a reason stays as it is", () => {
    const onChange = vi.fn();
    const { rerender } = render(<Switch checked={false} onChange={onChange} label="Sound" reason="No sound here" />);
    fireEvent.click(screen.getByRole("switch"));
    expect(onChange).not.toHaveBeenCalled();
    rerender(<Switch checked={false} onChange={onChange} label="Sound" />);
    fireEvent.click(screen.getByRole("switch", { name: "Sound" }));
    expect(onChange).toHaveBeenCalledWith(true);
  });

  it("radio cards take a choice, unless there is a reason against", () => {
    const onChange = vi.fn();
    const { rerender } = render(<RadioCards label="Role" value="agent" options={ROLES} onChange={onChange} />);
    fireEvent.click(screen.getByRole("radio", { name: "Admin" }));
    expect(onChange).toHaveBeenCalledWith("admin");
    rerender(<RadioCards label="Role" value="agent" options={ROLES} onChange={onChange} reason="Your own role" />);
    expect(screen.getByRole<HTMLInputElement>("radio", { name: "Admin" }).matches(":disabled")).toBe(true);
    expect(screen.getByText("Your own role")).toBeTruthy();
  });
});

function Search({ told }: { told: (q: string) => void }) {
  const [value, setValue] = useState("");
  return (
    <>
      <SearchField
        label="Search"
        placeholder=""
        value={value}
        onChange={(q) => {
          told(q);
          setValue(q);
        }}
        clear="Clear search"
      />
      <button type="button" onClick={() => setValue("from outside")}>
        other
      </button>
    </>
  );
}

describe("search", () => {
  afterEach(() => vi.useRealTimers());

  const field = () => screen.getByRole<HTMLInputElement>("searchbox");
  const type = (value: string) => fireEvent.change(field(), { target: { value } });

  it("tells whoever listens when the pause is over, not whoever did at the key press", () => {
    vi.useFakeTimers();
    const [before, after] = [vi.fn(), vi.fn()];
    const { rerender } = render(<Search told={before} />);
    type("am");
    rerender(<Search told={after} />);
    act(() => vi.advanceTimersByTime(300));
    expect([before.mock.calls, after.mock.calls]).toEqual([[], [["am"]]]);
  });

  it("tells once, after a pause, without the blanks around", () => {
    vi.useFakeTimers();
    const told = vi.fn();
    render(<Search told={told} />);
    type("a");
    type("am");
    type("am ");
    expect(told).not.toHaveBeenCalled();
    act(() => vi.advanceTimersByTime(300));
    expect(told.mock.calls).toEqual([["am"]]);
    // What was told does not come back over what is typed.
    expect(field().value).toBe("am ");
  });

  it("tells at once with Enter and when emptied, and follows changes from outside", () => {
    const told = vi.fn();
    render(<Search told={told} />);
    type("amara");
    fireEvent.keyDown(field(), { key: "Enter" });
    fireEvent.click(screen.getByRole("button", { name: "Clear search" }));
    expect(told.mock.calls).toEqual([["amara"], [""]]);
    fireEvent.click(screen.getByText("other"));
    expect(field().value).toBe("from outside");
  });
});

it("the save bar says why it did not save, and does not save with a reason against", () => {
  const onSave = vi.fn();
  render(
    <SaveBar
      text="1 unsaved change"
      error="Somebody has this address."
      save="Save"
      cancel="Cancel"
      reason="Enter a name."
      onSave={onSave}
      onCancel={nothing}
    />,
  );
  expect(screen.getByRole("alert").textContent).toBe("Somebody has this address.");
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(onSave).not.toHaveBeenCalled();
});
