import { useId } from "react";
import { cx } from "./cx";
import { FieldError } from "./feedback";

const SLOTS = [0, 1, 2, 3, 4, 5] as const;

/**
 * Six boxes for a code of six digits. One field lies over them, so that pasting, the keyboard's suggestion and password managers
 * work as with any field, and a screen reader meets one thing instead of six.
 */
export function CodeInput(props: {
  label: string;
  value: string;
  onChange: (digits: string) => void;
  /** The sixth digit has come, typed or pasted. */
  onComplete?: (digits: string) => void;
  hint?: string;
  error?: string | undefined;
  disabled?: boolean;
  autoFocus?: boolean;
  name?: string;
  testId?: string;
}) {
  const { value, error, hint } = props;
  const id = useId();
  const told = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {props.label}
      </label>
      <div className="group relative grid max-w-[368px] grid-cols-6 gap-2">
        {SLOTS.map((slot) => (
          <span
            key={slot}
            aria-hidden="true"
            data-next={slot === Math.min(value.length, SLOTS.length - 1) || undefined}
            className={cx(
              "num grid h-[52px] place-items-center rounded-md border bg-surface text-xl font-semibold group-focus-within:data-next:border-focus group-focus-within:data-next:shadow-[0_0_0_3px_var(--accent-tint-2)]",
              error ? "border-bad" : "border-line-control",
              props.disabled && "opacity-60",
            )}
          >
            {value[slot] ?? ""}
          </span>
        ))}
        <input
          id={id}
          name={props.name ?? "code"}
          type="text"
          inputMode="numeric"
          autoComplete="one-time-code"
          autoCorrect="off"
          spellCheck={false}
          pattern="[0-9]*"
          data-testid={props.testId}
          disabled={props.disabled}
          // biome-ignore lint/a11y/noAutofocus: the page has this one thing to do
          autoFocus={props.autoFocus}
          value={value}
          {...(error ? { "aria-invalid": true } : {})}
          {...(told ? { "aria-describedby": told } : {})}
          onChange={(event) => {
            // What is pasted may be grouped: 123 456 or 123-456.
            const digits = event.target.value.replace(/\D/g, "").slice(0, SLOTS.length);
            props.onChange(digits);
            if (digits.length === SLOTS.length && digits !== value) props.onComplete?.(digits);
          }}
          onSelect={(event) => {
            // The boxes show no caret, so there is only one place to write: the end.
            const end = event.currentTarget.value.length;
            if (event.currentTarget.selectionStart === event.currentTarget.selectionEnd)
              event.currentTarget.setSelectionRange(end, end);
          }}
          className="absolute inset-0 size-full cursor-text rounded-md bg-transparent text-transparent caret-transparent opacity-0 outline-none"
        />
      </div>
      {hint && (
        <p id={`${id}-hint`} className="text-xs text-text-3">
          {hint}
        </p>
      )}
      <FieldError id={`${id}-error`}>{error}</FieldError>
    </div>
  );
}
