import { describe, expect, it } from "vitest";
import { duration, fileSize, format, kindOfType, nameOf, plainName } from "./format";

it.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1 kB"],
  [1536, "1.5 kB"],
  [184_320, "180 kB"],
  [1024 * 1024 - 1, "1 MB"],
  [16 * 1024 * 1024, "16 MB"],
  [3 * 1024 ** 4, "3072 GB"],
])("%i bytes are %s", (bytes, words) => {
  expect(fileSize(bytes)).toBe(words);
});

it.each([
  [0, "0:00"],
  [24_400, "0:24"],
  [725_000, "12:05"],
  [3_723_000, "1:02:03"],
  [-5, "0:00"],
])("%i ms are %s", (ms, words) => {
  expect(duration(ms)).toBe(words);
});

describe("a name", () => {
  it("never reads as another one than it is", () => {
    expect(plainName("annexe\u202egpj.exe")).toBe("annexegpj.exe");
    expect(plainName("a\u0000b\u200bc\ufeff.pdf\n")).toBe("abc.pdf");
    expect(plainName("תעודה.pdf")).toBe("תעודה.pdf");
  });
  it("is what the file is, where there is none", () => {
    expect(nameOf({ name: "AUD-20261124.opus", kind: "audio", voice: true })).toBe("Voice message");
    expect(nameOf({ name: "\u202e", kind: "document", voice: false })).toBe("Document");
    expect(nameOf({ name: "a.pdf", kind: "document", voice: false })).toBe("a.pdf");
  });
});

it("names types shortly or not at all", () => {
  expect(format("application/pdf")).toBe("PDF");
  expect(format("application/vnd.openxmlformats-officedocument.wordprocessingml.document")).toBe("DOCX");
  expect(format("application/octet-stream")).toBe("");
  expect(format(null)).toBe("");
});

it("sorts what a browser says of a file", () => {
  expect(["image/heic", "video/mp4", "audio/ogg", "application/pdf", ""].map(kindOfType)).toEqual([
    "image",
    "video",
    "audio",
    "document",
    "document",
  ]);
});
