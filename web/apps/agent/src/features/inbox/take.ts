import { ApiError, body, type Conversation, type Message, type Page } from "@max/api";
import { toast } from "@max/ui";
import { useMutation } from "@tanstack/react-query";
import { live } from "../../app/live";
import { api, queryClient } from "../../app/services";
import { errorText } from "../../app/words";
import { keys } from "../../live/keys";
import { type Pages, rows } from "../../live/pages";
import { s } from "../../strings";

async function take(id: string): Promise<Conversation> {
  return body<Conversation>(await api.POST("/api/v1/conversations/{id}/take", { params: { path: { id } } }));
}

/** The name of who was faster, where that is why taking failed. */
export function winnerOf(error: unknown): string | null {
  if (!(error instanceof ApiError) || error.code !== "conversation_taken") return null;
  const winner = error.extra.winner as { name?: unknown } | undefined;
  return typeof winner?.name === "string" ? winner.name : null;
}

/** Takes a conversation for the reader. Says so where somebody was faster; null then. */
export async function takeIt(id: string): Promise<Conversation | null> {
  try {
    const conversation = await take(id);
    live().cache.putConversation(conversation);
    return conversation;
  } catch (error) {
    const winner = winnerOf(error);
    toast(winner ? s.thread.taken(winner) : error instanceof ApiError ? errorText(error) : s.thread.takeFailed, "bad");
    void queryClient.invalidateQueries({ queryKey: keys.conversation(id) });
    return null;
  }
}

/** The same, for a button that shows that it is under way. */
export const useTake = () => useMutation({ mutationFn: takeIt });

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
