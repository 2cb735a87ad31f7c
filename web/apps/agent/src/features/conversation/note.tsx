import type { Message } from "@max/api";
import { cx, IconButton } from "@max/ui";
import { Lock, Pin, PinOff } from "lucide-react";
import { lazy, memo, type ReactNode } from "react";
import { Soft } from "../../lib/soft";
import { clockTime, fullTime } from "../../lib/time";
import { s } from "../../strings";
import { n } from "../../strings-notes";
import { t } from "../../strings-thread";
import { parts } from "../composer/marks";
import { loadRich, Text } from "./content";
import { sentTime } from "./timeline";

const Files = lazy(() => loadRich().then((module) => ({ default: module.Files })));

/** Whom a mention has to name for the reader to be meant. */
export interface Reader {
  id: string;
  teams: readonly { id: string }[];
}

/** An internal note, across the whole thread. */
export const NoteBlock = memo(function NoteBlock(props: {
  message: Message;
  reader: Reader;
  rise: boolean;
  pin?: ((message: Message) => void) | undefined;
}) {
  const { message, reader, rise, pin } = props;
  const meant = message.mentions.some((m) => isReader(m, reader));
  return (
    <article
      data-testid="message"
      data-message-id={message.id}
      data-direction={message.direction}
      data-status={message.status}
      data-mentions-me={meant || undefined}
      tabIndex={-1}
      aria-label={`${t.thread.note}, ${s.thread.spoken(message.author.name, message.preview)}`}
      className={cx(
        "group/message mt-2.5 mb-1 rounded-md border border-note-line bg-note-bg px-3 pt-[9px] pb-2.5 text-sm leading-normal",
        meant && "border-s-[3px] border-s-accent ps-2.5",
        rise && "animate-rise",
      )}
    >
      <NoteHead name={message.author.name} at={sentTime(message)}>
        {message.pinned && (
          <span className="flex items-center gap-1 text-text-3 [&_.lucide]:size-3">
            <Pin />
            {n.pinned}
          </span>
        )}
        {pin && (
          <IconButton
            label={message.pinned ? n.unpin : n.pin}
            data-testid="pin-note"
            onClick={() => pin(message)}
            className={cx(
              "-my-1 size-6! phone:size-9!",
              // On a phone nothing hovers.
              "opacity-0 group-focus-within/message:opacity-100 group-hover/message:opacity-100 focus-visible:opacity-100 phone:opacity-100",
            )}
          >
            {message.pinned ? <PinOff className="size-3.5!" /> : <Pin className="size-3.5!" />}
          </IconButton>
        )}
      </NoteHead>
      {message.attachments.length > 0 && (
        <div className="mt-1.5 max-w-[320px]">
          <Soft>
            <Files message={message} />
          </Soft>
        </div>
      )}
      {(message.text || message.attachments.length === 0) && (
        <NoteText text={message.text ?? message.preview} reader={reader} />
      )}
    </article>
  );
});

/** The words of a note, with those mentioned as chips. */
export function NoteText({ text, reader }: { text: string; reader: Reader }) {
  const all = parts(text);
  if (all.length === 1 && typeof all[0] === "string") return <Text>{text}</Text>;
  return (
    <div dir="auto" className="whitespace-pre-wrap [overflow-wrap:anywhere]">
      {all.map((part, index) => {
        // The parts of one text stay where they are.
        const key = index;
        if (typeof part === "string") {
          return (
            <Text key={key} inline>
              {part}
            </Text>
          );
        }
        const meant = isReader(part, reader);
        return (
          <span
            key={key}
            data-mention={part.id}
            className={cx(
              "inline-block max-w-full truncate rounded-xs px-[3px] align-bottom font-medium",
              meant ? "bg-accent text-accent-fg" : "bg-accent-tint-2 text-accent-text",
            )}
          >
            <bdi>@{part.name}</bdi>
          </span>
        );
      })}
    </div>
  );
}

const isReader = (mention: { type: string; id: string }, reader: Reader) =>
  mention.type === "user" ? mention.id === reader.id : reader.teams.some((team) => team.id === mention.id);

export function NoteHead({ name, at, children }: { name: string; at?: number; children?: ReactNode }) {
  return (
    <div className="mb-0.5 flex min-h-4 items-center gap-1.5 text-xs">
      <span className="flex flex-none items-center gap-1 font-medium text-note-text [&_.lucide]:size-3">
        <Lock />
        {t.thread.note}
      </span>
      <span aria-hidden="true" className="text-text-3">
        ·
      </span>
      <b className="truncate font-semibold" dir="auto">
        {name}
      </b>
      {at !== undefined && (
        <time dateTime={new Date(at).toISOString()} data-tip={fullTime(at)} className="num flex-none text-text-3">
          {clockTime(at)}
        </time>
      )}
      <span className="ms-auto flex flex-none items-center gap-1">{children}</span>
    </div>
  );
}
