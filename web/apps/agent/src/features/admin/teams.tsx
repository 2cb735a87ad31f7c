import type { TeamView } from "@max/api";
import { type Column, DataTable, EmptyState, namedColor, Pager, SearchField, type TableHandle } from "@max/ui";
import { Plus, UsersRound } from "lucide-react";
import { useRef } from "react";
import { useShortcuts } from "../../app/shortcuts";
import { shortAgo } from "../../lib/time";
import { media, useMedia } from "../../lib/use-media";
import { useNow } from "../../lib/use-now";
import { userFilters } from "./filters";
import { Failed, HeadAction, NoMatch, PageHead, Toolbar } from "./layout";
import { usePlace } from "./place";
import { useTeams } from "./queries";
import { a } from "./strings";
import { NewTeamPanel, TeamPanel } from "./team-panel";

/** The address of a team that is not there yet. */
const NEW = "new";

function Name({ team }: { team: TeamView }) {
  return (
    <span className="flex min-w-0 items-center gap-2.5 font-medium">
      <span
        aria-hidden="true"
        style={{ background: namedColor(team.color) }}
        className="size-2.5 flex-none rounded-[3px]"
      />
      <bdi className="truncate">{team.name}</bdi>
    </span>
  );
}

function Created({ at }: { at: string }) {
  return shortAgo(Date.parse(at), useNow(60_000));
}

const COLUMNS: readonly Column<TeamView>[] = [
  {
    id: "name",
    head: a.teams.columns.name,
    cell: (team) => <Name team={team} />,
    className: "w-[32%] @max-[560px]:w-auto",
    sorted: "ascending",
  },
  {
    id: "description",
    head: a.teams.columns.description,
    cell: (team) => (
      <span className="block truncate text-text-2" dir="auto">
        {team.description}
      </span>
    ),
    className: "@max-[560px]:hidden",
  },
  {
    id: "members",
    head: a.teams.columns.members,
    cell: (team) => <span className="num">{team.member_count}</span>,
    className: "w-[96px]",
    end: true,
  },
  {
    id: "created",
    head: a.teams.columns.created,
    cell: (team) => (
      <span className="num text-text-3">
        <Created at={team.created_at} />
      </span>
    ),
    className: "w-[104px] @max-[640px]:hidden",
    end: true,
  },
];

/** The teams, each with a queue of its own. */
export function TeamsPage() {
  const { id, search, open, close, filter } = usePlace("teams");
  const { q } = userFilters(search);
  const teams = useTeams(q);
  const phone = useMedia(media.phone);
  const wide = useMedia(media.wide);
  const table = useRef<TableHandle>(null);
  const rows = teams.rows;

  useShortcuts({
    j: () => table.current?.move(1) ?? false,
    k: () => table.current?.move(-1) ?? false,
    "/": () => document.querySelector<HTMLElement>("[data-search]")?.focus(),
    escape: () => (id ? close() : false),
  });

  const instead = teams.error ? (
    <Failed what={a.teams.what} error={teams.error} retry={teams.retry} />
  ) : rows?.length === 0 ? (
    q ? (
      <NoMatch title={a.teams.noMatch} text={a.teams.noMatchText} onClear={() => filter({})} />
    ) : (
      <EmptyState icon={<UsersRound />} title={a.teams.empty}>
        {a.teams.emptyText}
      </EmptyState>
    )
  ) : null;

  return (
    <>
      {!(phone && id) && (
        <section
          aria-label={a.teams.what}
          data-region="list"
          tabIndex={-1}
          className="flex min-h-0 min-w-0 flex-1 flex-col outline-none"
        >
          <PageHead title={a.teams.what} facts={rows && !teams.next && !q && a.teams.count(teams.before + rows.length)}>
            <HeadAction main icon={<Plus />} label={a.teams.add} testId="new-team" onClick={() => open(NEW)} />
          </PageHead>
          <Toolbar>
            <SearchField
              label={a.teams.searchLabel}
              placeholder={a.teams.searchHint}
              value={q}
              onChange={(words) => filter({ q: words })}
              clear={a.clearSearch}
              className="w-60 flex-none phone:w-full"
            />
          </Toolbar>
          <DataTable
            ref={table}
            label={a.teams.table}
            columns={COLUMNS}
            rows={rows}
            rowId={(team) => team.id}
            instead={instead}
            current={id}
            onOpen={(team) => open(team.id, id !== null)}
            phone={phone}
            stale={teams.stale}
            card={(team) => (
              <div className="flex flex-col gap-1">
                <span className="flex items-center gap-2">
                  <span className="min-w-0 flex-1">
                    <Name team={team} />
                  </span>
                  <span className="num text-xs text-text-3">{a.teams.members(team.member_count)}</span>
                </span>
                <span className="truncate ps-5 text-xs text-text-3" dir="auto">
                  {team.description || a.teams.noDescription}
                </span>
              </div>
            )}
          />
          {rows && rows.length > 0 && (
            <Pager
              text={a.range(teams.before + 1, teams.before + rows.length, null)}
              previous={a.previous}
              next={a.next}
              onPrevious={teams.previous}
              onNext={teams.next}
              busy={teams.stale}
            />
          )}
        </section>
      )}
      {id && (
        <div
          className={wide ? "flex w-[348px] flex-none *:flex-1" : phone ? "flex min-w-0 flex-1 *:flex-1" : "contents"}
        >
          {id === NEW ? (
            <NewTeamPanel onClose={close} onMade={(made) => open(made, true)} />
          ) : (
            <TeamPanel key={id} id={id} onClose={close} />
          )}
        </div>
      )}
    </>
  );
}
