/** @jsxImportSource preact */
import { useRef, useState } from "preact/hooks";
import type { Field } from "../types";
import { Text } from "./parts";
import { useScene } from "./scene";

/** Types of a field that are one of the browser's own. */
const TYPES = ["email", "tel", "number", "date", "url"] as const;
/** The browser knows these of people. */
const KNOWN: Record<string, string> = { name: "name", email: "email", phone: "tel" };

/** What the company asks for before the chat. */
export function Prechat({ onDone }: { onDone: () => void }) {
  const { chat, config, language } = useScene();
  const { words } = language;
  const [answers, setAnswers] = useState<Record<string, string>>({});
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [state, setState] = useState<"asking" | "sending" | "failed">("asking");
  const form = useRef<HTMLFormElement>(null);

  const send = async () => {
    if (state === "sending") return;
    const found: Record<string, string> = {};
    for (const { key, type, required } of config.prechat.fields) {
      const value = answers[key]?.trim();
      if (required && !value) found[key] = words.required;
      else if (value && type === "email" && !/^\S+@\S+\.\S+$/.test(value)) found[key] = words.email;
    }
    setErrors(found);
    const wrong = config.prechat.fields.findIndex(({ key }) => found[key]);
    if (wrong >= 0) return form.current?.querySelectorAll<HTMLElement>("input,textarea")[wrong]?.focus();
    setState("sending");
    try {
      const filled = Object.entries(answers).flatMap(([key, value]) => (value.trim() ? [[key, value.trim()]] : []));
      await chat.introduce(Object.fromEntries(filled));
      onDone();
    } catch {
      setState("failed");
    }
  };

  return (
    <form
      class="form"
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <h3>{words.before}</h3>
      {config.prechat.fields.map((field, index) => (
        <Line
          key={field.key}
          field={field}
          focus={index === 0}
          value={answers[field.key] ?? ""}
          error={errors[field.key]}
          onInput={(value) => setAnswers({ ...answers, [field.key]: value })}
        />
      ))}
      <div role="alert">{state === "failed" && <p class="error">{words.unsaved}</p>}</div>
      <button type="submit" class="primary" aria-disabled={state === "sending"}>
        {words.start}
      </button>
      {config.texts.consent && (
        <p class="small">
          <Text text={config.texts.consent} />
        </p>
      )}
    </form>
  );
}

interface LineProps {
  field: Field;
  focus: boolean;
  value: string;
  error: string | undefined;
  onInput: (value: string) => void;
}

function Line({ field, value, error, onInput }: LineProps) {
  const { words } = useScene().language;
  const id = `f-${field.key}`;
  // One of several, which the types of elements would have us tell apart.
  const type = (TYPES.find((one) => one === field.type) ?? "text") as "text";
  const props = {
    id,
    value,
    maxLength: 500,
    "aria-required": field.required,
    "aria-invalid": Boolean(error),
    ...(error && { "aria-describedby": `${id}-error` }),
    onInput: (event: Event) => onInput((event.currentTarget as HTMLInputElement).value),
  };
  return (
    <p>
      <label htmlFor={id}>
        {field.label} {!field.required && <small>({words.optional})</small>}
      </label>
      {field.type === "textarea" ? (
        <textarea rows={3} {...props} />
      ) : (
        <input type={type} {...(KNOWN[field.key] && { autoComplete: KNOWN[field.key] as "name" })} {...props} />
      )}
      {error && (
        <span class="error" id={`${id}-error`}>
          {error}
        </span>
      )}
    </p>
  );
}
