import { cx } from "@max/ui";
import { useId } from "react";

/** A day that a table is filtered by. */
export function Day(props: {
  label: string;
  value: string | null;
  min?: string | null;
  max?: string | null;
  onChange: (day: string | null) => void;
}) {
  const id = useId();
  return (
    <span
      className={cx(
        "inline-flex h-7 flex-none items-center gap-1.5 rounded-[7px] border ps-2.5 pe-1.5 text-xs font-medium shadow-1 focus-within:border-focus phone:h-9 phone:rounded-full phone:ps-3.5 phone:text-sm phone:shadow-none",
        props.value ? "border-accent-line bg-accent-tint text-accent-text" : "border-line bg-surface",
      )}
    >
      <label htmlFor={id}>{props.label}</label>
      <input
        id={id}
        type="date"
        value={props.value ?? ""}
        min={props.min ?? undefined}
        max={props.max ?? undefined}
        onChange={(event) => props.onChange(event.target.value || null)}
        className="num bg-transparent text-xs outline-none phone:text-sm"
      />
    </span>
  );
}
