import type { Message, User } from "@max/api";
import { toast } from "@max/ui";
import { useCallback, useEffect, useState } from "react";
import { hearEvents } from "../../live/hear";
import { w } from "../../strings-writing";
import { firstName } from "../conversation/bubble-parts";
import { draftOf } from "./drafts";

/** The last thing each open conversation has shown its reader. */
const seen = new Map<string, number>();

/** The reader has had everything up to this before their eyes. */
export function markSeen(conversationId: string, seq: number): void {
  if ((seen.get(conversationId) ?? 0) < seq) seen.set(conversationId, seq);
}

/** The last thing said that the reader has seen; undefined where nothing was said yet. */
export const seenIn = (conversationId: string): number | undefined => seen.get(conversationId);

/** Whether this answers the customer in somebody's stead who is writing as well. */
export function overtakes(message: Message, meId: string): boolean {
  const { direction, kind, author } = message;
  return direction === "out" && kind === "reply" && author.type === "user" && author.id !== meId;
}

/**
 * Who replied while the reader was writing, until they have said what to do about it. The server refuses what was written past
 * something unseen; this asks before, once, where the reply has come in and may have gone unnoticed.
 */
export function useStale(conversationId: string, me: User): { who: string | null; settle: () => void } {
  const [who, setWho] = useState<string | null>(null);
  useEffect(
    () =>
      hearEvents((event) => {
        if (event.kind !== "message.created") return;
        const { message } = event.data;
        if (message.conversation_id !== conversationId || !overtakes(message, me.id)) return;
        if (!draftOf(conversationId).reply.trim()) return;
        const name = firstName(message.author.name);
        toast(w.stale.toast(name));
        setWho(name);
      }),
    [conversationId, me.id],
  );
  return { who, settle: useCallback(() => setWho(null), []) };
}
