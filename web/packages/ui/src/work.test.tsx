import { fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useRef } from "react";
import { describe, expect, it, vi } from "vitest";
import { Meter, PresenceDot, Segmented, Toaster, toast, useIntent } from ".";
import { violations } from "./axe";
import { Picker, type PickerOption } from "./picker";
import { Popover } from "./popover";

const nothing = () => {};

describe("segmented", () => {
  it("has no accessibility faults, says which is chosen and takes another", async () => {
    const onChange = vi.fn();
    const options = [
      { value: "open", label: "Open" },
      { value: "closed", label: "Closed" },
    ] as const;
    const { container } = render(<Segmented label="Which" value="open" options={options} onChange={onChange} />);
    expect(await violations(container)).toEqual([]);
    expect(screen.getByRole("button", { pressed: true }).textContent).toBe("Open");
    fireEvent.click(screen.getByRole("button", { name: "Closed" }));
    expect(onChange).toHaveBeenCalledWith("closed");
  });
});

describe("presence and load", () => {
  it("say in words what they show", async () => {
    const { container } = render(
      <>
        <PresenceDot state="away" label="Away" corner />
        <PresenceDot state="busy" label="" />
        <Meter value={12} max={8} label="Devon has 12 open" tone="warn" />
      </>,
    );
    expect(await violations(container)).toEqual([]);
    expect(screen.getByRole("img", { name: "Away" })).toBeTruthy();
    expect(screen.getByRole("meter").getAttribute("aria-valuenow")).toBe("8");
  });
});

function Opens({ load }: { load: () => Promise<unknown> }) {
  const panel = useIntent(load);
  return (
    <span className="relative">
      <button type="button" ref={panel.anchor} aria-haspopup="dialog" {...panel.button}>
        Filter
      </button>
      {panel.asked && (
        <Popover label="Filter" open={panel.open} onOpenChange={panel.setOpen} anchor={panel.anchor}>
          <label>
            Name <input />
          </label>
        </Popover>
      )}
    </span>
  );
}

describe("popover on intent", () => {
  it("loads before it is asked for, opens, has no faults and gives the focus back", async () => {
    const load = vi.fn(async () => {});
    render(<Opens load={load} />);
    const button = screen.getByRole("button", { name: "Filter" });
    fireEvent.pointerEnter(button);
    expect(load).toHaveBeenCalled();
    fireEvent.click(button);
    expect(button.getAttribute("aria-expanded")).toBe("true");
    expect(await violations(document.body)).toEqual([]);
    fireEvent.keyDown(screen.getByRole("dialog"), { key: "Escape" });
    await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await vi.waitFor(() => expect(document.activeElement).toBe(button));
  });
});

const PEOPLE: readonly PickerOption[] = [
  { value: "1", label: "Marcus Adeyemi" },
  { value: "2", label: "Hiro Kato" },
  { value: "3", label: "Devon Kim", reason: "has it already" },
  { value: "4", label: "Adele Brun" },
];

function People({ onPick }: { onPick: (option: PickerOption) => void }) {
  const anchor = useRef<HTMLButtonElement>(null);
  return (
    <span>
      <button type="button" ref={anchor}>
        Assign
      </button>
      <Picker
        open
        onOpenChange={nothing}
        anchor={anchor}
        label="Assign to"
        options={PEOPLE}
        selected={[]}
        onPick={onPick}
        searched
        search="Find"
        empty="Nobody"
      />
    </span>
  );
}

describe("picking a colleague", () => {
  it("takes two letters and Enter, words that begin so first", async () => {
    const onPick = vi.fn();
    const user = userEvent.setup();
    render(<People onPick={onPick} />);
    expect(await violations(document.body)).toEqual([]);
    await user.type(screen.getByRole("combobox"), "ad");
    expect(screen.getAllByRole("option").map((o) => o.textContent)).toEqual(["Marcus Adeyemi", "Adele Brun"]);
    await user.clear(screen.getByRole("combobox"));
    await user.type(screen.getByRole("combobox"), "ka{Enter}");
    expect(onPick).toHaveBeenCalledExactlyOnceWith(PEOPLE[1]);
  });

  it("does not take who cannot be picked, and says why", async () => {
    const onPick = vi.fn();
    const user = userEvent.setup();
    render(<People onPick={onPick} />);
    await user.type(screen.getByRole("combobox"), "dev{Enter}");
    await user.click(screen.getByRole("option"));
    expect(screen.getByRole("option").textContent).toContain("has it already");
    expect(onPick).not.toHaveBeenCalled();
  });
});

it("a toast offers what can be done about it, once", async () => {
  const run = vi.fn();
  render(<Toaster dismiss="Dismiss" />);
  toast("Closed Amara", "ok", { label: "Undo", run });
  fireEvent.click(await screen.findByRole("button", { name: "Undo" }));
  expect(run).toHaveBeenCalledOnce();
  expect(screen.queryByText("Closed Amara")).toBeNull();
});
