import { create } from "zustand";
import { store, stored } from "../../lib/ui-state";
import type { Said } from "../structured/said";
import type { Pending } from "./pending";

export type Kind = "reply" | "note";

/** What stands unfinished in the composer of one conversation. */
export interface Draft {
  mode: Kind;
  reply: string;
  /** As the server keeps notes: mentions are `@[Name](user:id)` (marks.ts). */
  note: string;
  quote: Pending["quote"];
  /** What the server does not have yet. */
  unsaved: Readonly<Partial<Record<Kind, true>>>;
}

const EMPTY: Draft = { mode: "reply", reply: "", note: "", quote: null, unsaved: {} };
const PREFIX = "max.draft.";
const KEPT_FOR = 30 * 24 * 3_600_000;

interface DraftStore {
  owner: string;
  drafts: Record<string, Draft>;
  /** How replies begin that were written on other devices and have not been loaded. */
  begun: Readonly<Record<string, string>>;
  /** A place or a question that was taken back before it went: its form opens with it again where its conversation is on screen. */
  again: { conversationId: string; said: Said } | null;
}

export const useDrafts = create<DraftStore>(() => ({ owner: "", drafts: {}, begun: {}, again: null }));

let watcher: (conversationId: string, kind: Kind) => void = () => {};

/** Told of every change that the server has to hear of. One at a time. */
export function watchDrafts(watch: typeof watcher): void {
  watcher = watch;
}

/** Reads back the drafts of this user; those untouched for a month are thrown away. */
export function openDrafts(userId: string, now = Date.now()): void {
  const drafts: Record<string, Draft> = {};
  const prefix = `${PREFIX}${userId}.`;
  try {
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith(prefix)) continue;
      const kept = JSON.parse(stored(key) ?? "null") as (Draft & { at: number }) | null;
      if (!kept || now - kept.at > KEPT_FOR) store(key, null);
      else {
        const { at: _, ...draft } = kept;
        drafts[key.slice(prefix.length)] = { ...EMPTY, ...draft };
      }
    }
  } catch {
    // Unreadable drafts are no reason to stop.
  }
  useDrafts.setState({ owner: userId, drafts, begun: {}, again: null });
}

export function useDraft(conversationId: string): Draft {
  return useDrafts((state) => state.drafts[conversationId] ?? EMPTY);
}

export function draftOf(conversationId: string): Draft {
  return useDrafts.getState().drafts[conversationId] ?? EMPTY;
}

/** Changes a draft: here at once, and on the server after a pause. */
export function setDraft(conversationId: string, change: Partial<Omit<Draft, "unsaved">>): void {
  const old = draftOf(conversationId);
  const changed = (["reply", "note"] as const).filter(
    (kind) =>
      (change[kind] !== undefined && change[kind] !== old[kind]) ||
      (kind === "reply" && change.quote !== undefined && change.quote?.id !== old.quote?.id),
  );
  const unsaved = { ...old.unsaved, ...Object.fromEntries(changed.map((kind) => [kind, true as const])) };
  putDraft(conversationId, { ...change, unsaved });
  for (const kind of changed) watcher(conversationId, kind);
}

/** Takes over what is known elsewhere, or that it is known there. */
export function putDraft(conversationId: string, change: Partial<Draft>): void {
  const { owner, drafts, begun } = useDrafts.getState();
  const next = { ...(drafts[conversationId] ?? EMPTY), ...change };
  const { [conversationId]: _, ...others } = begun;
  useDrafts.setState({ drafts: { ...drafts, [conversationId]: next }, begun: others });
  const blank = !next.reply.trim() && !next.note.trim() && !next.quote && Object.keys(next.unsaved).length === 0;
  store(`${PREFIX}${owner}.${conversationId}`, blank ? null : JSON.stringify({ ...next, at: Date.now() }));
}

/** The reply that stands unfinished, for the list; null when there is none. */
export function useDraftPreview(conversationId: string): string | null {
  return useDrafts(
    ({ drafts, begun }) =>
      drafts[conversationId]?.reply.trim().replace(/\s+/gu, " ") || (begun[conversationId] ?? null),
  );
}

/** Puts words back where they were written, before what has been begun meanwhile. */
export function restore(pending: Pick<Pending, "conversationId" | "kind" | "text" | "quote" | "media">): void {
  const { conversationId, kind, text, quote } = pending;
  const standing = draftOf(conversationId)[kind];
  setDraft(conversationId, {
    mode: kind,
    [kind]: text && standing.trim() ? `${text}\n${standing}` : text || standing,
    ...(quote ? { quote } : {}),
  });
  const { media } = pending;
  // Only there with the composer, which is where it has been.
  if (media?.length) void import("../attachments/store").then(({ putBack }) => putBack(conversationId, kind, media));
}
