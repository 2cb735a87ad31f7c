import { useEffect } from "react";
import { live } from "../../app/live";
import type { Kind } from "./drafts";

/** Colleagues see somebody typing for 6 s after the last beat. */
const BEAT = 3_000;
let last = { conversation: "", kind: "", at: Number.NEGATIVE_INFINITY };

/** Tells colleagues that the reader is writing; often called, seldom said. */
export function beat(conversationId: string, kind: Kind): void {
  const at = performance.now();
  if (last.conversation === conversationId && last.kind === kind && at - last.at < BEAT) return;
  last = { conversation: conversationId, kind, at };
  live().socket.signal({ type: "typing", conversation_id: conversationId, kind });
}

/** Whoever comes back to a conversation is told of at once. */
export function useTypingEnds(conversationId: string): void {
  useEffect(
    () => () => {
      if (last.conversation === conversationId) last = { ...last, at: Number.NEGATIVE_INFINITY };
    },
    [conversationId],
  );
}
