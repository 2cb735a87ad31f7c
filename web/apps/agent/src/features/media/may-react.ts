import type { Conversation, User } from "@max/api";

/** Whether the reader may react here now: as for a reply. */
export function mayReact(c: Conversation, me: User, time: number): boolean {
  if (c.assignee && c.assignee.id !== me.id && me.role === "agent") return false;
  if (c.channel.reply_window_seconds == null) return true;
  return c.window_expires_at !== null && Date.parse(c.window_expires_at) > time;
}
