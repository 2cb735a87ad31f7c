// @vitest-environment node
import { expect, it } from "vitest";
import { conversation, me } from "../../test/factory";
import { may, type Right } from "./rights";

const RIGHTS: readonly Right[] = ["take", "assign", "transfer", "close", "reopen", "snooze", "priority"];
const own = conversation({ assignee: { id: "me", name: "Leila" }, team: { id: "t9", name: "Other", color: "red" } });
const waiting = conversation({ assignee: null });
const devons = conversation({ assignee: { id: "devon", name: "Devon" } });
const elsewhere = conversation({ assignee: null, team: { id: "t9", name: "Other", color: "red" } });

it.each([
  ["agent", own, ["take", "transfer", "close", "reopen", "snooze", "priority"]],
  ["agent", waiting, ["take"]],
  ["agent", devons, []],
  ["agent", elsewhere, []],
  ["team_lead", devons, RIGHTS],
  ["supervisor", waiting, RIGHTS],
  ["supervisor", elsewhere, []],
  ["admin", elsewhere, RIGHTS],
] as const)("%s", (role, c, allowed) => {
  expect(RIGHTS.filter((right) => may({ ...me, role }, right, c))).toEqual(allowed);
});
