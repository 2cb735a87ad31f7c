import { act, fireEvent, render, screen } from "@testing-library/react";
import axe from "axe-core";
import { Inbox } from "lucide-react";
import type { ReactNode } from "react";
import { describe, expect, it, vi } from "vitest";
import {
  Avatar,
  avatarHue,
  Banner,
  Button,
  Count,
  DeliveryTick,
  EmptyState,
  ErrorState,
  IconButton,
  Input,
  initials,
  Kbd,
  Pill,
  Skeleton,
  Tag,
  Toaster,
  Tooltips,
  toast,
  useDelayed,
} from ".";
import { Dialog } from "./dialog";
import { Menu, MenuChoice, MenuItem } from "./menu";

async function violations(node: Element): Promise<string[]> {
  // jsdom draws nothing, so contrast is measured in the browser instead.
  const result = await axe.run(node, { rules: { "color-contrast": { enabled: false }, region: { enabled: false } } });
  return result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`);
}

const gallery: [string, ReactNode][] = [
  ["button", <Button key="b">Send</Button>],
  [
    "button with reason",
    <Button key="b" reason="Write something first">
      Send
    </Button>,
  ],
  [
    "busy button",
    <Button key="b" busy>
      Saving
    </Button>,
  ],
  [
    "icon button",
    <IconButton key="i" label="Close" shortcut="Esc">
      <Inbox />
    </IconButton>,
  ],
  ["avatar", <Avatar key="a" id="1" name="Amara Okafor" channel="whatsapp" label="Amara Okafor" />],
  [
    "marks",
    <p key="m">
      <Count value={3} label="3 unread" />
      <Pill tone="warn">4m</Pill>
      <Tag>Support</Tag>
      <Kbd>J</Kbd>
      <DeliveryTick state="read" label="Read" />
    </p>,
  ],
  [
    "banner",
    <Banner key="n" tone="warn">
      You are offline.
    </Banner>,
  ],
  [
    "states",
    <div key="s">
      <EmptyState icon={<Inbox />} title="You are all caught up">
        Nothing.
      </EmptyState>
      <ErrorState title="It did not load" />
      <Skeleton />
    </div>,
  ],
  ["field with error", <Input key="f" label="Work email" error="Enter your work email." />],
];

describe("primitives", () => {
  it.each(gallery)("%s has no accessibility faults", async (_name, node) => {
    const { container } = render(node);
    expect(await violations(container)).toEqual([]);
  });

  it("a menu has none either, and takes the choice", async () => {
    const anchor = { current: document.createElement("button") };
    const onChange = vi.fn();
    const onSelect = vi.fn();
    render(
      <Menu open onOpenChange={() => {}} anchor={anchor} label="Account">
        <MenuChoice
          label="Theme"
          value="light"
          onChange={onChange}
          options={[
            { value: "light", label: "Light", icon: null },
            { value: "dark", label: "Dark", icon: null },
          ]}
        />
        <MenuItem onSelect={onSelect}>Sign out</MenuItem>
      </Menu>,
    );
    expect(await violations(document.body)).toEqual([]);
    fireEvent.click(screen.getByRole("menuitemradio", { name: "Dark" }));
    expect(onChange).toHaveBeenCalledWith("dark");
    fireEvent.click(screen.getByRole("menuitem", { name: "Sign out" }));
    expect(onSelect).toHaveBeenCalledOnce();
  });

  it("a dialog has none either, and closes with Escape", async () => {
    const onOpenChange = vi.fn();
    render(
      <Dialog open onOpenChange={onOpenChange} title="Shortcuts" close="Close">
        Words
      </Dialog>,
    );
    expect(await violations(document.body)).toEqual([]);
    fireEvent.keyDown(screen.getByRole("dialog"), { key: "Escape" });
    expect(onOpenChange).toHaveBeenCalledWith(false);
  });
});

describe("button", () => {
  it("with a reason can be reached but not pressed", () => {
    const onClick = vi.fn();
    render(
      <Button reason="Window closed" onClick={onClick}>
        Send
      </Button>,
    );
    const button = screen.getByRole("button");
    fireEvent.click(button);
    expect(onClick).not.toHaveBeenCalled();
    expect(button).toHaveProperty("disabled", false);
    expect(button.getAttribute("aria-description")).toBe("Window closed");
  });
});

describe("avatar", () => {
  it.each([
    ["Amara Okafor", "AO"],
    ["Mei-Ling Chua", "MC"],
    ["cher", "C"],
    ["Ana María de la Cruz", "AC"],
    ["+44 7700 900 318", "#"],
    ["מיכל לוי", "מל"],
    ["", "#"],
  ])("of %s says %s", (name, letters) => expect(initials(name)).toBe(letters));

  it("has the same hue for the same person and uses all hues", () => {
    expect(avatarHue("abc")).toBe(avatarHue("abc"));
    const hues = new Set(
      Array.from({ length: 500 }, (_, i) => avatarHue(`0198a0f0-0000-7000-8000-${String(i).padStart(12, "0")}`)),
    );
    expect(hues.size).toBe(10);
  });
});

describe("tooltip", () => {
  it("shows after a moment and hides on Escape", () => {
    vi.useFakeTimers();
    render(
      <>
        <Tooltips />
        <IconButton label="Close">
          <Inbox />
        </IconButton>
      </>,
    );
    fireEvent.pointerOver(screen.getByRole("button"), { pointerType: "mouse" });
    act(() => vi.advanceTimersByTime(399));
    expect(screen.queryByText("Close")).toBeNull();
    act(() => vi.advanceTimersByTime(1));
    expect(screen.getByText("Close")).toBeTruthy();
    fireEvent.keyDown(document.body, { key: "Escape" });
    expect(screen.queryByText("Close")).toBeNull();
    vi.useRealTimers();
  });
});

describe("toast", () => {
  it("says the same thing once, shows three at most and goes away", () => {
    vi.useFakeTimers();
    render(<Toaster dismiss="Dismiss" />);
    act(() => {
      for (const text of ["one", "two", "two", "three", "four"]) toast(text);
    });
    expect(screen.getAllByRole("button")).toHaveLength(3);
    expect(screen.queryByText("one")).toBeNull();
    act(() => vi.advanceTimersByTime(5_000));
    expect(screen.queryByRole("button")).toBeNull();
    vi.useRealTimers();
  });
});

function Probe({ active }: { active: boolean }) {
  return <p>{useDelayed(active) ? "skeleton" : "nothing"}</p>;
}

describe("delayed", () => {
  it("shows nothing for fast answers", () => {
    vi.useFakeTimers();
    const { rerender } = render(<Probe active />);
    act(() => vi.advanceTimersByTime(149));
    expect(screen.getByText("nothing")).toBeTruthy();
    act(() => vi.advanceTimersByTime(1));
    expect(screen.getByText("skeleton")).toBeTruthy();
    rerender(<Probe active={false} />);
    expect(screen.getByText("nothing")).toBeTruthy();
    vi.useRealTimers();
  });
});
