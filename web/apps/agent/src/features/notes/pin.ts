import { body, type Conversation, type Message } from "@max/api";
import { toast } from "@max/ui";
import { useQuery } from "@tanstack/react-query";
import { live } from "../../app/live";
import { api, queryClient } from "../../app/services";
import { errorText } from "../../app/words";
import { n } from "../../strings-notes";

export const pinsKey = (conversationId: string) => ["pins", conversationId] as const;

/** The pinned notes of a conversation. Asked anew when their number changes. */
export const usePins = (conversationId: string, count: number) =>
  useQuery({
    queryKey: [...pinsKey(conversationId), count],
    queryFn: async ({ signal }) =>
      body<{ items: Message[] }>(
        await api.GET("/api/v1/conversations/{id}/pins", { params: { path: { id: conversationId } }, signal }),
      ).items,
    enabled: count > 0,
    placeholderData: (before) => before,
  });

/** Pins a note or takes the pin out; shown at once, taken back when the server does not take it. */
export async function togglePin(message: Message): Promise<void> {
  const { cache } = live();
  const params = { path: { id: message.conversation_id, message_id: message.id } };
  cache.putMessage({ ...message, pinned: !message.pinned });
  try {
    const result = message.pinned
      ? await api.POST("/api/v1/conversations/{id}/messages/{message_id}/unpin", { params })
      : await api.POST("/api/v1/conversations/{id}/messages/{message_id}/pin", { params });
    cache.putConversation(body<Conversation>(result));
    void queryClient.invalidateQueries({ queryKey: pinsKey(message.conversation_id) });
  } catch (error) {
    cache.putMessage(message);
    toast(n.pinFailed(errorText(error)), "bad");
  }
}
