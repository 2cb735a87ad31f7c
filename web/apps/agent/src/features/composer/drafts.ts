import { create } from "zustand";
import { store, stored } from "../../lib/ui-state";
import type { Pending } from "./outbox";

/** What stands unfinished in the composer of one conversation. */
export interface Draft {
  mode: "reply" | "note";
  reply: string;
  note: string;
  quote: Pending["quote"];
}

const EMPTY: Draft = { mode: "reply", reply: "", note: "", quote: null };
const PREFIX = "max.draft.";
const KEPT_FOR = 30 * 24 * 3_600_000;

interface DraftStore {
  owner: string;
  drafts: Record<string, Draft>;
}

const useDrafts = create<DraftStore>(() => ({ owner: "", drafts: {} }));

/** Reads back the drafts of this user; those untouched for a month are thrown away. */
export function openDrafts(userId: string, now = Date.now()): void {
  const drafts: Record<string, Draft> = {};
  const prefix = `${PREFIX}${userId}.`;
  try {
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith(prefix)) continue;
      const kept = JSON.parse(stored(key) ?? "null") as (Draft & { at: number }) | null;
      if (!kept || now - kept.at > KEPT_FOR) store(key, null);
      else
        drafts[key.slice(prefix.length)] = { mode: kept.mode, reply: kept.reply, note: kept.note, quote: kept.quote };
    }
  } catch {
    // Unreadable drafts are no reason to stop.
  }
  useDrafts.setState({ owner: userId, drafts });
}

export function useDraft(conversationId: string): Draft {
  return useDrafts((state) => state.drafts[conversationId] ?? EMPTY);
}

export function draftOf(conversationId: string): Draft {
  return useDrafts.getState().drafts[conversationId] ?? EMPTY;
}

/** Changes a draft and keeps it for this user, on this browser. */
export function setDraft(conversationId: string, change: Partial<Draft>): void {
  const { owner, drafts } = useDrafts.getState();
  const next = { ...(drafts[conversationId] ?? EMPTY), ...change };
  useDrafts.setState({ drafts: { ...drafts, [conversationId]: next } });
  const blank = !next.reply.trim() && !next.note.trim() && !next.quote;
  store(`${PREFIX}${owner}.${conversationId}`, blank ? null : JSON.stringify({ ...next, at: Date.now() }));
}

/** The reply that stands unfinished, for the list; null when there is none. */
export function useDraftPreview(conversationId: string): string | null {
  return useDrafts((state) => state.drafts[conversationId]?.reply.trim().replace(/\s+/gu, " ") || null);
}
