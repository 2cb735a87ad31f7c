import {
  ApiError,
  body,
  type Conversation,
  type HeldMessage,
  type Interactive,
  type Message,
  type Place,
} from "@max/api";
import { live } from "../../app/live";
import { api } from "../../app/services";
import { errorText } from "../../app/words";
import { draftOf, setDraft } from "../composer/drafts";
import { useSendPrefs } from "../composer/prefs";
import { seenIn } from "../composer/stale";
import type { Faults } from "./question";

/** What goes out: one of them. */
export type Sendable = { location: Place } | { interactive: Interactive };

/** Why it did not go: at its fields, or as a whole. `seen`: something was said meanwhile; with this it goes all the same. */
export interface Refused {
  fields: Faults;
  whole: string | null;
  seen?: number;
}

/** Sends it as an answer to what the reply quotes, and holds it for the moment in which its writer may take it back. */
export async function send(
  conversation: Pick<Conversation, "id">,
  clientId: string,
  said: Sendable,
  seenAnyway: number | undefined,
): Promise<Message | HeldMessage | Refused> {
  const { id } = conversation;
  const { quote } = draftOf(id);
  const seen = seenAnyway ?? seenIn(id);
  const { hold } = useSendPrefs.getState();
  try {
    const message = body<Message | HeldMessage>(
      await api.POST("/api/v1/conversations/{id}/messages", {
        params: { path: { id } },
        body: {
          client_id: clientId,
          kind: "reply",
          ...said,
          ...(quote ? { reply_to: quote.id } : {}),
          ...(seen === undefined ? {} : { seen_seq: seen }),
          ...(hold ? { hold_seconds: hold } : {}),
        },
      }),
    );
    const { cache } = live();
    if (message.seq === null) cache.putHeld(message);
    else cache.putMessage(message);
    if (quote) setDraft(id, { quote: null });
    return message;
  } catch (error) {
    return refused(error);
  }
}

export function refused(error: unknown): Refused {
  if (!(error instanceof ApiError)) return { fields: {}, whole: errorText(error) };
  if (error.code === "stale_view") {
    const said = (Array.isArray(error.extra.messages) ? error.extra.messages : []) as Message[];
    return { fields: {}, whole: error.detail, seen: Math.max(0, ...said.map(({ seq }) => seq)) };
  }
  // Where a whole group is wrong, no field of the form has its name.
  const fields = Object.fromEntries(error.fields.map(({ field, message }) => [field, message]));
  return { fields, whole: error.fields.length > 0 ? null : errorText(error) };
}
