import { cx } from "./cx";

const LOOK = {
  online: "bg-ok",
  away: "bg-warn",
  busy: "bg-bad",
  offline: "border-2 border-text-3 bg-surface",
} as const;

/** Whether somebody is there, as a dot with a word; without one where the word stands beside it. `corner`: at the corner of the avatar beside it. */
export function PresenceDot(props: { state: keyof typeof LOOK; label: string; corner?: boolean; className?: string }) {
  return (
    <span
      {...(props.label ? { role: "img", "aria-label": props.label, "data-tip": props.label } : { "aria-hidden": true })}
      className={cx(
        "inline-block size-2.5 flex-none rounded-full",
        LOOK[props.state],
        props.corner && "absolute -end-0.5 -bottom-0.5 shadow-[0_0_0_2px_var(--rowbg,var(--surface))]",
        props.className,
      )}
    />
  );
}

/** How much of something is used: a bar with its number in words. */
export function Meter(props: { value: number; max: number; label: string; tone?: "accent" | "warn" | "bad" | "ok" }) {
  const part = props.max > 0 ? Math.min(1, props.value / props.max) : 0;
  const tone = { accent: "bg-accent", warn: "bg-warn", bad: "bg-bad", ok: "bg-ok" }[props.tone ?? "accent"];
  return (
    // biome-ignore lint/a11y/useSemanticElements: browsers draw a meter each their own way
    <span
      role="meter"
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={props.max}
      aria-valuenow={Math.min(props.value, props.max)}
      className="block h-1.5 w-full overflow-hidden rounded-full bg-sunken"
    >
      <span
        className={cx("block h-full rounded-full transition-[width] duration-200", tone)}
        style={{ width: `${part * 100}%` }}
      />
    </span>
  );
}
