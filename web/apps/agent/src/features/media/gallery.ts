import type { MediaView, Message } from "@max/api";
import { queryClient } from "../../app/services";
import { keys } from "../../live/keys";
import { type Pages, rows } from "../../live/pages";
import type { Picture } from "./pictures";

/** A picture or film with where it comes from. */
export interface Shown extends Picture {
  message: Message | null;
}

const large = ({ kind, state }: MediaView) => state === "ready" && (kind === "image" || kind === "video");

/**
 * Everything of a conversation that can be shown large, in the order it was said. What is not among its messages, such as a file that
 * is still on its way, is shown by itself.
 */
export function gallery(conversationId: string, given: readonly Picture[]): Shown[] {
  const messages = rows(queryClient.getQueryData<Pages<Message>>(keys.messages(conversationId))).toReversed();
  const all = messages.flatMap((message) =>
    message.revoked_at
      ? []
      : message.attachments.filter(large).map((media) => ({
          media,
          messageId: message.id,
          message,
          caption: message.content.type === "media" ? (message.content.caption ?? null) : null,
        })),
  );
  return given.every(({ media }) => all.some((one) => one.media.id === media.id))
    ? all
    : given.filter(({ media }) => large(media) || media.kind === "sticker").map((one) => ({ ...one, message: null }));
}
