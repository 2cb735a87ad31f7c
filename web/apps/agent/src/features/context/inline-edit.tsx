import type { AttributeKind, AttributeValue } from "@max/api";
import { cx } from "@max/ui";
import { Check, Pencil, Plus } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { dateFormat } from "../../lib/locale";
import { c as words } from "../../strings-context";

const dayOf = dateFormat({ day: "numeric", month: "short", year: "numeric" });

/** How a value reads. */
export function shownValue(kind: AttributeKind | "email", value: AttributeValue | null | undefined): string {
  if (value === null || value === undefined || value === "") return "";
  if (kind === "boolean") return value ? words.yes : words.no;
  // A day has no zone: noon is the same day everywhere people live.
  if (kind === "date")
    return Number.isNaN(Date.parse(`${value}T12:00:00Z`)) ? String(value) : dayOf(Date.parse(`${value}T12:00:00Z`));
  if (kind === "number" && typeof value === "number") return value.toLocaleString();
  return String(value);
}

/** A value with what makes it another one: a click, or Enter on it. Enter saves, Escape leaves it as it was, and so does no change. */
export function InlineEdit(props: {
  label: string;
  kind: AttributeKind | "email";
  value: AttributeValue | null | undefined;
  choices?: readonly string[];
  required?: string;
  /** null: it is taken away. */
  onSave: (value: AttributeValue | null) => void;
  className?: string;
}) {
  const { label, kind, value, choices = [] } = props;
  const [text, setText] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const field = useRef<HTMLInputElement & HTMLSelectElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const back = useRef(false);
  const editing = text !== null;

  useEffect(() => {
    if (editing) {
      field.current?.focus();
      if (kind === "text" || kind === "email") field.current?.select?.();
    } else if (back.current) {
      back.current = false;
      button.current?.focus();
    }
  }, [editing, kind]);

  const stored = value === null || value === undefined ? "" : String(value);
  const close = (focus: boolean) => {
    back.current = focus;
    setText(null);
    setError(null);
  };
  const save = (focus: boolean, said = text) => {
    if (said === null) return;
    const next = said.trim();
    if (next === stored) return close(focus);
    if (next === "" && props.required) return setError(props.required);
    if (kind === "number" && next !== "" && !Number.isFinite(Number(next))) return setError(words.notNumber);
    props.onSave(next === "" ? null : kind === "number" ? Number(next) : kind === "boolean" ? next === "true" : next);
    close(focus);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      save(true);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close(true);
    }
  };

  if (!editing) {
    const shown = shownValue(kind, value);
    return (
      <button
        ref={button}
        type="button"
        aria-label={shown ? `${words.edit(label)}: ${shown}` : words.addTo(label)}
        onClick={() => setText(stored)}
        className={cx(
          "group -mx-1.5 inline-flex min-h-6 max-w-full min-w-0 items-center gap-1.5 rounded-xs px-1.5 text-start hover:bg-hover phone:min-h-11",
          !shown && "text-text-3",
          props.className,
        )}
      >
        {shown ? (
          <>
            <span className="num min-w-0 truncate" dir="auto">
              {shown}
            </span>
            <Pencil className="size-3! text-text-3 opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100 phone:opacity-100" />
          </>
        ) : (
          <>
            <Plus className="size-3!" />
            {words.add}
          </>
        )}
      </button>
    );
  }
  const look =
    "h-7 w-full min-w-0 rounded-xs border border-line-control bg-surface px-1.5 text-sm outline-none focus:border-focus focus:shadow-[0_0_0_2px_var(--accent-tint-2)] phone:h-11 phone:text-lg";
  const common = {
    ref: field,
    "aria-label": label,
    onKeyDown,
    ...(error ? { "aria-invalid": true, "aria-description": error } : {}),
  };
  return (
    <span className="flex min-w-0 flex-1 flex-col gap-1">
      <span className="flex min-w-0 items-center gap-1">
        {kind === "choice" || kind === "boolean" ? (
          <select
            {...common}
            value={text}
            onChange={(event) => save(true, event.target.value)}
            onBlur={() => close(false)}
            className={look}
          >
            <option value="">{words.nothing}</option>
            {kind === "boolean" ? (
              <>
                <option value="true">{words.yes}</option>
                <option value="false">{words.no}</option>
              </>
            ) : (
              [...new Set([...choices, ...(stored ? [stored] : [])])].map((choice) => (
                <option key={choice} value={choice}>
                  {choice}
                </option>
              ))
            )}
          </select>
        ) : (
          <>
            <input
              {...common}
              type={kind === "date" ? "date" : kind === "email" ? "email" : "text"}
              {...(kind === "number" ? { inputMode: "decimal" as const } : {})}
              dir="auto"
              maxLength={500}
              autoComplete="off"
              value={text}
              onChange={(event) => {
                setText(event.target.value);
                setError(null);
              }}
              onBlur={() => save(false)}
              className={look}
            />
            <button
              type="button"
              aria-label={words.hint}
              data-tip={words.hint}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => save(true)}
              className="grid size-7 flex-none place-items-center rounded-xs text-text-2 hover:bg-hover phone:size-11"
            >
              <Check className="size-3.5!" />
            </button>
          </>
        )}
      </span>
      {error && (
        <span role="alert" className="text-xs text-bad-text">
          {error}
        </span>
      )}
    </span>
  );
}
