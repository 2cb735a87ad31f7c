import { Button, FieldError, Input } from "@max/ui";
import { Paperclip } from "lucide-react";
import { useEffect, useId, useRef } from "react";
import { x } from "../../strings-templates";
import { useLimits } from "../attachments/capabilities";
import { type Attached, slotOf, useAttached } from "../attachments/store";
import { Tray } from "../attachments/tray";
import { attach, leftIn, remove } from "../attachments/upload";
import type { Blank } from "./template";

type HeaderKind = NonNullable<Blank["file"]>;

/** What the dialog for files offers; documents are too many to name. */
const ACCEPT: Partial<Record<HeaderKind, string>> = { IMAGE: "image/*", VIDEO: "video/*" };

/** The file that goes on top of a template, and why it cannot go yet. What was chosen and not sent goes with the form. */
export function useHeaderFile(conversationId: string): { file: Attached | undefined; why: string | undefined } {
  const { files, why } = useAttached(conversationId, "template");
  useEffect(
    () => () => {
      const slot = slotOf(conversationId, "template");
      for (const { id } of leftIn(slot)) remove(slot, id);
    },
    [conversationId],
  );
  return { file: files[0], why };
}

/** Attaches the file that a template begins with, or names where it lies. */
export function HeaderFile(props: {
  conversationId: string;
  channelId: string;
  kind: HeaderKind;
  /** The web address, where no file is attached. */
  address: string;
  file: Attached | undefined;
  error: string | undefined;
  onAddress: (address: string) => void;
}) {
  const { conversationId, channelId, kind, file, error } = props;
  const limits = useLimits(channelId);
  const picker = useRef<HTMLInputElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  return (
    <fieldset className="flex flex-col gap-2" aria-describedby={error ? `${id}-error` : undefined}>
      <legend className="mb-1.5 text-sm font-medium">{x.header[kind]}</legend>
      <input
        ref={picker}
        type="file"
        hidden
        tabIndex={-1}
        accept={ACCEPT[kind]}
        aria-label={x.attach[kind]}
        data-testid="template-file"
        onChange={(event) => {
          attach(conversationId, "template", [...(event.target.files ?? [])].slice(0, 1), limits);
          event.target.value = "";
        }}
      />
      {file ? (
        <Tray
          conversationId={conversationId}
          channelId={channelId}
          kind="template"
          onEmpty={() => requestAnimationFrame(() => button.current?.focus())}
        />
      ) : (
        <>
          <Button ref={button} autoFocus className="self-start" onClick={() => picker.current?.click()}>
            <Paperclip />
            {x.attach[kind]}
          </Button>
          <Input
            label={x.headerFile[kind]}
            placeholder="https://"
            type="url"
            autoComplete="off"
            value={props.address}
            onChange={(event) => props.onAddress(event.target.value)}
          />
        </>
      )}
      <FieldError id={`${id}-error`}>{error}</FieldError>
    </fieldset>
  );
}
