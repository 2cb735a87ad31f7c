import { cx } from "@max/ui";
import { type KeyboardEvent, type ReactNode, type Ref, useEffect, useImperativeHandle, useState } from "react";

/** What the field asks of an open list before it takes a key for itself. */
export interface Suggesting {
  /** Whether the list has taken the key. */
  key: (event: KeyboardEvent) => boolean;
}

/**
 * A list that stands under the field while something is looked for. The focus stays in the field; the arrows move here, Enter and Tab
 * take what is marked.
 */
export function Suggestions<T>(props: {
  ref?: Ref<Suggesting>;
  id: string;
  label: string;
  items: readonly T[];
  /** They are still coming: what was typed is not sent before it is known what it calls. */
  busy: boolean;
  itemKey: (item: T) => string;
  onPick: (item: T) => void;
  /** Tells the field which option is marked. */
  onActive: (optionId: string | null, item: T | null) => void;
  option: (item: T, active: boolean) => ReactNode;
  /** Said to those who do not see the list. */
  count: string;
  /** In place of the list: nothing fits, or it does not load. */
  instead?: ReactNode;
  /** Below the list. */
  children?: ReactNode;
}) {
  const { id, items, onPick, onActive, itemKey } = props;
  const [at, setAt] = useState(0);
  const active = Math.min(at, items.length - 1);
  const item = items[active] ?? null;
  const key = item ? itemKey(item) : null;
  const optionId = key === null ? null : `${id}-${active}`;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the marked option is what is told
  useEffect(() => onActive(optionId, item), [optionId, key]);
  useEffect(() => {
    if (optionId) document.getElementById(optionId)?.scrollIntoView?.({ block: "nearest" });
  }, [optionId]);
  useImperativeHandle(
    props.ref,
    () => ({
      key: (event) => {
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (step && items.length > 0) setAt((active + step + items.length) % items.length);
        else if (event.key === "Enter" && !event.shiftKey && props.busy) event.preventDefault();
        else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && item) onPick(item);
        else return false;
        event.preventDefault();
        return true;
      },
    }),
    [items, active, item, onPick, props.busy],
  );

  return (
    <div className="mx-2 mb-1 phone:mt-1 overflow-hidden rounded-[10px] border border-line bg-surface shadow-2">
      <span role="status" className="sr-only">
        {props.count}
      </span>
      {props.instead ?? (
        <div
          id={id}
          role="listbox"
          aria-label={props.label}
          tabIndex={-1}
          className="max-h-[min(216px,30dvh)] overflow-y-auto overscroll-contain p-1 outline-none"
        >
          {items.map((one, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keyboard
            // biome-ignore lint/a11y/useFocusableInteractive: pointed at by aria-activedescendant
            <div
              key={itemKey(one)}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === active}
              // Before the field loses the focus.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => onPick(one)}
              onPointerMove={() => setAt(index)}
              className={cx(
                "flex min-h-[30px] items-center gap-2.5 rounded-sm px-2 py-1 text-sm phone:min-h-11",
                index === active && "bg-hover",
              )}
            >
              {props.option(one, index === active)}
            </div>
          ))}
        </div>
      )}
      {props.children}
    </div>
  );
}

/** A line in place of the list. */
export function Hint({ children }: { children: ReactNode }) {
  return <p className="px-3 py-2.5 text-xs text-text-3">{children}</p>;
}
