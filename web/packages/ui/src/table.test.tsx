import { act, fireEvent, render, screen, within } from "@testing-library/react";
import { createRef, useState } from "react";
import { expect, it, vi } from "vitest";
import { BulkBar, type Column, DataTable, EmptyState, Pager, type TableHandle } from ".";
import { violations } from "./axe";

interface Row {
  id: string;
  name: string;
}
const ROWS: Row[] = ["Ada", "Ben", "Chika", "Dario"].map((name) => ({ id: name.toLowerCase(), name }));
const COLUMNS: Column<Row>[] = [
  { id: "name", head: "Name", cell: (row) => row.name, sorted: "ascending" },
  { id: "length", head: "Length", cell: (row) => row.name.length, end: true },
];

function Table(props: {
  handle?: React.Ref<TableHandle>;
  onOpen?: (row: Row) => void;
  rows?: Row[] | undefined;
  loading?: boolean;
  phone?: boolean;
  current?: string;
}) {
  const [ticked, setTicked] = useState<string[]>([]);
  return (
    <>
      <DataTable
        {...(props.handle ? { ref: props.handle } : {})}
        label="Users"
        columns={COLUMNS}
        rows={props.loading ? undefined : (props.rows ?? ROWS)}
        rowId={(row) => row.id}
        current={props.current ?? null}
        onOpen={props.onOpen ?? (() => {})}
        phone={props.phone ?? false}
        card={(row) => <b>{row.name}</b>}
        selection={{
          has: (id) => ticked.includes(id),
          set: (rows, on) =>
            setTicked((old) => {
              const rest = old.filter((id) => !rows.some((row) => row.id === id));
              return on ? [...rest, ...rows.map((row) => row.id)] : rest;
            }),
          label: (row) => `Select ${row.name}`,
          all: "Select all on this page",
        }}
      />
      <output>{ticked.join(" ")}</output>
    </>
  );
}
const row = (name: string) => screen.getByRole("row", { name: new RegExp(name) });
const ticked = () => screen.getByRole("status").textContent;
const press = (key: string, more: object = {}) =>
  fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });

it.each([false, true])("has no accessibility faults (phone: %s)", async (phone) => {
  const { container } = render(<Table phone={phone} current="ben" />);
  expect(await violations(container)).toEqual([]);
});

it("the bars around it have none either", async () => {
  const { container } = render(
    <>
      <BulkBar label="Actions" text="2 selected" clear="Clear" onClear={() => {}}>
        <button type="button">Deactivate</button>
      </BulkBar>
      <Pager text="1 to 50" previous="Previous" next="Next" onPrevious={null} onNext={() => {}} />
    </>,
  );
  expect(await violations(container)).toEqual([]);
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Previous" }).disabled).toBe(true);
});

it("has one row in the tab order, and arrows move it", () => {
  render(<Table />);
  expect(screen.getAllByRole("row").filter((r) => r.tabIndex === 0)).toEqual([row("Ada")]);
  row("Ada").focus();
  press("ArrowDown");
  expect(document.activeElement).toBe(row("Ben"));
  press("End");
  expect(document.activeElement).toBe(row("Dario"));
  press("ArrowDown");
  expect(document.activeElement).toBe(row("Dario"));
  press("Home");
  expect(document.activeElement).toBe(row("Ada"));
});

it("starts at the open row", () => {
  render(<Table current="chika" />);
  expect(row("Chika").tabIndex).toBe(0);
  expect(row("Chika").getAttribute("aria-current")).toBe("true");
});

it("opens with Enter and with a click, not with a tick", () => {
  const onOpen = vi.fn();
  render(<Table onOpen={onOpen} />);
  row("Ben").focus();
  press("Enter");
  fireEvent.click(row("Chika"));
  fireEvent.click(screen.getByRole("checkbox", { name: "Select Dario" }));
  expect(onOpen.mock.calls.map(([r]) => r.name)).toEqual(["Ben", "Chika"]);
});

it("ticks a row, a range, and the page", () => {
  render(<Table />);
  row("Ada").focus();
  press(" ");
  expect(ticked()).toBe("ada");
  press("ArrowDown");
  press("ArrowDown");
  press(" ", { shiftKey: true });
  expect(ticked()).toBe("ada ben chika");
  const all = screen.getByRole<HTMLInputElement>("checkbox", { name: "Select all on this page" });
  expect(all.indeterminate).toBe(true);
  fireEvent.click(all);
  expect(ticked()?.split(" ")).toHaveLength(4);
  fireEvent.click(all);
  expect(ticked()).toBe("");
});

it("is moved by keys of the whole screen", () => {
  const handle = createRef<TableHandle>();
  const onOpen = vi.fn();
  render(<Table handle={handle} onOpen={onOpen} />);
  act(() => void handle.current?.move(1));
  expect(document.activeElement).toBe(row("Ada"));
  act(() => void handle.current?.move(1));
  act(() => void handle.current?.toggle());
  expect(ticked()).toBe("ben");
  expect(handle.current?.open()).toBe(true);
  expect(onOpen).toHaveBeenCalledOnce();
});

it("shows cards on a phone", () => {
  render(<Table phone />);
  expect(screen.queryByRole("columnheader")).toBeNull();
  expect(within(row("Ada")).getByText("Ada").tagName).toBe("B");
});

it("shows bones only when loading takes long, and what stands instead of rows", () => {
  vi.useFakeTimers();
  const { rerender } = render(<Table loading />);
  expect(screen.queryByRole("grid")).toBeNull();
  act(() => vi.advanceTimersByTime(200));
  expect(screen.getByRole("grid").getAttribute("aria-busy")).toBe("true");
  vi.useRealTimers();
  rerender(
    <DataTable
      label="Users"
      columns={COLUMNS}
      rows={[]}
      rowId={(r) => r.id}
      onOpen={() => {}}
      phone={false}
      card={() => null}
      instead={<EmptyState icon={null} title="Nobody matches" />}
    />,
  );
  expect(screen.getByText("Nobody matches")).toBeTruthy();
});
