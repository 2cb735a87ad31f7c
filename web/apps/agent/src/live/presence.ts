import type { Availability, ConversationPresence, UserPresence } from "@max/api";
import { create } from "zustand";
import type { Signal } from "./socket";

interface Presence {
  /** Colleagues who are there, by id. Who is not among them is offline. */
  people: Readonly<Record<string, UserPresence>>;
  /** Who looks at conversations and writes in them, by conversation. */
  rooms: Readonly<Record<string, ConversationPresence>>;
  /** Conversations in which the customer is writing. */
  writing: Readonly<Record<string, true>>;
}

/** A customer who does not say again that they are writing has stopped. Milliseconds. */
const FADES = 6_000;

/** Who is there, as the server last said. */
export const usePresence = create<Presence>(() => ({ people: {}, rooms: {}, writing: {} }));

/** Takes in what the socket says of people. */
export function hearPresence(frame: Signal): void {
  if (frame.type === "contact_typing") hearWriting(String(frame.conversation_id), frame.on === true);
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

const fading = new Map<string, ReturnType<typeof setTimeout>>();

/** Whether the customer of a conversation is writing. It fades where nothing more is heard. */
export function hearWriting(conversationId: string, on: boolean): void {
  clearTimeout(fading.get(conversationId));
  fading.delete(conversationId);
  if (on)
    fading.set(
      conversationId,
      setTimeout(() => hearWriting(conversationId, false), FADES),
    );
  const { writing } = usePresence.getState();
  if (Boolean(writing[conversationId]) === on) return;
  const { [conversationId]: _, ...others } = writing;
  usePresence.setState({ writing: on ? { ...others, [conversationId]: true } : others });
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

/** Whether the customer of a conversation is writing now. */
export const useWriting = (conversationId: string): boolean =>
  usePresence((state) => state.writing[conversationId] === true);
