import type { ImportRow } from "@max/api";
import { expect, it } from "vitest";
import { LARGEST, notWorthChecking, preview, readCsv, TEMPLATE } from "./csv";

const row = (line: number, problems: string[] = []): ImportRow => ({
  line,
  name: "Amara",
  email: "a@x.test",
  role: "agent",
  teams: [],
  problems,
});

it("reads a file as text, without the mark before it", async () => {
  expect(await readCsv(new Blob(["\uFEFFname,email\n"]))).toEqual({ text: "name,email\n" });
  expect(await readCsv(new Blob(["name\nMichał Żółć, מיכל"]))).toEqual({ text: "name\nMichał Żółć, מיכל" });
});

it("refuses what is too large or no text, before anybody is asked", async () => {
  expect(await readCsv(new Blob([new Uint8Array(LARGEST + 1)]))).toEqual({ problem: "tooBig" });
  expect(await readCsv(new Blob([new Uint8Array([0xff, 0xfe, 0x41])]))).toEqual({ problem: "notText" });
  expect(await readCsv(new Blob(["PK\0\0"]))).toEqual({ problem: "notText" });
});

it("asks the server only when there is a line to ask about", () => {
  expect(notWorthChecking(" \n")).toBe("empty");
  expect(notWorthChecking("name,email,role,teams\r\n\r\n")).toBe("onlyHead");
  expect(notWorthChecking(TEMPLATE)).toBeNull();
});

it("imports all or nothing", () => {
  const bad = row(3, ["There is no team “Nope”."]);
  expect(preview({ rows: [row(2), bad], valid: 1, invalid: 1, created: 0 })).toEqual({
    ready: [row(2)],
    bad: [bad],
    importable: false,
  });
  expect(preview({ rows: [row(2)], valid: 1, invalid: 0, created: 0 }).importable).toBe(true);
  expect(preview({ rows: [], valid: 0, invalid: 0, created: 0 }).importable).toBe(false);
});
