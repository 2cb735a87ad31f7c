import { create } from "zustand";
import { store, stored } from "../../lib/ui-state";

const HOLD = "max.hold";
const REASON = "max.send-close-reason";

/** Seconds a reply can be held in which it can be taken back; 0: not at all. */
export const HOLDS = [0, 5, 10, 20, 30] as const;
const USUAL = 5;

interface SendPrefs {
  hold: number;
  /** Why the last conversation was closed by sending. */
  reason: { id: string; name: string } | null;
}

function kept(): SendPrefs {
  const hold = Number(stored(HOLD) ?? USUAL);
  let reason: SendPrefs["reason"] = null;
  try {
    const value = JSON.parse(stored(REASON) ?? "null") as SendPrefs["reason"];
    if (typeof value?.id === "string" && typeof value.name === "string") reason = value;
  } catch {
    // Then it is asked for once more.
  }
  return { hold: HOLDS.some((one) => one === hold) ? hold : USUAL, reason };
}

/** How this device sends. */
export const useSendPrefs = create<SendPrefs>(kept);

export function setHold(hold: number): void {
  store(HOLD, hold === USUAL ? null : String(hold));
  useSendPrefs.setState({ hold });
}

export function setReason(reason: SendPrefs["reason"]): void {
  store(REASON, reason && JSON.stringify(reason));
  useSendPrefs.setState({ reason });
}
