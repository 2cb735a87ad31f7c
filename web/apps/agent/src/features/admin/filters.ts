import type { Role, User, UserStatus } from "@max/api";

/** What stands in the address, whatever somebody typed there. */
export type Search = Readonly<Record<string, unknown>>;

export const ROLES: readonly Role[] = ["agent", "team_lead", "supervisor", "admin"];
export const STATUSES: readonly UserStatus[] = ["active", "invited", "deactivated"];

export interface UserFilters {
  q: string;
  role: Role | null;
  team: string | null;
  status: UserStatus | null;
}

export interface AuditFilters {
  q: string;
  kind: string | null;
  actor: string | null;
  subject: string | null;
  /** Days in the viewer's zone, `2026-11-25`; both count. */
  from: string | null;
  to: string | null;
}

/** Words of the address. The router reads `?q=2026` as a number. */
export function words(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value).trim().slice(0, 200)
    : "";
}
export const word = (value: unknown) => words(value) || null;
export const among = <T extends string>(all: readonly T[], value: unknown): T | null =>
  all.find((one) => one === value) ?? null;

/** A day that exists, else null. */
export function day(value: unknown): string | null {
  const text = words(value);
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text) ? text : null;
}

export const userFilters = (search: Search): UserFilters => ({
  q: words(search.q),
  role: among(ROLES, search.role),
  team: word(search.team),
  status: among(STATUSES, search.status),
});

export const auditFilters = (search: Search): AuditFilters => ({
  q: words(search.q),
  kind: word(search.kind),
  actor: word(search.actor),
  subject: word(search.subject),
  from: day(search.from),
  to: day(search.to),
});

/** Only what is set, for the address. */
export function written(filters: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(filters).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== "",
    ),
  );
}

export const anySet = (filters: object): boolean => Object.keys(written(filters)).length > 0;

/** As the server's list of users asks for it. */
export const userQuery = ({ q, role, team, status }: UserFilters) => ({
  ...(q ? { q } : {}),
  ...(role ? { role } : {}),
  ...(team ? { team_id: team } : {}),
  ...(status ? { status } : {}),
});

/** The first moment of a day in the viewer's zone; `next`: of the day after. */
export function startOf(text: string, next = 0): number {
  const [year = 0, month = 1, date = 1] = text.split("-").map(Number);
  return new Date(year, month - 1, date + next).getTime();
}

/** As the server's audit log asks for it. */
export const auditQuery = ({ q, kind, actor, subject, from, to }: AuditFilters) => ({
  ...(q ? { q } : {}),
  ...(kind ? { kind } : {}),
  ...(actor ? { actor_id: actor } : {}),
  ...(subject ? { subject_id: subject } : {}),
  ...(from ? { from: new Date(startOf(from)).toISOString() } : {}),
  ...(to ? { to: new Date(startOf(to, 1) - 1).toISOString() } : {}),
});

/** Whether a list with these filters shows a user. Words are left to the server, which knows more than the row does. */
export function shows({ role, team, status }: UserFilters, user: User): boolean {
  return (
    (role === null || user.role === role) &&
    (status === null || user.status === status) &&
    (team === null || user.teams.some((t) => t.id === team))
  );
}
