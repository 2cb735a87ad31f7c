import { describe, expect, it } from "vitest";
import {
  accentSeen,
  callbackWrong,
  EMPTY,
  fieldWrong,
  keyOf,
  megabytes,
  moved,
  originOf,
  originWrong,
  type PrechatField,
  read,
  renamed,
  withText,
  write,
  wrong,
} from "./chat-settings";

describe("the configuration of a chat", () => {
  it("is read and written back as it was, with what this page does not know", () => {
    const stored = {
      title: "Shop",
      accent: "#00623f",
      position: "left",
      branding: false,
      allowed_origins: ["https://shop.example"],
      languages: ["en", "ar"],
      texts: { en: { greeting: "Hi", of_tomorrow: "kept" }, ar: { welcome: "أهلًا" } },
      prechat: { on: true, fields: [{ key: "name", label: "Name", type: "text", required: true }] },
      upload: { on: true, max_bytes: 5 << 20 },
      collect: { page: true, referrer: false, browser: true, time_zone: false },
      callback_url: "https://app.example/max",
      of_tomorrow: { deep: [1] },
    };
    expect(write(read(stored), stored)).toEqual(stored);
  });

  it.each([null, 7, "x", [], { texts: [], prechat: 3, upload: null, collect: "yes", languages: [1], accent: 5 }])(
    "that is none (%j) is that of a new chat",
    (config) => expect(read(config)).toEqual(EMPTY),
  );

  it("keeps no empty texts, and none of languages that are not spoken", () => {
    const texts = { ...withText({}, "en", "welcome", " "), fr: { welcome: "Salut" } };
    expect(write({ ...EMPTY, texts }, {}).texts).toEqual({});
    expect(write({ ...EMPTY, texts, languages: ["fr"] }, {}).texts).toEqual({ fr: { welcome: "Salut" } });
  });

  it("is all that is written, whatever else stands in the form around it", () => {
    const form = { ...EMPTY, name: "Chat", team_id: "t1", reopen: "24" };
    expect(Object.keys(write(form, {}))).toEqual(Object.keys(write(EMPTY, {})));
    expect(write(form, {})).not.toHaveProperty("name");
  });

  it("loses its callback when the field is emptied", () => {
    expect(write({ ...EMPTY, callback_url: " " }, { callback_url: "https://app.example" })).not.toHaveProperty(
      "callback_url",
    );
  });

  it("cannot be saved while something in it is wrong", () => {
    expect(wrong(EMPTY)).toBeUndefined();
    expect(wrong({ ...EMPTY, accent: "green" })).toMatch(/colour/);
    expect(wrong({ ...EMPTY, allowed_origins: ["ftp://x.example"] })).toMatch(/address/);
    expect(wrong({ ...EMPTY, upload_max: "101" })).toMatch(/100 MB/);
    expect(wrong({ ...EMPTY, callback_url: "app" })).toMatch(/app\.example/);
    const field: PrechatField = { key: "", label: "Order", type: "text", required: false };
    expect(wrong({ ...EMPTY, prechat: { on: true, fields: [field] } })).toMatch(/letters/);
  });
});

describe("a site", () => {
  it.each([
    ["https://shop.example", undefined],
    ["", undefined],
    ["http://localhost:5173", undefined],
    ["http://10.0.0.7", undefined],
    ["http://[::1]:8080", undefined],
    ["http://shop.example", /https/],
    ["https://*.shop.example", /star/],
    ["https://shop.example/cart", /https:\/\/shop\.example$/],
    ["https://shop.example/", /https:\/\/shop\.example$/],
    ["https://SHOP.example", /https:\/\/shop\.example$/],
    ["https://shop.example:443", /https:\/\/shop\.example$/],
    ["https://me@shop.example", /https:\/\/shop\.example$/],
    ["javascript:alert(1)", /address/],
    ["shop.example", /address/],
  ])("%s", (origin, words) => {
    if (words) expect(originWrong(origin)).toMatch(words);
    else expect(originWrong(origin)).toBeUndefined();
  });

  it("is on the list once", () => {
    expect(originWrong("https://a.example", ["https://a.example", " https://a.example"])).toMatch(/already/);
  });

  it.each([
    ["https://shop.example/cart?x=1", "https://shop.example"],
    [" shop.example ", "https://shop.example"],
    ["http://localhost:3000/x", "http://localhost:3000"],
    ["https://*.shop.example", "https://*.shop.example"],
    ["data:text/html,x", "https://data:text/html,x"],
    ["not an address", "not an address"],
  ])("%s is pasted as %s", (pasted, origin) => {
    // What is no address stays as it was typed, to be put right.
    expect([origin, pasted]).toContain(originOf(pasted));
  });
});

it.each([
  ["", true],
  ["https://app.example/max?x=1", true],
  ["http://localhost:9000/hook", true],
  ["http://app.example", false],
  ["https://me:secret@app.example", false],
  ["https://app.example/#x", false],
  ["ftp://app.example", false],
])("MAX calls %s: %s", (address, calls) => expect(callbackWrong(address) === undefined).toBe(calls));

it("an accent is judged by what is read on it and where it is seen", () => {
  expect(accentSeen("#00623f")).toMatchObject({ ink: "#ffffff", pale: ["dark"] });
  expect(accentSeen("#ffe08a")).toMatchObject({ ink: "#000000", pale: ["light"] });
  expect(accentSeen("#335bd9").pale).toEqual([]);
  expect(accentSeen("#ffe08a").ratio).toBeGreaterThan(4.5);
});

describe("a field of the form", () => {
  const field = (part: Partial<PrechatField>): PrechatField => ({
    key: "name",
    label: "Name",
    type: "text",
    required: false,
    ...part,
  });

  it.each([
    ["Order number", "order_number"],
    ["Número de pedido", "numero_de_pedido"],
    ["2nd name", "nd_name"],
    ["رقم", ""],
  ])("%s has the key %s", (label, key) => expect(keyOf(label)).toBe(key));

  it("keeps a key that somebody chose", () => {
    expect(renamed(field({ key: "", label: "" }), "Order")).toEqual({ label: "Order", key: "order" });
    expect(renamed(field({ key: "name", label: "Name" }), "Names")).toEqual({ label: "Names", key: "names" });
    expect(renamed(field({ key: "o", label: "Name" }), "Names")).toEqual({ label: "Names" });
  });

  it("has a label, and a key of its own", () => {
    const one = field({});
    expect(fieldWrong(one, [one])).toBeUndefined();
    expect(fieldWrong(field({ label: " " }), [one])).toMatch(/label/);
    for (const key of ["", "Name", "1st", "a-b", "a".repeat(41)])
      expect(fieldWrong(field({ key }), [])).toMatch(/letters/);
    expect(fieldWrong(one, [one, field({ label: "Other" })])).toMatch(/Another/);
  });

  it("moves, but not over the ends", () => {
    expect(moved(["a", "b", "c"], 0, 1)).toEqual(["b", "a", "c"]);
    expect(moved(["a", "b", "c"], 2, -1)).toEqual(["a", "c", "b"]);
    expect(moved(["a", "b"], 0, -1)).toEqual(["a", "b"]);
    expect(moved(["a", "b"], 1, 1)).toEqual(["a", "b"]);
  });
});

it.each([
  ["10", 10],
  ["0.5", 0.5],
  ["2,5", 2.5],
  ["100", 100],
  ["100.1", null],
  ["0", null],
  ["-1", null],
  ["1e3", null],
  ["", null],
])("%s MB is %s", (text, size) => expect(megabytes(text)).toBe(size));
