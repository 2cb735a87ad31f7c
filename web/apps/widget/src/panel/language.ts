import { baseOf } from "../names";
import type { Words } from "../texts/en";

/** Words, numbers and times of one language. */
export interface Language {
  tag: string;
  direction: "ltr" | "rtl";
  words: Words;
  time: (at: string) => string;
  /** "Today", "Yesterday", else the date. */
  day: (at: string, now?: number) => string;
  minutes: (count: number) => string;
  bytes: (count: number) => string;
}

const HOUR = 60;
const DAY = 86_400_000;

/** A time that is none must not break the page. */
const dateOf = (at: string) => new Date(Date.parse(at) || 0);

/** A tag the browser's own formats accept, if it is of the language the words are in. */
function known(tag: string, base: string): string {
  try {
    return baseOf(tag) === base ? (Intl.getCanonicalLocales(tag.replace("_", "-"))[0] ?? base) : base;
  } catch {
    return base;
  }
}

/** The formats of a tag such as `pt-BR`, beside the words of its language. */
export function languageOf(words: Words, base: string, tag: string, direction: string): Language {
  const name = tag.toLowerCase().startsWith(base) ? known(tag, base) : base;
  const number = (count: number, unit: string, unitDisplay: "long" | "short", maximumFractionDigits: number) =>
    new Intl.NumberFormat(name, { style: "unit", unit, unitDisplay, maximumFractionDigits }).format(count);
  // Made once: phones take long to make them, and a thread asks for them with every message.
  const clock = new Intl.DateTimeFormat(name, { hour: "2-digit", minute: "2-digit" });
  const calendar = new Intl.DateTimeFormat(name, { day: "numeric", month: "long" });
  const near = new Intl.RelativeTimeFormat(name, { numeric: "auto" });
  return {
    tag: name,
    direction: direction === "rtl" ? "rtl" : "ltr",
    words,
    time: (at) => clock.format(dateOf(at)),
    day: (at, now = Date.now()) => {
      const midnight = (time: number) => new Date(time).setHours(0, 0, 0, 0);
      const ago = Math.round((midnight(now) - midnight(dateOf(at).getTime())) / DAY);
      return ago < 2 ? near.format(-Math.max(0, ago), "day") : calendar.format(dateOf(at));
    },
    minutes: (count) =>
      count < HOUR
        ? number(Math.max(1, Math.round(count)), "minute", "long", 0)
        : number(Math.round(count / HOUR), "hour", "long", 0),
    bytes: (count) => {
      const [size, unit] = count < 1e6 ? [count / 1e3, "kilobyte"] : [count / 1e6, "megabyte"];
      return number(size, unit, "short", size < 10 ? 1 : 0);
    },
  };
}
