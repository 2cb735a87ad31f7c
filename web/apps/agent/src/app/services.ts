import { type Api, ApiError, createApi, createPublicApi, type Events, type Me, Session } from "@max/api";
import { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { create } from "zustand";
import { openDrafts } from "../features/composer/drafts";
import { syncClock } from "../lib/clock";
import type { LinkState } from "../live/socket";
import type { Live } from "./live";

export const session = new Session();
export const api: Api = createApi(session, { onServerTime: syncClock });
/** For the calls around signing in, which need no token. */
export const publicApi: Api = createPublicApi({ onServerTime: syncClock });

/** Events keep loaded data exact, so it never goes stale by itself; a resync or an error loads it anew. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 10 * 60_000,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      networkMode: "always",
      retry: (failures, error) => failures < 2 && !(error instanceof ApiError && !error.transient),
      retryDelay: (attempt) => 500 * 2 ** attempt,
    },
    mutations: { networkMode: "always", retry: false },
  },
});

/** The state of the line, for banners. */
export const useLink = create<{ link: LinkState; online: boolean }>(() => ({ link: "idle", online: navigator.onLine }));

export type SignIn = Events["session.started"];

/** Sign-ins elsewhere that the reader has not looked at yet, newest last. */
export const useSignIns = create<{ seen: readonly SignIn[] }>(() => ({ seen: [] }));

let who: Me | null = null;
/** Where the first read stood in the event log; undefined as long as there was none. */
let cursor: string | null | undefined;
let late: ReturnType<typeof setTimeout> | undefined;
const ends = new Set<() => void>();

/** The first list brings the cursor to start from; if none comes for so long, the app listens anyway. */
const LATE = 3_000;

/** Somebody is signed in; the same again for the same person. What runs meanwhile (live.ts) loads with the first list. */
export function openLive(me: Me): void {
  if (who?.id === me.id) return;
  closeLive();
  who = me;
  openDrafts(me.id);
  late = setTimeout(() => begin(null), LATE);
}

/** A read brought the place in the event log to go on from. The first counts: later reads are newer than what is heard. */
export function begin(after: string | null): void {
  if (cursor !== undefined || !who) return;
  cursor = after;
  clearTimeout(late);
  withLive(() => {});
}

/** Does something with what runs, once it is there: for what the first screen is made of, which does not wait for it. */
export function withLive(use: (live: Live) => void): void {
  const asked = who;
  if (!asked) return;
  const load = (): Promise<unknown> =>
    import("./live")
      .then(({ live }) => who?.id === asked.id && use(live()))
      // Without a line: once there is one.
      .catch(() => who?.id === asked.id && setTimeout(() => void load(), LATE));
  void load();
}

/** Who is signed in, and where to go on from. Throws where nobody is. */
export function beginning(): { me: Me; cursor: string | null } {
  if (!who) throw new Error("nobody is signed in");
  cursor ??= null;
  return { me: who, cursor };
}

/** Has something end when they sign out. */
export function untilSignedOut(end: () => void): void {
  ends.add(end);
}

/** Stops it all and forgets what was loaded. */
export function closeLive(): void {
  for (const end of ends) end();
  ends.clear();
  clearTimeout(late);
  who = null;
  cursor = undefined;
  useSignIns.setState({ seen: [] });
  queryClient.clear();
}

/** Who is signed in, as the server last said. */
export function useMe(): Me {
  const state = useSyncExternalStore(session.subscribe, () => session.state);
  return state.status === "in" ? state.user : beginning().me;
}
