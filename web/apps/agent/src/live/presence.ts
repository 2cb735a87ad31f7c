import type { Availability, ConversationPresence, UserPresence } from "@max/api";
import { create } from "zustand";
import type { Signal } from "./socket";

interface Presence {
  /** Colleagues who are there, by id. Who is not among them is offline. */
  people: Readonly<Record<string, UserPresence>>;
  /** Who looks at conversations and writes in them, by conversation. */
  rooms: Readonly<Record<string, ConversationPresence>>;
}

/** Who is there, as the server last said. */
export const usePresence = create<Presence>(() => ({ people: {}, rooms: {} }));

/** Takes in what the socket says of people. */
export function hearPresence(frame: Signal): void {
  usePresence.setState((state) => {
    const { people, rooms } = state;
    if (frame.type === "presence") {
      const { users } = frame as unknown as { users: UserPresence[] };
      return { people: { ...people, ...Object.fromEntries(users.map((user) => [user.id, user])) } };
    }
    if (frame.type !== "conversation_presence") return state;
    const { type: _, ...room } = frame as unknown as ConversationPresence & { type: string };
    const { [room.conversation_id]: __, ...others } = rooms;
    const empty = room.viewers.length === 0 && room.typing.length === 0;
    return { rooms: empty ? others : { ...others, [room.conversation_id]: room } };
  });
}

/** Takes in the whole picture, in place of what was known. */
export function seePicture(picture: { users: UserPresence[]; conversations: ConversationPresence[] }): void {
  usePresence.setState({
    people: Object.fromEntries(picture.users.map((user) => [user.id, user])),
    rooms: Object.fromEntries(picture.conversations.map((room) => [room.conversation_id, room])),
  });
}

export function useAvailability(userId: string): Availability {
  return usePresence((state) => state.people[userId]?.state ?? "offline");
}

/** The first colleague who is writing in a conversation; null when nobody is. */
export function useTypist(conversationId: string, meId: string): ConversationPresence["typing"][number] | null {
  return usePresence((state) => state.rooms[conversationId]?.typing.find((t) => t.id !== meId) ?? null);
}
