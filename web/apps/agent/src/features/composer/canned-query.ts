import { body, type Canned, type MediaView } from "@max/api";
import { useQuery } from "@tanstack/react-query";
import { api } from "../../app/services";

export const cannedKey = ["canned"] as const;

/** Everything the reader may insert, whatever the conversation. */
export const useCanned = (teamId: string | null) =>
  useQuery({
    queryKey: [...cannedKey, teamId],
    queryFn: async ({ signal }) =>
      body<{ items: Canned[] }>(
        await api.GET("/api/v1/canned", { params: { query: teamId ? { team_id: teamId } : {} }, signal }),
      ).items,
    // No event tells of them.
    staleTime: 60_000,
  });

interface Filled {
  text: string;
  attachments: MediaView[];
}

/** To be sent in a conversation, with files of the reader's own each time: sent once, they are gone. */
export const takeCanned = async (conversationId: string, id: string) =>
  body<Filled>(
    await api.POST("/api/v1/conversations/{id}/canned/{canned_id}/use", {
      params: { path: { id: conversationId, canned_id: id } },
    }),
  );

/** As it reads in a conversation. */
export const fill = async (conversationId: string, id: string, signal?: AbortSignal) =>
  body<Filled>(
    await api.GET("/api/v1/conversations/{id}/canned/{canned_id}", {
      params: { path: { id: conversationId, canned_id: id } },
      ...(signal ? { signal } : {}),
    }),
  );

export const previewQuery = (conversationId: string, id: string) => ({
  queryKey: ["canned-filled", conversationId, id] as const,
  queryFn: ({ signal }: { signal: AbortSignal }) => fill(conversationId, id, signal),
  staleTime: 30_000,
  gcTime: 60_000,
});

/** Those that fit what was typed after the slash: by shortcut first, then by title, then by their words. */
export function found(all: readonly Canned[], query: string): Canned[] {
  const words = query.toLocaleLowerCase();
  const rank = ({ shortcut, title, text }: Canned) => {
    const key = shortcut.toLocaleLowerCase();
    if (key.startsWith(words)) return key === words ? 0 : 1;
    if (key.includes(words)) return 2;
    if (title.toLocaleLowerCase().includes(words)) return 3;
    return text.toLocaleLowerCase().includes(words) ? 4 : null;
  };
  return all
    .flatMap((canned) => {
      const place = rank(canned);
      return place === null ? [] : [{ canned, place }];
    })
    .sort(
      (a, b) =>
        a.place - b.place || b.canned.uses - a.canned.uses || a.canned.shortcut.localeCompare(b.canned.shortcut),
    )
    .map(({ canned }) => canned);
}
