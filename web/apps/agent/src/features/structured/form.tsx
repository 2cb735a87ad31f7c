import type { Conversation } from "@max/api";
import { Button, cx, FieldError, Input, toast } from "@max/ui";
import { type ComponentProps, type FormEvent, type ReactNode, useState } from "react";
import { q } from "../../strings-structured";
import { draftOf, setDraft } from "../composer/drafts";
import type { Kind } from "./kinds";
import { type Faults, length } from "./question";
import { type Refused, type Sendable, send } from "./send";

/** What each of the forms is given. */
export interface FormProps<Begin = never> {
  conversation: Pick<Conversation, "id">;
  /** What it begins with: one that was taken back. */
  begin?: Begin | undefined;
  onClose: () => void;
}

/** Sends what a form holds: what is wrong shows after the first try, and what the server says stands until something is changed. */
export function useSending(kind: Kind, { conversation, onClose }: FormProps<unknown>) {
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Refused | null>(null);
  // The same for every try: a click that is repeated sends once.
  const [clientId] = useState(() => crypto.randomUUID());
  const submit = (event: FormEvent, faults: Faults, said: () => Sendable, taken?: string) => {
    event.preventDefault();
    setTried(true);
    if (busy) return;
    const [wrong] = Object.keys(faults);
    if (wrong) {
      focusField(event.currentTarget, wrong);
      return;
    }
    const form = event.currentTarget;
    setBusy(true);
    void send(conversation, clientId, said(), refused?.seen).then((answer) => {
      if ("fields" in answer) {
        setBusy(false);
        setRefused(answer);
        const [field] = Object.keys(answer.fields);
        if (field) focusField(form, field);
        return;
      }
      // The words that stood in the composer went out in it.
      if (taken && draftOf(conversation.id).reply.trim() === taken.trim()) setDraft(conversation.id, { reply: "" });
      // One that is held says so itself.
      if (answer.seq !== null) toast(q.sent[kind]);
      onClose();
    });
  };
  return {
    busy,
    submit,
    refused,
    /** Something was changed: what the server said is about something else. */
    changed: () => refused && setRefused({ fields: {}, whole: null, ...(refused.seen ? { seen: refused.seen } : {}) }),
    /** What to say at a field. */
    fault: (faults: Faults, field: string): string | undefined =>
      (tried ? faults[field] : undefined) ?? refused?.fields[field],
  };
}

function focusField(form: Element, field: string): void {
  form.querySelector<HTMLElement>(`[name="${CSS.escape(field)}"]`)?.focus();
}

/** A line with how much room is left in it. `name` is what the server calls it. */
export function Counted(
  props: Omit<ComponentProps<typeof Input>, "aside" | "value" | "onChange"> & {
    name: string;
    value: string;
    most: number;
    onChange: (value: string) => void;
  },
) {
  const { most, onChange, ...rest } = props;
  return (
    <Input
      dir="auto"
      autoComplete="off"
      {...rest}
      aside={<Left left={most - length(rest.value)} />}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** How much room is left. */
export function Left({ left }: { left: number }) {
  return (
    <span className={cx("num text-xs", left < 0 ? "font-medium text-bad-text" : "text-text-3")}>{q.left(left)}</span>
  );
}

/** The end of each form: how it will look, what is wrong with the whole, and the buttons. */
export function FormEnd(props: {
  preview: ReactNode;
  sending: Pick<ReturnType<typeof useSending>, "busy" | "refused">;
  /** Names of fields that the form shows; what the server says of others stands here. */
  shown: (field: string) => boolean;
  onClose: () => void;
}) {
  const { busy, refused } = props.sending;
  const others = Object.entries(refused?.fields ?? {}).filter(([field]) => !props.shown(field));
  const fault = refused?.whole ?? others.map(([, message]) => message).join(" ");
  return (
    <>
      <div className="flex flex-col gap-1.5">
        <span className="text-sm font-medium">{q.preview}</span>
        <div
          data-testid="structured-preview"
          className="max-w-[420px] rounded-lg bg-out-bg px-3 py-2 text-md wrap-anywhere"
        >
          {props.preview}
        </div>
      </div>
      <div role="alert" className="empty:hidden">
        {fault && <FieldError id="structured-fault">{fault}</FieldError>}
      </div>
      <div className="flex justify-end gap-2">
        <Button onClick={props.onClose}>{q.cancel}</Button>
        <Button type="submit" look="primary" busy={busy} data-testid="structured-send">
          {refused?.seen === undefined ? q.send : q.sendAnyway}
        </Button>
      </div>
    </>
  );
}
