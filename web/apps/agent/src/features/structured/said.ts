import type { Interactive, Message, Place } from "@max/api";

/** A place or a question as a message holds it. */
export type Said = (Place & { type: "location" }) | Interactive;

/** The place or question in a message; null where it holds something else. */
export function saidIn({ content }: Pick<Message, "content">): Said | null {
  return content.type === "location" || content.type === "buttons" || content.type === "list" ? content : null;
}
