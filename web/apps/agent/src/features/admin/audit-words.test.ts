import { expect, it } from "vitest";
import { aboutText, details, kindText, stampOf } from "./audit-words";

const words = { yes: "yes", no: "no", none: "None" };

it("says kinds in words, also those it does not know yet", () => {
  expect(kindText("user.role_changed")).toBe("Role changed");
  expect(kindText("tool.call_denied")).toBe("tool call denied");
});

it("lists everything an entry carries, however deep", () => {
  const data = { from: "agent", to: null, changed: { name: ["Ada", "Eda"] }, ok: true, rows: [{ line: 2 }], empty: [] };
  expect(details(data, words)).toEqual([
    { name: "from", value: "agent" },
    { name: "to", value: "None" },
    { name: "changed.name", value: "Ada, Eda" },
    { name: "ok", value: "yes" },
    { name: "rows[1].line", value: "2" },
    { name: "empty", value: "None" },
  ]);
  expect(details({}, words)).toEqual([]);
});

it("names whom and what it happened to, but not oneself again", () => {
  const actor = { id: "1", name: "Sofia" };
  const team = { type: "team", id: "2", name: "Night shift" };
  expect(aboutText({ actor, subject: team, data: { user: { id: "3", name: "Mona" } } })).toBe("Mona, Night shift");
  expect(aboutText({ actor, subject: team, data: {} })).toBe("Night shift");
  expect(aboutText({ actor, subject: { type: "user", id: "1", name: "Sofia" }, data: {} })).toBe("");
});

it("tells the second", () => {
  expect(stampOf("2026-11-25T04:25:50Z")).toMatch(/25 Nov 2026, \d\d:\d\d:50/);
});
