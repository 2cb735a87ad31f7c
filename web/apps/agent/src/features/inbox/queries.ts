import { ApiError, body, type Conversation, type Counts, type Message, type Page, type SavedView } from "@max/api";
import { toast } from "@max/ui";
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { api, live, queryClient } from "../../app/services";
import { errorText } from "../../app/words";
import { keys } from "../../live/cache";
import { COUNTS, VIEWS } from "../../live/counts";
import { type Pages, rows } from "../../live/merge";
import { listQuery, type Scope } from "../../live/views";
import { s } from "../../strings";

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
    if (error instanceof ApiError && (error.status === 404 || error.status === 403)) live().cache.drop(id);
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
      live().begin(result.response.headers.get("x-event-cursor"));
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

async function take(id: string): Promise<Conversation> {
  return body<Conversation>(await api.POST("/api/v1/conversations/{id}/take", { params: { path: { id } } }));
}

/** The name of who was faster, where that is why taking failed. */
export function winnerOf(error: unknown): string | null {
  if (!(error instanceof ApiError) || error.code !== "conversation_taken") return null;
  const winner = error.extra.winner as { name?: unknown } | undefined;
  return typeof winner?.name === "string" ? winner.name : null;
}

/** Takes a conversation for the reader. */
export function useTake() {
  return useMutation({
    mutationFn: take,
    onSuccess: (conversation) => live().cache.putConversation(conversation),
    onError: (error, id) => {
      const winner = winnerOf(error);
      toast(
        winner ? s.thread.taken(winner) : error instanceof ApiError ? errorText(error) : s.thread.takeFailed,
        "bad",
      );
      void queryClient.invalidateQueries({ queryKey: keys.conversation(id) });
    },
  });
}

/** Takes the most urgent conversation of a team's queue; null when none waits there. */
export async function takeNextOf(teamId: string): Promise<Conversation | null> {
  try {
    const result = await api.POST("/api/v1/queues/{team_id}/take-next", { params: { path: { team_id: teamId } } });
    const conversation = body<Conversation>(result);
    live().cache.putConversation(conversation);
    return conversation;
  } catch (error) {
    if (error instanceof ApiError && error.code === "queue_empty") return null;
    throw error;
  }
}

/** Takes the longest waiting conversation; when somebody else is faster, the next one. Resolves to null when none waits. */
export async function takeNext(): Promise<Conversation | null> {
  const page = body<Page<Conversation>>(
    await api.GET("/api/v1/conversations", { params: { query: { view: "queue", limit: 5 } } }),
  );
  for (const waiting of page.items) {
    try {
      const conversation = await take(waiting.id);
      live().cache.putConversation(conversation);
      return conversation;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) throw error;
    }
  }
  return null;
}

/** Tells the server that everything up to `seq` has been seen. */
export async function markRead(conversation: Conversation, seq: number): Promise<void> {
  const result = await api.POST("/api/v1/conversations/{id}/read", {
    params: { path: { id: conversation.id } },
    body: { seq },
  });
  live().cache.putConversation(body(result));
}

/** Sends a failed or unconfirmed message again, or notes that it arrived. */
export async function resolveMessage(message: Message, how: "retry" | "confirm"): Promise<void> {
  const params = { path: { id: message.conversation_id, message_id: message.id } };
  const result =
    how === "retry"
      ? await api.POST("/api/v1/conversations/{id}/messages/{message_id}/retry", { params })
      : await api.POST("/api/v1/conversations/{id}/messages/{message_id}/confirm", { params });
  const answer = body<Message>(result);
  // Events may have told more than this answer knows; it counts only while the thread still shows what was pressed on.
  const data = queryClient.getQueryData<Pages<Message>>(keys.messages(message.conversation_id));
  if (rows(data).find((m) => m.id === message.id)?.status === message.status) live().cache.putMessage(answer, true);
}
