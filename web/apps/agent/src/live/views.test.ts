// @vitest-environment node
import type { Conversation } from "@max/api";
import { describe, expect, it } from "vitest";
import { at, conversation, me } from "../../test/factory";
import { belongs, compare } from "./belongs";
import { listQuery, readFilter, type Scope, savedScope } from "./views";

const tag = { id: "g1", name: "Fraud", color: "red" };
const ALL: Scope = { view: "all", teamId: null };
const filtered = (filter: Scope["filter"], view: Scope["view"] = "all"): Scope => ({
  view,
  teamId: null,
  ...(filter ? { filter } : {}),
});

describe("a filter in the address", () => {
  it("is read back as it was written, without what makes no sense", () => {
    expect(
      readFilter({
        state: "queued,assigned",
        team_id: "t1",
        priority: "urgent",
        unread: true,
        waiting: "true",
        q: 20418,
        sort: "waiting",
        id: "c1",
        tag: "",
      }),
    ).toEqual({
      state: "queued,assigned",
      team_id: "t1",
      priority: "urgent",
      unread: true,
      waiting: true,
      q: "20418",
      sort: "waiting",
    });
    expect(readFilter({ sort: "colour", unread: "no", state: ["a"], tag: null })).toEqual({});
  });

  it("asks the server for what the list says by itself too", () => {
    expect(listQuery({ view: "mine", teamId: null })).toEqual({ view: "mine", state: "assigned" });
    expect(listQuery(filtered({ state: "closed", sort: "oldest" }))).toEqual({
      view: "all",
      state: "closed",
      sort: "oldest",
    });
    expect(listQuery({ view: "queue", teamId: "t1", filter: { priority: "high" } })).toEqual({
      view: "queue",
      team_id: "t1",
      priority: "high",
    });
  });

  it("comes out of a saved view as it went in", () => {
    const scope = filtered({ state: "open", team_id: "t1", tag: "g1", sort: "oldest" });
    const { sort, ...filter } = listQuery(scope);
    expect(savedScope({ filter, sort: sort ?? "newest" })).toEqual(scope);
    // Without a state a saved view shows them all.
    expect(listQuery(savedScope({ filter: { view: "mine" }, sort: "newest" }))).toEqual({
      view: "mine",
      sort: "newest",
    });
  });
});

describe("a conversation belongs", () => {
  const c = conversation({ state: "assigned", tags: [tag], priority: "high", waiting_since: at(0), unread: 0 });
  const queued = conversation({ state: "queued", assignee: null });
  const cases: [string, Scope, Conversation, boolean][] = [
    ["mine, while it is open", { view: "mine", teamId: null }, c, true],
    ["mine, not when it is put aside", { view: "mine", teamId: null }, { ...c, state: "snoozed" }, false],
    ["snoozed, when it is", { view: "snoozed", teamId: null }, { ...c, state: "snoozed" }, true],
    ["all, also when it is put aside", ALL, { ...c, state: "snoozed" }, true],
    ["all, not when it is closed", ALL, { ...c, state: "closed" }, false],
    ["to what is closed", filtered({ state: "closed" }), { ...c, state: "closed" }, true],
    ["to any state", filtered({ state: "any" }), { ...c, state: "closed" }, true],
    ["to one of two states", filtered({ state: "new,queued" }), queued, true],
    ["in its team's queue", { view: "queue", teamId: "t1" }, queued, true],
    ["in no other team's queue", { view: "queue", teamId: "t2" }, queued, false],
    ["by its team", filtered({ team_id: "t2" }), c, false],
    ["by its channel", filtered({ channel_id: c.channel.id }), c, true],
    ["by who has it", filtered({ assignee_id: "me" }), c, true],
    ["by nobody having it", filtered({ assignee_id: "none" }), c, false],
    ["by its tag", filtered({ tag: "g1" }), c, true],
    ["not by another tag", filtered({ tag: "g2" }), c, false],
    ["by its priority", filtered({ priority: "urgent,high" }), c, true],
    ["by being unread", filtered({ unread: true }), c, false],
    ["by waiting", filtered({ waiting: true }), { ...c, waiting_since: null }, false],
    ["by words in the name", filtered({ q: "oKAf" }), c, true],
    ["by its number", filtered({ q: `#${c.number}` }), c, true],
    ["not by other words", filtered({ q: "Tomás" }), c, false],
  ];
  it.each(cases)("%s", (_name, scope, one, expected) => expect(belongs(one, scope, me)).toBe(expected));
});

describe("the order", () => {
  const rows = [
    conversation({ id: "a", priority: "normal", waiting_since: at(5), last_activity_at: at(9) }),
    conversation({ id: "b", priority: "urgent", waiting_since: at(8), last_activity_at: at(7) }),
    conversation({ id: "c", priority: "normal", waiting_since: at(1), last_activity_at: at(8) }),
    conversation({ id: "d", priority: "low", waiting_since: null, last_activity_at: at(6) }),
  ];
  const ids = (scope: Scope) =>
    rows
      .toSorted(compare(scope) ?? (() => 0))
      .map((c) => c.id)
      .join("");
  it.each([
    ["newest", "acbd"],
    ["oldest", "dbca"],
    ["waiting", "cabd"],
    ["priority", "bcad"],
  ] as const)("%s", (sort, expected) => expect(ids(filtered({ sort }))).toBe(expected));

  it("of a queue is by priority, and of mentions as they came", () => {
    expect(ids({ view: "queue", teamId: "t1" })).toBe("bcad");
    expect(compare({ view: "mentions", teamId: null })).toBeNull();
  });
});
