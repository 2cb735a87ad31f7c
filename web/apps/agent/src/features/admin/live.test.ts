import type { LiveEvent, Page, TeamFull, TeamView, User } from "@max/api";
import { QueryClient } from "@tanstack/react-query";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { me } from "../../../test/factory";
import { LiveCache } from "../../live/cache";
import { userFilters } from "./filters";
import { AdminCache, keys, putUserRow } from "./live";

const ALL = userFilters({});
const AGENTS = userFilters({ role: "agent" });
const user = (name: string, part: Partial<User> = {}): User => ({ ...me, id: name, name, teams: [], ...part });
const team: TeamView = {
  id: "t1",
  name: "Support",
  color: "green",
  description: "",
  member_count: 1,
  created_at: me.created_at,
};
const page = (names: string[], next: string | null = null): Page<User> => ({
  items: names.map((name) => user(name)),
  next_cursor: next,
});
const names = (p: Page<User> | undefined) => p?.items.map((u) => u.name);

describe("a page of users", () => {
  it("shows what changed in its place, and lets go of whom its filters no longer show", () => {
    const ben = user("Ben", { role: "admin" });
    expect(putUserRow(page(["Ada", "Ben"]), ben, ALL, true).items[1]).toBe(ben);
    expect(names(putUserRow(page(["Ada", "Ben"]), ben, AGENTS, true))).toEqual(["Ada"]);
  });

  it("takes in who is new where they belong, and only there", () => {
    const put = (name: string, p: Page<User>, first = true) => names(putUserRow(p, user(name), ALL, first));
    expect(put("Bea", page(["Ada", "Ben"]))).toEqual(["Ada", "Bea", "Ben"]);
    expect(put("Åsa", page(["Ben"]))).toEqual(["Åsa", "Ben"]);
    expect(put("Zoe", page(["Ada", "Ben"]))).toEqual(["Ada", "Ben", "Zoe"]);
    // Beyond this page: comes with the next one, or stood on the one before.
    expect(put("Zoe", page(["Ada", "Ben"], "more"))).toEqual(["Ada", "Ben"]);
    expect(put("Ada", page(["Ben", "Cleo"]), false)).toEqual(["Ben", "Cleo"]);
  });

  it("takes in nobody whose name the search does not have", () => {
    const filters = userFilters({ q: "ad" });
    expect(names(putUserRow(page(["Ada"]), user("Ben", { email: "b@x.test" }), filters, true))).toEqual(["Ada"]);
    expect(names(putUserRow(page(["Ada"]), user("Adele"), filters, true))).toEqual(["Ada", "Adele"]);
  });

  it("stays the same however often the news comes", () => {
    const once = putUserRow(page(["Ada"]), user("Bea"), ALL, true);
    expect(putUserRow(once, user("Bea"), ALL, true)).toEqual(once);
  });
});

describe("the admin cache", () => {
  let client: QueryClient;
  let cache: AdminCache;
  beforeEach(() => {
    client = new QueryClient();
    cache = new AdminCache(client, 100);
  });
  const get = <T>(key: readonly unknown[]) => client.getQueryData<T>(key);
  const changed = (u: User): LiveEvent => ({ kind: "user.changed", data: { user: u } });

  it("puts a changed user into every page, the open user and the teams they are in", () => {
    client.setQueryData(keys.usersPage(ALL, null), page(["Ada", "Ben"]));
    client.setQueryData(keys.usersPage(AGENTS, null), page(["Ada", "Ben"]));
    client.setQueryData(keys.user("Ben"), user("Ben"));
    client.setQueryData<TeamFull>(keys.team("t1"), { ...team, member_count: 0, members: [] });
    const ben = user("Ben", { role: "admin", teams: [{ id: "t1", name: "Support", color: "green" }] });
    cache.apply(changed(ben));
    expect(get<Page<User>>(keys.usersPage(ALL, null))?.items[1]).toEqual(ben);
    expect(names(get(keys.usersPage(AGENTS, null)))).toEqual(["Ada"]);
    expect(get(keys.user("Ben"))).toEqual(ben);
    expect(get(keys.team("t1"))).toMatchObject({ member_count: 1, members: [{ id: "Ben", role: "admin" }] });
    cache.apply(changed({ ...ben, teams: [] }));
    expect(get(keys.team("t1"))).toMatchObject({ member_count: 0, members: [] });
    // Nobody opened Ada, so nothing is kept about her.
    cache.apply(changed(user("Ada")));
    expect(get(keys.user("Ada"))).toBeUndefined();
  });

  it("shows a team's new name wherever it stands, and forgets a deleted one", () => {
    const ben = user("Ben", { teams: [{ id: "t1", name: "Old", color: "red" }] });
    client.setQueryData(keys.usersPage(ALL, null), { items: [ben], next_cursor: null });
    client.setQueryData(keys.teamsPage("", null), { items: [{ ...team, name: "Old" }], next_cursor: null });
    cache.apply({ kind: "team.changed", data: { team } });
    expect(get<Page<User>>(keys.usersPage(ALL, null))?.items[0]?.teams).toEqual([
      { id: "t1", name: "Support", color: "green" },
    ]);
    expect(get(keys.teamsPage("", null))).toMatchObject({ items: [{ name: "Support" }] });
    cache.apply({ kind: "team.deleted", data: { id: "t1" } });
    expect(get<Page<User>>(keys.usersPage(ALL, null))?.items[0]?.teams).toEqual([]);
    expect(get(keys.teamsPage("", null))).toMatchObject({ items: [] });
  });

  it("asks for the numbers once, however many people change", () => {
    vi.useFakeTimers();
    const ask = vi.spyOn(client, "invalidateQueries");
    for (let i = 0; i < 200; i++) cache.apply(changed(user(`u${i}`)));
    expect(ask).not.toHaveBeenCalled();
    vi.advanceTimersByTime(150);
    expect(ask.mock.calls.map(([filter]) => filter?.queryKey)).toEqual([keys.summary, keys.teams]);
    vi.useRealTimers();
  });

  it("loses nothing that happens while a page is loading", async () => {
    const live = new LiveCache(client, me);
    live.onOther = cache.apply;
    let answer: (p: Page<User>) => void = () => {};
    const read = client.fetchQuery({
      queryKey: keys.usersPage(ALL, null),
      queryFn: () =>
        new Promise<Page<User>>((resolve) => {
          answer = resolve;
        }),
    });
    live.apply(changed(user("Ben", { role: "admin" })));
    answer(page(["Ada", "Ben"]));
    await read;
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(get<Page<User>>(keys.usersPage(ALL, null))?.items[1]?.role).toBe("admin");
    live.close();
  });
});
