import type { CSSProperties, ReactNode } from "react";
import { cx } from "./cx";

/** How many, on accent. Nothing at zero. `label` says what is counted. */
export function Count(props: { value: number; label: string; size?: 16 | 18; className?: string }) {
  const { value, label, size = 18, className } = props;
  if (value <= 0) return null;
  return (
    <span
      className={cx(
        "num inline-grid flex-none place-items-center rounded-full bg-accent font-semibold text-accent-fg",
        size === 18 ? "h-[18px] min-w-[18px] px-[5px] text-2xs" : "h-4 min-w-4 px-1 text-[10px]",
        className,
      )}
    >
      <span aria-hidden="true">{value > 99 ? "99+" : value}</span>
      <span className="sr-only">{label}</span>
    </span>
  );
}

const TONES = {
  neutral: "bg-sunken text-text-2",
  ok: "bg-ok-tint text-ok-text",
  warn: "bg-warn-tint text-warn-text",
  bad: "bg-bad-tint text-bad-text font-semibold",
  accent: "bg-accent-tint text-accent-text",
  line: "text-text-2 shadow-[inset_0_0_0_1px_var(--line)]",
} as const;

/** A short state in a rounded box: icon and words, never colour alone. */
export function Pill(props: { tone?: keyof typeof TONES; icon?: ReactNode; children: ReactNode; className?: string }) {
  return (
    <span
      className={cx(
        "num inline-flex h-[17px] flex-none items-center gap-1 rounded-full px-1.5 text-2xs font-medium whitespace-nowrap [&_.lucide]:size-[11px] [&_.lucide]:stroke-[2.2]",
        TONES[props.tone ?? "neutral"],
        props.className,
      )}
    >
      {props.icon}
      {props.children}
    </span>
  );
}

const HUES: Record<string, number> = {
  red: 25,
  orange: 45,
  amber: 70,
  yellow: 90,
  lime: 120,
  green: 155,
  teal: 195,
  cyan: 210,
  sky: 230,
  blue: 266,
  indigo: 280,
  violet: 302,
  purple: 302,
  pink: 340,
};

/** The colour a team is called by; grey for a name it does not know. */
export function namedColor(name: string): string {
  const hue = HUES[name];
  return hue === undefined ? "var(--c6)" : `oklch(0.65 0.14 ${hue})`;
}

/** A dot of one colour with a word: a tag or a team. */
export function Tag({ color, children, className }: { color?: string; children: ReactNode; className?: string }) {
  return (
    <span className={cx("inline-flex min-w-0 items-center gap-[5px] text-2xs font-medium text-text-3", className)}>
      <span
        aria-hidden="true"
        style={{ background: color ?? "var(--c1)" } as CSSProperties}
        className="size-1.5 flex-none rounded-full"
      />
      <bdi className="truncate">{children}</bdi>
    </span>
  );
}

/** A key to press. `onFill`: inside a filled button. */
export function Kbd({ children, onFill, className }: { children: ReactNode; onFill?: boolean; className?: string }) {
  return (
    <kbd
      className={cx(
        "inline-grid h-[18px] min-w-[18px] place-items-center rounded-[5px] border px-1 font-sans text-2xs leading-none font-medium",
        onFill ? "border-transparent bg-white/15" : "border-line bg-surface text-text-3",
        className,
      )}
    >
      {children}
    </kbd>
  );
}

export type Delivery = "sending" | "sent" | "delivered" | "read";

/** How far a message has come, as ticks with an accessible name. */
export function DeliveryTick({ state, label }: { state: Delivery; label: string }) {
  return (
    <svg
      viewBox="0 0 15 12"
      role="img"
      aria-label={label}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.7"
      strokeLinecap="round"
      strokeLinejoin="round"
      className={cx("h-3 w-[15px] flex-none", state === "read" && "text-accent-text")}
    >
      {state === "sending" && (
        <path d="M7.5 1.8a4.4 4.4 0 1 0 0 8.8 4.4 4.4 0 0 0 0-8.8zM7.5 3.9v2.4l1.4.9" strokeWidth="1.4" />
      )}
      {state === "sent" && <path d="M3.5 6.5l3 3 6-7" />}
      {(state === "delivered" || state === "read") && <path d="M1 6.5l3 3 6-7M7.5 9l.7.6 6-7" />}
    </svg>
  );
}
