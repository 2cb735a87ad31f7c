import type { MediaKind, MediaView } from "@max/api";
import { m } from "../../strings-media";

/** `184 kB`, `16 MB`; limits of providers are in powers of two and read the way people say them. */
export function fileSize(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const rounded = unit === 0 || value >= 10 ? Math.round(value) : Math.round(value * 10) / 10;
  // 1023.6 kB would round to a number that belongs to the next unit.
  return rounded >= 1024 && unit < units.length - 1 ? `1 ${units[unit + 1]}` : `${rounded} ${units[unit]}`;
}

/** `0:24`, `12:05`, `1:02:03`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [h, min, sec] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(min)}:${two(sec)}` : `${min}:${two(sec)}`;
}

/** Characters that turn the direction of what follows: with them `annexe\u202egpj.exe` would read as a picture. Also what cannot be seen. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: names come from strangers
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;

/** A file's name as it can be shown to people. */
export const plainName = (name: string): string => name.replace(HIDDEN, "").trim();

/** What to call a file: by its name, else by what it is. The names of recordings and stickers are made up by programs. */
export function nameOf(media: Pick<MediaView, "name" | "kind" | "voice">): string {
  const named = media.kind !== "sticker" && !media.voice;
  return (named && media.name && plainName(media.name)) || kindOf(media);
}

export const kindOf = (media: Pick<MediaView, "kind" | "voice">): string =>
  media.kind === "audio" && media.voice ? m.kind.voice : m.kind[media.kind];

const SHORT: Record<string, string> = {
  "application/msword": "DOC",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "DOCX",
  "application/vnd.ms-excel": "XLS",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
  "application/vnd.ms-powerpoint": "PPT",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PPTX",
  "text/plain": "TXT",
};

/** `application/pdf` as `PDF`. The sniffed type decides, not the name; long technical names say nothing to people. */
export function format(mime: string | null | undefined): string {
  if (!mime) return "";
  const known = SHORT[mime];
  if (known) return known;
  const name = mime.split("/")[1]?.replace(/^x-|\+.*$/gu, "") ?? "";
  return name.length <= 5 ? name.toUpperCase() : "";
}

/** Name of the kind a browser's type belongs to, as channels sort them. */
export function kindOfType(type: string): MediaKind {
  const [family] = type.split("/");
  return family === "image" || family === "video" || family === "audio" ? family : "document";
}
