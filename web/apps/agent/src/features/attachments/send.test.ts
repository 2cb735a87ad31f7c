import { describe, expect, it } from "vitest";
import { media } from "../../../test/factory";
import { captionChars, type Limits, limitWords, refused } from "./capabilities";
import { plan } from "./send";

const MB = 1024 * 1024;
const limits: Limits = {
  image: { mime_types: ["image/jpeg"], max_bytes: 5 * MB, caption_chars: 20 },
  video: { mime_types: ["video/mp4"], max_bytes: 16 * MB, caption_chars: 20 },
  audio: { mime_types: ["audio/ogg"], max_bytes: 16 * MB, caption_chars: 0 },
  document: { mime_types: ["application/pdf"], max_bytes: 100 * MB, caption_chars: 20 },
};
const file = (id: string, kind: "image" | "audio" | "document" = "image", caption = "") => ({
  media: media({ id, kind }),
  caption,
});
const told = (...args: Parameters<typeof plan>) =>
  plan(...args).map((part) => [part.text, part.media.map(({ id }) => id).join()]);

describe("what is sent with files", () => {
  it("is one message for each, the words with the first", () => {
    expect(told("hello", [file("a"), file("b")], limits)).toEqual([
      ["hello", "a"],
      ["", "b"],
    ]);
  });
  it("puts the words with the first that may carry them", () => {
    expect(told("hello", [file("v", "audio"), file("b", "document")], limits)).toEqual([
      ["", "v"],
      ["hello", "b"],
    ]);
  });
  it("says the words first where no file may carry them, or not so many", () => {
    expect(told("hello", [file("v", "audio")], limits)).toEqual([
      ["hello", ""],
      ["", "v"],
    ]);
    const long = "x".repeat(21);
    expect(told(long, [file("a")], limits)).toEqual([
      [long, ""],
      ["", "a"],
    ]);
    // Twenty of what people see as one, not of what a computer counts.
    expect(told("😀".repeat(20), [file("a")], limits)).toHaveLength(1);
  });
  it("keeps captions where they were written", () => {
    expect(told("hello", [file("a", "image", " mine "), file("b", "image", "two")], limits)).toEqual([
      ["hello", ""],
      ["mine", "a"],
      ["two", "b"],
    ]);
    expect(told("", [file("v", "audio", "lost")], limits)).toEqual([["", "v"]]);
  });
  it("knows what files carry before the channel has told", () => {
    expect(told("hello", [file("v", "audio"), file("a")], undefined)).toEqual([
      ["", "v"],
      ["hello", "a"],
    ]);
    expect(captionChars("document", undefined)).toBe(Number.POSITIVE_INFINITY);
  });
});

it("limits are told once for each size", () => {
  expect(limitWords(limits)).toBe("Photos up to 5 MB · video and audio up to 16 MB · documents up to 100 MB");
});

it("only what fits in no way is refused here", () => {
  expect(refused({ size: 0 }, limits)).toBe("This file is empty.");
  expect(refused({ size: 6 * MB }, limits)).toBeNull();
  expect(refused({ size: 101 * MB }, limits)).toBe("101 MB is too large. The limit here is 100 MB.");
  expect(refused({ size: 101 * MB }, undefined)).toBeNull();
});
