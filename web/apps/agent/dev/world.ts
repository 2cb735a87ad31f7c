import type { Conversation, Message, SharedConversation } from "@max/api";
import type { Room } from "./sample";

/** What the mock around it offers. */
export interface World {
  rooms: Room[];
  emit: (kind: string, data: unknown) => void;
  change: (room: Room, change: Partial<SharedConversation>) => void;
  mine: (room: Room) => Conversation;
  note: (room: Room, text: string) => Message;
}
