import { body, type Conversation, type LiveEvent, type TagRef, type TagView } from "@max/api";
import { toast } from "@max/ui";
import { useQuery } from "@tanstack/react-query";
import { live } from "../../app/live";
import { api, queryClient } from "../../app/services";
import { errorText } from "../../app/words";
import { hearEvents } from "../../live/hear";
import { keys } from "../../live/keys";
import { mapRows } from "../../live/merge";
import { type Pages, rows } from "../../live/pages";
import { c as words } from "../../strings-context";

export const tagsKey = ["tags"] as const;

/** The tags a conversation of this team can have: its own and those for all. */
export const useTags = (teamId: string | null, on = true) =>
  useQuery({
    queryKey: [...tagsKey, teamId],
    queryFn: async ({ signal }) =>
      body<{ items: TagView[] }>(
        await api.GET("/api/v1/tags", { params: { query: teamId ? { team_id: teamId } : {} }, signal }),
      ).items,
    enabled: on,
  });

/** Puts a tag on a conversation or takes it off; shown at once, taken back when the server does not take it. */
export async function setTag(conversation: Conversation, tag: TagRef, on: boolean): Promise<void> {
  const { id, name, color } = tag;
  const others = conversation.tags.filter((one) => one.id !== id);
  const { cache } = live();
  cache.putConversation({ ...conversation, tags: on ? [...others, { id, name, color }] : others });
  const params = { path: { id: conversation.id, tag_id: id } };
  try {
    const path = "/api/v1/conversations/{id}/tags/{tag_id}";
    cache.putConversation(body(on ? await api.PUT(path, { params }) : await api.DELETE(path, { params })));
  } catch (error) {
    cache.putConversation(conversation);
    // Others may have changed it meanwhile.
    void queryClient.invalidateQueries({ queryKey: keys.conversation(conversation.id) });
    toast(words.tags.failed(name, errorText(error)), "bad");
  }
}

export async function createTag(tag: { name: string; color: string; team_id: string | null }): Promise<TagView> {
  const { team_id, ...rest } = tag;
  const made = body<TagView>(await api.POST("/api/v1/tags", { body: { ...rest, ...(team_id ? { team_id } : {}) } }));
  void queryClient.invalidateQueries({ queryKey: tagsKey });
  return made;
}

/** Colours a tag can have, by the names the server knows. */
export const COLORS = ["red", "orange", "amber", "green", "teal", "sky", "blue", "violet", "pink", "gray"] as const;

/** A colour of its own for a new tag, the same for the same words. */
export function colorFor(name: string): string {
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 9_973;
  return COLORS[hash % (COLORS.length - 1)] ?? "blue";
}

/** Rows and lists of tags after a tag changed its looks, or went. */
export function applyTag(event: Extract<LiveEvent, { kind: "tag.changed" | "tag.deleted" }>): void {
  const id = event.kind === "tag.changed" ? event.data.tag.id : event.data.id;
  const next = event.kind === "tag.changed" ? event.data.tag : null;
  void queryClient.invalidateQueries({ queryKey: tagsKey });
  const change = (conversation: Conversation): Conversation =>
    conversation.tags.some((tag) => tag.id === id)
      ? {
          ...conversation,
          tags: conversation.tags.flatMap((tag) =>
            tag.id !== id ? [tag] : next ? [{ id, name: next.name, color: next.color }] : [],
          ),
        }
      : conversation;
  for (const [key, data] of queryClient.getQueriesData<Pages<Conversation>>({ queryKey: keys.lists })) {
    // Other things may be kept below the same name.
    if (!data || !("pages" in data)) continue;
    let pages = data;
    for (const row of rows(data)) pages = mapRows(pages, row.id, change);
    if (pages !== data) queryClient.setQueryData(key, pages);
  }
  queryClient.setQueriesData<Conversation>({ queryKey: ["conversation"] }, (data) => data && change(data));
}

hearEvents((event) => {
  if (event.kind === "tag.changed" || event.kind === "tag.deleted") applyTag(event);
});
