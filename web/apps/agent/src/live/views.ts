import type { Conversation, SharedConversation, User, View } from "@max/api";

/** Which list: one of the fixed views, or one team's. */
export interface Scope {
  view: View;
  teamId: string | null;
}

/** Whether a conversation belongs in a list, by the same rule as the server's views. */
export function belongs(conversation: SharedConversation, scope: Scope, me: User): boolean {
  switch (scope.view) {
    case "mine":
      return conversation.assignee?.id === me.id && conversation.state !== "closed";
    case "queue":
      return conversation.assignee === null && waits(conversation) && inQueueOf(conversation, me);
    case "team":
      return conversation.team?.id === scope.teamId && conversation.state !== "closed";
    case "all":
      return true;
  }
}

/** Admins see every team's queue, others those of their teams. */
function inQueueOf(conversation: SharedConversation, me: User): boolean {
  return me.role === "admin" || me.teams.some((team) => team.id === conversation.team?.id);
}

function waits(conversation: SharedConversation): boolean {
  return conversation.state === "new" || conversation.state === "triage" || conversation.state === "queued";
}

/** The order of a list: longest waiting first in the queue, newest activity first elsewhere. Ids break ties. */
export function compare(scope: Scope): (a: Conversation, b: Conversation) => number {
  if (scope.view === "queue") {
    return (a, b) => {
      const [first, second] = [waitStart(a), waitStart(b)];
      return first === second ? (a.id < b.id ? -1 : 1) : first - second;
    };
  }
  return (a, b) => Date.parse(b.last_activity_at) - Date.parse(a.last_activity_at) || (a.id < b.id ? 1 : -1);
}

/** Who does not wait comes last. */
function waitStart({ waiting_since }: Conversation): number {
  return waiting_since ? Date.parse(waiting_since) : Number.POSITIVE_INFINITY;
}

/** What to ask the server for. */
export function listQuery(scope: Scope): { view: View; team_id?: string; state?: string } {
  switch (scope.view) {
    case "mine":
      return { view: "mine", state: "open" };
    case "team":
      return { view: "team", state: "open", ...(scope.teamId ? { team_id: scope.teamId } : {}) };
    default:
      return { view: scope.view };
  }
}

/** Lists that show other people's conversations too, and so who has them. */
export function shared(scope: Scope): boolean {
  return scope.view === "all" || scope.view === "team";
}
