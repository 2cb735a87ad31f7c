import type { Conversation, Message } from "@max/api";
import { useDelayed } from "@max/ui";
import { CirclePause, Hourglass } from "lucide-react";
import { useMemo } from "react";
import { useNow } from "../../lib/use-now";
import { rows } from "../../live/pages";
import { w } from "../../strings-writing";
import { useMessages } from "../inbox/queries";

/** A message leaves within a moment; one that stands longer waits for something that is not its writer's to mend. */
const LONG = 30_000;
/** What was held and has just been let go is older than that without having waited. */
const MOMENT = 2_000;

/** Since when the oldest reply that has not left is there; null where all have. */
export function waitingSince(messages: readonly Message[]): number | null {
  const times = messages
    .filter((m) => m.direction === "out" && m.kind === "reply" && m.status === "queued")
    .map((m) => Date.parse(m.created_at));
  return times.length > 0 ? Math.min(...times) : null;
}

type Pause = NonNullable<Conversation["channel"]["paused"]>;

/** Why nothing leaves, for somebody who has other worries. */
export function pauseText(pause: Pause): string {
  if (!pause.by_person) return w.channelStopped;
  return pause.reason ? w.channelPausedFor(pause.reason) : w.channelPaused;
}

/**
 * Replies of this conversation do not go out: its channel is paused, or the provider does not take them. Says so where the next one is
 * written, for the writer could only send it twice.
 */
export function HeldUp({ conversationId, paused }: { conversationId: string; paused: Pause | null }) {
  const { data } = useMessages(conversationId);
  const since = useMemo(() => waitingSince(rows(data)), [data]);
  const now = useNow(since === null ? 30_000 : 1_000);
  const shown = useDelayed(since !== null && now - since > LONG, MOMENT);
  if (!paused && !shown) return null;
  return (
    <p
      role="status"
      dir="auto"
      data-testid={paused ? "channel-paused" : "held-up"}
      className="mx-2 mt-1.5 flex items-start gap-2 rounded-md bg-warn-tint px-2.5 py-1.5 text-xs text-warn-text [&_.lucide]:mt-px [&_.lucide]:size-3.5 [&_.lucide]:flex-none"
    >
      {paused ? <CirclePause /> : <Hourglass />}
      <span className="min-w-0 flex-1 break-words">{paused ? pauseText(paused) : w.heldUp}</span>
    </p>
  );
}
