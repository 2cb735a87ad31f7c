import { body, type Feedback, type Message } from "@max/api";
import { toast } from "@max/ui";
import { live } from "../../app/live";
import { router } from "../../app/router";
import { api, queryClient } from "../../app/services";
import { keys } from "../../live/keys";
import { mapRows } from "../../live/merge";
import type { Pages } from "../../live/pages";
import { n } from "../../strings-notes";

/** Names of what the query cache holds of feedback. */
export const feedbackKey = (messageId: string) => ["feedback", messageId] as const;
export const OWN_FEEDBACK = ["my-feedback"] as const;

type Of = Feedback["message"];

/** Reads the feedback on a message, oldest first. */
export async function loadFeedback(message: Pick<Of, "id" | "conversation_id">, signal?: AbortSignal) {
  const params = { path: { id: message.conversation_id, message_id: message.id } };
  return body<{ items: Feedback[] }>(
    await api.GET("/api/v1/conversations/{id}/messages/{message_id}/feedback", {
      params,
      ...(signal ? { signal } : {}),
    }),
  ).items;
}

/** Puts one among what is known, unless it is there. */
export const withFeedback = (all: readonly Feedback[] | undefined, one: Feedback): Feedback[] =>
  all?.some((known) => known.id === one.id) ? [...all] : [...(all ?? []), one];

/** Shows how much feedback there is on a message, where its thread is loaded. It never gets less. */
export function showCount(message: Pick<Of, "id" | "conversation_id">, count: number): void {
  queryClient.setQueryData<Pages<Message>>(keys.messages(message.conversation_id), (data) =>
    data
      ? mapRows(data, message.id, (m) => ((m.feedback_count ?? 0) < count ? { ...m, feedback_count: count } : m))
      : data,
  );
}

/**
 * Somebody commented on a message: its author is told, and both see it where they look. An event may come twice and a read may
 * know of it already, so the number is asked for and not counted up.
 */
export async function heardFeedback(feedback: Feedback): Promise<void> {
  const { message, by } = feedback;
  const own = queryClient.getQueryData<Pages<Feedback>>(OWN_FEEDBACK);
  const known = own?.pages.some((page) => page.items.some((item) => item.id === feedback.id));
  if (feedback.author_id === live().me.id && !known) {
    queryClient.setQueryData<Pages<Feedback>>(OWN_FEEDBACK, (data) => {
      const [first, ...rest] = data?.pages ?? [];
      return data && first ? { ...data, pages: [{ ...first, items: [feedback, ...first.items] }, ...rest] } : data;
    });
    toast(n.told(by.name), "ok", {
      label: n.show,
      run: () =>
        void router.navigate({ to: "/inbox/$view/{-$id}", params: { view: "all", id: message.conversation_id } }),
    });
  }
  try {
    const all = await queryClient.fetchQuery({
      queryKey: feedbackKey(message.id),
      queryFn: ({ signal }) => loadFeedback(message, signal),
      staleTime: 0,
    });
    showCount(message, all.length);
  } catch {
    // Whoever looks reads it then.
  }
}
