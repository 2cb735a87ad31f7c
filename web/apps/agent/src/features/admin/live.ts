import type { LiveEvent, Page, Team, TeamFull, TeamView, User } from "@max/api";
import type { QueryClient, QueryKey } from "@tanstack/react-query";
import { shows, type UserFilters } from "./filters";

/** Names of what the admin screens load. The first word makes the live cache repeat events that came during a read. */
export const keys = {
  summary: ["admin", "summary"] as const,
  users: ["admin", "users"] as const,
  usersPage: (filters: UserFilters, cursor: string | null) => ["admin", "users", filters, cursor] as const,
  user: (id: string) => ["admin", "user", id] as const,
  teams: ["admin", "teams"] as const,
  teamsPage: (q: string, cursor: string | null) => ["admin", "teams", q, cursor] as const,
  team: (id: string) => ["admin", "team", id] as const,
  channels: ["admin", "channels"] as const,
  settings: ["admin", "settings"] as const,
  audit: ["admin", "audit"] as const,
};

const byName = (one: { name: string }, two: { name: string }) => one.name.localeCompare(two.name);

/** A page of a list sorted by name after news of one row. Whoever is new comes in only where this page is the right one. */
function putRow<T extends { id: string; name: string }>(page: Page<T>, row: T, fits: boolean, first: boolean): Page<T> {
  const at = page.items.findIndex((item) => item.id === row.id);
  if (at >= 0) return { ...page, items: fits ? page.items.with(at, row) : page.items.toSpliced(at, 1) };
  if (!fits) return page;
  const place = page.items.findIndex((item) => byName(row, item) < 0);
  if ((place === 0 && !first) || (place < 0 && page.next_cursor !== null)) return page;
  return { ...page, items: page.items.toSpliced(place < 0 ? page.items.length : place, 0, row) };
}

/** A page of users after news of one of them. `first`: no page stands before it. */
export function putUserRow(page: Page<User>, user: User, filters: UserFilters, first: boolean): Page<User> {
  const known = page.items.some((u) => u.id === user.id);
  const q = filters.q.toLocaleLowerCase();
  const named = known || q === "" || `${user.name} ${user.email}`.toLocaleLowerCase().includes(q);
  return putRow(page, user, named && shows(filters, user), first);
}

/** A page of teams after news of one of them. */
export function putTeamRow(page: Page<TeamView>, team: TeamView, q: string, first: boolean): Page<TeamView> {
  const known = page.items.some((t) => t.id === team.id);
  return putRow(page, team, known || team.name.toLocaleLowerCase().includes(q.toLocaleLowerCase()), first);
}

/** A team's members after news of a user. */
export function putMember(team: TeamFull, user: User): TeamFull {
  const { id, name, email, role, status, photo_url = null } = user;
  const others = team.members.filter((m) => m.id !== id);
  const members = user.teams.some((t) => t.id === team.id)
    ? [...others, { id, name, email, role, status, photo_url }].sort(byName)
    : others;
  return { ...team, members, member_count: members.length };
}

/** A user's teams after a team changed its looks, or went (`null`). */
export function withTeam(user: User, id: string, team: Team | null): User {
  if (!user.teams.some((t) => t.id === id)) return user;
  const others = user.teams.filter((t) => t.id !== id);
  return { ...user, teams: team ? [...others, { id, name: team.name, color: team.color }].sort(byName) : others };
}

/** Many events make one look at the server. */
const SETTLE = 1_500;

/** Keeps what the admin screens have loaded in step with events, and asks the server anew only for what events do not say. */
export class AdminCache {
  readonly #client: QueryClient;
  readonly #settle: number;
  readonly #due = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(client: QueryClient, settle = SETTLE) {
    this.#client = client;
    this.#settle = settle;
  }

  apply = (event: LiveEvent): void => {
    if (event.kind === "user.changed") this.putUser(event.data.user);
    else if (event.kind === "team.changed") this.putTeam(event.data.team);
    else if (event.kind === "team.deleted") this.dropTeam(event.data.id);
  };

  /** A user as the server last told. */
  putUser(user: User): void {
    const known = this.#client.getQueryData<User>(keys.user(user.id));
    if (known) this.#client.setQueryData(keys.user(user.id), user);
    for (const [key, page] of this.#client.getQueriesData<Page<User>>({ queryKey: keys.users })) {
      if (!page) continue;
      this.#client.setQueryData(key, putUserRow(page, user, key[2] as UserFilters, key[3] === null));
    }
    this.#eachTeam((team) => putMember(team, user));
    this.#later(keys.summary);
    this.#later(keys.teams);
  }

  /** A team as the server last told. */
  putTeam(team: TeamView): void {
    for (const [key, page] of this.#client.getQueriesData<Page<TeamView>>({ queryKey: keys.teams })) {
      if (page) this.#client.setQueryData(key, putTeamRow(page, team, key[2] as string, key[3] === null));
    }
    const full = this.#client.getQueryData<TeamFull>(keys.team(team.id));
    if (full) {
      this.#client.setQueryData<TeamFull>(keys.team(team.id), { ...team, members: full.members });
      if (full.members.length !== team.member_count) this.#later(keys.team(team.id));
    }
    this.#eachUser((user) => withTeam(user, team.id, team));
  }

  dropTeam(id: string): void {
    for (const [key, page] of this.#client.getQueriesData<Page<TeamView>>({ queryKey: keys.teams })) {
      if (page) this.#client.setQueryData(key, { ...page, items: page.items.filter((t) => t.id !== id) });
    }
    this.#client.removeQueries({ queryKey: keys.team(id) });
    this.#eachUser((user) => withTeam(user, id, null));
    this.#later(keys.channels);
  }

  #eachTeam(change: (team: TeamFull) => TeamFull): void {
    for (const [key, team] of this.#client.getQueriesData<TeamFull>({ queryKey: ["admin", "team"] })) {
      if (team) this.#client.setQueryData(key, change(team));
    }
  }

  #eachUser(change: (user: User) => User): void {
    for (const [key, user] of this.#client.getQueriesData<User>({ queryKey: ["admin", "user"] })) {
      if (user) this.#client.setQueryData(key, change(user));
    }
    for (const [key, page] of this.#client.getQueriesData<Page<User>>({ queryKey: keys.users })) {
      if (page) this.#client.setQueryData(key, { ...page, items: page.items.map(change) });
    }
  }

  /** Reads once what is on screen, however many events come meanwhile; what is not on screen is read when it is shown. */
  #later(queryKey: QueryKey): void {
    const name = JSON.stringify(queryKey);
    if (this.#due.has(name)) return;
    const timer = setTimeout(() => {
      this.#due.delete(name);
      void this.#client.invalidateQueries({ queryKey });
    }, this.#settle);
    this.#due.set(name, timer);
  }
}
