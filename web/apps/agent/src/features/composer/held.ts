import { ApiError, body, type HeldMessage, type Message } from "@max/api";
import { toast } from "@max/ui";
import { useQuery } from "@tanstack/react-query";
import { live } from "../../app/live";
import { compose } from "../../app/regions";
import { api } from "../../app/services";
import { errorText } from "../../app/words";
import { now } from "../../lib/clock";
import { keys } from "../../live/keys";
import { w } from "../../strings-writing";
import { saidIn } from "../structured/said";
import { restore, useDrafts } from "./drafts";
import type { Pending } from "./pending";

const NONE: readonly HeldMessage[] = [];

/** The reader's messages that wait in a conversation, the next to go first. */
export function useHeld(id: string): readonly HeldMessage[] {
  const { data = NONE } = useQuery({
    queryKey: keys.held(id),
    queryFn: async ({ signal }) =>
      body<{ items: HeldMessage[] }>(
        await api.GET("/api/v1/conversations/{id}/held", { params: { path: { id } }, signal }),
      ).items,
  });
  return data;
}

const path = (message: HeldMessage) => ({
  params: { path: { id: message.conversation_id, message_id: message.id } },
});

/** Puts words back where they were written, and the writer with them where the conversation is still open. */
export function bringBack(pending: Parameters<typeof restore>[0]): void {
  restore(pending);
  if (location.pathname.endsWith(pending.conversationId)) compose(pending.kind);
}

/** Takes a message back, with its words into the composer, or what it was written in open again, where the writer wants them. Says so where it was too late. */
export async function takeBack(message: HeldMessage, edit: boolean): Promise<boolean> {
  try {
    await api.DELETE("/api/v1/conversations/{id}/messages/{message_id}", path(message));
  } catch (error) {
    toast(error instanceof ApiError ? errorText(error) : w.held.undoFailed, "bad");
    return false;
  }
  live().cache.dropHeld(message.conversation_id, message.id);
  if (edit) {
    const { reply_to: quoted } = message;
    const said = saidIn(message);
    if (said) useDrafts.setState({ again: { conversationId: message.conversation_id, said } });
    bringBack({
      conversationId: message.conversation_id,
      kind: "reply",
      text: said ? "" : (message.text ?? ""),
      media: message.attachments,
      quote: quoted?.id ? { id: quoted.id, name: "", preview: quoted.preview ?? "" } : null,
    });
  }
  return true;
}

/** What became of a message its writer wanted back while it was on its way. */
export async function undone(pending: Pending, message: Message | HeldMessage | null): Promise<void> {
  const { outbox, cache } = live();
  if (message === null) {
    bringBack(pending);
  } else if (message.seq !== null) {
    cache.putMessage(message);
    toast(w.held.tooLate, "bad");
  } else if (await takeBack(message, false)) {
    bringBack(pending);
  } else {
    cache.putHeld(message);
  }
  outbox.remove(pending);
}

/** Changes the words or the time of a message that waits; shown at once, taken back when the server does not take it. */
export async function changeHeld(message: HeldMessage, change: { text?: string; send_at?: string }): Promise<void> {
  const { cache } = live();
  cache.putHeld({
    ...message,
    ...(change.text === undefined ? {} : { text: change.text, content: { type: "text", text: change.text } }),
    ...(change.send_at === undefined ? {} : { release_at: change.send_at }),
    status: "held",
    error: null,
  });
  try {
    cache.putHeld(
      body(await api.PATCH("/api/v1/conversations/{id}/messages/{message_id}", { ...path(message), body: change })),
    );
  } catch (error) {
    cache.putHeld(message);
    throw error;
  }
}

/** Lets a message go that waits for its time. */
export const sendNow = (message: HeldMessage): Promise<void> =>
  changeHeld(message, { send_at: new Date(now() + 1_500).toISOString() });

/** Sends a message that could not go, whatever was said meanwhile. */
export async function sendAnyway(message: HeldMessage): Promise<void> {
  const answer = body<Message>(await api.POST("/api/v1/conversations/{id}/messages/{message_id}/retry", path(message)));
  const { cache } = live();
  cache.dropHeld(message.conversation_id, message.id);
  cache.putMessage(answer);
}
