import type { Team, User } from "@max/api";
import { Avatar, cx, namedColor, Pill, Tag } from "@max/ui";
import { ShieldCheck, TriangleAlert } from "lucide-react";
import { shortAgo } from "../../lib/time";
import { useNow } from "../../lib/use-now";
import { a } from "./strings";

/** Who, and under which address. */
export function Person({
  person,
  size,
}: {
  person: Pick<User, "id" | "name" | "email"> & { photo_url?: string | null };
  size?: 24 | 28 | 44;
}) {
  return (
    <span className="flex min-w-0 items-center gap-3">
      <Avatar id={person.id} name={person.name} photo={person.photo_url} size={size ?? 28} />
      <span className="min-w-0 leading-[1.35]">
        <span className="block truncate font-medium">
          <bdi>{person.name}</bdi>
        </span>
        <span className="block truncate text-xs text-text-3">{person.email}</span>
      </span>
    </span>
  );
}

export function TeamTag({ team, className }: { team: Team; className?: string }) {
  return (
    <Tag
      color={namedColor(team.color)}
      className={cx("h-5 max-w-full rounded-xs bg-sunken px-1.5 text-text-2!", className)}
    >
      <bdi>{team.name}</bdi>
    </Tag>
  );
}

/** The first teams by name, and how many more there are. */
export function TeamTags({ teams, shown = 2 }: { teams: readonly Team[]; shown?: number }) {
  const more = teams.length - shown;
  return (
    <span className="flex min-w-0 items-center gap-1">
      {teams.slice(0, shown).map((team) => (
        <TeamTag key={team.id} team={team} className="max-w-36!" />
      ))}
      {more > 0 && (
        <span
          data-tip={teams
            .slice(shown)
            .map((t) => t.name)
            .join(", ")}
          className="num flex-none text-2xs font-medium text-text-3"
        >
          <span aria-hidden="true">{a.users.moreTeams(more)}</span>
          <span className="sr-only">
            {teams
              .slice(shown)
              .map((t) => t.name)
              .join(", ")}
          </span>
        </span>
      )}
    </span>
  );
}

const TONE = { active: "ok", invited: "accent", deactivated: "neutral" } as const;

export function StatusPill({ status }: { status: User["status"] }) {
  return (
    <Pill tone={TONE[status]} className="h-5! px-2! text-xs!">
      {a.status[status]}
    </Pill>
  );
}

/** Where somebody stands with two-factor; `long`: as a sentence. */
export function TwoFactorMark({ state, long }: { state: User["two_factor"]; long?: boolean }) {
  const words = long ? a.twoFactorLong[state] : a.twoFactor[state];
  if (state === "off") return <span className={long ? "" : "text-xs text-text-3"}>{words}</span>;
  return (
    <span
      className={cx(
        "inline-flex items-center gap-1 align-middle [&_.lucide]:size-3.5",
        !long && "text-xs font-medium",
        state === "on" ? "text-ok-text" : "text-warn-text",
      )}
    >
      {state === "on" ? <ShieldCheck /> : <TriangleAlert />}
      {words}
    </span>
  );
}

const MINUTE = 60_000;

/** How long ago somebody was here. The server tells it to the minute, so within two of them counts as now. */
export function LastSeen({ at }: { at: string | null | undefined }) {
  const now = useNow(MINUTE);
  if (!at) return a.never;
  return shortAgo(Math.min(now, Date.parse(at) + MINUTE), now);
}
