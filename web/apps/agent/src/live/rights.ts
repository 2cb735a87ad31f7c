import type { Role, SharedConversation, User } from "@max/api";

/** Steps with a conversation, as the server's table of rights has them. */
export type Right = "take" | "assign" | "transfer" | "close" | "reopen" | "snooze" | "priority";

type Reach = "none" | "own" | "queue" | "teams" | "all";

const AGENT: Record<Right, Reach> = {
  take: "queue",
  assign: "none",
  transfer: "own",
  close: "own",
  reopen: "own",
  snooze: "own",
  priority: "own",
};
const reach = (role: Role, right: Right): Reach =>
  role === "admin" ? "all" : role === "agent" ? AGENT[right] : "teams";

/** Whether somebody may do this with a conversation. What they may not is not offered; the server has the last word. */
export function may(
  me: Pick<User, "id" | "role" | "teams">,
  right: Right,
  c: Pick<SharedConversation, "assignee" | "team">,
): boolean {
  const own = c.assignee?.id === me.id;
  const inTeam = me.teams.some((team) => team.id === c.team?.id);
  switch (reach(me.role, right)) {
    case "all":
      return true;
    case "teams":
      return inTeam || own;
    case "queue":
      return own || (inTeam && c.assignee === null);
    case "own":
      return own;
    case "none":
      return false;
  }
}
