import {
  ApiError,
  type AuditCheck,
  type AuditEntry,
  body,
  type Channel,
  type CompanySettings,
  type CreatedUser,
  type ImportResult,
  type NewUser,
  type OneTimeLink,
  type Page,
  type TeamChange,
  type TeamFull,
  type TeamView,
  type User,
  type UserChange,
  type UserSummary,
} from "@max/api";
import { keepPreviousData, type QueryKey, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { live } from "../../app/live";
import { api, begin, queryClient } from "../../app/services";
import { errorText } from "../../app/words";
import { type AuditFilters, auditQuery, type UserFilters, userQuery } from "./filters";
import { AdminCache, keys } from "./live";
import { a } from "./strings";

export const ROWS = 50;
/** Teams and channels are few; choices show them all. */
const MANY = 200;

export const cache = new AdminCache(queryClient);

/** Lets events reach what the admin screens load. */
export function listen(): void {
  live().cache.onOther = cache.apply;
}

/** Why the server refused, in words a person can act on. */
export function problemText(error: unknown): string {
  const field = error instanceof ApiError ? error.fields[0]?.message : undefined;
  return (error instanceof ApiError && a.refused[error.code]) || field || errorText(error);
}

/** The server's words, which follow a field's name, as a sentence of their own. */
export const sentence = (words: string): string => {
  const text = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
};

/** The words for one field of a refused form. */
export function fieldProblem(error: unknown, field: string): string | undefined {
  return error instanceof ApiError ? error.fields.find((f) => f.field === field)?.message : undefined;
}

export interface Paged<T> {
  rows: T[] | undefined;
  error: unknown;
  retry: () => void;
  /** Rows of the page before, while the next one loads. */
  stale: boolean;
  /** How many rows stand on the pages before. */
  before: number;
  previous: (() => void) | null;
  next: (() => void) | null;
}

/** A list page by page. The server knows only what comes next, so the way back is kept here, for as long as the filters stay. */
export function usePaged<T>(
  name: string,
  queryKey: (cursor: string | null) => QueryKey,
  load: (cursor: { cursor?: string }, signal: AbortSignal) => Promise<Page<T>>,
  fresh = false,
): Paged<T> {
  const [trail, setTrail] = useState<{ name: string; steps: { cursor: string; size: number }[] }>({ name, steps: [] });
  const steps = trail.name === name ? trail.steps : [];
  const cursor = steps.at(-1)?.cursor ?? null;
  const query = useQuery({
    queryKey: queryKey(cursor),
    queryFn: ({ signal }) => load(cursor ? { cursor } : {}, signal),
    placeholderData: keepPreviousData,
    ...(fresh ? { staleTime: 0 } : {}),
  });
  const page = query.data;
  const after = page?.next_cursor;
  const stale = query.isPlaceholderData;
  return {
    rows: page?.items,
    error: page ? null : query.error,
    retry: () => void query.refetch(),
    stale,
    before: steps.reduce((sum, step) => sum + step.size, 0),
    previous: steps.length > 0 ? () => setTrail({ name, steps: steps.slice(0, -1) }) : null,
    next:
      after && !stale ? () => setTrail({ name, steps: [...steps, { cursor: after, size: page.items.length }] }) : null,
  };
}

/** What a read answered, with the place in the event log to go on from. */
function read<T>(result: { data?: unknown; response: Response }): T {
  begin(result.response.headers.get("x-event-cursor"));
  return body<T>(result);
}

export function useUsers(filters: UserFilters): Paged<User> {
  return usePaged<User>(
    JSON.stringify(filters),
    (cursor) => keys.usersPage(filters, cursor),
    async (cursor, signal) =>
      read(
        await api.GET("/api/v1/users", {
          params: { query: { ...userQuery(filters), limit: ROWS, ...cursor } },
          signal,
        }),
      ),
  );
}

export const useSummary = (on = true) =>
  useQuery({
    queryKey: keys.summary,
    enabled: on,
    queryFn: async ({ signal }) => body<UserSummary>(await api.GET("/api/v1/users/summary", { signal })),
  });

/** One user; shows the row of a list until it has come. */
export const useUser = (id: string | null) =>
  useQuery<User>({
    queryKey: keys.user(id ?? ""),
    enabled: id !== null,
    queryFn: async ({ signal }) =>
      read(await api.GET("/api/v1/users/{id}", { params: { path: { id: id ?? "" } }, signal })),
    placeholderData: () =>
      queryClient
        .getQueriesData<Page<User>>({ queryKey: keys.users })
        .flatMap(([, page]) => page?.items ?? [])
        .find((user) => user.id === id),
  });

/** Users whose name or address has the words, for choosing one. */
export const useFoundUsers = (q: string, on: boolean, status: "active" | null) =>
  useQuery({
    queryKey: ["found-users", q, status],
    queryFn: async ({ signal }) =>
      body<Page<User>>(
        await api.GET("/api/v1/users", {
          params: { query: { ...(q ? { q } : {}), ...(status ? { status } : {}), limit: 20 } },
          signal,
        }),
      ).items,
    enabled: on,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    gcTime: 30_000,
  });

export function useTeams(q: string): Paged<TeamView> {
  return usePaged<TeamView>(
    q,
    (cursor) => keys.teamsPage(q, cursor),
    async (cursor, signal) =>
      read(
        await api.GET("/api/v1/teams", { params: { query: { ...(q ? { q } : {}), limit: ROWS, ...cursor } }, signal }),
      ),
  );
}

export const useTeamChoices = () =>
  useQuery({
    queryKey: [...keys.teams, "", null, "all"],
    queryFn: async ({ signal }) =>
      read<Page<TeamView>>(await api.GET("/api/v1/teams", { params: { query: { limit: MANY } }, signal })),
    select: (page) => page.items,
  });

/** All teams, for choosing among them. */
export const useAllTeams = () => useTeamChoices().data ?? [];

export const useTeam = (id: string) =>
  useQuery<TeamFull>({
    queryKey: keys.team(id),
    queryFn: async ({ signal }) => read(await api.GET("/api/v1/teams/{id}", { params: { path: { id } }, signal })),
  });

export const useChannels = () =>
  useQuery({
    queryKey: keys.channels,
    queryFn: async ({ signal }) =>
      body<Page<Channel>>(await api.GET("/api/v1/channels", { params: { query: { limit: MANY } }, signal })).items,
    // Events tell of its health only.
    staleTime: 0,
  });

export const useSettings = () =>
  useQuery({
    queryKey: keys.settings,
    queryFn: async ({ signal }) => body<CompanySettings>(await api.GET("/api/v1/settings", { signal })),
    staleTime: 0,
  });

/** The audit log. It is not live: what is shown is as of opening it. */
export function useAudit(filters: AuditFilters): Paged<AuditEntry> {
  return usePaged<AuditEntry>(
    JSON.stringify(filters),
    (cursor) => [...keys.audit, filters, cursor],
    async (cursor, signal) =>
      body(
        await api.GET("/api/v1/audit", {
          params: { query: { ...auditQuery(filters), limit: ROWS, ...cursor } },
          signal,
        }),
      ),
    true,
  );
}

export const checkChain = async () => body<AuditCheck>(await api.GET("/api/v1/audit/verify"));

/** Changes a user; the screens show `guess` until the server has answered, and what was before when it refuses. */
export async function saveUser(user: User, change: UserChange, guess: Partial<User> = {}): Promise<User> {
  cache.putUser({ ...user, ...guess });
  try {
    const next = body<User>(await api.PATCH("/api/v1/users/{id}", { params: { path: { id: user.id } }, body: change }));
    cache.putUser(next);
    return next;
  } catch (error) {
    cache.putUser(user);
    // Events may have told something newer meanwhile.
    void queryClient.invalidateQueries({ queryKey: keys.user(user.id) });
    throw error;
  }
}

export async function createUser(user: NewUser): Promise<CreatedUser> {
  const { link, ...rest } = body<CreatedUser>(await api.POST("/api/v1/users", { body: user }));
  cache.putUser(rest);
  return { ...rest, link: link ?? null };
}

export const makeLink = async (id: string) =>
  body<OneTimeLink>(await api.POST("/api/v1/users/{id}/link", { params: { path: { id } } }));

export const resetTwoFactor = (id: string) =>
  api.POST("/api/v1/users/{id}/two-factor/reset", { params: { path: { id } } });

export const endSessions = (id: string) => api.POST("/api/v1/users/{id}/sessions/end", { params: { path: { id } } });

export const useWorkload = (id: string) =>
  useQuery({
    queryKey: ["workload", id],
    queryFn: async ({ signal }) =>
      body<{ open_conversations: number }>(
        await api.GET("/api/v1/users/{id}/workload", { params: { path: { id } }, signal }),
      ).open_conversations,
    staleTime: 0,
    gcTime: 0,
  });

export const importUsers = async (csv: string, dryRun: boolean) =>
  body<ImportResult>(await api.POST("/api/v1/users/import", { body: { csv, dry_run: dryRun } }));

/** Puts a user into a team or takes them out. */
export async function setMember(
  team: { id: string; name: string; color: string },
  user: User,
  on: boolean,
): Promise<void> {
  const params = { path: { id: team.id, user_id: user.id } };
  const others = user.teams.filter((t) => t.id !== team.id);
  const { id, name, color } = team;
  cache.putUser({ ...user, teams: on ? [...others, { id, name, color }] : others });
  try {
    if (on) await api.PUT("/api/v1/teams/{id}/members/{user_id}", { params });
    else await api.DELETE("/api/v1/teams/{id}/members/{user_id}", { params });
  } catch (error) {
    cache.putUser(user);
    void queryClient.invalidateQueries({ queryKey: keys.team(team.id) });
    throw error;
  }
}

/** Takes a member out of an open team. The user's own event tells the lists of users. */
export async function removeMember(team: TeamFull, id: string): Promise<void> {
  const members = team.members.filter((m) => m.id !== id);
  queryClient.setQueryData<TeamFull>(keys.team(team.id), { ...team, members, member_count: members.length });
  try {
    await api.DELETE("/api/v1/teams/{id}/members/{user_id}", { params: { path: { id: team.id, user_id: id } } });
  } catch (error) {
    void queryClient.invalidateQueries({ queryKey: keys.team(team.id) });
    throw error;
  }
}

const putTeam = (team: TeamFull): TeamFull => {
  const { members: _, ...view } = team;
  cache.putTeam(view);
  queryClient.setQueryData(keys.team(team.id), team);
  return team;
};

export const createTeam = async (team: { name: string; color: string; description: string }) =>
  putTeam(body<TeamFull>(await api.POST("/api/v1/teams", { body: team })));

export const saveTeam = async (id: string, change: TeamChange) =>
  putTeam(body<TeamFull>(await api.PATCH("/api/v1/teams/{id}", { params: { path: { id } }, body: change })));

export async function deleteTeam(id: string): Promise<void> {
  await api.DELETE("/api/v1/teams/{id}", { params: { path: { id } } });
  cache.dropTeam(id);
}

/** Gives a channel's new conversations to a team, or to nobody. */
export async function setChannelTeam(channel: Channel, team: string | null): Promise<void> {
  const put = (next: Channel) =>
    queryClient.setQueryData<Channel[]>(keys.channels, (all) => all?.map((c) => (c.id === next.id ? next : c)));
  put({ ...channel, team_id: team });
  try {
    put(
      body(await api.PATCH("/api/v1/channels/{id}", { params: { path: { id: channel.id } }, body: { team_id: team } })),
    );
  } catch (error) {
    put(channel);
    throw error;
  }
}

export async function saveSettings(change: Partial<CompanySettings>): Promise<CompanySettings> {
  const next = body<CompanySettings>(await api.PATCH("/api/v1/settings", { body: change }));
  queryClient.setQueryData(keys.settings, next);
  return next;
}
