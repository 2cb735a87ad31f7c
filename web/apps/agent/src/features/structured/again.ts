import type { Interactive, Message, Place } from "@max/api";
import { create } from "zustand";

/** A place or a question as a message holds it. */
export type Said = (Place & { type: "location" }) | Interactive;

/** What was taken back before it went: its form opens with it again where the conversation is on screen. */
export const useAgain = create<{ of: { conversationId: string; said: Said } | null }>(() => ({ of: null }));

/** The place or question in a message; null where it holds something else. */
export function saidIn({ content }: Pick<Message, "content">): Said | null {
  return content.type === "location" || content.type === "buttons" || content.type === "list" ? content : null;
}
