import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WORDS } from "../texts/all";
import { Preview, type Shown } from "./preview";

const shown = (part: Partial<Shown> = {}, config: Partial<Shown["config"]> = {}): Shown => ({
  scene: "first",
  theme: "light",
  config: {
    title: "Shop",
    accent: "#00623f",
    position: "right",
    branding: true,
    language: "en",
    texts: {},
    prechat: { on: false, fields: [] },
    upload: { on: false, max_bytes: 1, mime_types: [] },
    online: true,
    ...config,
  },
  ...part,
});
let preview: Preview;
let place: HTMLElement;
const root = () => place.firstElementChild?.shadowRoot as ShadowRoot;
const panel = () => root().querySelector(".panel");
const sees = (words: string) => expect.poll(() => panel()?.textContent).toContain(words);

beforeEach(() => {
  vi.stubGlobal(
    "matchMedia",
    vi.fn(() => ({ matches: false })),
  );
  vi.stubGlobal("fetch", vi.fn());
  vi.stubGlobal("WebSocket", vi.fn());
  place = document.body.appendChild(document.createElement("div"));
  preview = new Preview(place);
});
afterEach(() => {
  preview.end();
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

describe("a preview", () => {
  it("shows what a first visitor sees, in every language", async () => {
    for (const [language, words] of Object.entries(WORDS)) {
      preview.show(shown({}, { language }));
      await sees(words.welcome);
      expect(panel()?.closest("[dir]")?.getAttribute("dir")).toBe(language === "ar" ? "rtl" : "ltr");
    }
  });

  it("follows what is entered", async () => {
    preview.show(shown({}, { title: "Before" }));
    await sees("Before");
    preview.show(shown({}, { title: "After", texts: { greeting: "Good day" } }));
    await sees("After");
    await sees("Good day");
    preview.show(shown({}, { online: false, texts: { greeting_closed: "Back at nine" } }));
    await sees("Back at nine");
    expect(panel()?.textContent).not.toContain("Good day");
  });

  it("asks what the form asks, and shows a talk as it goes on", async () => {
    const prechat = { on: true, fields: [{ key: "order", label: "Order number", type: "text", required: true }] };
    preview.show(shown({}, { prechat }));
    await sees("Order number");
    preview.show(shown({ scene: "talk" }, { prechat }));
    await sees("arrives tomorrow");
    expect(panel()?.textContent).not.toContain("Order number");
    preview.show(shown({ scene: "closed" }));
    await expect.poll(panel).toBeNull();
    expect(root().querySelector(".launcher")).not.toBeNull();
  });

  it("reaches nobody and keeps nothing", async () => {
    preview.show(shown({ scene: "talk" }));
    await sees("arrives tomorrow");
    expect([vi.mocked(fetch).mock.calls, vi.mocked(WebSocket).mock.calls]).toEqual([[], []]);
    expect([localStorage.length, sessionStorage.length]).toEqual([0, 0]);
  });

  it("takes markup for words, and what is no colour for none", async () => {
    const html = "<img src=x onerror=alert(1)>";
    preview.show(shown({}, { title: html, texts: { welcome: html }, accent: "url(x)}*{color:red" }));
    await sees(html);
    expect(root().querySelector("img")).toBeNull();
    expect(root().querySelector("style")?.textContent ?? "").not.toContain("color:red");
  });
});
