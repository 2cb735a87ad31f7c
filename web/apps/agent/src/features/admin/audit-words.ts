import type { AuditEntry } from "@max/api";
import { dateFormat } from "../../lib/locale";
import { s } from "../../strings";

/** `25 Nov 2026, 04:25:50`: in a log the seconds count. */
const stamp = dateFormat({
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
export const stampOf = (at: string): string => stamp(Date.parse(at));

/** Kinds of entries to filter by: the start of their names, and what they are called. */
export const GROUPS: readonly { value: string; label: string }[] = [
  { value: "sign_in", label: "Sign-ins" },
  { value: "sign_out", label: "Sign-outs" },
  { value: "session", label: "Sessions" },
  { value: "password", label: "Passwords" },
  { value: "two_factor", label: "Two-factor" },
  { value: "recovery_codes", label: "Recovery codes" },
  { value: "user", label: "Users" },
  { value: "users", label: "User imports and exports" },
  { value: "team", label: "Teams" },
  { value: "queue", label: "Queues" },
  { value: "channel", label: "Channels" },
  { value: "tag", label: "Tags" },
  { value: "close_reason", label: "Close reasons" },
  { value: "contact", label: "Customers" },
  { value: "journal", label: "Journal" },
  { value: "settings", label: "Settings" },
  { value: "audit", label: "Audit exports" },
  { value: "access", label: "Refused access" },
];

/** What happened, before the name of whom or what it happened to. */
const KINDS: Record<string, string> = {
  "sign_in.ok": "Signed in",
  "sign_in.refused": "Sign-in refused",
  "sign_in.locked": "Sign-in locked for a while",
  sign_out: "Signed out",
  "session.ended": "Session ended",
  "session.reused": "Old session token used again",
  "password.changed": "Password changed",
  "password.reset_asked": "Password reset asked for",
  "password.reset": "Password reset",
  "two_factor.on": "Two-factor set up",
  "two_factor.off": "Two-factor turned off",
  "two_factor.reset": "Two-factor reset",
  "two_factor.recovery_used": "Recovery code used",
  "recovery_codes.made": "Recovery codes made",
  "user.created": "User added",
  "user.invited": "User invited",
  "user.updated": "User changed",
  "user.role_changed": "Role changed",
  "user.deactivated": "User deactivated",
  "user.reactivated": "User reactivated",
  "user.link_made": "One-time link made",
  "users.imported": "Users imported",
  "users.exported": "Users exported",
  "team.created": "Team created",
  "team.updated": "Team changed",
  "team.deleted": "Team deleted",
  "team.member_added": "Added to a team",
  "team.member_removed": "Removed from a team",
  "queue.target_changed": "Queue target changed",
  "tag.created": "Tag created",
  "tag.changed": "Tag changed",
  "tag.merged": "Tag merged",
  "tag.deleted": "Tag deleted",
  "close_reason.created": "Close reason added",
  "close_reason.updated": "Close reason changed",
  "contact.blocked": "Customer blocked",
  "contact.unblocked": "Customer unblocked",
  "channel.created": "Channel set up",
  "channel.updated": "Channel changed",
  "channel.credentials_changed": "Channel credentials changed",
  "settings.updated": "Settings changed",
  "audit.exported": "Audit log exported",
  "access.denied": "Access refused",
  "journal.read_raw": "Delivery read as it came",
  "journal.replayed": "Deliveries replayed",
};

/** A kind in words; one that is newer than these words, as it is written. */
export const kindText = (kind: string): string => KINDS[kind] ?? kind.replaceAll(/[._]/g, " ");

const LOUD = new Set([
  "sign_in.refused",
  "sign_in.locked",
  "session.reused",
  "access.denied",
  "two_factor.recovery_used",
]);

/** Worth a second look. */
export const isLoud = (kind: string): boolean => LOUD.has(kind);

/** Whom and what it happened to, by name: who joined a team comes before the team. Oneself is not named twice. */
export function aboutText({ actor, subject, data }: Pick<AuditEntry, "actor" | "subject" | "data">): string {
  const user: unknown = data && "user" in data ? data.user : undefined;
  const person = typeof user === "object" && user !== null && "name" in user ? user.name : undefined;
  return [person, subject?.name]
    .filter((name): name is string => typeof name === "string" && name !== "" && name !== actor?.name)
    .join(s.and);
}

export interface Detail {
  name: string;
  value: string;
}

/** Everything an entry carries, flat: `changed.name`, and each value as it reads best. */
export function details(data: unknown, words: { yes: string; no: string; none: string }, path = ""): Detail[] {
  if (Array.isArray(data)) {
    // A short list of plain values reads best in one line.
    if (data.every((item) => typeof item !== "object" || item === null)) {
      return [{ name: path, value: data.map((item) => plain(item, words)).join(", ") || words.none }];
    }
    return data.flatMap((item, index) => details(item, words, `${path}[${index + 1}]`));
  }
  if (typeof data === "object" && data !== null) {
    return Object.entries(data).flatMap(([key, value]) => details(value, words, path ? `${path}.${key}` : key));
  }
  return [{ name: path, value: plain(data, words) }];
}

function plain(value: unknown, words: { yes: string; no: string; none: string }): string {
  if (value === true) return words.yes;
  if (value === false) return words.no;
  if (value === null || value === undefined || value === "") return words.none;
  return String(value);
}
