import { ApiError, body, type Conversation, type Named, type Priority, type Team } from "@max/api";
import { toast } from "@max/ui";
import { live } from "../../app/live";
import { api, queryClient, session } from "../../app/services";
import { errorText } from "../../app/words";
import { atTime } from "../../lib/time";
import { offerUndo } from "../../lib/undo";
import { keys } from "../../live/keys";
import { may } from "../../live/rights";
import { s } from "../../strings";
import { w } from "../../strings-work";
import { winnerOf } from "../inbox/take";

const { steps: words } = w;

const path = (id: string) => ({ params: { path: { id } } });

/**
 * A step with a conversation. It shows at once; where the server does not take it, the row is put right and a toast says why, with the
 * name of whoever was faster. Resolves to the conversation afterwards, or to null.
 */
async function step(c: Conversation, guess: Partial<Conversation>, call: () => Promise<unknown>, done?: Done) {
  const { cache } = live();
  const goOn = nextRow(c.id);
  const back = cache.guess(c.id, guess);
  goOn();
  try {
    const next = body<Conversation>({ data: await call() });
    cache.putConversation(next);
    if (done?.undo) offerUndo(done.text, w.undo, done.undo);
    else if (done) toast(done.text);
    return next;
  } catch (error) {
    back();
    const winner = winnerOf(error);
    toast(winner ? s.thread.taken(winner) : error instanceof ApiError ? errorText(error) : words.failed, "bad");
    // Somebody may have changed it meanwhile, or it is none of the reader's business any more.
    if (error instanceof ApiError) void queryClient.invalidateQueries({ queryKey: keys.conversation(c.id) });
    return null;
  }
}

/** What goes on to the neighbour in the list, where the list does not show the conversation any more. */
function nextRow(id: string): () => void {
  const row = document.getElementById(`row-${id}`)?.parentElement;
  const neighbour = row?.nextElementSibling ?? row?.previousElementSibling;
  const next = neighbour?.querySelector<HTMLElement>("[role=option]");
  const look = (tries: number) => {
    if (!next?.isConnected || !location.pathname.endsWith(id)) return;
    if (document.getElementById(`row-${id}`)) {
      // The list is drawn anew in a moment, unless it goes on showing it.
      if (tries > 0) setTimeout(() => look(tries - 1), 100);
      return;
    }
    next.click();
    next.focus();
  };
  return () => void setTimeout(() => look(5), 30);
}

interface Done {
  text: string;
  undo?: (() => void) | undefined;
}

const me = () => (session.state.status === "in" ? session.state.user : live().me);

/** Back to whoever had it before. */
const giveBack = (before: Conversation, after: Conversation) => () => {
  if (before.assignee) void assign(after, before.assignee, { quiet: true });
  else void toQueue(after, { quiet: true });
};

type How = { note?: string | undefined; quiet?: boolean };
const noted = (note: string | undefined) => (note?.trim() ? { note: note.trim() } : {});

/** Gives it to somebody. Agents hand their own on within its team, which is a transfer to the server. */
export function assign(c: Conversation, to: Named, { note, quiet }: How = {}) {
  const own = to.id === me().id;
  if (own && !c.assignee) return take(c, { quiet });
  return step(
    c,
    { assignee: { id: to.id, name: to.name }, state: "assigned", snoozed_until: null, snoozed_until_reply: false },
    async () => {
      if (may(me(), "assign", c) || !c.team)
        return (
          await api.POST("/api/v1/conversations/{id}/assign", {
            ...path(c.id),
            body: { user_id: to.id, ...noted(note) },
          })
        ).data;
      return (
        await api.POST("/api/v1/conversations/{id}/transfer", {
          ...path(c.id),
          body: { team_id: c.team.id, user_id: to.id, ...noted(note) },
        })
      ).data;
    },
    quiet
      ? { text: w.undone }
      : {
          text: own ? words.assignedMe(c.contact.name) : words.assigned(c.contact.name, to.name),
          undo: canUndoAssign(c) ? giveBack(c, { ...c, assignee: to }) : undefined,
        },
  );
}

/** Whoever gave away what was theirs alone cannot fetch it back. */
const canUndoAssign = (before: Conversation) => may(me(), "assign", before);

/** Takes it from the queue. */
export function take(c: Conversation, { quiet }: { quiet?: boolean | undefined } = {}) {
  const { id, name } = me();
  return step(
    c,
    { assignee: { id, name }, state: "assigned" },
    async () => (await api.POST("/api/v1/conversations/{id}/take", path(c.id))).data,
    quiet
      ? { text: w.undone }
      : {
          text: words.taken(c.contact.name),
          undo: () => void toQueue({ ...c, assignee: { id, name } }, { quiet: true }),
        },
  );
}

