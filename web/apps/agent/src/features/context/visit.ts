// What is known of somebody on the company's pages, put into words. All of it comes from their browser, so none of it is to be trusted.

import { dateFormat, formatIn } from "../../lib/locale";

/** In the order in which they are looked for: most browsers also call themselves by the names further down. */
const BROWSERS: readonly [RegExp, string][] = [
  [/\b(?:Edg|EdgA|EdgiOS)\/(\d+)/, "Edge"],
  [/\b(?:OPR|OPiOS)\/(\d+)/, "Opera"],
  [/\bSamsungBrowser\/(\d+)/, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\/(\d+)/, "Firefox"],
  [/\b(?:(?:Headless)?Chrome|CriOS)\/(\d+)/, "Chrome"],
  [/\bVersion\/(\d+)[\d.]* .*Safari\//, "Safari"],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/\b(?:iPhone|iPad|iPod)\b/, "iOS"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];

/** `Chrome 130 on Windows`; as it was told where nobody knows it. */
export function browserName(told: string, on: (browser: string, system: string) => string): string {
  const browser = BROWSERS.map(([look, name]) => {
    const version = look.exec(told)?.[1];
    return version && `${name} ${version}`;
  }).find(Boolean);
  if (!browser) return told;
  const system = SYSTEMS.find(([look]) => look.test(told))?.[1];
  return system ? on(browser, system) : browser;
}

/** An address that may be followed: of the web, and nothing else. */
export function webAddress(text: string | null | undefined): string | null {
  try {
    const url = new URL(text ?? "");
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

/** An address in short: without how it is reached. */
export const shortAddress = (url: string): string => url.replace(/^https?:\/\/(www\.)?/, "").replace(/\/$/, "");

const CLOCK: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const DAY: Intl.DateTimeFormatOptions = { weekday: "short" };
const dayHere = dateFormat(DAY);

/** The time of day in a zone: `14:05`, with the day where it is another one than here. Null for a zone that nobody knows. */
export function timeIn(zone: string, now: number): string | null {
  const [time, day] = [formatIn(zone, CLOCK, now), formatIn(zone, DAY, now)];
  return time && day !== dayHere(now) ? `${day} ${time}` : time;
}

/** `Africa/Lagos` as people write it. */
export const zoneName = (zone: string): string => (zone.split("/").at(-1) ?? zone).replaceAll("_", " ");
