import { body, type Message } from "@max/api";
import { toast } from "@max/ui";
import { live } from "../../app/live";
import { api } from "../../app/services";
import { errorText } from "../../app/words";
import { now } from "../../lib/clock";
import { m } from "../../strings-media";

type Reaction = Message["reactions"][number];

/** The same emoji together, with who gave it, in the order they came. */
export interface Tally {
  emoji: string;
  names: string[];
  /** Ours: it can be taken back. */
  own: boolean;
}

export function tally(reactions: readonly Reaction[]): Tally[] {
  const all = new Map<string, Tally>();
  for (const { emoji, by, author_name } of reactions) {
    const one = all.get(emoji) ?? { emoji, names: [], own: false };
    one.names.push(author_name);
    one.own ||= by === "user";
    all.set(emoji, one);
  }
  return [...all.values()];
}

/** The customer sees one reaction of ours on a message: another takes the place of the first. */
export function withOurs(reactions: readonly Reaction[], emoji: string | null, name: string, at: string): Reaction[] {
  const others = reactions.filter(({ by }) => by !== "user");
  return emoji === null ? others : [...others, { emoji, by: "user", author_name: name, at }];
}

/** Puts our reaction on a message, or takes it back; shown at once, undone when the server does not take it. */
export async function react(message: Message, emoji: string | null): Promise<void> {
  const { cache, me } = live();
  const before = message.reactions;
  cache.putMessage({ ...message, reactions: withOurs(before, emoji, me.name, new Date(now()).toISOString()) });
  try {
    const answer = await api.PUT("/api/v1/conversations/{id}/messages/{message_id}/reaction", {
      params: { path: { id: message.conversation_id, message_id: message.id } },
      body: { emoji },
    });
    cache.putMessage(body<Message>(answer));
  } catch (error) {
    cache.putMessage(message);
    toast(m.react.failed(errorText(error)), "bad");
  }
}
