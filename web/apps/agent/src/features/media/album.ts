import type { Message } from "@max/api";

/** Whether a message is a photo and nothing but a photo, so that it can stand among others in one picture of them. */
export function isBarePhoto(message: Message): boolean {
  const { content, attachments } = message;
  return (
    content.type === "media" &&
    content.kind === "image" &&
    !content.caption &&
    attachments.length === 1 &&
    !message.reply_to &&
    !message.reactions?.length &&
    !message.forwarded &&
    !message.referral &&
    !message.edited_at &&
    !message.revoked_at &&
    !message.error
  );
}

interface Drawn {
  type: string;
  message?: unknown;
  meta?: boolean;
  album?: readonly Message[];
}

/**
 * Photos that one sender sent in a row stand together. They take the place of the last of them: what is done with the group, such as
 * replying, is done with that one, and its line says when they came.
 */
export function withAlbums<Entry extends Drawn>(entries: readonly Entry[]): Entry[] {
  const all: Entry[] = [];
  let run: Entry[] = [];
  const close = () => {
    const [head] = run;
    const last = run.at(-1);
    if (head && last && run.length > 1) {
      all.push({
        ...last,
        ...("key" in head ? { key: head.key } : {}),
        ...("first" in head ? { first: head.first } : {}),
        album: run.map(photo),
      });
    } else all.push(...run);
    run = [];
  };
  for (const entry of entries) {
    const fits = entry.type === "message" && isBarePhoto(photo(entry));
    if (!fits || ("first" in entry && entry.first)) close();
    if (!fits) all.push(entry);
    else {
      run.push(entry);
      // A line of its own follows, or the next one fares differently.
      if (entry.meta) close();
    }
  }
  close();
  return all;
}

const photo = (entry: Drawn) => entry.message as Message;
