// @vitest-environment node
import type { Conversation, Counts, LiveEvent, SavedView } from "@max/api";
import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { at, conversation, me, message } from "../../test/factory";
import { LiveCache } from "./cache";
import { COUNTS, keys, VIEWS } from "./keys";

const COUNTED: Counts = {
  mine_open: 5,
  mine_unread: 2,
  snoozed: 1,
  mentions: 0,
  queues: [
    { team_id: "t1", waiting: 7, more: false },
    { team_id: "t2", waiting: 0, more: false },
  ],
  saved: [{ id: "v1", count: 3, more: false }],
  more: false,
};
const view: SavedView = {
  id: "v1",
  name: "Urgent",
  shared: "private",
  team_id: null,
  owner: me,
  filter: { view: "all", state: "open", priority: "urgent" },
  sort: "newest",
};

let client: QueryClient;
let cache: LiveCache;
let asked: number;
beforeEach(() => {
  vi.useFakeTimers();
  client = new QueryClient();
  client.setQueryData(COUNTS, COUNTED);
  cache = new LiveCache(client, me);
  asked = 0;
  vi.spyOn(client, "invalidateQueries").mockImplementation(async () => {
    asked += 1;
  });
});
afterEach(() => {
  cache.close();
  vi.useRealTimers();
});

const counts = () => client.getQueryData<Counts>(COUNTS) as Counts;
const waiting = (team = "t1") => counts().queues.find((q) => q.team_id === team)?.waiting;
const list = (...items: Conversation[]) =>
  client.setQueryData(keys.list({ view: "mine", teamId: null }), {
    pages: [{ items, next_cursor: null }],
    pageParams: [null],
  });
const shared = (c: Conversation) => {
  const { unread: _, mentioned: __, scheduled: ___, ...rest } = c;
  return rest;
};
const updated = (c: Conversation): LiveEvent => ({ kind: "conversation.updated", data: { conversation: shared(c) } });
const taken = (c: Conversation, name: string | null, team = "t1"): LiveEvent => ({
  kind: "conversation.taken",
  data: {
    id: c.id,
    number: c.number,
    assignee: name ? { id: name, name } : null,
    team_id: team,
    state: name ? "assigned" : "queued",
  },
});

describe("the numbers", () => {
  const mine = conversation({ id: "c1", state: "assigned", unread: 0, inbound_count: 1, last_activity_at: at(1) });
  const queued = conversation({ id: "c2", state: "queued", assignee: null, inbound_count: 1, waiting_since: at(0) });

  it("follow one's own conversations: put aside, back, closed", () => {
    list(mine);
    cache.apply(updated({ ...mine, state: "snoozed", last_activity_at: at(2) }));
    expect(counts()).toMatchObject({ mine_open: 4, snoozed: 2 });
    cache.apply(updated({ ...mine, last_activity_at: at(3) }));
    expect(counts()).toMatchObject({ mine_open: 5, snoozed: 1 });
    cache.apply(updated({ ...mine, state: "closed", last_activity_at: at(4) }));
    cache.apply(updated({ ...mine, state: "closed", last_activity_at: at(4) }));
    expect(counts()).toMatchObject({ mine_open: 4, snoozed: 1 });
  });

  it("follow what is unread, here and on another screen", () => {
    list(mine);
    const m = message({ seq: 2 });
    cache.apply({
      kind: "message.created",
      data: { message: m, conversation: { ...shared(mine), inbound_count: 2, last_activity_at: at(2) } },
    });
    expect(counts().mine_unread).toBe(3);
    cache.apply({ kind: "conversation.read", data: { conversation_id: "c1", inbound_count: 2, seq: 2 } });
    expect(counts().mine_unread).toBe(2);
  });

  it("follow a queue whose conversations are not loaded: somebody takes one", () => {
    cache.apply(taken(queued, "devon"));
    expect(waiting()).toBe(6);
    // What follows about the same conversation counts it no second time, and asks nothing.
    cache.apply(updated({ ...queued, state: "assigned", assignee: { id: "devon", name: "Devon" } }));
    expect(waiting()).toBe(6);
    vi.advanceTimersByTime(60_000);
    expect(asked).toBe(0);
  });

  it("count a conversation that begins, once", () => {
    vi.setSystemTime(Date.now() + 1000);
    const fresh = { ...queued, id: "c9", created_at: new Date().toISOString() };
    const event: LiveEvent = {
      kind: "message.created",
      data: { message: { ...message({ seq: 1 }), conversation_id: "c9" }, conversation: shared(fresh) },
    };
    cache.apply(event);
    cache.apply(event);
    expect(waiting()).toBe(8);
  });

  it("move from one team's queue to another's", () => {
    client.setQueryData(keys.list({ view: "queue", teamId: null }), {
      pages: [{ items: [queued], next_cursor: null }],
      pageParams: [null],
    });
    cache.apply(taken(queued, null));
    expect(waiting()).toBe(6);
    cache.apply(updated({ ...queued, team: { id: "t2", name: "Sales", color: "amber" } }));
    expect(waiting()).toBe(6);
    expect(waiting("t2")).toBe(1);
  });

  it("follow saved views", () => {
    client.setQueryData(VIEWS, { items: [view] });
    list(mine);
    cache.apply(updated({ ...mine, priority: "urgent", last_activity_at: at(2) }));
    expect(counts().saved).toEqual([{ id: "v1", count: 4, more: false }]);
    cache.apply(updated({ ...mine, priority: "urgent", state: "closed", last_activity_at: at(3) }));
    expect(counts().saved).toEqual([{ id: "v1", count: 3, more: false }]);
  });

  it("are asked for again, once for a burst, where an event does not tell what was before", () => {
    cache.apply(updated(queued));
    cache.apply(updated({ ...queued, id: "c3" }));
    expect(waiting()).toBe(7);
    vi.advanceTimersByTime(60_000);
    expect(asked).toBe(1);
  });

  it("show a step of one's own before the server has confirmed it, and take it back", () => {
    list(mine);
    const back = cache.guess("c1", { state: "closed" });
    expect(counts().mine_open).toBe(4);
    back();
    expect(counts().mine_open).toBe(5);
  });
});

