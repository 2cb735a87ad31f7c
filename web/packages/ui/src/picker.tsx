import { Check, Search } from "lucide-react";
import { Popover } from "radix-ui";
import type { KeyboardEvent, ReactNode, RefObject } from "react";
import { useEffect, useId, useRef, useState } from "react";
import { cx } from "./cx";
import { Spinner } from "./feedback";

export interface PickerOption {
  value: string;
  label: string;
  /** A second line, or what tells namesakes apart. */
  hint?: string;
  /** A dot, an avatar, an icon before the label. */
  mark?: ReactNode;
  /** What stands at the end of the line: a number, a mark. */
  end?: ReactNode;
  /** Why it cannot be picked. */
  reason?: string | undefined;
}

/** Lists this long are searched rather than read. */
const SEARCHED = 8;

/** Whether one of the words begins with this. */
const begins = (label: string, words: string) => ` ${label.toLocaleLowerCase()}`.includes(` ${words}`);

/**
 * A list to pick from, hung on an element the caller draws. Typing narrows it; where the caller searches, `onQuery` is told and
 * `options` are its answer. Load it on intent: it brings Radix along.
 */
export function Picker(props: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The button that opens it; focus returns to it. */
  anchor: RefObject<HTMLElement | null>;
  label: string;
  options: readonly PickerOption[];
  selected: readonly string[];
  onPick: (option: PickerOption) => void;
  /** Picking keeps it open. */
  many?: boolean;
  onQuery?: (query: string) => void;
  busy?: boolean;
  /** It is searched however short it is. */
  searched?: boolean;
  align?: "start" | "end";
  /** Wider than what is usual. */
  wide?: boolean;
  search: string;
  /** Shown when nothing is left. */
  empty: string;
}) {
  const { options, selected, onQuery } = props;
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const searched = props.searched || onQuery !== undefined || options.length > SEARCHED;
  const words = query.trim().toLocaleLowerCase();
  const shown =
    onQuery || words === ""
      ? options
      : options
          .filter((o) => `${o.label} ${o.hint ?? ""}`.toLocaleLowerCase().includes(words))
          // A name that begins with what was typed is likelier meant than one that holds it somewhere.
          .toSorted((a, b) => Number(begins(b.label, words)) - Number(begins(a.label, words)));
  const active = Math.min(at, shown.length - 1);
  const activeId = active >= 0 ? `${id}-${active}` : undefined;

  useEffect(() => {
    if (activeId) document.getElementById(activeId)?.scrollIntoView?.({ block: "nearest" });
  }, [activeId]);

  const pick = (option: PickerOption | undefined) => {
    if (!option || option.reason) return;
    props.onPick(option);
    if (!props.many) props.onOpenChange(false);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setAt((active + step + shown.length) % Math.max(1, shown.length));
    else if (event.key === "Home" && !searched) setAt(0);
    else if (event.key === "End" && !searched) setAt(shown.length - 1);
    else if (event.key === "Enter" || (event.key === " " && !searched)) pick(shown[active]);
    else return;
    event.preventDefault();
  };
  const combo = {
    "aria-controls": `${id}-list`,
    ...(activeId ? { "aria-activedescendant": activeId } : {}),
    onKeyDown,
  };
  return (
    <Popover.Root open={props.open} onOpenChange={props.onOpenChange}>
      <Popover.Anchor asChild>
        <span aria-hidden="true" className="pointer-events-none absolute inset-0" />
      </Popover.Anchor>
      <Popover.Portal>
        <Popover.Content
          align={props.align ?? "start"}
          sideOffset={6}
          collisionPadding={8}
          aria-label={props.label}
          onOpenAutoFocus={(event) => {
            if (searched) return;
            event.preventDefault();
            list.current?.focus();
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            props.anchor.current?.focus();
          }}
          onInteractOutside={(event) => {
            // The button closes it itself.
            if (event.target instanceof Node && props.anchor.current?.contains(event.target)) event.preventDefault();
          }}
          className={cx(
            "z-(--z-dialog) flex max-h-[min(360px,var(--radix-popover-content-available-height))] max-w-[calc(100vw-16px)] animate-pop flex-col overflow-hidden rounded-lg border border-line bg-surface shadow-3 outline-none",
            props.wide ? "w-[304px]" : "w-[max(240px,var(--radix-popover-trigger-width))]",
          )}
        >
          {searched && (
            <div className="flex h-10 flex-none items-center gap-2 border-b border-line-subtle px-3 phone:h-12">
              {props.busy ? <Spinner /> : <Search className="size-3.5! text-text-3" />}
              <input
                role="combobox"
                aria-label={props.search}
                aria-expanded="true"
                aria-autocomplete="list"
                placeholder={props.search}
                autoComplete="off"
                value={query}
                onChange={(event) => {
                  setQuery(event.target.value);
                  setAt(0);
                  onQuery?.(event.target.value.trim());
                }}
                {...combo}
                className="h-full min-w-0 flex-1 bg-transparent text-sm outline-none phone:text-lg"
              />
            </div>
          )}
          <div
            ref={list}
            id={`${id}-list`}
            role="listbox"
            aria-label={props.label}
            {...(props.many ? { "aria-multiselectable": true } : {})}
            {...(searched ? { tabIndex: -1 } : { tabIndex: 0, ...combo })}
            className="min-h-0 flex-1 overflow-y-auto overscroll-contain p-1 outline-none"
          >
            {shown.map((option, index) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the list around it has the keyboard
              // biome-ignore lint/a11y/useFocusableInteractive: pointed at by aria-activedescendant
              <div
                key={option.value}
                id={`${id}-${index}`}
                role="option"
                aria-selected={selected.includes(option.value)}
                {...(option.reason ? { "aria-disabled": true } : {})}
                data-value={option.value}
                onClick={() => pick(option)}
                onPointerMove={() => setAt(index)}
                className={cx(
                  "flex min-h-8 items-center gap-2.5 rounded-sm px-2 py-1 text-sm phone:min-h-11",
                  index === active && "bg-hover",
                  option.reason && "cursor-not-allowed text-text-3",
                )}
              >
                {option.mark}
                <span className="min-w-0 flex-1" dir="auto">
                  <span className="block truncate">{option.label}</span>
                  {(option.reason ?? option.hint) && (
                    <span className="block truncate text-xs text-text-3">{option.reason ?? option.hint}</span>
                  )}
                </span>
                {option.end}
                {selected.includes(option.value) && <Check className="text-accent-text" />}
              </div>
            ))}
          </div>
          {shown.length === 0 && (
            <p role="status" className="px-3 pb-3 text-xs text-text-3">
              {props.busy ? "…" : props.empty}
            </p>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
