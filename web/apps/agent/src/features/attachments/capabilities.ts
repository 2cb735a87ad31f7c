import type { KindLimits, MediaKind } from "@max/api";
import { s } from "../../strings";
import { m } from "../../strings-media";
import { fileSize } from "../media/format";
import { useCapabilities } from "../structured/kinds";

export type Limits = Readonly<Partial<Record<MediaKind, KindLimits | null>>>;

/** What a channel takes. Nothing is limited here while that is not known: the server looks anyway. */
export const useLimits = (channelId: string): Limits | undefined => useCapabilities(channelId)?.media;

const ORDER: readonly MediaKind[] = ["image", "video", "audio", "document"];

/** `Photos up to 5 MB · video and audio up to 16 MB`, for the place where files are dropped. */
export function limitWords(limits: Limits): string {
  const sizes = new Map<number, string[]>();
  for (const kind of ORDER) {
    const size = limits[kind]?.max_bytes;
    if (size) sizes.set(size, [...(sizes.get(size) ?? []), m.kinds[kind]]);
  }
  const words = [...sizes].map(([size, kinds]) => m.attach.upTo(m.attach.and(kinds), fileSize(size)));
  return words.map((one, index) => (index === 0 ? one.charAt(0).toUpperCase() + one.slice(1) : one)).join(s.dot);
}

/** Why a file need not even be sent to the server; null where it may fit. What fits as another kind is the server's to offer. */
export function refused(file: { size: number }, limits: Limits | undefined): string | null {
  if (file.size === 0) return m.attach.empty;
  const most = Math.max(0, ...ORDER.map((kind) => limits?.[kind]?.max_bytes ?? 0));
  return most > 0 && file.size > most ? m.attach.tooLarge(fileSize(file.size), fileSize(most)) : null;
}

/** How long a caption a file of this kind may have; 0: none. */
export function captionChars(kind: MediaKind, limits: Limits | undefined): number {
  const told = limits?.[kind]?.caption_chars;
  return told ?? (kind === "audio" || kind === "sticker" ? 0 : Number.POSITIVE_INFINITY);
}
