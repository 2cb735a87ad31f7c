import { Input } from "@max/ui";
import { TextArea } from "@max/ui/form";
import { useRef } from "react";
import { k } from "../../strings-canned";
import { useAttributes } from "../context/queries";
import { CannedFiles } from "./files";
import { type CannedForm, fieldOf } from "./mutations";

type Name = keyof typeof k.names;
const NAMES = Object.keys(k.names) as Name[];

/** What is wrong with a form before the server is asked. */
export function problems({
  shortcut,
  title,
  text,
}: Pick<CannedForm, "shortcut" | "title" | "text">): Partial<Record<keyof CannedForm, string>> {
  const key = shortcut.trim();
  return {
    ...(key === "" ? { shortcut: k.shortcutMissing } : /[\s/]/.test(key) ? { shortcut: k.shortcutWrong } : {}),
    ...(title.trim() === "" ? { title: k.titleMissing } : {}),
    ...(text.trim() === "" ? { text: k.textMissing } : {}),
  };
}

/** Shortcut, title and text, with the placeholders to choose from. */
export function CannedFields(props: {
  value: CannedForm;
  onChange: (change: Partial<CannedForm>) => void;
  tried: boolean;
  error: unknown;
  onBusy: (busy: boolean) => void;
}) {
  const { value, onChange, error } = props;
  const wrong = props.tried ? problems(value) : {};
  const box = useRef<HTMLDivElement>(null);
  const attributes = useAttributes().data ?? [];
  const insert = (name: string) => {
    const area = box.current?.querySelector("textarea");
    const [start, end] = area ? [area.selectionStart, area.selectionEnd] : [value.text.length, value.text.length];
    const put = `{${name}}`;
    onChange({ text: value.text.slice(0, start) + put + value.text.slice(end) });
    requestAnimationFrame(() => {
      area?.focus();
      area?.setSelectionRange(start + put.length, start + put.length);
    });
  };
  const chip = (name: string, label: string) => (
    <li key={name}>
      <button
        type="button"
        aria-label={k.insert(label)}
        data-tip={label}
        onClick={() => insert(name)}
        className="inline-flex h-6 max-w-full items-center truncate rounded-xs bg-sunken px-1.5 font-mono text-2xs text-text-2 hover:bg-hover hover:text-text phone:h-9 phone:px-2.5 phone:text-xs"
      >
        {`{${name}}`}
      </button>
    </li>
  );
  return (
    <div ref={box} className="flex flex-col gap-5">
      <Input
        label={k.shortcut}
        hint={k.shortcutHint}
        value={value.shortcut}
        maxLength={40}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        dir="auto"
        error={wrong.shortcut ?? fieldOf(error, "shortcut")}
        onChange={(event) => onChange({ shortcut: event.target.value.replace(/^\//, "") })}
      />
      <Input
        label={k.title}
        value={value.title}
        maxLength={100}
        autoComplete="off"
        dir="auto"
        error={wrong.title ?? fieldOf(error, "title")}
        onChange={(event) => onChange({ title: event.target.value })}
      />
      <TextArea
        label={k.text}
        rows={6}
        value={value.text}
        error={wrong.text ?? fieldOf(error, "text")}
        onChange={(event) => onChange({ text: event.target.value })}
      />
      <section className="-mt-2 flex flex-col gap-1.5">
        <h3 className="text-xs font-medium">{k.placeholders}</h3>
        <ul className="flex flex-wrap gap-1">
          {NAMES.map((name) => chip(name, k.names[name]))}
          {attributes.map((attribute) => chip(`attribute.${attribute.key}`, attribute.name))}
        </ul>
        <p className="text-xs text-text-3">{k.placeholdersHint}</p>
      </section>
      <CannedFiles
        value={value.attachments}
        onChange={(attachments) => onChange({ attachments })}
        onBusy={props.onBusy}
        error={fieldOf(error, "attachments")}
      />
    </div>
  );
}
