import type { Conversation, SharedConversation, Sort, User } from "@max/api";
import { type Scope, stateOf } from "./views";

/** The order of a list. Mentions come in the order in which they were made, which only the server knows. */
const sortOf = ({ view, filter }: Scope): Sort | null =>
  filter?.sort ?? (view === "queue" ? "priority" : view === "mentions" ? null : "newest");

/** Whether a conversation belongs in a list, by the same rule as the server's. */
export function belongs(
  conversation: SharedConversation & { unread?: number },
  scope: Scope,
  me: Pick<User, "id" | "role" | "teams">,
): boolean {
  return inView(conversation, scope, me) && passes(conversation, scope);
}

function inView(c: SharedConversation, { view, teamId }: Scope, me: Pick<User, "id" | "role" | "teams">): boolean {
  switch (view) {
    case "mine":
      return c.assignee?.id === me.id;
    case "snoozed":
      return c.assignee?.id === me.id && c.state === "snoozed";
    case "queue":
      return c.assignee === null && waits(c) && inQueueOf(c, me) && (!teamId || c.team?.id === teamId);
    case "team":
      return c.team?.id === teamId;
    case "all":
    case "mentions":
      return true;
  }
}

function passes(c: SharedConversation & { unread?: number }, scope: Scope): boolean {
  const { team_id, channel_id, assignee_id, tag, priority, unread, waiting, q } = scope.filter ?? {};
  const words = q?.toLocaleLowerCase();
  return (
    inStates(c, stateOf(scope)) &&
    (!team_id || c.team?.id === team_id) &&
    (!channel_id || c.channel.id === channel_id) &&
    (!assignee_id || (c.assignee?.id ?? "none") === assignee_id) &&
    (!tag || c.tags.some((t) => t.id === tag)) &&
    (!priority || priority.split(",").includes(c.priority)) &&
    (!unread || (c.unread ?? 0) > 0) &&
    (!waiting || c.waiting_since !== null) &&
    (!words || c.contact.name.toLocaleLowerCase().includes(words) || String(c.number) === words.replace(/^#?(c-)?/, ""))
  );
}

function inStates(c: SharedConversation, states: string): boolean {
  return states
    .split(",")
    .some((name) => name === "any" || name === c.state || (name === "open" && c.state !== "closed"));
}

/** Admins see every team's queue, others those of their teams. */
function inQueueOf(conversation: SharedConversation, me: Pick<User, "role" | "teams">): boolean {
  return me.role === "admin" || me.teams.some((team) => team.id === conversation.team?.id);
}

/** Whether it is in a queue as far as its state goes. */
export function waits({ state }: { state: SharedConversation["state"] }): boolean {
  return state === "new" || state === "triage" || state === "queued";
}

const RANK = { urgent: 0, high: 1, normal: 2, low: 3 } as const;

type Order = (a: Conversation, b: Conversation) => number;
const byId: Order = (a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
/** Who does not wait comes last. */
const start = ({ waiting_since }: Conversation) =>
  waiting_since ? Date.parse(waiting_since) : Number.POSITIVE_INFINITY;
const byWait: Order = (a, b) => (start(a) === start(b) ? byId(a, b) : start(a) - start(b));
const byActivity: Order = (a, b) => Date.parse(a.last_activity_at) - Date.parse(b.last_activity_at) || byId(a, b);

/** The order of a list, as the server has it; null where rows stay where they are and new ones come first. Ids break ties. */
export function compare(scope: Scope): Order | null {
  switch (sortOf(scope)) {
    case "newest":
      return (a, b) => byActivity(b, a);
    case "oldest":
      return byActivity;
    case "waiting":
      return byWait;
    case "priority":
      return (a, b) => RANK[a.priority] - RANK[b.priority] || byWait(a, b);
    case null:
      return null;
  }
}
