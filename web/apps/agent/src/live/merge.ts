import type { Conversation, Message, MessageStatus, Page, SharedConversation, User } from "@max/api";
import { belongs, compare } from "./belongs";
import { type Pages, rows } from "./pages";
import type { Scope } from "./views";

const RANK: Record<MessageStatus, number> = {
  held: 0,
  received: 0,
  queued: 0,
  unconfirmed: 1,
  sent: 2,
  // A provider may take a message and fail later, but what was delivered did not fail.
  failed: 3,
  delivered: 4,
  read: 5,
};

/**
 * Two versions of one message. The status only moves forward, so duplicates and disorder end the same; the one way back is a
 * `retry`, which queues a failed or unconfirmed message anew.
 */
export function mergeMessage(old: Message, next: Message, retry = false): Message {
  const again = retry && next.status === "queued" && (old.status === "failed" || old.status === "unconfirmed");
  const newer = again || RANK[next.status] >= RANK[old.status] ? next : old;
  if (newer === old) return old;
  // Only answers to those concerned say how much feedback there is.
  const merged = { ...next, feedback_count: next.feedback_count ?? old.feedback_count };
  return same(old, merged) ? old : merged;
}

/** Puts a message into its place by `seq`. Returns the same object when nothing changed. */
export function putMessage(data: Pages<Message>, message: Message, retry = false): Pages<Message> {
  for (const [index, page] of data.pages.entries()) {
    const at = page.items.findIndex((m) => m.id === message.id);
    if (at < 0) continue;
    const old = page.items[at] as Message;
    const merged = mergeMessage(old, message, retry);
    return merged === old ? data : replacePage(data, index, page.items.with(at, merged));
  }
  const last = data.pages.length - 1;
  for (const [index, page] of data.pages.entries()) {
    const at = page.items.findIndex((m) => m.seq < message.seq);
    if (at >= 0) return replacePage(data, index, page.items.toSpliced(at, 0, message));
    // Older than all that is loaded: comes with the older page, unless this is the oldest page there is.
    if (index === last) {
      if (page.next_cursor !== null) return data;
      return replacePage(data, index, [...page.items, message]);
    }
  }
  return data;
}

function replacePage<T>(data: Pages<T>, index: number, items: T[]): Pages<T> {
  const page = data.pages[index] as Page<T>;
  return { ...data, pages: data.pages.with(index, { ...page, items }) };
}

/**
 * A conversation after news of it. Old news (an earlier last message, or earlier activity) changes nothing but the reader's own
 * count. `read` is how many inbound messages the reader has seen.
 */
export function mergeConversation(
  old: Conversation | undefined,
  next: SharedConversation,
  read: number | undefined,
): Conversation {
  const current = old && stale(old, next) ? old : next;
  const inbound = Math.max(old?.inbound_count ?? 0, next.inbound_count);
  const last = pickLast(old?.last_message ?? null, next.last_message);
  const unread = read === undefined ? firstGuess(old, next) : Math.max(0, inbound - read);
  // News is told to many: what is the reader's own stays as it was.
  const own = { mentioned: old?.mentioned ?? false, scheduled: old?.scheduled ?? 0, ...ownPart(next) };
  const merged: Conversation = { ...current, ...own, inbound_count: inbound, last_message: last, unread };
  return old && same(old, merged) ? old : merged;
}

/** What an answer to the reader says about them; events say nothing of it. */
function ownPart(next: SharedConversation & { mentioned?: boolean | null; scheduled?: number | null }) {
  const { mentioned, scheduled } = next;
  return { ...(mentioned == null ? {} : { mentioned }), ...(scheduled == null ? {} : { scheduled }) };
}

function stale(old: SharedConversation, next: SharedConversation): boolean {
  const seq = (next.last_message?.seq ?? 0) - (old.last_message?.seq ?? 0);
  return seq < 0 || (seq === 0 && Date.parse(next.last_activity_at) < Date.parse(old.last_activity_at));
}

function pickLast(old: Conversation["last_message"], next: Conversation["last_message"]): Conversation["last_message"] {
  if (!old || !next) return next ?? old;
  return next.seq >= old.seq ? next : old;
}

/** Before the server has told how much is read: at least the message that brought the news. */
function firstGuess(old: Conversation | undefined, next: SharedConversation): number {
  if (old) return old.unread + Math.max(0, next.inbound_count - old.inbound_count);
  return next.last_message?.direction === "in" ? 1 : 0;
}

/** A list after news of one conversation: in its place, moved, changed or gone. */
export function putConversation(
  data: Pages<Conversation>,
  next: SharedConversation,
  scope: Scope,
  me: User,
  read: number | undefined,
): Pages<Conversation> {
  const all = rows(data);
  const old = all.find((c) => c.id === next.id);
  const merged = mergeConversation(old, next, read);
  // What was shown as unread stays where it is when it is read.
  const seen = old ? { ...merged, unread: Math.max(1, merged.unread) } : merged;
  // Only the mention itself brings a conversation among the mentions.
  const strange = scope.view === "mentions" && !old && !merged.mentioned;
  if (strange || !belongs(seen, scope, me)) return old ? dropConversation(data, next.id) : data;
  if (merged === old) return data;
  const order = compare(scope);
  if (!order && old) return mapRows(data, merged.id, () => merged);
  const others = all.filter((c) => c.id !== merged.id);
  const found = others.findIndex((c) => !order || order(merged, c) < 0);
  const at = found < 0 ? others.length : found;
  // Beyond what is loaded: it comes with a later page.
  if (at === others.length && !old && data.pages.at(-1)?.next_cursor != null) return data;
  return refill(data, others.toSpliced(at, 0, merged));
}

/** A list without one conversation. */
export function dropConversation(data: Pages<Conversation>, id: string): Pages<Conversation> {
  const index = data.pages.findIndex((page) => page.items.some((c) => c.id === id));
  if (index < 0) return data;
  return {
    ...data,
    pages: data.pages.map((page) => ({ ...page, items: page.items.filter((c) => c.id !== id) })),
  };
}

/** Changes the rows of a list in place. Returns the same object when nothing changed. */
export function mapRows<T extends { id: string }>(data: Pages<T>, id: string, change: (row: T) => T): Pages<T> {
  let changed = false;
  const pages = data.pages.map((page) => ({
    ...page,
    items: page.items.map((c) => {
      if (c.id !== id) return c;
      const next = change(c);
      changed ||= next !== c;
      return next;
    }),
  }));
  return changed ? { ...data, pages } : data;
}

/** Rows back into pages of the old sizes; the surplus goes to the last one. */
function refill(data: Pages<Conversation>, all: Conversation[]): Pages<Conversation> {
  let start = 0;
  const pages = data.pages.map((page, index) => {
    const end = index === data.pages.length - 1 ? all.length : start + page.items.length;
    const items = all.slice(start, end);
    start = end;
    return { ...page, items };
  });
  return { ...data, pages };
}

function same(a: object, b: object): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
