import type { HeldMessage, Message } from "@max/api";
import { dayLabel, dayOf } from "../../lib/time";
import type { Pending } from "../composer/pending";
import { withAlbums } from "../media/album";

/** One thing in the thread, top to bottom. */
export type Entry =
  | { type: "day"; key: string; label: string }
  | { type: "new"; key: string }
  | {
      type: "message";
      key: string;
      message: Message;
      first: boolean;
      meta: boolean;
      /** Photos that stand together; `message` is the last of them. */
      album?: readonly Message[];
    }
  /** A run of what a flood brought, as one line until somebody opens it. */
  | { type: "folded"; key: string; messages: readonly Message[] }
  | { type: "note"; key: string; message: Message }
  | { type: "event"; key: string; message: Message }
  | { type: "pending"; key: string; pending: Pending; first: boolean }
  | { type: "held"; key: string; message: HeldMessage; first: boolean };

/** Messages of one sender this close together stand in one group. */
const GROUP = 3 * 60_000;

/** What is held no longer than this is as good as sent; the rest waits for a time of its own. */
const MOMENT = 61_000;
const waits = (message: HeldMessage) =>
  message.waits_for ? Number.POSITIVE_INFINITY : Date.parse(message.release_at ?? "") - Date.parse(message.created_at);

/** Whether it was given a time or waits for the customer, rather than held for a moment. */
export const scheduled = (message: HeldMessage): boolean => waits(message) > MOMENT;

const NONE: ReadonlySet<string> = new Set();

/** Contents shown as a line in the middle rather than as somebody's bubble. */
const LINES = new Set(["reaction", "revoke", "notice"]);

export const sentTime = (message: Message): number => Date.parse(message.created_at);

/**
 * The thread as it is drawn: day dividers, the divider before what is new, groups of one sender within three minutes, and last
 * what is still on its way, with what waits for a later time at the very end. `messages` are oldest first, `held` the next to go first.
 * A pending message the server already has appears once, as the server's. A run of folded messages is one line, unless one of them is in
 * `unfolded`.
 */
export function buildTimeline(
  messages: readonly Message[],
  pending: readonly Pending[],
  newFrom: string | null,
  now: number,
  held: readonly HeldMessage[] = [],
  unfolded: ReadonlySet<string> = NONE,
): Entry[] {
  const entries: Entry[] = [];
  const known = new Set([...messages, ...held].map((m) => m.client_id).filter((id) => id !== null));
  const soon = held.filter((m) => waits(m) <= MOMENT && !messages.some(({ id }) => id === m.id));
  let previous: Message | null = null;
  let previousDay: ReturnType<typeof dayOf> | null = null;

  const runs = foldedRuns(messages, unfolded);
  for (const [index, message] of messages.entries()) {
    const at = sentTime(message);
    const run = runs.get(message.id);
    if (run === null) continue;
    const newDay = previousDay !== dayOf(at);
    if (newDay) entries.push({ type: "day", key: `day-${dayOf(at)}`, label: dayLabel(at, now) });
    const fresh = message.id === newFrom;
    if (fresh) entries.push({ type: "new", key: "new" });
    // The bubble keeps its identity from the moment it was typed.
    const key = message.client_id ?? message.id;

    if (run) entries.push({ type: "folded", key: `folded-${key}`, messages: run });
    else if (message.kind === "note") entries.push({ type: "note", key, message });
    else if (isLine(message)) entries.push({ type: "event", key, message });
    else {
      const after = messages[index + 1];
      const next = after && runs.has(after.id) ? undefined : after;
      const first = newDay || fresh || !previous || !grouped(previous, message);
      const lastOfGroup =
        !next || next.id === newFrom || dayOf(sentTime(next)) !== dayOf(at) || !grouped(message, next);
      entries.push({ type: "message", key, message, first, meta: lastOfGroup || next?.status !== message.status });
    }
    previous = run ? null : message;
    if (run) previousDay = dayOf(sentTime(run.at(-1) ?? message));
    else previousDay = dayOf(at);
  }

  let ownBefore = previous?.direction === "out" && previous.kind === "reply" && now - sentTime(previous) < GROUP;
  let lastDay = previousDay;
  const add = (message: HeldMessage) => {
    entries.push({ type: "held", key: message.client_id ?? message.id, message, first: !ownBefore });
    ownBefore = true;
  };
  soon.forEach(add);
  for (const item of pending) {
    if (known.has(item.clientId)) continue;
    if (lastDay !== dayOf(item.createdAt)) {
      lastDay = dayOf(item.createdAt);
      entries.push({ type: "day", key: `day-${lastDay}`, label: dayLabel(item.createdAt, now) });
      ownBefore = false;
    }
    entries.push({ type: "pending", key: item.clientId, pending: item, first: !ownBefore });
    ownBefore = item.kind === "reply";
  }
  ownBefore = false;
  for (const message of held) if (waits(message) > MOMENT) add(message);
  return withAlbums(entries);
}

/** What is drawn in the place of each folded message: the whole run at its first, nothing (null) at the others. */
function foldedRuns(
  messages: readonly Message[],
  unfolded: ReadonlySet<string>,
): ReadonlyMap<string, readonly Message[] | null> {
  const runs = new Map<string, readonly Message[] | null>();
  let run: Message[] = [];
  const close = () => {
    const [head] = run;
    // One alone takes no more room than the line that stands for it.
    if (head && run.length > 1 && !run.some(({ id }) => unfolded.has(id))) {
      for (const message of run) runs.set(message.id, null);
      runs.set(head.id, run);
    }
    run = [];
  };
  for (const message of messages) {
    if (message.folded) run.push(message);
    else close();
  }
  close();
  return runs;
}

function isLine(message: Message): boolean {
  return message.author.type === "system" || LINES.has(message.content.type);
}

function grouped(a: Message, b: Message): boolean {
  return (
    a.kind === "reply" &&
    b.kind === "reply" &&
    !isLine(a) &&
    !isLine(b) &&
    a.direction === b.direction &&
    a.author.id === b.author.id &&
    sentTime(b) - sentTime(a) < GROUP
  );
}

/** The first of the last `unread` inbound messages: where the "New" divider goes. `messages` are oldest first. */
export function firstUnread(messages: readonly Message[], unread: number): string | null {
  let left = unread;
  if (left <= 0) return null;
  for (const message of messages.toReversed()) {
    if (message.direction !== "in" || message.folded) continue;
    left -= 1;
    if (left === 0) return message.id;
  }
  return messages.find((m) => m.direction === "in")?.id ?? null;
}
