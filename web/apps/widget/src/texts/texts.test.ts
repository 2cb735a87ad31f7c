import { describe, expect, it } from "vitest";
import { baseOf, fill, NAMES } from "../names";
import { languageOf } from "../panel/language";
import { ar } from "./ar";
import { en, type Words } from "./en";
import { es } from "./es";
import { fr } from "./fr";
import { pt } from "./pt";

const ALL: Record<string, Words> = { en, es, pt, fr, ar };
const blanks = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([blank]) => blank).sort();

describe.each(Object.keys(ALL))("the words in %s", (tag) => {
  const words = ALL[tag] as Words;

  it("are all there, with the same blanks as in English", () => {
    expect(Object.keys(words).sort()).toEqual(Object.keys(en).sort());
    expect(Object.keys(NAMES[tag] ?? {}).sort()).toEqual(Object.keys(NAMES.en ?? {}).sort());
    for (const [key, text] of Object.entries(words)) {
      expect(text.trim(), key).not.toBe("");
      expect(blanks(text), key).toEqual(blanks(en[key as keyof Words]));
    }
    for (const [key, text] of Object.entries(NAMES[tag] ?? {})) {
      expect(blanks(text), key).toEqual(blanks(NAMES.en?.[key as "open"] ?? ""));
    }
  });

  it("do not shout, and are not English by mistake", () => {
    const same = Object.entries(words).filter(([key, text]) => text === en[key as keyof Words]);
    // "Options", "Messages", "Photo" and "Emoji" are French as well; "Online" is Portuguese.
    if (tag !== "en") expect(same.length).toBeLessThan(6);
    for (const text of Object.values(words)) expect(text).not.toContain("!");
  });
});

describe("numbers and times", () => {
  const of = (tag: string) => languageOf(ALL[baseOf(tag)] as Words, baseOf(tag), tag, "ltr");

  it("are in the language of the words", () => {
    expect(of("en").minutes(1)).toBe("1 minute");
    expect(of("en").minutes(0.2)).toBe("1 minute");
    expect(of("es").minutes(3)).toBe("3 minutos");
    expect(of("pt-BR").minutes(150)).toBe("3 horas");
    expect(of("fr").bytes(1_500_000)).toMatch(/^1,5\s?Mo$/u);
    expect(of("en").bytes(512)).toBe("0.5 kB");
  });

  it("name the day as people do", () => {
    const now = Date.parse("2026-11-25T00:30:00");
    expect(of("en").day("2026-11-25T00:10:00", now)).toBe("today");
    expect(of("en").day("2026-11-24T23:50:00", now)).toBe("yesterday");
    expect(of("en").day("2026-11-20T12:00:00", now)).toBe("November 20");
    // A clock that is ahead of this device.
    expect(of("en").day("2026-11-25T00:40:00", now)).toBe("today");
  });

  it("survive a language that is none, and a time that is none", () => {
    for (const tag of ["", "xx", "de-DE", "en_US", "not a tag", "pt-BR-x-<script>"]) {
      expect(() => of(tag).time("2026-11-25T10:00:00Z"), tag).not.toThrow();
      expect(() => of(tag).day("never"), tag).not.toThrow();
    }
    expect(baseOf("pt-BR")).toBe("pt");
    expect(baseOf("de-DE")).toBe("en");
    expect(baseOf("constructor")).toBe("en");
  });
});

it("fills in what is known and leaves what is not", () => {
  expect(fill("{name} has {n}", { name: "{n}", n: 2 })).toBe("{n} has 2");
  expect(fill("{who}", {})).toBe("{who}");
});
