import type { Message, SharedConversation, TimelineEntry } from "@max/api";
import type { Room } from "./sample";

/** What the room of the mock can do for the tools. */
export interface Rooms {
  all: Room[];
  change: (room: Room, change: Partial<SharedConversation>) => void;
  say: (room: Room, part: Partial<Message>) => Message;
  put: (room: Room, message: Message) => void;
  happened: (room: Room, kind: TimelineEntry["kind"], data: object) => void;
}
