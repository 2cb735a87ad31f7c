// @vitest-environment node
import type { HeldMessage, Message } from "@max/api";
import { describe, expect, it } from "vitest";
import { at, message, reply } from "../../../test/factory";
import type { Pending } from "../composer/pending";
import { buildTimeline, type Entry, firstUnread } from "./timeline";

const now = Date.parse(at(120));
const pending = (clientId: string, minute = 119): Pending => ({
  clientId,
  conversationId: "c1",
  kind: "reply",
  text: clientId,
  quote: null,
  createdAt: Date.parse(at(minute)),
  state: "sending",
  refusal: null,
  tries: 0,
  options: {},
});
const line = (entry: Entry): string => {
  switch (entry.type) {
    case "day":
      return `-- ${entry.label}`;
    case "new":
      return "-- new";
    case "message":
      return `${entry.first ? "" : "+"}${entry.message.id}${entry.meta ? "." : ""}`;
    case "pending":
      return `${entry.first ? "" : "+"}${entry.pending.clientId}?`;
    case "folded":
      return `${entry.messages.length} folded`;
    default:
      return `${entry.type} ${entry.message.id}`;
  }
};
const draw = (messages: Message[], waiting: Pending[] = [], from: string | null = null) =>
  buildTimeline(messages, waiting, from, now).map(line);

describe("thread", () => {
  it("groups one sender within three minutes", () => {
    const messages = [
      message({ seq: 1, created_at: at(0) }),
      message({ seq: 2, created_at: at(2) }),
      message({ seq: 3, created_at: at(5) }),
      reply({ seq: 4, created_at: at(5.5) }),
      reply({ seq: 5, created_at: at(6), author: { type: "user", id: "other", name: "Devon" } }),
    ];
    expect(draw(messages)).toEqual(["-- Today", "m1", "+m2.", "m3.", "m4.", "m5."]);
  });

  it("shows the ticks inside a group where they differ", () => {
    const messages = [
      reply({ seq: 1, created_at: at(0), status: "read" }),
      reply({ seq: 2, created_at: at(1), status: "sent" }),
      reply({ seq: 3, created_at: at(2), status: "sent" }),
    ];
    expect(draw(messages)).toEqual(["-- Today", "m1.", "+m2", "+m3."]);
  });

  it("divides days in the viewer's zone and breaks groups there", () => {
    const midnight = new Date(2026, 10, 23).getTime();
    const messages = [
      message({ seq: 1, created_at: new Date(midnight - 60_000).toISOString() }),
      message({ seq: 2, created_at: new Date(midnight + 60_000).toISOString() }),
    ];
    const noon = new Date(2026, 10, 23, 12).getTime();
    expect(buildTimeline(messages, [], null, noon).map(line)).toEqual(["-- Yesterday", "m1.", "-- Today", "m2."]);
    expect(buildTimeline(messages, [], null, noon + 3 * 86_400_000).map(line)[0]).toBe("-- Sunday 22 November");
    expect(buildTimeline(messages, [], null, noon + 400 * 86_400_000).map(line)[0]).toBe("-- 22 Nov 2026");
  });

  it("puts notes and events in the middle, where they break groups", () => {
    const messages = [
      message({ seq: 1, created_at: at(0) }),
      message({ seq: 2, created_at: at(0.5), kind: "note" }),
      message({ seq: 3, created_at: at(1), content: { type: "reaction", to: "m1", emoji: "👍" } }),
      message({ seq: 4, created_at: at(1.5) }),
    ];
    expect(draw(messages)).toEqual(["-- Today", "m1.", "note m2", "event m3", "m4."]);
  });

  it("draws what a flood brought as one line until it is opened", () => {
    const folded = (seq: number) => message({ seq, created_at: at(seq / 10), folded: true });
    const messages = [
      message({ seq: 1, created_at: at(0) }),
      folded(2),
      folded(3),
      folded(4),
      reply({ seq: 5 }),
      folded(6),
    ];
    expect(draw(messages)).toEqual(["-- Today", "m1.", "3 folded", "m5.", "m6."]);
    const opened = buildTimeline(messages, [], null, now, [], new Set(["m3"])).map(line);
    expect(opened).toEqual(["-- Today", "m1", "+m2", "+m3", "+m4.", "m5.", "m6."]);
    expect(firstUnread([message({ seq: 1 }), folded(2), folded(3)], 1)).toBe("m1");
  });

  it("divides what is new", () => {
    const messages = [
      message({ seq: 1, created_at: at(0) }),
      message({ seq: 2, created_at: at(1) }),
      message({ seq: 3, created_at: at(2) }),
    ];
    expect(draw(messages, [], "m2")).toEqual(["-- Today", "m1.", "-- new", "m2", "+m3."]);
  });

  it("shows what is on its way last, and once only", () => {
    const messages = [reply({ seq: 1, created_at: at(119), client_id: "a" })];
    expect(draw(messages, [pending("a"), pending("b"), pending("c")])).toEqual(["-- Today", "m1.", "+b?", "+c?"]);
    const keys = buildTimeline(messages, [pending("a"), pending("b")], null, now).map((e) => e.key);
    expect(keys).toContain("a");
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe("first unread", () => {
  const messages = [message({ seq: 1 }), reply({ seq: 2 }), message({ seq: 3 }), message({ seq: 4 })];
  it.each([
    [0, null],
    [1, "m4"],
    [2, "m3"],
    [3, "m1"],
    [9, "m1"],
  ])("of %i is %s", (unread, id) => expect(firstUnread(messages, unread)).toBe(id));
});

describe("what waits", () => {
  const held = (id: string, hold: number, part: Partial<HeldMessage> = {}): HeldMessage => ({
    ...reply({ seq: 1, client_id: id }),
    id,
    seq: null,
    status: "held",
    created_at: at(10),
    release_at: at(10 + hold / 60),
    ...part,
  });
  const shown = (entries: ReturnType<typeof buildTimeline>) =>
    entries.flatMap((e) => (e.type === "held" || e.type === "pending" ? [`${e.type} ${e.key}`] : []));

  it("stands after what was said: held for a moment first, then what leaves, then what was given a time", () => {
    const waits = [held("soon", 5), held("tomorrow", 86_400)];
    expect(shown(buildTimeline([message({ seq: 1 })], [pending("p")], null, 0, waits))).toEqual([
      "held soon",
      "pending p",
      "held tomorrow",
    ]);
  });

  it("stands there once: neither beside the same on its way nor beside the message it became", () => {
    const waits = [held("a", 5), held("b", 5)];
    const said = { ...message({ seq: 2 }), id: "b" };
    expect(shown(buildTimeline([message({ seq: 1 }), said], [pending("a")], null, 0, waits))).toEqual(["held a"]);
  });
});
