// What follows from the messages alone.

import type { Pending } from "./outbox";
import type { Config, Message, Status } from "./types";

const RANK: Record<Status, number> = { failed: 0, sent: 1, delivered: 2, read: 3 };

/** Adds or replaces messages, in the order of the conversation. The same twice changes nothing, and ticks never go back. */
export function merge(known: readonly Message[], incoming: readonly Message[]): Message[] {
  const all = new Map(known.map((message) => [message.id, message]));
  for (const message of incoming) {
    const before = all.get(message.id)?.status;
    const now = message.status;
    all.set(message.id, before && now && RANK[before] > RANK[now] ? { ...message, status: before } : message);
  }
  return [...all.values()].sort((a, b) => a.seq - b.seq);
}

/** The newest messages after a break: what was known stays where nothing is missing in between. */
export function rejoin(known: readonly Message[], newest: readonly Message[]): Message[] {
  const ids = new Set(known.map(({ id }) => id));
  return merge(newest.some(({ id }) => ids.has(id)) ? known : [], newest);
}

/** Everything up to here was read by an agent. */
export function readUpTo(messages: readonly Message[], seq: number): Message[] {
  return messages.map((message) =>
    message.from === "visitor" && message.seq <= seq && message.status !== "failed"
      ? { ...message, status: "read" }
      : message,
  );
}

/** What is still under way: the server's message with the same id takes its place. */
export function underWay(pending: readonly Pending[], messages: readonly Message[]): Pending[] {
  if (pending.length === 0) return [];
  const there = new Set(messages.flatMap(({ id, client_id }) => [id, client_id]));
  return pending.filter(({ id }) => !there.has(id));
}

/** Messages of one side within this time stand together. Milliseconds. */
const TOGETHER = 180_000;

/** Whether a message goes on where the one before it ended. */
export function follows(before: Message | undefined, message: Message): boolean {
  return (
    before !== undefined &&
    before.from === message.from &&
    before.agent?.name === message.agent?.name &&
    Date.parse(message.at) - Date.parse(before.at) < TOGETHER
  );
}

/** The title chosen from a message's choices: `undefined` while they wait for an answer, `null` when other words followed. */
export function chosen(
  message: Message,
  after: readonly Message[],
  pending: readonly Pending[] = [],
): string | null | undefined {
  const titled = (text: string | null | undefined) =>
    message.choices?.find(({ title }) => title === text)?.title ?? null;
  const answer = after.find(({ from }) => from === "visitor");
  if (answer) return titled(answer.text);
  const [next] = pending;
  return next && titled(next.choice?.title ?? next.text);
}

/** What stands before everything that was said: the company's own greeting for the hour, and whether somebody is there. */
export function helloOf(config: Pick<Config, "texts" | "online">, words: { welcome: string; later: string }): string[] {
  const { welcome, greeting, greeting_closed: closed, offline } = config.texts;
  const first = (!config.online && closed) || greeting || welcome || words.welcome;
  // A greeting for closed hours says it in its own way.
  const away = !config.online && (offline || (closed ? "" : words.later));
  return [first, ...(away ? [away] : [])];
}
