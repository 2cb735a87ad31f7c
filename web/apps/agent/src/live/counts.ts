import type { Conversation, Counts, LiveEvent, SavedView, SharedConversation, User } from "@max/api";
import type { QueryClient } from "@tanstack/react-query";
import { belongs, waits } from "./belongs";
import { COUNTS, VIEWS } from "./keys";
import { savedScope } from "./views";

/** What one conversation adds to the numbers. */
interface Part {
  open: boolean;
  unread: boolean;
  snoozed: boolean;
  mentioned: boolean;
  queue: string | null;
  saved: readonly string[];
}

const NOTHING: Part = { open: false, unread: false, snoozed: false, mentioned: false, queue: null, saved: [] };

/** Asking again waits this long, so that a burst asks once. */
const PAUSE = 5_000;

/**
 * Keeps the numbers beside the lists in step with events, by what each conversation added before and adds now. Where an event does not
 * tell what was before, the numbers are asked for again, a moment later.
 */
export class CountsKeeper {
  readonly #parts = new Map<string, Part>();
  /** What left a queue without being known here. */
  readonly #gone = new Set<string>();
  readonly #since = Date.now();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly client: QueryClient,
    public me: User,
  ) {}

  close(): void {
    clearTimeout(this.#timer);
  }

  /** A conversation as it is now; `before` as it was, where that is known; `event` where one brought it. */
  saw(now: SharedConversation & Partial<Conversation>, before: Conversation | undefined, event?: LiveEvent): void {
    const next = this.#part(now);
    const known = this.#parts.get(now.id) ?? (before ? this.#part(before) : this.#guess(now, next, event));
    // Events say nothing of the reader's own.
    if (now.mentioned === undefined && known) next.mentioned = known.mentioned;
    this.#parts.set(now.id, next);
    if (known) this.#change(known, next);
    else this.again();
  }

  /** A conversation that is not known here left a team's queue. */
  left({ id, team_id }: { id: string; team_id: string | null }): void {
    const known = this.#parts.get(id);
    if (!known || known.queue === team_id) this.#change({ ...NOTHING, queue: team_id }, NOTHING);
    if (known) this.#parts.set(id, { ...known, queue: null });
    else this.#gone.add(id);
  }

  /** The numbers have to be asked for again. */
  again(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.client.invalidateQueries({ queryKey: COUNTS });
    }, PAUSE);
  }

  /** What it added before, as far as the event tells; null where it does not. */
  #guess(now: SharedConversation, next: Part, event: LiveEvent | undefined): Part | null {
    switch (event?.kind) {
      case "conversation.taken":
        return { ...next, open: false, queue: event.data.team_id };
      case "message.created":
        if (now.inbound_count <= 1 && Date.parse(now.created_at) >= this.#since) return NOTHING;
        // A message alone moves nothing from one list to another.
        return next.unread ? null : next;
      default:
        // It was told already that it left its queue; saved views may show it anew or no more.
        return this.#gone.delete(now.id) && !next.open && this.#views().length === 0 ? next : null;
    }
  }

  #part(c: SharedConversation & Partial<Conversation>): Part {
    const own = c.assignee?.id === this.me.id;
    const open = own && c.state === "assigned";
    return {
      open,
      unread: open && (c.unread ?? 0) > 0,
      snoozed: own && c.state === "snoozed",
      mentioned: c.mentioned ?? false,
      queue: c.assignee === null && waits(c) ? (c.team?.id ?? null) : null,
      saved: this.#views()
        .filter((view) => belongs(c, savedScope(view), this.me))
        .map((view) => view.id),
    };
  }

  #views(): readonly SavedView[] {
    return this.client.getQueryData<{ items: SavedView[] }>(VIEWS)?.items ?? [];
  }

  #change(old: Part, next: Part): void {
    this.client.setQueryData<Counts>(COUNTS, (counts) => {
      if (!counts) return counts;
      const by = (name: "open" | "unread" | "snoozed" | "mentioned") => Number(next[name]) - Number(old[name]);
      const plus = (n: number, step: number) => Math.max(0, n + step);
      const queues = counts.queues.map((q) => ({
        ...q,
        waiting: plus(q.waiting, Number(q.team_id === next.queue) - Number(q.team_id === old.queue)),
      }));
      if (next.queue && !queues.some((q) => q.team_id === next.queue)) {
        queues.push({ team_id: next.queue, waiting: 1, more: false });
      }
      return {
        ...counts,
        mine_open: plus(counts.mine_open, by("open")),
        mine_unread: plus(counts.mine_unread, by("unread")),
        snoozed: plus(counts.snoozed, by("snoozed")),
        mentions: plus(counts.mentions, by("mentioned")),
        queues,
        saved: counts.saved.map((view) => ({
          ...view,
          count: plus(view.count, Number(next.saved.includes(view.id)) - Number(old.saved.includes(view.id))),
        })),
      };
    });
  }
}
