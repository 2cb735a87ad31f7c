import type { MediaView } from "@max/api";
import { create } from "zustand";

/** Why a message was refused, as far as the bubble needs it. */
export interface Refusal {
  code: string;
  /** The server's own sentence. */
  detail: string;
  /** Who took the conversation, with `conversation_taken`; who spoke meanwhile, with `stale_view`. */
  winner: string | null;
  /** With `stale_view`: the last thing said, which counts as seen once the reader sends anyway. */
  seq?: number;
}

/** How a message goes out, beside its words. */
export interface SendOptions {
  /** Seconds the server holds it, in which it can be taken back. */
  hold?: number;
  /** When it is to go, as the server reads times. */
  sendAt?: string;
  /** Closes the conversation once it was sent. */
  thenClose?: { reason: string; note?: string };
  /** The last thing said that the writer has seen. */
  seen?: number;
}

/** A message on its way to the server. */
export interface Pending {
  /** Chosen here; the server answers the same message to the same id, so sending twice is safe. */
  clientId: string;
  conversationId: string;
  kind: "reply" | "note";
  text: string;
  quote: { id: string; name: string; preview: string } | null;
  createdAt: number;
  /** `queued`: its turn comes. `waiting`: tried, and no line or no answer. */
  state: "queued" | "sending" | "waiting" | "refused";
  refusal: Refusal | null;
  /** Times the server answered that it could not take it now. */
  tries: number;
  options: SendOptions;
  /** Files that go with it, which the server has already. */
  media?: readonly MediaView[];
  /** It may have reached the server, whatever became of the answer. */
  tried?: boolean;
  /** The writer wants it back. Once the server has said which message it is, it is taken back there. */
  undone?: boolean;
}

export type Store = Record<string, readonly Pending[]>;

/** What is under way, per conversation, oldest first. Read by the thread and the offline banner. */
export const useOutbox = create<{ items: Store }>(() => ({ items: {} }));

export const NONE: readonly Pending[] = [];

/** Its turn has not come, or there was no line. */
export const waits = (pending: Pending) => pending.state === "queued" || pending.state === "waiting";

export function usePending(conversationId: string): readonly Pending[] {
  return useOutbox((state) => state.items[conversationId] ?? NONE);
}

/** How many messages wait for the line to come back. */
export function useQueuedCount(): number {
  return useOutbox((state) => Object.values(state.items).reduce((sum, list) => sum + list.filter(waits).length, 0));
}
