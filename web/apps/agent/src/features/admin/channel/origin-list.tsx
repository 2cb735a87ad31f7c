import { Button, FieldError, IconButton } from "@max/ui";
import { Plus, X } from "lucide-react";
import { useEffect, useId, useRef } from "react";
import { ch } from "../strings-chat";
import { MOST_ORIGINS, originOf, originWrong } from "./chat-settings";

/** The sites that may carry the chat, a line each. What is pasted with more behind the name loses it on leaving the line. */
export function OriginList(props: {
  value: readonly string[];
  error: string | undefined;
  onChange: (value: string[]) => void;
}) {
  const { value, error, onChange } = props;
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  // Where the keyboard goes once a line has come or gone.
  const next = useRef<number | null>(null);
  useEffect(() => {
    if (next.current === null) return;
    list.current?.querySelectorAll("input")[next.current]?.focus();
    next.current = null;
  });
  const tidy = (index: number, origin: string) => originOf(origin) !== origin && change(index, originOf(origin));
  const change = (index: number, text: string) => onChange(value.map((one, at) => (at === index ? text : one)));
  return (
    <div className="flex flex-col gap-2">
      <p className="text-xs text-text-3">{ch.sites.hint}</p>
      {value.length === 0 && <p className="text-xs text-text-2">{ch.sites.none}</p>}
      <ul ref={list} className="flex flex-col gap-2 empty:hidden">
        {value.map((origin, index) => {
          const wrong = originWrong(origin, value);
          const told = `${id}-${index}`;
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place; its text changes as it is typed
            <li key={index} className="flex flex-col gap-1">
              <span className="flex gap-1.5">
                <input
                  value={origin}
                  aria-label={ch.sites.label(index + 1)}
                  placeholder={ch.sites.example}
                  type="url"
                  inputMode="url"
                  dir="ltr"
                  maxLength={300}
                  autoComplete="off"
                  spellCheck={false}
                  {...(wrong ? { "aria-invalid": true, "aria-describedby": told } : {})}
                  onChange={(event) => change(index, event.target.value)}
                  onBlur={() => tidy(index, origin)}
                  onKeyDown={(event) => event.key === "Enter" && tidy(index, origin)}
                  className={`h-9 min-w-0 flex-1 rounded-md border bg-surface px-2.5 outline-none focus-visible:border-focus focus-visible:shadow-[0_0_0_3px_var(--accent-tint-2)] phone:h-11 phone:text-lg ${
                    wrong ? "border-bad" : "border-line-control"
                  }`}
                />
                <IconButton
                  label={ch.sites.remove(origin)}
                  onClick={() => {
                    next.current = value.length > 1 ? Math.max(0, index - 1) : null;
                    onChange(value.filter((_, at) => at !== index));
                  }}
                >
                  <X />
                </IconButton>
              </span>
              <FieldError id={told}>{wrong}</FieldError>
            </li>
          );
        })}
      </ul>
      <FieldError id={`${id}-error`}>{error}</FieldError>
      <div>
        <Button
          size="sm"
          data-testid="add-origin"
          reason={value.length >= MOST_ORIGINS ? ch.sites.full(MOST_ORIGINS) : undefined}
          onClick={() => {
            next.current = value.length;
            onChange([...value, ""]);
          }}
          className="[&_.lucide]:size-3.5"
        >
          <Plus />
          {ch.sites.add}
        </Button>
      </div>
    </div>
  );
}
