import type { ComponentProps, ReactNode } from "react";
import { useId } from "react";
import { cx } from "./cx";
import { FieldError } from "./feedback";

/** A labelled field with its error below it. */
export function Input(
  props: ComponentProps<"input"> & { label: string; error?: string | undefined; after?: ReactNode },
) {
  const { label, error, after, className, ...rest } = props;
  const id = useId();
  return (
    <div className={cx("flex flex-col gap-1.5", className)}>
      <label htmlFor={id} className="text-sm font-medium">
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
          {...(error ? { "aria-invalid": true, "aria-describedby": `${id}-error` } : {})}
          className="h-full min-w-0 flex-1 rounded-md bg-transparent ps-[11px] text-md outline-none phone:text-lg"
        />
        {after}
      </div>
      <FieldError id={`${id}-error`}>{error}</FieldError>
    </div>
  );
}
