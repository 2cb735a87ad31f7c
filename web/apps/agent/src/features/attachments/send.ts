import type { MediaView } from "@max/api";
import { live } from "../../app/live";
import { queryClient } from "../../app/services";
import type { Kind } from "../composer/drafts";
import type { Pending, SendOptions } from "../composer/pending";
import { captionChars, type Limits } from "./capabilities";
import { slotOf } from "./store";
import { take } from "./upload";

/** What becomes one message. */
export interface Part {
  text: string;
  media: readonly MediaView[];
}

/**
 * A message holds one file, so several make several, in their order. The words go as the caption of the first that may carry one and
 * has none of its own, else as a message of their own before the files.
 */
export function plan(
  text: string,
  files: readonly { media: MediaView; caption: string }[],
  limits: Limits | undefined,
): Part[] {
  const first = files.find(({ media }) => captionChars(media.kind, limits) > 0);
  const fits = first && !first.caption.trim() && [...text].length <= captionChars(first.media.kind, limits);
  const parts = files.map((file) => ({
    text: fits && file === first ? text : captionChars(file.media.kind, limits) > 0 ? file.caption.trim() : "",
    media: [file.media],
  }));
  return text && !fits ? [{ text, media: [] }, ...parts] : parts;
}

/** Sends what is written with the files beside it. */
export function sendFiles(
  to: { conversationId: string; channelId: string; kind: Kind },
  text: string,
  quote: Pending["quote"],
  options: SendOptions,
): void {
  const files = take(slotOf(to.conversationId, to.kind)).flatMap(({ media, caption }) =>
    media ? [{ media, caption }] : [],
  );
  if (files.length === 0 && !text) return;
  const limits = queryClient.getQueryData<{ media?: Limits }>(["capabilities", to.channelId])?.media;
  const parts = to.kind === "note" ? [{ text, media: files.map(({ media }) => media) }] : plan(text, files, limits);
  const { thenClose, ...rest } = options;
  for (const [index, part] of parts.entries()) {
    // Closing comes after the last of them.
    const closing = index === parts.length - 1 && thenClose ? { thenClose } : {};
    live().outbox.add(
      to.conversationId,
      to.kind,
      part.text,
      index === 0 ? quote : null,
      { ...rest, ...closing },
      part.media,
    );
  }
}
