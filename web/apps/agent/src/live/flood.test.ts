import type { Conversation, HeldMessage, Page } from "@max/api";
import { type InfiniteData, InfiniteQueryObserver, QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { conversation, me, message, reply } from "../../test/factory";
import { LiveCache } from "./cache";
import { keys } from "./keys";
import { rows } from "./pages";

const MINE = { view: "mine", teamId: null } as const;
let client: QueryClient;
let cache: LiveCache;
beforeEach(() => {
  client = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Number.POSITIVE_INFINITY } } });
  cache = new LiveCache(client, me);
  client.setQueryData<InfiniteData<Page<Conversation>>>(keys.list(MINE), {
    pages: [{ items: [conversation({ folded_count: 0 })], next_cursor: null }],
    pageParams: [null],
  });
  client.setQueryData(keys.conversation("c1"), conversation({ folded_count: 0 }));
});
afterEach(() => cache.close());

const row = () => rows(client.getQueryData<InfiniteData<Page<Conversation>>>(keys.list(MINE)))[0];

it("a flood moves a quiet number, and neither the unread nor the place in the list", () => {
  const before = row();
  cache.apply({ kind: "conversation.flood", data: { conversation_id: "c1", folded_count: 42 } });
  expect(row()).toEqual({ ...before, folded_count: 42 });
  expect(client.getQueryData<Conversation>(keys.conversation("c1"))?.folded_count).toBe(42);
});

it("an open thread reads what a flood brought, one that is not open does not", async () => {
  const queryFn = vi.fn(async () => ({ items: [message({ seq: 1 })], next_cursor: null }));
  const observer = new InfiniteQueryObserver(client, {
    queryKey: keys.messages("c1"),
    queryFn,
    initialPageParam: null as string | null,
    getNextPageParam: () => null,
  });
  const leave = observer.subscribe(() => {});
  await vi.waitFor(() => expect(queryFn).toHaveBeenCalledTimes(1));
  await vi.waitFor(() => expect(observer.getCurrentResult().isFetching).toBe(false));
  cache.apply({ kind: "conversation.flood", data: { conversation_id: "c1", folded_count: 1 } });
  await vi.waitFor(() => expect(queryFn).toHaveBeenCalledTimes(2));
  await vi.waitFor(() => expect(observer.getCurrentResult().isFetching).toBe(false));
  leave();
  cache.apply({ kind: "conversation.flood", data: { conversation_id: "c1", folded_count: 2 } });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(queryFn).toHaveBeenCalledTimes(2);
});

it("what waits for the customer stands after what waits for a time", () => {
  const held = (id: string, part: Partial<HeldMessage>): HeldMessage => ({
    ...reply({ seq: 1, id }),
    seq: null,
    status: "held",
    waits_for: null,
    ...part,
  });
  client.setQueryData<HeldMessage[]>(keys.held("c1"), []);
  cache.putHeld(held("waits", { waits_for: "customer", release_at: null }));
  cache.putHeld(held("later", { release_at: "2099-01-01T00:00:00Z" }));
  cache.putHeld(held("soon", { release_at: "2026-11-25T10:00:00Z" }));
  expect(client.getQueryData<HeldMessage[]>(keys.held("c1"))?.map(({ id }) => id)).toEqual(["soon", "later", "waits"]);
});
