import type { ListFilter, Sort, View } from "@max/api";

/** What of a list is shown and in which order, by the names of the list's query. A state of `any` asks for none. */
export type Filter = Pick<
  { [K in keyof ListFilter]: NonNullable<ListFilter[K]> },
  "state" | "team_id" | "channel_id" | "assignee_id" | "tag" | "priority" | "q"
> & { unread?: true; waiting?: true; sort?: Sort };

/** Which list: a view, of one team where it says so, narrowed by a filter. */
export interface Scope {
  view: View;
  teamId: string | null;
  filter?: Filter;
}

const TEXTS = ["state", "team_id", "channel_id", "assignee_id", "tag", "priority", "q"] as const;
const SORTS: readonly unknown[] = ["newest", "oldest", "waiting", "priority"] satisfies Sort[];

/** Reads a filter from an address, leaving out what makes no sense. */
export function readFilter(search: Record<string, unknown>): Filter {
  const filter: Filter = {};
  for (const name of TEXTS) {
    const value = search[name];
    if ((typeof value === "string" && value.trim()) || typeof value === "number") filter[name] = String(value).trim();
  }
  if (isTrue(search.unread)) filter.unread = true;
  if (isTrue(search.waiting)) filter.waiting = true;
  if (SORTS.includes(search.sort)) filter.sort = search.sort as Sort;
  return filter;
}

const isTrue = (value: unknown) => value === true || value === "true";

/** The states a list shows unless its filter says otherwise: one's own without those put aside, of others what is open. */
const STATE: Partial<Record<View, string>> = { mine: "assigned", team: "open", all: "open" };

/** The states a list shows, as its query says them. */
export const stateOf = ({ view, filter }: Scope): string => filter?.state ?? STATE[view] ?? "any";

/** A list as the server's filters say it, with all that the list says by itself. */
export function listFilter(scope: Scope): ListFilter {
  const { sort: _, state: __, ...filter } = scope.filter ?? {};
  const state = stateOf(scope);
  return {
    ...filter,
    view: scope.view,
    ...(scope.teamId ? { team_id: scope.teamId } : {}),
    ...(state === "any" ? {} : { state }),
  };
}

/** What to ask the server for. */
export function listQuery(scope: Scope): ListFilter & { sort?: Sort } {
  const sort = scope.filter?.sort;
  return { ...listFilter(scope), ...(sort ? { sort } : {}) };
}

/** The list that a saved view shows. */
export function savedScope({ filter, sort }: { filter: ListFilter; sort: Sort }): Scope {
  const { view = "all", team_id, ...rest } = filter;
  const ofTeam = view === "team" || view === "queue";
  return {
    view,
    teamId: ofTeam ? (team_id ?? null) : null,
    filter: {
      ...readFilter({ ...rest, team_id: ofTeam ? undefined : team_id, sort }),
      state: filter.state ?? "any",
    },
  };
}

/** Lists that show other people's conversations too, and so who has them. */
export function shared(scope: Scope): boolean {
  return scope.view === "all" || scope.view === "team" || scope.view === "mentions";
}
