// @vitest-environment node
import type { TimelineEntry } from "@max/api";
import { describe, expect, it } from "vitest";
import { at, message } from "../../../test/factory";
import { happeningText, hasWhy, type ThreadEntry, withHappenings } from "./happenings";
import { buildTimeline } from "./timeline";

const DAY = 24 * 60;
const happened = (
  id: string,
  after_seq: number,
  minutes: number,
  part: Partial<TimelineEntry> = {},
): TimelineEntry => ({
  id,
  at: at(minutes),
  after_seq,
  kind: "taken",
  actor: { id: "devon", name: "Devon Kim" },
  data: {},
  ...part,
});
const now = Date.parse(at(3 * DAY));
const shape = (entries: readonly ThreadEntry[]) =>
  entries.map((e) =>
    e.type === "happened"
      ? e.all.map((h) => h.id).join("+")
      : "message" in e
        ? `m${(e.message as { seq: number }).seq}`
        : e.type,
  );
const thread = (seqs: [number, number?][]) =>
  buildTimeline(
    seqs.map(([seq, minutes]) => message({ seq, ...(minutes === undefined ? {} : { created_at: at(minutes) }) })),
    [],
    null,
    now,
  );

describe("what happened", () => {
  it("stands after the message it followed, in groups of what came in a row", () => {
    const entries = withHappenings(
      thread([[1], [2], [3]]),
      [happened("a", 0, 0), happened("b", 2, 2.1), happened("c", 2, 2.2), happened("d", 3, 4)],
      false,
      now,
    );
    expect(shape(entries)).toEqual(["day", "a", "m1", "m2", "b+c", "m3", "d"]);
  });

  it("waits for older messages that are not loaded", () => {
    const entries = withHappenings(
      thread([[5], [6]]),
      [happened("a", 1, 1), happened("b", 4, 4), happened("c", 5, 5)],
      true,
      now,
    );
    expect(shape(entries)).toEqual(["day", "m5", "c", "m6"]);
  });

  it("stands on its own day", () => {
    const entries = withHappenings(
      thread([
        [1, 0],
        [2, 2 * DAY],
      ]),
      [happened("a", 1, 5), happened("b", 1, DAY), happened("c", 1, 2 * DAY - 5), happened("d", 2, 3 * DAY)],
      false,
      now,
    );
    expect(shape(entries)).toEqual(["day", "m1", "a", "day", "b", "day", "c", "m2", "day", "d"]);
  });

  it("is shown where nothing was said at all", () => {
    expect(shape(withHappenings([], [happened("a", 0, 0)], false, now))).toEqual(["a"]);
  });

  it.each<[Partial<TimelineEntry>, string]>([
    [{ kind: "taken" }, "Devon Kim took it"],
    [{ kind: "taken", data: { rule: "take_next" } }, "Devon Kim took the next one"],
    [{ kind: "assigned", data: { to: { name: "Hiro" } } }, "Devon Kim assigned it to Hiro"],
    [{ kind: "assigned", data: { to: { id: "me", name: "Leila" } } }, "Devon Kim assigned it to you"],
    [
      { kind: "assigned", actor: { id: "me", name: "Leila" }, data: { to: { id: "me", name: "Leila" } } },
      "You assigned it to yourself",
    ],
    [{ kind: "unassigned", data: { rule: "hand_over" } }, "Devon Kim handed it over to the queue"],
    [{ kind: "transferred", data: { to_team: { name: "Sales" } } }, "Devon Kim transferred it to Sales"],
    [{ kind: "closed", data: { reason: { name: "Spam" } } }, "Devon Kim closed it: Spam"],
    [{ kind: "reopened", actor: null, data: { by_customer: true } }, "The customer wrote, so it is open again"],
    [{ kind: "snoozed", data: { until: at(5) } }, "Devon Kim put it aside until then"],
    [{ kind: "snoozed", data: { until: null } }, "Devon Kim put it aside until the customer replies"],
    [{ kind: "woken", actor: null, data: { by: "time" } }, "Its time came, so it is back"],
    [{ kind: "priority_changed", data: { to: "high" } }, "Devon Kim set the priority to high"],
    [{ kind: "pinned", actor: { id: "me", name: "Leila" } }, "You pinned a note"],
  ])("%j is said as %j", (part, expected) => {
    expect(happeningText(happened("a", 1, 1, part), "me", () => "then")).toBe(expected);
  });

  it("has a why where somebody came to have it", () => {
    expect(hasWhy("taken")).toBe(true);
    expect(hasWhy("tagged")).toBe(false);
  });
});
