import { ChevronDown, X } from "lucide-react";
import { lazy, Suspense, useRef, useState } from "react";
import { cx } from "./cx";
import type { PickerOption } from "./picker";

const load = () => import("./picker");
const Picker = lazy(() => load().then((module) => ({ default: module.Picker })));

/** A button that opens a list to pick from; the list loads with the first sign of interest. */
export function PickerButton(props: {
  /** Accessible name of the button and of the list. */
  label: string;
  options: readonly PickerOption[];
  selected: readonly string[];
  onPick: (option: PickerOption) => void;
  many?: boolean;
  onQuery?: (query: string) => void;
  busy?: boolean;
  search: string;
  empty: string;
  /** Told when it opens, to load what it shows. */
  onOpen?: () => void;
  testId?: string;
  /** Has the focus at first. */
  autoFocus?: boolean;
  className?: string;
  children: React.ReactNode;
}) {
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const [asked, setAsked] = useState(false);
  const { children, className, testId, onOpen, autoFocus, ...picker } = props;
  return (
    <div className="relative inline-flex min-w-0">
      <button
        ref={button}
        type="button"
        aria-label={props.label}
        aria-haspopup="dialog"
        aria-expanded={open}
        data-testid={testId}
        // biome-ignore lint/a11y/noAutofocus: in a dialog that was just asked for
        autoFocus={autoFocus}
        onPointerEnter={() => void load()}
        onFocus={() => void load()}
        onClick={() => {
          if (!open) onOpen?.();
          setAsked(true);
          setOpen(!open);
        }}
        className={className}
      >
        {children}
      </button>
      {asked && (
        <Suspense>
          {/* A fresh one each time, so that the last search does not linger. */}
          <Picker key={String(open)} open={open} onOpenChange={setOpen} anchor={button} {...picker} />
        </Suspense>
      )}
    </div>
  );
}

/** One filter of a list: what it is about, and what is picked. */
export function FilterMenu(props: {
  label: string;
  options: readonly PickerOption[];
  value: string | null;
  /** What is picked, in words, where the options do not know it. */
  shown?: string | undefined;
  onChange: (value: string | null) => void;
  clear: string;
  search: string;
  empty: string;
  onQuery?: (query: string) => void;
  busy?: boolean;
  onOpen?: () => void;
  testId?: string;
}) {
  const { label, options, value, onChange, clear, shown, ...rest } = props;
  const picked = value === null ? null : (shown ?? options.find((o) => o.value === value)?.label ?? value);
  return (
    <span
      className={cx(
        "inline-flex h-7 max-w-[220px] min-w-0 flex-none items-stretch rounded-[7px] border shadow-1 phone:h-9 phone:rounded-full phone:shadow-none",
        picked === null ? "border-line bg-surface" : "border-accent-line bg-accent-tint text-accent-text",
      )}
    >
      <PickerButton
        {...rest}
        label={picked === null ? label : `${label}: ${picked}`}
        options={options}
        selected={value === null ? [] : [value]}
        onPick={(option) => onChange(option.value === value ? null : option.value)}
        className={cx(
          "inline-flex h-full min-w-0 items-center gap-1.5 rounded-[6px] ps-2.5 text-xs font-medium hover:bg-hover phone:rounded-full phone:ps-3.5 phone:text-sm",
          picked === null ? "pe-2" : "pe-1",
        )}
      >
        <span className="truncate" dir="auto">
          {picked ?? label}
        </span>
        {picked === null && <ChevronDown className="size-3! text-text-3" />}
      </PickerButton>
      {picked !== null && (
        <button
          type="button"
          aria-label={clear}
          onClick={() => onChange(null)}
          className="grid w-6 flex-none place-items-center rounded-[inherit] hover:bg-accent-tint-2 phone:w-9"
        >
          <X className="size-3!" />
        </button>
      )}
    </span>
  );
}
