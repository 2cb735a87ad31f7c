// @vitest-environment node
import { afterEach, describe, expect, it } from "vitest";
import { setLocale } from "./locale";
import { clockTime, dayLabel, fullTime, shortAgo, span } from "./time";

const now = new Date(2026, 10, 23, 12, 0).getTime();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe("time in a list", () => {
  it.each([
    [-5_000, "now"],
    [30_000, "now"],
    [2 * MINUTE, "2m"],
    [59 * MINUTE, "59m"],
    [3 * HOUR, "3h"],
    [26 * HOUR, "Sun"],
    [12 * 24 * HOUR, "11 Nov"],
    [400 * 24 * HOUR, "19 Oct 2025"],
  ])("%i ms ago", (age, text) => expect(shortAgo(now - age, now)).toBe(text));
});

describe("span", () => {
  it.each([
    [-1, "0s"],
    [59_000, "59s"],
    [4 * MINUTE + 12_000, "4m 12s"],
    [48 * MINUTE + 30_000, "48m"],
    [23 * HOUR + 58 * MINUTE, "23h 58m"],
    [51 * HOUR, "2d 3h"],
  ])("of %i ms", (ms, text) => expect(span(ms)).toBe(text));
});

describe("the reader's own zone and language", () => {
  afterEach(() => setLocale("en", ""));
  const late = Date.UTC(2026, 10, 23, 23, 30);

  it("decide what time and what day it is", () => {
    setLocale("en", "Asia/Tokyo");
    expect(clockTime(late)).toBe("08:30");
    expect(dayLabel(late, Date.UTC(2026, 10, 24, 1, 0))).toBe("Today");
    setLocale("en", "America/New_York");
    expect(clockTime(late)).toBe("18:30");
    expect(dayLabel(late, Date.UTC(2026, 10, 24, 12, 0))).toBe("Yesterday");
    setLocale("en-US", "America/New_York");
    expect(fullTime(late)).toBe("Mon, Nov 23, 2026, 18:30");
  });

  it("are those of the device where they cannot be read", () => {
    const here = clockTime(late);
    setLocale("no such language!", "Mars/Olympus_Mons");
    expect(clockTime(late)).toBe(here);
  });
});
