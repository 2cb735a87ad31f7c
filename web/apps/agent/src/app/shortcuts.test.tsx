import { fireEvent, render, screen } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import { useUi } from "../lib/ui-state";
import { type Keymap, useShortcuts } from "./shortcuts";

function Keys({ map }: { map: Keymap }) {
  useShortcuts(map);
  return <input aria-label="field" />;
}

const press = (key: string, target: Element = document.body, more: object = {}) =>
  fireEvent.keyDown(target, { key, ...more });

beforeEach(() => useUi.getState().setSingleKeys(true));

it("runs single keys, but not while writing or with a modifier", () => {
  const j = vi.fn();
  const leave = vi.fn();
  render(<Keys map={{ j, escape: leave }} />);
  press("j");
  press("J");
  expect(j).toHaveBeenCalledTimes(2);
  press("j", screen.getByLabelText("field"));
  press("j", document.body, { ctrlKey: true });
  expect(j).toHaveBeenCalledTimes(2);
  press("Escape", screen.getByLabelText("field"));
  expect(leave).toHaveBeenCalledOnce();
});

it("runs two keys in a row", () => {
  const inbox = vi.fn();
  const i = vi.fn();
  render(<Keys map={{ "g i": inbox, i }} />);
  press("g");
  press("i");
  expect(inbox).toHaveBeenCalledOnce();
  expect(i).not.toHaveBeenCalled();
  press("i");
  expect(i).toHaveBeenCalledOnce();
});

it("lets the inner part answer first and pass on what it does not want", () => {
  const outer = vi.fn();
  const { rerender } = render(<Keys map={{ t: outer }} />);
  const inner = vi.fn(() => false);
  rerender(
    <>
      <Keys map={{ t: outer }} />
      <Keys map={{ t: inner }} />
    </>,
  );
  press("t");
  expect(inner).toHaveBeenCalledOnce();
  expect(outer).toHaveBeenCalledOnce();
});

it("can be turned off, except for keys that are not characters", () => {
  const j = vi.fn();
  const f6 = vi.fn();
  render(<Keys map={{ j, f6 }} />);
  useUi.getState().setSingleKeys(false);
  press("j");
  press("F6");
  expect(j).not.toHaveBeenCalled();
  expect(f6).toHaveBeenCalledOnce();
});
