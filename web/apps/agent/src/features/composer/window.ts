import { shortSpan, span } from "../../lib/time";
import { t } from "../../strings-thread";

/** Where the reply window stands. `none`: this channel has no window. `never`: the customer has not written yet. */
export type WindowState =
  | { kind: "none" }
  | { kind: "open"; tone: "calm" | "soon" | "last"; left: number; label: string }
  | { kind: "closed"; since: number | null; label: string };

const MINUTE = 60_000;
const SOON = 120 * MINUTE;
const LAST = 15 * MINUTE;

/** The reply window of a conversation at a moment: closed with the very millisecond it expires. */
export function windowState(limited: boolean, expiresAt: string | null, now: number): WindowState {
  if (!limited) return { kind: "none" };
  if (expiresAt === null) return { kind: "closed", since: null, label: t.composer.closedNow };
  const left = Date.parse(expiresAt) - now;
  if (left <= 0) {
    const label = -left < MINUTE ? t.composer.closedNow : t.composer.closed(shortSpan(-left));
    return { kind: "closed", since: -left, label };
  }
  const tone = left < LAST ? "last" : left < SOON ? "soon" : "calm";
  return {
    kind: "open",
    tone,
    left,
    label: tone === "calm" ? t.composer.closes(span(left)) : t.composer.closesSoon(span(left)),
  };
}
