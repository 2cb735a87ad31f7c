import { describe, expect, it } from "vitest";
import { filterCount, isPlace, tabOf, withTab } from "./place";

describe("tabs", () => {
  it("are what the filter says", () => {
    expect(tabOf({})).toBe("open");
    expect(tabOf({ waiting: true })).toBe("waiting");
    expect(tabOf({ state: "closed" })).toBe("closed");
    expect(tabOf({ state: "snoozed,assigned" })).toBeNull();
  });

  it("leave the other filters as they are, and no order that makes no sense", () => {
    expect(withTab({ team_id: "t1", sort: "oldest" }, "closed")).toEqual({
      team_id: "t1",
      sort: "oldest",
      state: "closed",
    });
    expect(withTab({ state: "closed", unread: true }, "open")).toEqual({ unread: true });
    expect(withTab({ sort: "waiting" }, "closed")).toEqual({ state: "closed" });
    expect(withTab({ state: "closed" }, "waiting")).toEqual({ waiting: true });
  });

  it("are no filters of their own", () => {
    expect(filterCount({ state: "closed", sort: "oldest" })).toBe(0);
    expect(filterCount({ waiting: true })).toBe(0);
    expect(filterCount({ state: "snoozed", tag: "g1", unread: true })).toBe(3);
  });
});

it("knows its places", () => {
  expect(isPlace("mentions")).toBe(true);
  expect(isPlace("0198a0f0-0000-7000-8000-000000000000")).toBe(false);
  expect(isPlace(undefined)).toBe(false);
});
