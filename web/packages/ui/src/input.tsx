import type { ComponentProps, ReactNode } from "react";
import { useId } from "react";
import { cx } from "./cx";
import { FieldError } from "./feedback";

/** A labelled field with its hint and its error below it. */
export function Input(
  props: ComponentProps<"input"> & {
    label: string;
    error?: string | undefined;
    /** What to enter, said before anything is wrong. */
    hint?: ReactNode;
    /** At the end of the field. */
    after?: ReactNode;
    /** Opposite the label, such as a link; the Tab key comes to it after the field. */
    aside?: ReactNode;
  },
) {
  const { label, error, hint, after, aside, className, ...rest } = props;
  const id = useId();
  const told = [rest["aria-describedby"], hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className={cx("relative flex flex-col gap-1.5", className)}>
      <label htmlFor={id} className="self-start text-sm font-medium">
        {label}
      </label>
      <div
        className={cx(
          "flex h-[42px] w-full items-center gap-2 rounded-md border bg-surface pe-1.5 focus-within:border-focus focus-within:shadow-[0_0_0_3px_var(--accent-tint-2)]",
          error ? "border-bad" : "border-line-control",
        )}
      >
        <input
          id={id}
          {...rest}
          {...(error ? { "aria-invalid": true } : {})}
          {...(told ? { "aria-describedby": told } : {})}
          className="h-full min-w-0 flex-1 rounded-md bg-transparent ps-[11px] text-md outline-none read-only:text-text-2 phone:text-lg"
        />
        {after}
      </div>
      {aside && <div className="absolute end-0 top-0 text-sm">{aside}</div>}
      {hint && (
        <p id={`${id}-hint`} className="text-xs text-text-3">
          {hint}
        </p>
      )}
      <FieldError id={`${id}-error`}>{error}</FieldError>
    </div>
  );
}
