import type { KeyboardEvent, ReactNode, Ref } from "react";
import { useEffect, useImperativeHandle, useRef, useState } from "react";
import { Button } from "./button";
import { Checkbox } from "./choice";
import { cx } from "./cx";
import { Skeleton, useDelayed } from "./feedback";

export interface Column<Row> {
  id: string;
  head: string;
  /** The head is said, not shown: what stands below speaks for itself. */
  quiet?: boolean;
  cell: (row: Row) => ReactNode;
  /** Width, and from which width of the table on it shows. */
  className?: string;
  /** Numbers and times stand at the end. */
  end?: boolean;
  /** How the server sorts by it. */
  sorted?: "ascending" | "descending";
}

/** What keys outside the table do to it. Each returns false when there was nothing to do. */
export interface TableHandle {
  /** Moves the focus by some rows. */
  move: (step: number) => boolean;
  /** Opens the focused row. */
  open: () => boolean;
  /** Ticks or unticks the focused row; `range`: all rows from the last ticked one. */
  toggle: (range?: boolean) => boolean;
}

export interface Selection<Row> {
  has: (id: string) => boolean;
  set: (rows: readonly Row[], on: boolean) => void;
  /** "Select Amara Okafor" */
  label: (row: Row) => string;
  /** "Select all on this page" */
  all: string;
}

/**
 * Rows with a head that stays. One row has the keyboard: arrows, Home and End move, Enter opens, Space ticks. On a phone the rows
 * are cards.
 */
