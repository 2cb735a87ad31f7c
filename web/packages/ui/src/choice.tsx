import { Check, Minus } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { useEffect, useId, useRef } from "react";
import { cx } from "./cx";

/** A box to tick. `some`: part of what it stands for is ticked. The label may be hidden, never absent. */
export function Checkbox(props: {
  checked: boolean;
  some?: boolean;
  onChange: (checked: boolean, event: { shift: boolean }) => void;
  label: string;
  /** Shows the label beside the box. */
  shown?: boolean;
  hint?: ReactNode;
  /** Why it cannot be changed now. */
  reason?: string | undefined;
  /** What it is called in the form around it. */
  name?: string;
  /** -1 where the row around it has the keyboard. */
  tabIndex?: number;
  className?: string;
}) {
  const { checked, some = false, label, shown, hint, reason } = props;
  const input = useRef<HTMLInputElement>(null);
  const hintId = useId();
  useEffect(() => {
    if (input.current) input.current.indeterminate = some && !checked;
  }, [some, checked]);
  return (
    <label
      className={cx(
        "inline-flex items-start gap-2.5 align-middle",
        reason ? "cursor-not-allowed" : "cursor-pointer",
        props.className,
      )}
      {...(reason ? { "data-tip": reason } : {})}
    >
      <span className="relative grid size-4 flex-none place-items-center [.inline-flex>&]:mt-px">
        <input
          ref={input}
          type="checkbox"
          name={props.name}
          checked={checked}
          disabled={Boolean(reason)}
          tabIndex={props.tabIndex}
          {...(shown ? {} : { "aria-label": label })}
          {...(hint ? { "aria-describedby": hintId } : {})}
          onChange={(event) =>
            props.onChange(event.target.checked, { shift: (event.nativeEvent as MouseEvent).shiftKey === true })
          }
          className="peer size-4 cursor-[inherit] appearance-none rounded-xs border-[1.5px] border-line-control bg-surface checked:border-accent checked:bg-accent indeterminate:border-accent indeterminate:bg-accent disabled:opacity-50"
        />
        {checked ? (
          <Check className="pointer-events-none absolute size-3! stroke-[3]! text-accent-fg" />
        ) : (
          some && <Minus className="pointer-events-none absolute size-3! stroke-[3]! text-accent-fg" />
        )}
      </span>
      {shown && (
        <span className="min-w-0">
          <span className="block">{label}</span>
          {hint && (
            <span id={hintId} className="block text-xs text-text-3">
              {hint}
            </span>
          )}
        </span>
      )}
    </label>
  );
}

/** On or off, acting at once. The words stand first, the switch at the end of the line. */
export function Switch(
  props: Omit<ComponentProps<"input">, "id" | "onChange"> & {
    label: string;
    hint?: ReactNode;
    /** Why it cannot be changed now. It stays focusable so that the reason can be reached. */
    reason?: string | undefined;
    onChange: (on: boolean) => void;
  },
) {
  const { label, hint, reason, onChange, className, ...rest } = props;
  const id = useId();
  return (
    <div className={cx("flex min-h-11 items-center gap-4 py-2", className)}>
      <div className="min-w-0 flex-1">
        <label htmlFor={id} className="block font-medium">
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="mt-0.5 text-xs text-text-3">
            {hint}
          </p>
        )}
      </div>
      <input
        {...rest}
        id={id}
        type="checkbox"
        role="switch"
        aria-checked={rest.checked ?? false}
        {...(hint ? { "aria-describedby": `${id}-hint` } : {})}
        {...(reason ? { "aria-disabled": true, "data-tip": reason } : {})}
        onChange={(event) => !reason && onChange(event.target.checked)}
        className="relative h-5 w-9 flex-none cursor-pointer appearance-none rounded-full border border-line-control bg-sunken transition-colors before:absolute before:start-[2px] before:top-[2px] before:size-3.5 before:rounded-full before:bg-line-control before:transition-[translate] checked:border-accent checked:bg-accent checked:before:translate-x-4 checked:before:bg-accent-fg disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-not-allowed aria-disabled:opacity-50 rtl:checked:before:-translate-x-4"
      />
    </div>
  );
}

export interface Choice<T extends string> {
  value: T;
  label: string;
  hint?: ReactNode;
}

/** One of a few, each with a line that says what it means. */
export function RadioCards<T extends string>(props: {
  label: string;
  /** The label stands elsewhere on the screen. */
  quiet?: boolean;
  value: T | null;
  options: readonly Choice<T>[];
  onChange: (value: T) => void;
  /** Why it cannot be changed now; shown below. */
  reason?: string | undefined;
}) {
  const { label, quiet, value, options, reason } = props;
  const name = useId();
  return (
    <fieldset
      disabled={Boolean(reason)}
      {...(reason ? { "aria-describedby": `${name}-reason` } : {})}
      className="flex min-w-0 flex-col gap-1.5"
    >
      <legend className={quiet ? "sr-only" : "mb-1.5 text-sm font-medium"}>{label}</legend>
      <div className="overflow-hidden rounded-[10px] border border-line">
        {options.map((option) => (
          <label
            key={option.value}
            className={cx(
              "flex gap-2.5 border-line-subtle px-2.5 py-2 not-first:border-t has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-focus phone:py-3",
              option.value === value && "bg-accent-tint",
              reason ? "cursor-not-allowed" : "cursor-pointer",
            )}
          >
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => props.onChange(option.value)}
              {...(option.hint ? { "aria-describedby": `${name}-${option.value}` } : {})}
              aria-label={option.label}
              className="mt-px size-4 flex-none cursor-[inherit] appearance-none rounded-full border-[1.5px] border-line-control bg-surface outline-none checked:border-[5px] checked:border-accent disabled:opacity-60"
            />
            <span className={cx("min-w-0 leading-[1.35]", reason && "opacity-60")}>
              <span className="block font-medium">{option.label}</span>
              {option.hint && (
                <span id={`${name}-${option.value}`} className="block text-xs text-text-3">
                  {option.hint}
                </span>
              )}
            </span>
          </label>
        ))}
      </div>
      {reason && (
        <p id={`${name}-reason`} className="text-xs text-text-3">
          {reason}
        </p>
      )}
    </fieldset>
  );
}

/** One of some colours, each with its name. */
export function Swatches<T extends string>(props: {
  label: string;
  value: T;
  options: readonly { value: T; label: string; color: string }[];
  onChange: (value: T) => void;
}) {
  const name = useId();
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">{props.label}</legend>
      <div className="flex flex-wrap gap-1.5">
        {props.options.map((option) => (
          <label
            key={option.value}
            data-tip={option.label}
            className={cx(
              "grid size-7 cursor-pointer place-items-center rounded-md border has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus phone:size-11",
              option.value === props.value ? "border-text" : "border-transparent hover:border-line",
            )}
          >
            <input
              type="radio"
              name={name}
              value={option.value}
              aria-label={option.label}
              checked={option.value === props.value}
              onChange={() => props.onChange(option.value)}
              className="sr-only"
            />
            <span
              aria-hidden="true"
              style={{ background: option.color }}
              className="grid size-[18px] place-items-center rounded-sm text-surface"
            >
              {option.value === props.value && <Check className="size-3! stroke-[3]!" />}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
