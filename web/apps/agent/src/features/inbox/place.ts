import type { SavedView, View } from "@max/api";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useMe } from "../../app/services";
import { type Filter, readFilter, type Scope, savedScope } from "../../live/views";
import { s } from "../../strings";
import { useViews } from "./queries";

/** Lists with a place of their own; anything else in the address is the id of a saved view. */
export const PLACES = ["mine", "mentions", "snoozed", "queue", "all"] as const satisfies readonly View[];
type Place = (typeof PLACES)[number];

export const isPlace = (view: string | undefined): view is Place => PLACES.includes(view as Place);

/** Where the inbox stands, by the address alone: the same address shows the same list to whoever may see it. */
export interface InboxPlace {
  /** Null while a saved view is not known yet. */
  scope: Scope | null;
  title: string;
  saved: SavedView | null;
  /** The address names a saved view that is not there, or not any more. */
  gone: boolean;
  /** What the address narrows the list by. */
  filter: Filter;
  id: string | null;
  open: (id: string | null, replace?: boolean) => void;
  setFilter: (filter: Filter) => void;
}

export function useInboxPlace(): InboxPlace {
  const { view = "mine", id } = useParams({ strict: false });
  const search = useSearch({ strict: false });
  const navigate = useNavigate();
  const me = useMe();
  const place = isPlace(view);
  const views = useViews(!place);
  const saved = place ? null : (views.data?.items.find((v) => v.id === view) ?? null);
  const words = JSON.stringify(readFilter(search));
  const filter = useMemo(() => JSON.parse(words) as Filter, [words]);

  const scope = useMemo<Scope | null>(() => {
    const narrowed = Object.keys(filter).length > 0;
    if (place) return { view, teamId: null, ...(narrowed ? { filter } : {}) };
    if (!saved) return null;
    const base = savedScope(saved);
    return narrowed ? { ...base, filter } : base;
  }, [place, view, saved, filter]);

  const open = useCallback(
    (next: string | null, replace = false) =>
      void navigate({
        to: "/inbox/$view/{-$id}",
        params: { view, id: next ?? undefined },
        search: filter,
        replace,
      }),
    [navigate, view, filter],
  );
  const setFilter = useCallback(
    (next: Filter) => {
      // Without any filter a saved view would be as it was saved: the plain list is what is meant.
      const bare = Object.keys(next).length === 0 && scope && !place;
      const to = bare ? (isPlace(scope.view) ? scope.view : "all") : view;
      void navigate({ to: "/inbox/$view/{-$id}", params: { view: to, id }, search: next, replace: true });
    },
    [navigate, view, id, place, scope],
  );

  const team = scope?.teamId ? me.teams.find((t) => t.id === scope.teamId) : null;
  return {
    scope,
    title: saved?.name ?? (place ? s.nav[view] : (team?.name ?? s.nav.saved)),
    saved,
    gone: !place && views.isSuccess && !saved,
    filter: saved && Object.keys(filter).length === 0 ? (savedScope(saved).filter ?? {}) : filter,
    id: id ?? null,
    open,
    setFilter,
  };
}

export type Tab = "open" | "waiting" | "closed";

/** Which tab a filter is; null where it is none of them. */
export function tabOf({ state, waiting }: Filter): Tab | null {
  if (state === undefined || state === "open") return waiting ? "waiting" : "open";
  return state === "closed" && !waiting ? "closed" : null;
}

/** The filter with another tab. */
export function withTab(filter: Filter, tab: Tab): Filter {
  const { state: _, waiting: __, sort, ...rest } = filter;
  // What is closed waits for nobody.
  const kept = sort && !(tab === "closed" && (sort === "waiting" || sort === "priority")) ? { sort } : {};
  return {
    ...rest,
    ...kept,
    ...(tab === "closed" ? { state: "closed" } : tab === "waiting" ? { waiting: true } : {}),
  };
}

/** How many filters are on, beside the tab and the order. */
export function filterCount(filter: Filter): number {
  const { sort: _, state, waiting, ...rest } = filter;
  const { length } = Object.keys(rest);
  return length + (tabOf({ ...(state ? { state } : {}), ...(waiting ? { waiting } : {}) }) ? 0 : 1);
}
