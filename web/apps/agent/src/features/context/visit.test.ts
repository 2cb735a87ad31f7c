import { afterEach, describe, expect, it } from "vitest";
import { setLocale } from "../../lib/locale";
import { browserName, shortAddress, timeIn, webAddress, zoneName } from "./visit";

const on = (browser: string, system: string) => `${browser} on ${system}`;
const MOZ = "Mozilla/5.0";
const KIT = "AppleWebKit/537.36 (KHTML, like Gecko)";
afterEach(() => setLocale("en", ""));

describe("a browser", () => {
  it.each([
    [`${MOZ} (Windows NT 10.0; Win64; x64) ${KIT} Chrome/142.0.0.0 Safari/537.36`, "Chrome 142 on Windows"],
    [`${MOZ} (Windows NT 10.0; Win64; x64) ${KIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0`, "Edge 142 on Windows"],
    [`${MOZ} (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0`, "Firefox 145 on Linux"],
    [`${MOZ} (Macintosh; Intel Mac OS X 10_15_7) ${KIT} Version/19.1 Safari/605.1.15`, "Safari 19 on macOS"],
    [
      `${MOZ} (iPhone; CPU iPhone OS 19_1 like Mac OS X) ${KIT} Version/19.1 Mobile/15E148 Safari/604.1`,
      "Safari 19 on iOS",
    ],
    [
      `${MOZ} (iPhone; CPU iPhone OS 19_1 like Mac OS X) ${KIT} CriOS/142.0.1 Mobile/15E148 Safari/604.1`,
      "Chrome 142 on iOS",
    ],
    [
      `${MOZ} (Linux; Android 16; SM-S931B) ${KIT} SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36`,
      "Samsung Internet 29 on Android",
    ],
    ["curl/8.5.0", "curl/8.5.0"],
    ["<b>x</b>", "<b>x</b>"],
  ])("%s", (told, name) => expect(browserName(told, on)).toBe(name));
});

it.each([
  ["https://shop.example/cart", "https://shop.example/cart"],
  ["http://localhost:3000/", "http://localhost:3000/"],
  ["javascript:alert(1)", null],
  ["data:text/html,x", null],
  ["//shop.example", null],
  ["", null],
  [null, null],
])("%s may be followed: %s", (text, href) => expect(webAddress(text)).toBe(href));

it("an address is shown without how it is reached", () => {
  expect(shortAddress("https://www.shop.example/")).toBe("shop.example");
  expect(shortAddress("http://shop.example/a/b")).toBe("shop.example/a/b");
});

describe("the time there", () => {
  const now = Date.UTC(2026, 10, 25, 22, 30);

  it("is told with its day where that is another one", () => {
    setLocale("en", "Europe/London");
    expect(timeIn("Africa/Lagos", now)).toBe("23:30");
    expect(timeIn("Asia/Tokyo", now)).toBe("Thu 07:30");
    expect(timeIn("America/Sao_Paulo", now)).toBe("19:30");
  });

  it("of a zone that is none is not told", () => {
    for (const zone of ["Mars/Olympus", "", "<b>"]) expect(timeIn(zone, now)).toBeNull();
  });

  it("goes by a place's name", () => {
    expect(zoneName("America/Argentina/Buenos_Aires")).toBe("Buenos Aires");
    expect(zoneName("UTC")).toBe("UTC");
  });
});
