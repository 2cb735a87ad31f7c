import { Button, FieldError, IconButton, Input, Switch } from "@max/ui";
import { Select } from "@max/ui/form";
import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { ch } from "../strings-chat";
import {
  type ChatForm,
  type FieldType,
  keyWrong,
  labelWrong,
  MOST_FIELDS,
  moved,
  type PrechatField,
  renamed,
} from "./chat-settings";

type Prechat = ChatForm["prechat"];
type Ready = keyof typeof ch.form.ready;

const READY: Record<Exclude<Ready, "other">, FieldType> = { name: "text", email: "email", phone: "tel" };

/** What visitors are asked before they write: fields, each with its place in the form. */
export function PrechatEditor(props: {
  value: Prechat;
  error: string | undefined;
  onChange: (value: Prechat) => void;
}) {
  const { on, fields } = props.value;
  const [told, setTold] = useState("");
  const list = useRef<HTMLOListElement>(null);
  const next = useRef<string | null>(null);
  // What was moved keeps the keyboard, at the button that moved it or, at an end, at the other one.
  useEffect(() => {
    if (next.current === null) return;
    const [index, first, second] = next.current.split(" ");
    const line = list.current?.children[Number(index)];
    const button = (which: string | undefined) =>
      line?.querySelector<HTMLElement>(`[data-part="${which}"]:not([aria-disabled="true"])`);
    (button(first) ?? button(second))?.focus();
    next.current = null;
  });
  const put = (fields: readonly PrechatField[]) => props.onChange({ on, fields });
  const change = (index: number, part: Partial<PrechatField>) =>
    put(fields.map((field, at) => (at === index ? { ...field, ...part } : field)));
  const move = (index: number, by: -1 | 1, name: string) => {
    next.current = by < 0 ? `${index + by} up down` : `${index + by} down up`;
    setTold(ch.form.movedTo(name, index + by + 1, fields.length));
    put(moved(fields, index, by));
  };
  const add = (ready: Ready) => {
    next.current = `${fields.length} label`;
    const field: PrechatField =
      ready === "other"
        ? { key: "", label: "", type: "text", required: false }
        : { key: ready, label: ch.form.ready[ready], type: READY[ready], required: false };
    props.onChange({ on: true, fields: [...fields, field] });
  };
  const left = (Object.keys(ch.form.ready) as Ready[]).filter((one) => !fields.some((field) => field.key === one));
  return (
    <div className="flex flex-col gap-3">
      <Switch
        label={ch.form.on}
        hint={ch.form.onHint}
        checked={on}
        onChange={(next) => props.onChange({ on: next, fields })}
      />
      {fields.length === 0 && on && <p className="text-xs text-text-2">{ch.form.none}</p>}
      <ol ref={list} aria-label={ch.form.fields} className="flex flex-col gap-3 empty:hidden">
        {fields.map((field, index) => (
          <FieldLine
            // biome-ignore lint/suspicious/noArrayIndexKey: a field is its place; its key changes as it is typed
            key={index}
            field={field}
            index={index}
            all={fields}
            onChange={(part) => change(index, part)}
            onMove={(by, name) => move(index, by, name)}
            onRemove={() => put(fields.filter((_, at) => at !== index))}
          />
        ))}
      </ol>
      <p role="status" className="sr-only">
        {told}
      </p>
      <FieldError id="prechat-error">{props.error}</FieldError>
      {fields.length < MOST_FIELDS ? (
        <fieldset className="flex flex-wrap gap-2">
          <legend className="mb-1.5 text-xs text-text-3">{ch.form.add}</legend>
          {left.map((ready) => (
            <Button key={ready} size="sm" data-testid={`add-field-${ready}`} onClick={() => add(ready)}>
              <Plus className="size-3.5" />
              {ch.form.ready[ready]}
            </Button>
          ))}
        </fieldset>
      ) : (
        <p className="text-xs text-text-3">{ch.form.full(MOST_FIELDS)}</p>
      )}
    </div>
  );
}

function FieldLine(props: {
  field: PrechatField;
  index: number;
  all: readonly PrechatField[];
  onChange: (part: Partial<PrechatField>) => void;
  onMove: (by: -1 | 1, name: string) => void;
  onRemove: () => void;
}) {
  const { field, index, all, onChange, onMove } = props;
  const name = field.label.trim() || ch.form.nth(index + 1);
  // Nothing is wrong with what has just been added.
  const fresh = field.label === "" && field.key === "";
  const mover = (by: -1 | 1, end: boolean) => (
    <IconButton
      label={by < 0 ? ch.form.up(name) : ch.form.down(name)}
      data-part={by < 0 ? "up" : "down"}
      aria-disabled={end}
      onClick={() => !end && onMove(by, name)}
      className="aria-disabled:opacity-40"
    >
      {by < 0 ? <ArrowUp /> : <ArrowDown />}
    </IconButton>
  );
  return (
    <li data-testid="prechat-field" className="flex flex-col gap-3 rounded-md border border-line p-2.5">
      <div className="flex items-center">
        <span className="num flex-1 text-xs text-text-3">
          {index + 1}/{all.length}
        </span>
        {mover(-1, index === 0)}
        {mover(1, index === all.length - 1)}
        <IconButton label={ch.form.remove(name)} onClick={props.onRemove}>
          <Trash2 />
        </IconButton>
      </div>
      <Input
        label={ch.form.label}
        data-part="label"
        value={field.label}
        maxLength={120}
        dir="auto"
        autoComplete="off"
        error={fresh ? undefined : labelWrong(field)}
        onChange={(event) => onChange(renamed(field, event.target.value))}
      />
      <Input
        label={ch.form.key}
        hint={ch.form.keyHint}
        value={field.key}
        maxLength={40}
        dir="ltr"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        error={fresh ? undefined : keyWrong(field, all)}
        onChange={(event) => onChange({ key: event.target.value })}
      />
      <Select
        label={ch.form.type}
        value={field.type}
        onChange={(event) => onChange({ type: event.target.value as FieldType })}
      >
        {(Object.keys(ch.form.types) as FieldType[]).map((type) => (
          <option key={type} value={type}>
            {ch.form.types[type]}
          </option>
        ))}
      </Select>
      <Switch
        label={ch.form.required}
        checked={field.required}
        onChange={(required) => onChange({ required })}
        className="min-h-8! py-0!"
      />
    </li>
  );
}
