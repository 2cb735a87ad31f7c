import type { Message, TimelineEntry } from "@max/api";
import { dayLabel, dayOf } from "../../lib/time";
import { s } from "../../strings";
import { w } from "../../strings-work";
import type { Entry } from "./timeline";

const { timeline: words } = w;

/** What stands in a thread: messages, and between them what happened, in groups of what happened in a row. */
export type ThreadEntry = Entry | { type: "happened"; key: string; all: readonly TimelineEntry[] };

/**
 * Puts what happened between the messages. `older`: there are older messages that are not loaded, so what happened before the first
 * one comes with them.
 */
export function withHappenings(
  entries: readonly Entry[],
  happened: readonly TimelineEntry[],
  older: boolean,
  now: number,
): ThreadEntry[] {
  const first = entries.map(seqOf).find((seq) => seq !== null) ?? null;
  const left = happened.filter((h) => !(older && first !== null && h.after_seq < first));
  const result: ThreadEntry[] = [];
  let day: number | null = null;

  const put = (some: readonly TimelineEntry[]) => {
    for (const entry of some) {
      const its = dayOf(Date.parse(entry.at));
      if (day !== null && its > day) {
        day = its;
        result.push({ type: "day", key: `day-${its}`, label: dayLabel(Date.parse(entry.at), now) });
      }
      const last = result.at(-1);
      if (last?.type === "happened") result[result.length - 1] = { ...last, all: [...last.all, entry] };
      else result.push({ type: "happened", key: `happened-${entry.id}`, all: [entry] });
    }
  };
  const drawn = new Set<number>();
  for (const entry of entries) {
    if (entry.type === "day") {
      const its = Number(entry.key.slice(4));
      // What happened later on that day stands below its divider.
      const before = left.filter((h) => dayOf(Date.parse(h.at)) < its && passed(h, entries, entry));
      put(left.splice(0, before.length));
      if (day !== its && !drawn.has(its)) result.push(entry);
      drawn.add(its);
      day = its;
      continue;
    }
    const seq = seqOf(entry) ?? (entry.type === "new" ? nextSeq(entries, entry) : null);
    if (seq !== null) {
      const due = left.findIndex((h) => h.after_seq >= seq);
      put(left.splice(0, due < 0 ? left.length : due));
    }
    // What is still on its way comes after all that happened.
    if (entry.type === "pending" || entry.type === "held") put(left.splice(0));
    result.push(entry);
  }
  put(left.splice(0));
  return result;
}

function seqOf(entry: Entry): number | null {
  return "message" in entry ? ((entry.message as Message).seq ?? null) : null;
}

/** The seq of the first message from here on. */
function nextSeq(entries: readonly Entry[], from: Entry): number | null {
  return (
    entries
      .slice(entries.indexOf(from))
      .map(seqOf)
      .find((seq) => seq !== null) ?? null
  );
}

/** Whether the messages before this place are all that something happened after. */
function passed(h: TimelineEntry, entries: readonly Entry[], at: Entry): boolean {
  const next = nextSeq(entries, at);
  return next === null || h.after_seq < next;
}

const isPerson = (value: unknown, id: string) => (value as { id?: unknown } | null | undefined)?.id === id;

const named = (value: unknown): string | null => {
  const name = (value as { name?: unknown } | null | undefined)?.name;
  return typeof name === "string" ? name : null;
};

/** What happened, as a sentence. `meId`: the reader, who is "You". */
export function happeningText(
  { kind, actor, data }: TimelineEntry,
  meId: string,
  when: (at: number) => string,
): string {
  const who = actor ? (actor.id === meId ? s.thread.you : actor.name) : words.system;
  const to = isPerson(data.to, meId)
    ? actor?.id === meId
      ? words.yourself
      : words.toYou
    : (named(data.to) ?? words.queue);
  switch (kind) {
    case "opened":
      return named(data.team) ? words.openedIn(named(data.team) ?? "") : words.opened;
    case "taken":
      return data.rule === "take_next"
        ? words.takenNext(who)
        : data.rule === "reply"
          ? words.replied(who)
          : words.taken(who);
    case "assigned":
      return (data.rule === "hand_over" ? words.handedOver : words.assigned)(who, to);
    case "unassigned":
      return data.rule === "hand_over" ? words.handedOver(who, words.queue) : words.unassigned(who);
    case "transferred":
      return words.transferred(who, named(data.to_team) ?? s.thread.noTeam);
    case "closed":
      return words.closed(who, named(data.reason) ?? "");
    case "reopened":
      return data.by_customer ? words.reopenedCustomer : words.reopened(who);
    case "snoozed":
      return typeof data.until === "string"
        ? words.snoozed(who, when(Date.parse(data.until)))
        : words.snoozedReply(who);
    case "woken":
      return data.by === "customer" ? words.wokenCustomer : data.by === "user" ? words.wokenBy(who) : words.woken;
    case "priority_changed": {
      const priority = String(data.to);
      return words.priority(who, (w.filter.priorities as Record<string, string>)[priority] ?? priority);
    }
    case "tagged":
      return words.tagged(who, named(data.tag) ?? "");
    case "untagged":
      return words.untagged(who, named(data.tag) ?? "");
    default:
      return words[kind](who);
  }
}

/** Changes of who has it are kept with why. */
export const hasWhy = (kind: TimelineEntry["kind"]): boolean =>
  kind === "taken" || kind === "assigned" || kind === "unassigned" || kind === "transferred" || kind === "reopened";
