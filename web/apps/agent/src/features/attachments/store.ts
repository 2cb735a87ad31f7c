import type { MediaKind, MediaOffer, MediaView } from "@max/api";
import { create } from "zustand";
import type { Kind } from "../composer/drafts";

/** A file beside what is being written. */
export interface Attached {
  /** Chosen here; the server's own id is in `media`. */
  id: string;
  name: string;
  size: number;
  kind: MediaKind;
  /** `checking`: it is there and is being looked at. `choose`: it does not fit as it is, and there are `offers`. */
  state: "queued" | "uploading" | "checking" | "converting" | "choose" | "ready" | "failed";
  /** 0 to 1. */
  progress: number;
  media: MediaView | null;
  offers: readonly MediaOffer[];
  /** Why it failed, in words. */
  error: string | null;
  /** Trying again may help. */
  again: boolean;
  caption: string;
  /** How it looks, before the server has it. */
  preview: string | null;
}

interface Slot {
  files: readonly Attached[];
  /** Why they cannot be sent now, in words. */
  why: string | undefined;
}

/** What waits beside the composers, by conversation and kind. Who puts something in is in `upload.ts`, which loads later. */
export const useAttachments = create<Readonly<Record<string, Slot>>>(() => ({}));

export const NOTHING: Slot = { files: [], why: undefined };

/** Where files may wait: beside a reply or a note, or to go on top of a template. */
export type Place = Kind | "template";

export const slotOf = (conversationId: string, kind: Place): string => `${conversationId} ${kind}`;

export const useAttached = (conversationId: string, kind: Place): Slot =>
  useAttachments((all) => all[slotOf(conversationId, kind)] ?? NOTHING);

/** Files that the server has already, put beside what is written: taken back, or part of a canned response. */
export function putBack(conversationId: string, kind: Kind, media: readonly MediaView[]): void {
  const slot = slotOf(conversationId, kind);
  const { files, why } = useAttachments.getState()[slot] ?? NOTHING;
  const more = media
    .filter((one) => !files.some((file) => file.media?.id === one.id))
    .map(
      (one): Attached => ({
        id: one.id,
        name: one.name,
        size: one.size ?? 0,
        kind: one.kind,
        state: "ready",
        progress: 1,
        media: one,
        offers: [],
        error: null,
        again: false,
        caption: "",
        preview: null,
      }),
    );
  if (more.length > 0) useAttachments.setState({ [slot]: { files: [...files, ...more], why } });
}
