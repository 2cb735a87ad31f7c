import { ApiError, body, type Conversation, type Counts, type Message, type Page, type SavedView } from "@max/api";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, begin, queryClient, withLive } from "../../app/services";
import { COUNTS, keys, VIEWS } from "../../live/keys";
import { listQuery, type Scope } from "../../live/views";

const ROWS = 50;
const MESSAGES = 50;

const FIRST: string | null = null;
const after = (page: { next_cursor: string | null }) => page.next_cursor;

queryClient.setQueryDefaults(["conversation"], {
  queryFn: ({ queryKey, signal }) => loadConversation(queryKey[1] as string, signal),
});

async function loadConversation(id: string, signal: AbortSignal): Promise<Conversation> {
  try {
    return body<Conversation>(await api.GET("/api/v1/conversations/{id}", { params: { path: { id } }, signal }));
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 403))
      withLive((live) => live.cache.drop(id));
    throw error;
  }
}

/** One list, page by page. */
export function useList(scope: Scope) {
  return useInfiniteQuery({
    queryKey: keys.list(scope),
    queryFn: async ({ pageParam, signal }) => {
      const query = { ...listQuery(scope), limit: ROWS, ...(pageParam ? { cursor: pageParam } : {}) };
      const result = await api.GET("/api/v1/conversations", { params: { query }, signal });
      begin(result.response.headers.get("x-event-cursor"));
      return body<Page<Conversation>>(result);
    },
    initialPageParam: FIRST,
    getNextPageParam: after,
  });
}

/** Numbers are asked for again this often, in case an event told too little. */
const RECOUNT = 5 * 60_000;

/** The numbers beside the lists; events keep them right. */
export function useCountsQuery() {
  return useQuery({
    queryKey: COUNTS,
    queryFn: async ({ signal }) =>
      body<Counts>(await api.GET("/api/v1/conversations/counts", { params: { query: { views: "true" } }, signal })),
    refetchInterval: RECOUNT,
  });
}

/** Saved views, the reader's own and those shared with them. */
export function useViews(enabled = true) {
  return useQuery({
    queryKey: VIEWS,
    queryFn: async ({ signal }) => body<{ items: SavedView[] }>(await api.GET("/api/v1/views", { signal })),
    enabled,
  });
}

/** One conversation; shows the row of a list until it has come. */
export function useConversation(id: string) {
  return useQuery<Conversation>({
    queryKey: keys.conversation(id),
    placeholderData: () => {
      for (const [, data] of queryClient.getQueriesData<{
        pages: { items: Conversation[]; next_cursor: string | null }[];
      }>({ queryKey: keys.lists })) {
        const row = data?.pages.flatMap((page) => page.items).find((c) => c.id === id);
        if (row) return row;
      }
      return undefined;
    },
  });
}

/** The messages of a conversation, newest first, older ones page by page. */
export function useMessages(id: string) {
  return useInfiniteQuery({
    queryKey: keys.messages(id),
    queryFn: async ({ pageParam, signal }) => {
      const query = { limit: MESSAGES, ...(pageParam ? { cursor: pageParam } : {}) };
      return body<Page<Message>>(
        await api.GET("/api/v1/conversations/{id}/messages", { params: { path: { id }, query }, signal }),
      );
    },
    initialPageParam: FIRST,
    getNextPageParam: after,
  });
}
