import type { HeldMessage } from "@max/api";
import { live } from "../../app/live";
import { queryClient } from "../../app/services";
import { now } from "../../lib/clock";
import { keys } from "../../live/keys";
import { scheduled } from "../conversation/timeline";
import { bringBack, takeBack } from "./held";
import { type Pending, useOutbox } from "./pending";

/** Takes back a message that is on its way; its words go into the composer once it is certain that they will not be sent. */
export function undo(pending: Pending): void {
  if (live().outbox.undo(pending)) bringBack(pending);
}

/** Takes back the last message that still can be. `false`: there is none. */
export function undoLast(conversationId: string): boolean {
  const pending = (useOutbox.getState().items[conversationId] ?? []).findLast(
    (p) => p.kind === "reply" && p.state !== "refused" && !p.undone && (p.options.hold ?? 0) > 0,
  );
  if (pending) {
    undo(pending);
    return true;
  }
  const held = queryClient.getQueryData<HeldMessage[]>(keys.held(conversationId)) ?? [];
  const last = held.findLast((m) => m.status === "held" && !scheduled(m) && Date.parse(m.release_at ?? "") > now());
  if (last) void takeBack(last, true);
  return last !== undefined;
}
