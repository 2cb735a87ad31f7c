import type { Conversation, LiveEvent, Message, Page } from "@max/api";
import { type InfiniteData, InfiniteQueryObserver, QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { at, conversation, me, message, reply } from "../../test/factory";
import { LiveCache } from "./cache";
import { keys } from "./keys";
import { rows } from "./pages";

const MINE = { view: "mine", teamId: null } as const;
const QUEUE = { view: "queue", teamId: null } as const;

let client: QueryClient;
let cache: LiveCache;
beforeEach(() => {
  client = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Number.POSITIVE_INFINITY } } });
  cache = new LiveCache(client, me);
});
afterEach(() => cache.close());

/** Loads a list as the screen does, answering when told to. */
function load<T>(queryKey: readonly unknown[]) {
  let answer: (items: T[]) => void = () => {};
  const observer = new InfiniteQueryObserver(client, {
    queryKey,
    queryFn: () =>
      new Promise<Page<T>>((resolve) => {
        answer = (items) => resolve({ items, next_cursor: null });
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page: Page<T>) => page.next_cursor,
  });
  observer.subscribe(() => {});
  return async (items: T[]) => {
    answer(items);
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
}

const list = (scope: typeof MINE | typeof QUEUE = MINE) =>
  rows(client.getQueryData<InfiniteData<Page<Conversation>>>(keys.list(scope)));
const thread = () => rows(client.getQueryData<InfiniteData<Page<Message>>>(keys.messages("c1")));

const created = (seq: number, inbound = seq): LiveEvent => {
  const m = message({ seq });
  const { unread: _, ...shared } = conversation({
    inbound_count: inbound,
    last_activity_at: at(seq),
    last_message: {
      id: m.id,
      seq,
      direction: "in",
      kind: "reply",
      preview: m.preview,
      author_id: null,
      author_name: "A",
      created_at: m.created_at,
    },
  });
  return { kind: "message.created", data: { message: m, conversation: shared } };
};

describe("live cache", () => {
  it("may come after the first read, and while one is under way", async () => {
    cache.close();
    await load<Conversation>(keys.list(MINE))([conversation({ unread: 0, inbound_count: 1 })]);
    const answer = load<Message>(keys.messages("c1"));
    cache = new LiveCache(client, me);
    // What was read is known as read, so the next message is the only unread one.
    cache.apply(created(2));
    expect(list()).toMatchObject([{ unread: 1, inbound_count: 2 }]);
    // The read began before the message came.
    await answer([message({ seq: 1 })]);
    expect(thread().map((m) => m.seq)).toEqual([2, 1]);
  });

  it("adds a message to its thread and its list, and counts it unread", async () => {
    await load<Conversation>(keys.list(MINE))([conversation({ unread: 0, inbound_count: 1 })]);
    await load<Message>(keys.messages("c1"))([message({ seq: 1 })]);
    cache.apply(created(2));
    cache.apply(created(2));
    expect(thread().map((m) => m.seq)).toEqual([2, 1]);
    expect(list()).toMatchObject([{ unread: 1, inbound_count: 2, last_message: { seq: 2 } }]);
  });

  it("does not lose events that come while a list is loading", async () => {
    const answer = load<Message>(keys.messages("c1"));
    cache.apply(created(2));
    await answer([message({ seq: 1 })]);
    expect(thread().map((m) => m.seq)).toEqual([2, 1]);
  });

  it("does not count twice what the load already contained", async () => {
    const answer = load<Conversation>(keys.list(MINE));
    cache.apply(created(2));
    await answer([conversation({ unread: 2, inbound_count: 2, last_activity_at: at(2) })]);
    expect(list()).toMatchObject([{ unread: 2, inbound_count: 2 }]);
  });

  it("shows what is read on another screen, and what is marked unread there", async () => {
    await load<Conversation>(keys.list(MINE))([conversation({ unread: 3, inbound_count: 5 })]);
    cache.apply({ kind: "conversation.read", data: { conversation_id: "c1", inbound_count: 5, seq: 9 } });
    expect(list()[0]?.unread).toBe(0);
    cache.apply({ kind: "conversation.read", data: { conversation_id: "c1", inbound_count: 4, seq: 8 } });
    expect(list()[0]?.unread).toBe(1);
    cache.apply(created(6));
    expect(list()[0]?.unread).toBe(2);
  });

  it("takes a conversation out of the queue when somebody takes it", async () => {
    const waiting = conversation({ state: "queued", assignee: null, waiting_since: at(0) });
    client.setQueryDefaults(["conversation"], { queryFn: () => Promise.reject(new Error("not yours any more")) });
    const told: string[] = [];
    cache.onTaken = (id, name) => told.push(`${id} ${name}`);
    await load<Conversation>(keys.list(QUEUE))([waiting]);
    cache.apply({
      kind: "conversation.taken",
      data: { id: "c1", number: 1, assignee: { id: "devon", name: "Devon Kim" }, team_id: "t1", state: "assigned" },
    });
    expect(list(QUEUE)).toEqual([]);
    expect(told).toEqual(["c1 Devon Kim"]);
  });

  it("takes a conversation out of the lists when it went to somebody of another team", async () => {
    const mine = conversation({ state: "assigned" });
    const told: string[] = [];
    cache.onTaken = (id) => told.push(id);
    await load<Conversation>(keys.list(MINE))([mine]);
    cache.apply({
      kind: "conversation.taken",
      data: { id: "c1", number: 1, assignee: null, team_id: "t1", state: "assigned" },
    });
    expect(list()).toEqual([]);
    expect(told).toEqual([]);
  });

  it("moves ticks only forward", async () => {
    const mine = reply({ seq: 2, status: "queued" });
    await load<Message>(keys.messages("c1"))([mine, message({ seq: 1 })]);
    for (const status of ["sent", "read", "delivered"] as const) {
      cache.apply({ kind: "message.updated", data: { message: { ...mine, status } } });
    }
    expect(thread()[0]?.status).toBe("read");
  });

  it("asks once how much of an unknown conversation is unread", async () => {
    let asked = 0;
    client.setQueryDefaults(["conversation"], {
      queryFn: () => {
        asked += 1;
        return conversation({ unread: 4, inbound_count: 9, last_activity_at: at(9) });
      },
    });
    await load<Conversation>(keys.list(MINE))([]);
    cache.apply(created(8));
    cache.apply(created(9));
    expect(list()).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(asked).toBe(1);
    expect(list()[0]?.unread).toBe(4);
  });

  it("keeps one bubble for a message that came by answer and by event", async () => {
    await load<Message>(keys.messages("c1"))([message({ seq: 1 })]);
    const mine = reply({ seq: 2, client_id: "x", status: "queued" });
    cache.putMessage(mine);
    cache.apply({ kind: "message.updated", data: { message: { ...mine, status: "sent" } } });
    cache.putMessage(mine);
    expect(thread().map((m) => [m.seq, m.status])).toEqual([
      [2, "sent"],
      [1, "received"],
    ]);
  });

  it("knows whose a conversation was, and that one outside a whole list was not the reader's", async () => {
    expect(cache.assignee("c1")).toBeUndefined();
    await load<Conversation>(keys.list(MINE))([conversation()]);
    expect(cache.assignee("c1")).toBe(me.id);
    expect(cache.assignee("elsewhere")).toBeNull();
  });
});