describe("lists", () => {
  it("keep what was unread in its place when it is read, and take what no longer matches away", () => {
    const scope = { view: "all", teamId: null, filter: { unread: true, priority: "high" } } as const;
    const c = conversation({ priority: "high", unread: 2, inbound_count: 2 });
    client.setQueryData(keys.list(scope), { pages: [{ items: [c], next_cursor: null }], pageParams: [null] });
    const rows = () =>
      client.getQueryData<{ pages: { items: Conversation[] }[] }>(keys.list(scope))?.pages[0]?.items ?? [];
    cache.putConversation({ ...c, unread: 0 });
    expect(rows()).toMatchObject([{ unread: 0 }]);
    cache.apply(updated({ ...c, priority: "low", last_activity_at: at(50) }));
    expect(rows()).toEqual([]);
  });

  it("put a new mention first and leave the others where they are", () => {
    const scope = { view: "mentions", teamId: null } as const;
    const [a, b] = [conversation({ id: "a", mentioned: true }), conversation({ id: "b", mentioned: true })];
    client.setQueryData(keys.list(scope), { pages: [{ items: [a, b], next_cursor: null }], pageParams: [null] });
    const ids = () =>
      client.getQueryData<{ pages: { items: Conversation[] }[] }>(keys.list(scope))?.pages[0]?.items.map((c) => c.id);
    cache.apply(updated({ ...b, last_activity_at: at(90) }));
    cache.apply(updated(conversation({ id: "x" })));
    expect(ids()).toEqual(["a", "b"]);
    cache.putConversation(conversation({ id: "c", mentioned: true }));
    expect(ids()).toEqual(["c", "a", "b"]);
  });

  it("count a mention until it is read, here or on another screen, though no count of messages moves", () => {
    const c = conversation({ mentioned: true, unread: 0, inbound_count: 3 });
    client.setQueryData(COUNTS, { ...COUNTED, mentions: 1 });
    list(c);
    cache.putConversation(c);
    cache.apply({ kind: "conversation.read", data: { conversation_id: "c1", inbound_count: 3, seq: 9 } });
    expect(counts().mentions).toBe(0);
    expect(cache.conversation("c1")?.mentioned).toBe(false);
  });

  it("mark a conversation unread again", () => {
    const c = conversation({ unread: 0, inbound_count: 3 });
    list(c);
    cache.putConversation(c);
    cache.putConversation({ ...c, unread: 1 }, true);
    expect(cache.conversation("c1")?.unread).toBe(1);
  });
});