export function DataTable<Row>(props: {
  ref?: Ref<TableHandle>;
  label: string;
  columns: readonly Column<Row>[];
  /** Undefined while loading. */
  rows: readonly Row[] | undefined;
  rowId: (row: Row) => string;
  /** What is shown instead of rows: an error, an empty state. */
  instead?: ReactNode;
  /** The open row. */
  current?: string | null;
  onOpen: (row: Row) => void;
  selection?: Selection<Row>;
  phone: boolean;
  card: (row: Row) => ReactNode;
  /** The rows are those of the page before, while the next one loads. */
  stale?: boolean;
}) {
  const { columns, rows, rowId, selection, phone } = props;
  const loading = rows === undefined && !props.instead;
  const skeleton = useDelayed(loading);
  const box = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const anchor = useRef<string | null>(null);
  const wanted = useRef(false);

  const list = rows ?? [];
  const indexOf = (id: string | null | undefined) => (id == null ? -1 : list.findIndex((row) => rowId(row) === id));
  const known = indexOf(focused) >= 0 ? indexOf(focused) : indexOf(props.current);
  const at = Math.max(0, known);

  useEffect(() => {
    if (!wanted.current || focused === null) return;
    wanted.current = false;
    for (const row of box.current?.querySelectorAll<HTMLElement>("[data-row]") ?? []) {
      if (row.dataset.row === focused) row.focus();
    }
  });

  const move = (index: number) => {
    const row = list[Math.min(list.length - 1, Math.max(0, index))];
    if (row === undefined) return false;
    wanted.current = true;
    setFocused(rowId(row));
    return true;
  };
  const here = () => box.current?.contains(document.activeElement) ?? false;
  const toggle = (index: number, range: boolean) => {
    const row = list[index];
    if (row === undefined || !selection) return false;
    const id = rowId(row);
    const on = !selection.has(id);
    const from = range ? indexOf(anchor.current) : -1;
    if (from >= 0) selection.set(list.slice(Math.min(from, index), Math.max(from, index) + 1), true);
    else selection.set([row], on);
    anchor.current = id;
    setFocused(id);
    return true;
  };
  const open = (index: number) => {
    const row = list[index];
    if (row === undefined) return false;
    setFocused(rowId(row));
    props.onOpen(row);
    return true;
  };
  useImperativeHandle(props.ref, () => ({
    move: (step) => move(known < 0 && !here() ? 0 : at + step),
    open: () => here() && open(at),
    toggle: (range = false) => (here() || known >= 0) && toggle(at, range),
  }));

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    const onRow = target.dataset.row !== undefined;
    // Where the focus is, also when keys come faster than the screen follows.
    const inRow = indexOf(target.closest<HTMLElement>("[data-row]")?.dataset.row);
    const from = inRow >= 0 ? inRow : at;
    const done =
      event.key === "ArrowDown"
        ? move(from + 1)
        : event.key === "ArrowUp"
          ? move(from - 1)
          : event.key === "Home"
            ? move(0)
            : event.key === "End"
              ? move(list.length - 1)
              : onRow && event.key === "Enter"
                ? open(from)
                : onRow && event.key === " "
                  ? toggle(from, event.shiftKey)
                  : false;
    if (done) event.preventDefault();
  };

  if (props.instead) return <div className="flex min-h-0 flex-1 overflow-y-auto">{props.instead}</div>;
  if (loading && !skeleton) return <div className="min-h-0 flex-1" />;

  const ids = list.map(rowId);
  const ticked = selection ? ids.filter((id) => selection.has(id)).length : 0;
  const rowProps = (row: Row, index: number) => {
    const id = rowId(row);
    return {
      "data-row": id,
      "data-testid": "table-row",
      tabIndex: index === at ? 0 : -1,
      "aria-selected": selection ? selection.has(id) : id === props.current,
      ...(id === props.current ? { "aria-current": "true" as const } : {}),
      onFocus: () => setFocused(id),
      onClick: (event: React.MouseEvent) => {
        if ((event.target as HTMLElement).closest("a,button,input,label")) return;
        if (event.shiftKey && selection) toggle(index, true);
        else open(index);
      },
    };
  };
  const tick = (row: Row, index: number) =>
    selection && (
      <Checkbox
        checked={selection.has(rowId(row))}
        onChange={(_, { shift }) => toggle(index, shift)}
        label={selection.label(row)}
        tabIndex={-1}
        className="before:absolute before:inset-0 before:content-['']"
      />
    );

  const cell = (column: Column<Row>) => cx("px-2.5 last:pe-5", column.end && "text-end", column.className);
  return (
    <div
      ref={box}
      className={cx(
        "@container min-h-0 flex-1 overflow-auto overscroll-contain [scroll-padding-top:34px]",
        props.stale && "opacity-60",
      )}
    >
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: rows are focused and ticked
        role="grid"
        aria-label={props.label}
        aria-busy={loading || Boolean(props.stale)}
        {...(selection ? { "aria-multiselectable": true } : {})}
        className="w-full table-fixed border-separate border-spacing-0 text-sm"
        onKeyDown={onKeyDown}
      >
        {!phone && (
          <thead>
            <tr className="[&>th]:sticky [&>th]:top-0 [&>th]:z-(--z-sticky) [&>th]:h-[34px] [&>th]:border-b [&>th]:border-line-subtle [&>th]:bg-surface-2 [&>th]:text-start [&>th]:text-xs [&>th]:font-medium [&>th]:text-text-3">
              {selection && (
                <th scope="col" className="w-11 ps-5">
                  <Checkbox
                    checked={ticked > 0 && ticked === list.length}
                    some={ticked > 0}
                    onChange={(on) => selection.set(list, on)}
                    label={selection.all}
                    className="relative before:absolute before:-inset-1.5 before:content-['']"
                  />
                </th>
              )}
              {columns.map((column) => (
                <th
                  key={column.id}
                  scope="col"
                  {...(column.sorted ? { "aria-sort": column.sorted } : {})}
                  className={cx(cell(column), !selection && "first:ps-5", column.end && "text-end!")}
                >
                  {column.quiet ? <span className="sr-only">{column.head}</span> : column.head}
                </th>
              ))}
            </tr>
          </thead>
        )}
        <tbody>
          {loading && <Bones columns={(phone ? 1 : columns.length) + (selection ? 1 : 0)} />}
          {list.map((row, index) => {
            const id = rowId(row);
            return (
              <tr
                key={id}
                {...rowProps(row, index)}
                className={cx(
                  "group cursor-pointer outline-none [&>td]:h-12 [&>td]:border-b [&>td]:border-line-subtle focus-visible:[&>td]:shadow-[inset_0_2px_0_var(--focus),inset_0_-2px_0_var(--focus)] focus-visible:[&>td:first-child]:shadow-[inset_2px_2px_0_var(--focus),inset_0_-2px_0_var(--focus)] focus-visible:[&>td:last-child]:shadow-[inset_-2px_2px_0_var(--focus),inset_0_-2px_0_var(--focus)]",
                  id === props.current || selection?.has(id) ? "[&>td]:bg-accent-tint" : "hover:[&>td]:bg-hover",
                )}
              >
                {selection && <td className="relative w-11 ps-5 phone:ps-4">{tick(row, index)}</td>}
                {phone && (
                  <td className={cx("h-[68px]! py-2.5 pe-4", selection ? "ps-1" : "ps-4")}>{props.card(row)}</td>
                )}
                {!phone &&
                  columns.map((column) => (
                    <td key={column.id} className={cx(cell(column), !selection && "first:ps-5")}>
                      {column.cell(row)}
                    </td>
                  ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

const WIDTHS = [62, 48, 70, 55, 44, 66, 52, 60];

/** The outline of rows to come. */
function Bones({ columns }: { columns: number }) {
  return WIDTHS.map((width) => (
    <tr key={width}>
      <td colSpan={columns} className="h-12 border-b border-line-subtle px-5 phone:h-[68px]">
        <span aria-hidden="true" className="flex items-center gap-3">
          <Skeleton className="size-7 rounded-full" />
          <span style={{ width: `${width}%` }}>
            <Skeleton />
          </span>
        </span>
      </td>
    </tr>
  ));
}

/** Below a table: where we are, and on to the pages beside. */
export function Pager(props: {
  text: ReactNode;
  previous: string;
  next: string;
  onPrevious: (() => void) | null;
  onNext: (() => void) | null;
  busy?: boolean;
}) {
  return (
    <div className="flex flex-none items-center gap-1 border-t border-line-subtle py-2 ps-5 pe-3 phone:py-1 phone:ps-4">
      <span role="status" className="num min-w-0 flex-1 truncate text-xs text-text-3">
        {props.text}
      </span>
      <Button size="sm" look="quiet" disabled={!props.onPrevious} onClick={() => props.onPrevious?.()}>
        {props.previous}
      </Button>
      <Button
        size="sm"
        look="quiet"
        busy={props.busy ?? false}
        disabled={!props.onNext}
        onClick={() => props.onNext?.()}
      >
        {props.next}
      </Button>
    </div>
  );
}

/** Stands in for the filters while rows are ticked. */
export function BulkBar(props: {
  text: string;
  clear: string;
  onClear: () => void;
  label: string;
  children: ReactNode;
}) {
  return (
    <section
      aria-label={props.label}
      className="flex flex-none items-center gap-2 border-t border-accent-line bg-accent-tint py-2 ps-5 pe-3 phone:ps-4"
    >
      <span role="status" className="num flex-none text-xs font-medium text-accent-text">
        {props.text}
      </span>
      <div className="flex min-w-0 flex-1 items-center gap-1.5 overflow-x-auto p-0.5 [scrollbar-width:none]">
        {props.children}
      </div>
      <Button size="sm" look="quiet" onClick={props.onClear}>
        {props.clear}
      </Button>
    </section>
  );
}
