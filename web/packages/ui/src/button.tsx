import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps, ReactNode } from "react";
import { cx } from "./cx";
import { Spinner } from "./feedback";

const button = cva(
  "inline-flex items-center justify-center gap-1.5 border font-medium whitespace-nowrap transition-colors select-none aria-disabled:cursor-not-allowed aria-disabled:opacity-50 disabled:cursor-not-allowed disabled:opacity-50",
  {
    variants: {
      look: {
        primary:
          "border-transparent bg-accent text-accent-fg shadow-[inset_0_1px_0_oklch(1_0_0/0.16),var(--shadow-1)] enabled:not-aria-disabled:hover:bg-accent-hover",
        default: "border-line bg-surface text-text shadow-1 enabled:not-aria-disabled:hover:bg-hover",
        quiet:
          "border-transparent text-text-2 enabled:not-aria-disabled:hover:bg-hover enabled:not-aria-disabled:hover:text-text",
        inverse: "border-transparent bg-inverse text-inverse-text shadow-1",
        danger: "border-line bg-surface text-bad-text shadow-1 enabled:not-aria-disabled:hover:bg-hover",
      },
      size: {
        sm: "h-7 rounded-[7px] px-2.5 text-xs phone:h-11 phone:px-4 phone:text-sm",
        md: "h-8 rounded-md px-3 text-sm phone:h-11",
        lg: "h-10 rounded-md px-4 text-md phone:h-11",
      },
    },
    defaultVariants: { look: "default", size: "md" },
  },
);

export type ButtonProps = ComponentProps<"button"> &
  VariantProps<typeof button> & {
    /** Shows a spinner and ignores presses; the label stays readable. */
    busy?: boolean;
    /** Why it cannot be pressed now. The button stays focusable so that the reason can be reached. */
    reason?: string | undefined;
  };

/** A button with words on it. */
export function Button({ look, size, busy, reason, className, children, onClick, ...rest }: ButtonProps) {
  const blocked = Boolean(busy || reason);
  return (
    <button
      type="button"
      {...rest}
      {...(blocked ? { "aria-disabled": true } : {})}
      {...(reason ? { "data-tip": reason, "aria-description": reason } : {})}
      {...(busy ? { "aria-busy": true } : {})}
      onClick={blocked ? (event) => event.preventDefault() : onClick}
      className={cx(button({ look, size }), className)}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}

export type IconButtonProps = Omit<ComponentProps<"button">, "aria-label"> & {
  /** Accessible name, also the tooltip. */
  label: string;
  /** The key that does the same, shown in the tooltip. */
  shortcut?: string;
  children: ReactNode;
};

/** A square button with only an icon. */
export function IconButton({ label, shortcut, className, children, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      data-tip={label}
      {...(shortcut ? { "data-tip-key": shortcut } : {})}
      {...rest}
      className={cx(
        "inline-grid size-7 flex-none place-items-center rounded-sm text-text-2 transition-colors hover:bg-hover hover:text-text aria-expanded:bg-hover aria-pressed:bg-hover aria-pressed:text-text aria-disabled:cursor-not-allowed aria-disabled:opacity-50 disabled:cursor-not-allowed disabled:opacity-50 phone:size-11",
        className,
      )}
    >
      {children}
    </button>
  );
}
