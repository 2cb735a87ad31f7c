import { afterEach, describe, expect, it } from "vitest";
import { setLocale } from "../../lib/locale";
import { fromField, presets, toField } from "./when";

afterEach(() => setLocale("en", ""));

const iso = (at: number) => new Date(at).toISOString();
const offered = (now: string) => Object.fromEntries(presets(Date.parse(now)).map(({ name, at }) => [name, iso(at)]));

describe("later", () => {
  it("is by the reader's clock, wherever their device is", () => {
    setLocale("en", "Asia/Tokyo");
    // A Wednesday, 21:30 in Tokyo: the evening is over.
    expect(offered("2026-11-25T12:30:00Z")).toEqual({
      hour: "2026-11-25T13:30:00.000Z",
      tomorrow: "2026-11-26T00:00:00.000Z",
      monday: "2026-11-30T00:00:00.000Z",
    });
  });

  it("offers the evening while it is far enough, and no Monday that is tomorrow", () => {
    setLocale("en", "Europe/Berlin");
    expect(offered("2026-11-29T10:00:30Z")).toEqual({
      hour: "2026-11-29T11:01:00.000Z",
      evening: "2026-11-29T17:00:00.000Z",
      tomorrow: "2026-11-30T08:00:00.000Z",
    });
  });

  it("knows the days on which clocks change", () => {
    setLocale("en", "America/New_York");
    expect(offered("2026-10-31T20:00:00Z").tomorrow).toBe("2026-11-01T14:00:00.000Z");
    expect(iso(fromField("2026-03-08T02:30") ?? 0)).toMatch(/^2026-03-08T0[67]:30/);
  });

  it("comes back from a field as it went in", () => {
    setLocale("en", "Asia/Kathmandu");
    const at = Date.parse("2026-11-26T03:15:00Z");
    expect(toField(at)).toBe("2026-11-26T09:00");
    expect(fromField(toField(at))).toBe(at);
    expect(fromField("")).toBeNull();
    expect(fromField("2026-13-40T99:00")).toBeNull();
  });
});
