import { body } from "@max/api";
import { useEffect } from "react";
import { type Live, live } from "../../app/live";
import { api, queryClient, useLink } from "../../app/services";
import { hearEvents } from "../../live/hear";
import { keys } from "../../live/keys";
import { rows } from "../../live/pages";
import { authorName } from "../conversation/bubble";
import { DraftSync } from "./draft-sync";
import type { Kind } from "./drafts";

let current: { of: Live; sync: DraftSync } | null = null;

/** Keeps the drafts of whoever is signed in. */
function draftSync(): DraftSync {
  const me = live();
  if (current?.of === me) return current.sync;
  const sync = new DraftSync({
    origin: crypto.randomUUID(),
    save: (id, draft) =>
      // Also while the page goes away.
      api.PUT("/api/v1/conversations/{id}/draft", { params: { path: { id } }, body: draft, keepalive: true }),
    load: async (id) => body(await api.GET("/api/v1/conversations/{id}/drafts", { params: { path: { id } } })),
    quote: (id, messageId) => {
      const message = rows(queryClient.getQueryData<Parameters<typeof rows>[0]>(keys.messages(id))).find(
        (m) => m.id === messageId,
      ) as (Parameters<typeof authorName>[0] & { preview: string }) | undefined;
      return message ? { id: messageId, name: authorName(message, me.me.id), preview: message.preview } : null;
    },
  });
  current = { of: me, sync };
  const flush = () => sync.flush();
  const hidden = () => document.visibilityState === "hidden" && flush();
  window.addEventListener("pagehide", flush);
  document.addEventListener("visibilitychange", hidden);
  const stops = [
    hearEvents((event) => event.kind === "draft.changed" && sync.hear(event.data)),
    useLink.subscribe((now, before) => now.link === "live" && before.link !== "live" && flush()),
    () => window.removeEventListener("pagehide", flush),
    () => document.removeEventListener("visibilitychange", hidden),
    () => sync.close(),
  ];
  me.until(() => {
    for (const stop of stops) stop();
    current = null;
  });
  return sync;
}

/** Looks what has been begun on other devices. */
export async function lookForDrafts(): Promise<void> {
  try {
    draftSync().begun(
      body<{ items: { conversation_id: string; kind: Kind; preview: string }[] }>(await api.GET("/api/v1/me/drafts"))
        .items,
    );
  } catch {
    // The composer of each conversation asks again for its own.
  }
}

/** Brings the drafts of an open conversation from other screens, and saves what is left here. */
export function useDraftSync(conversationId: string): void {
  const back = useLink((state) => state.link === "live");
  useEffect(() => {
    const sync = draftSync();
    return () => sync.flush(conversationId);
  }, [conversationId]);
  useEffect(() => {
    // Again after a break: what other screens did meanwhile was not heard.
    if (back)
      void draftSync()
        .load(conversationId)
        .catch(() => {});
  }, [conversationId, back]);
}
