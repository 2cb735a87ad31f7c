import { s } from "../strings";
import { dateFormat as format } from "./locale";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const weekday = format({ weekday: "short" });
const dayMonth = format({ day: "numeric", month: "short" });
const dayMonthYear = format({ day: "numeric", month: "short", year: "numeric" });
const longDay = format({ weekday: "long", day: "numeric", month: "long" });
const monthYear = format({ month: "short", year: "numeric" });

/** `09:24` in the viewer's zone. */
export const clockTime = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
/** `Fri 20 Nov 2026, 09:24`. */
export const fullTime = format({
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

const dayTime = format({
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
/** When something will happen: `Fri 27 Nov, 09:00`. */
export const atTime = (at: number): string => dayTime(at);

const numbers = format({ year: "numeric", month: "numeric", day: "numeric" }, "en-US");

/** Month, day and year on the viewer's calendar. */
const calendar = (at: number) => numbers(at).split("/").map(Number) as [number, number, number];
const yearOf = (at: number) => calendar(at)[2];

/** The viewer's calendar day, as a comparable number. */
export function dayOf(at: number): number {
  const [month, day, year] = calendar(at);
  return Date.UTC(year, month - 1, day) / DAY;
}

/** How long ago, for a list: `now`, `2m`, `3h`, `Tue`, `12 Oct`, `12 Oct 2025`. */
export function shortAgo(at: number, now: number): string {
  const age = now - at;
  if (age < MINUTE) return s.now;
  if (age < HOUR) return `${Math.floor(age / MINUTE)}m`;
  if (age < DAY) return `${Math.floor(age / HOUR)}h`;
  if (dayOf(now) - dayOf(at) < 7) return weekday(at);
  return yearOf(at) === yearOf(now) ? dayMonth(at) : dayMonthYear(at);
}

/** `Today`, `Yesterday`, `Friday 20 November`, or with the year when it is another one. */
export function dayLabel(at: number, now: number): string {
  const days = dayOf(now) - dayOf(at);
  if (days === 0) return s.thread.today;
  if (days === 1) return s.thread.yesterday;
  return yearOf(at) === yearOf(now) ? longDay(at) : dayMonthYear(at);
}

/** A span in the two largest units: `23h 58m`, `4m 12s`, `2d 3h`. Never negative. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [d, h, m] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (d > 0) return h > 0 ? `${d}d ${h}h` : `${d}d`;
  if (h > 0) return `${h}h ${m}m`;
  if (m >= 5) return `${m}m`;
  return m > 0 ? `${m}m ${seconds % 60}s` : `${seconds}s`;
}

/** A span in its largest unit: `3h`, `12m`, `now`. */
export function shortSpan(ms: number): string {
  if (ms < MINUTE) return s.now;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h`;
  return `${Math.floor(ms / DAY)}d`;
}

/** `Mar 2026`, or the day within the last two months. */
export function sinceDate(at: number, now: number): string {
  return now - at < 60 * DAY ? dayMonthYear(at) : monthYear(at);
}
