import type { ReactNode } from "react";
import { cx } from "./cx";

/** A few ways to look at the same thing, side by side. None is chosen where `value` is null. */
export function Segmented<T extends string>(props: {
  label: string;
  value: T | null;
  options: readonly { value: T; label: ReactNode; testId?: string }[];
  onChange: (value: T) => void;
  className?: string;
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset draws its legend
    <div
      role="group"
      aria-label={props.label}
      className={cx("inline-flex h-[30px] flex-none gap-0.5 rounded-md bg-sunken p-[3px] phone:h-11", props.className)}
    >
      {props.options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === props.value}
          data-testid={option.testId}
          onClick={() => props.onChange(option.value)}
          className="rounded-[6px] px-2.5 text-xs font-medium text-text-2 transition-colors hover:text-text aria-pressed:bg-surface aria-pressed:text-text aria-pressed:shadow-1 phone:flex-1 phone:text-sm dark:aria-pressed:bg-press"
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