/** Back to its team's queue. */
export function toQueue(c: Conversation, { note, quiet }: How = {}) {
  return step(
    c,
    { assignee: null, state: "queued", snoozed_until: null, snoozed_until_reply: false },
    async () => {
      if (may(me(), "assign", c) || !c.team)
        return (
          await api.POST("/api/v1/conversations/{id}/assign", {
            ...path(c.id),
            body: { user_id: null, ...noted(note) },
          })
        ).data;
      return (
        await api.POST("/api/v1/conversations/{id}/transfer", {
          ...path(c.id),
          body: { team_id: c.team.id, ...noted(note) },
        })
      ).data;
    },
    quiet
      ? { text: w.undone }
      : { text: words.queued(c.contact.name), undo: c.assignee ? giveBack(c, { ...c, assignee: null }) : undefined },
  );
}

/** To another team's queue; the customer's wait goes on. */
export function transfer(c: Conversation, team: Team, { note, quiet }: How = {}) {
  const from = c.team;
  return step(
    c,
    { team, assignee: null, state: "queued", snoozed_until: null, snoozed_until_reply: false },
    async () =>
      (
        await api.POST("/api/v1/conversations/{id}/transfer", {
          ...path(c.id),
          body: { team_id: team.id, ...noted(note) },
        })
      ).data,
    quiet
      ? { text: w.undone }
      : {
          text: words.transferred(c.contact.name, team.name),
          // It can be fetched back by who decides about that team too.
          undo:
            from && may(me(), "assign", { assignee: null, team })
              ? () => void transfer({ ...c, team, assignee: null }, from, { quiet: true })
              : undefined,
        },
  );
}

/** Done, for a reason. */
export function close(c: Conversation, reason: Named, { note, quiet }: How = {}) {
  return step(
    c,
    { state: "closed", close_reason: reason, closed_at: new Date().toISOString(), waiting_since: null },
    async () =>
      (
        await api.POST("/api/v1/conversations/{id}/close", {
          ...path(c.id),
          body: { reason: reason.id, ...noted(note) },
        })
      ).data,
    quiet
      ? { text: w.undone }
      : {
          text: words.closed(c.contact.name, reason.name),
          undo: () => void reopen({ ...c, state: "closed", close_reason: reason }, { quiet: true }),
        },
  );
}

/** Not done after all. */
export function reopen(c: Conversation, { quiet }: { quiet?: boolean } = {}) {
  const { close_reason } = c;
  return step(
    c,
    { state: c.assignee ? "assigned" : "queued", closed_at: null, close_reason: null },
    async () => (await api.POST("/api/v1/conversations/{id}/reopen", path(c.id))).data,
    quiet
      ? { text: w.undone }
      : {
          text: words.reopened(c.contact.name),
          undo: close_reason ? () => void close(c, close_reason, { quiet: true }) : undefined,
        },
  );
}

/** Aside until a moment, or until the customer writes. */
export function snooze(c: Conversation, until: number | null) {
  const at = until === null ? null : new Date(until).toISOString();
  return step(
    c,
    { state: "snoozed", snoozed_until: at, snoozed_until_reply: at === null },
    async () =>
      (await api.POST("/api/v1/conversations/{id}/snooze", { ...path(c.id), body: at ? { until: at } : {} })).data,
    {
      text: until === null ? words.snoozedReply(c.contact.name) : words.snoozed(c.contact.name, atTime(until)),
      undo: () => void wake({ ...c, state: "snoozed" }, { quiet: true }),
    },
  );
}

/** Back before its time. */
export function wake(c: Conversation, { quiet }: { quiet?: boolean } = {}) {
  return step(
    c,
    { state: c.assignee ? "assigned" : "queued", snoozed_until: null, snoozed_until_reply: false },
    async () => (await api.POST("/api/v1/conversations/{id}/unsnooze", path(c.id))).data,
    { text: quiet ? w.undone : words.woken(c.contact.name) },
  );
}

/** More or less urgent. */
export function prioritise(c: Conversation, priority: Priority, quiet = false): Promise<Conversation | null> {
  if (priority === c.priority) return Promise.resolve(c);
  return step(
    c,
    { priority },
    async () => (await api.POST("/api/v1/conversations/{id}/priority", { ...path(c.id), body: { priority } })).data,
    quiet
      ? { text: w.undone }
      : {
          text: words.priority(c.contact.name, w.filter.priorities[priority]),
          undo: () => void prioritise({ ...c, priority }, c.priority, true),
        },
  );
}

/** As if it had not been read, from a message on; from the customer's last one unless said. */
export async function markUnread(c: Conversation, seq?: number): Promise<void> {
  try {
    const from = seq ?? lastInbound(c.id) ?? c.last_message?.seq ?? 1;
    const result = await api.POST("/api/v1/conversations/{id}/unread", { ...path(c.id), body: { seq: from } });
    live().cache.putConversation(body(result), true);
    toast(words.unread(c.contact.name));
  } catch (error) {
    toast(errorText(error), "bad");
  }
}

/** The customer's last message that is loaded. */
function lastInbound(id: string): number | null {
  const data = queryClient.getQueryData<{ pages: { items: { seq: number; direction: string }[] }[] }>(
    keys.messages(id),
  );
  return data?.pages.flatMap((page) => page.items).find((m) => m.direction === "in")?.seq ?? null;
}
