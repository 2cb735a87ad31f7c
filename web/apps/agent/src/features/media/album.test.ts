import { describe, expect, it } from "vitest";
import { at, media, mediaMessage, message, reply } from "../../../test/factory";
import { buildTimeline, type Entry } from "../conversation/timeline";

const NOW = Date.parse(at(60));
const photo = (seq: number, part = {}) =>
  mediaMessage(seq, media({ id: `f${seq}` }), { created_at: at(seq / 10), ...part });
const shape = (entries: readonly Entry[]) =>
  entries.flatMap((entry) =>
    entry.type === "message" ? [entry.album ? entry.album.map((m) => m.id).join("+") : entry.message.id] : [],
  );
const draw = (...messages: Parameters<typeof buildTimeline>[0]) => shape(buildTimeline(messages, [], null, NOW));

describe("photos in a row", () => {
  it("stand together, and keep the place and the head of the first", () => {
    const entries = buildTimeline([photo(1), photo(2), photo(3)], [], null, NOW).filter((e) => e.type === "message");
    expect(shape(entries)).toEqual(["m1+m2+m3"]);
    expect(entries[0]).toMatchObject({ key: "m1", first: true, meta: true, message: { id: "m3" } });
  });

  it("are parted by whatever says more than a photo", () => {
    const caption = { content: { type: "media", kind: "image", external_id: "x", caption: "look" } };
    const liked = { reactions: [{ emoji: "👍", by: "contact", author_name: "A", at: at(1) }] };
    expect(draw(photo(1), photo(2), photo(3, caption), photo(4), photo(5))).toEqual(["m1+m2", "m3", "m4+m5"]);
    expect(draw(photo(1), photo(2, liked), photo(3))).toEqual(["m1", "m2", "m3"]);
    expect(draw(photo(1), message({ seq: 2, created_at: at(0.2) }), photo(3))).toEqual(["m1", "m2", "m3"]);
    expect(draw(photo(1), photo(2, { revoked_at: at(1) }), photo(3))).toEqual(["m1", "m2", "m3"]);
  });

  it("never mix senders, nor what was said long after", () => {
    const { author } = reply({ seq: 1 });
    expect(draw(photo(1), photo(2, { direction: "out", author, status: "sent" }))).toEqual(["m1", "m2"]);
    expect(draw(photo(1), photo(2, { created_at: at(30) }))).toEqual(["m1", "m2"]);
  });

  it("are parted where they fare differently", () => {
    const { author } = reply({ seq: 1 });
    const out = { direction: "out", author } as const;
    const all = [
      photo(1, { ...out, status: "read" }),
      photo(2, { ...out, status: "read" }),
      photo(3, { ...out, status: "sent" }),
    ];
    expect(draw(...all)).toEqual(["m1+m2", "m3"]);
  });
});
