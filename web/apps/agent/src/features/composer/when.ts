import { dateFormat } from "../../lib/locale";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const numbers = dateFormat(
  { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", hourCycle: "h23" },
  "en-US",
);

/** What the reader's clock shows at a moment, as if it were UTC. */
function wall(at: number): number {
  const [month = 1, day = 1, year = 1970, hour = 0, minute = 0] = numbers(at).split(/\D+/).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute);
}

/** The moment at which the reader's clock shows this. Where the clock skips it, the moment an hour later. */
function moment(shown: number): number {
  const first = shown - (wall(shown) - shown);
  return first - (wall(first) - shown);
}

/** A day from that of `at`, so many days on, at this hour. */
function dayAt(at: number, days: number, hour: number): number {
  const midnight = Math.floor(wall(at) / DAY) * DAY;
  return moment(midnight + days * DAY + hour * HOUR);
}

export type Preset = "hour" | "evening" | "tomorrow" | "monday";

/** Times people mean when they say later, in their own zone, the soonest first. */
export function presets(now: number): { name: Preset; at: number }[] {
  const today = new Date(wall(now));
  const evening = dayAt(now, 0, 18);
  const toMonday = (8 - today.getUTCDay()) % 7 || 7;
  return [
    { name: "hour", at: Math.ceil((now + HOUR) / MINUTE) * MINUTE },
    // Not when the hour's offer says nearly the same.
    ...(evening > now + 90 * MINUTE ? [{ name: "evening" as const, at: evening }] : []),
    { name: "tomorrow", at: dayAt(now, 1, 9) },
    ...(toMonday > 1 ? [{ name: "monday" as const, at: dayAt(now, toMonday, 9) }] : []),
  ];
}

/** For a field of date and time: `2026-11-26T09:00` by the reader's clock. */
export const toField = (at: number): string => new Date(wall(at)).toISOString().slice(0, 16);

/** What such a field says; null when it says nothing that exists. */
export function fromField(text: string): number | null {
  const at = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text) ? Date.parse(`${text.slice(0, 16)}Z`) : Number.NaN;
  return Number.isNaN(at) ? null : moment(at);
}
