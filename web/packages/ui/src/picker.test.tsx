import { fireEvent, render, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { FilterMenu } from ".";
import { violations } from "./axe";
import { ConfirmDialog } from "./confirm";
import { Picker, type PickerOption } from "./picker";

const options: PickerOption[] = ["Sales", "Support", "Transfers"].map((label) => ({
  value: label.toLowerCase(),
  label,
}));
const many: PickerOption[] = Array.from({ length: 12 }, (_, i) => ({ value: `t${i}`, label: `Team ${i}` }));

const base = {
  open: true,
  anchor: { current: null },
  label: "Team",
  search: "Find a team",
  empty: "No team has that name",
};

it("a short list is picked from with the arrows", async () => {
  const onPick = vi.fn();
  const onOpenChange = vi.fn();
  render(<Picker {...base} options={options} selected={["sales"]} onPick={onPick} onOpenChange={onOpenChange} />);
  expect(await violations(document.body)).toEqual([]);
  const list = screen.getByRole("listbox");
  expect(document.activeElement).toBe(list);
  fireEvent.keyDown(list, { key: "ArrowDown" });
  fireEvent.keyDown(list, { key: "Enter" });
  expect(onPick).toHaveBeenCalledWith(options[1]);
  expect(onOpenChange).toHaveBeenCalledWith(false);
});

it("a long list is narrowed by typing, and one of many stays open", async () => {
  const onPick = vi.fn();
  const onOpenChange = vi.fn();
  render(<Picker {...base} many options={many} selected={[]} onPick={onPick} onOpenChange={onOpenChange} />);
  expect(await violations(document.body)).toEqual([]);
  const field = screen.getByRole("combobox");
  fireEvent.change(field, { target: { value: "team 1" } });
  expect(screen.getAllByRole("option").map((o) => o.textContent)).toEqual(["Team 1", "Team 10", "Team 11"]);
  fireEvent.keyDown(field, { key: "ArrowUp" });
  fireEvent.keyDown(field, { key: "Enter" });
  expect(onPick).toHaveBeenCalledWith(many[11]);
  expect(onOpenChange).not.toHaveBeenCalled();
  fireEvent.change(field, { target: { value: "zzz" } });
  expect(screen.getByText("No team has that name")).toBeTruthy();
});

it("where the server searches, its answer is shown as it is", () => {
  const onQuery = vi.fn();
  render(
    <Picker {...base} options={options} selected={[]} onPick={() => {}} onOpenChange={() => {}} onQuery={onQuery} />,
  );
  fireEvent.change(screen.getByRole("combobox"), { target: { value: " zzz " } });
  expect(onQuery).toHaveBeenCalledWith("zzz");
  expect(screen.getAllByRole("option")).toHaveLength(3);
});

it("a filter says what is picked, and lets go of it", async () => {
  const onChange = vi.fn();
  const filter = { label: "Team", options, onChange, clear: "Clear team", search: "Find", empty: "None" };
  const { container, rerender } = render(<FilterMenu {...filter} value={null} />);
  fireEvent.click(screen.getByRole("button", { name: "Team" }));
  fireEvent.click(await screen.findByRole("option", { name: "Support" }));
  expect(onChange).toHaveBeenCalledWith("support");
  rerender(<FilterMenu {...filter} value="support" />);
  expect(await violations(container)).toEqual([]);
  expect(screen.getByRole("button", { name: "Team: Support" })).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Clear team" }));
  expect(onChange).toHaveBeenLastCalledWith(null);
});

it("a confirmation has the safe answer first, and Escape is that answer", async () => {
  const onCancel = vi.fn();
  const onConfirm = vi.fn();
  render(
    <ConfirmDialog open danger title="Deactivate?" confirm="Deactivate" cancel="Cancel" {...{ onCancel, onConfirm }}>
      They cannot sign in again.
    </ConfirmDialog>,
  );
  expect(await violations(document.body)).toEqual([]);
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "Cancel" }));
  fireEvent.click(screen.getByRole("button", { name: "Deactivate" }));
  expect(onConfirm).toHaveBeenCalledOnce();
  fireEvent.keyDown(screen.getByRole("alertdialog"), { key: "Escape" });
  expect(onCancel).toHaveBeenCalledOnce();
});
