import type { TeamView } from "@max/api";
import { type Column, DataTable, EmptyState, Pager, SearchField, type TableHandle } from "@max/ui";
import { Plus, UsersRound } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { useMe } from "../../app/services";
import { useShortcuts } from "../../app/shortcuts";
import { shortAgo } from "../../lib/time";
import { media, useMedia } from "../../lib/use-media";
import { useNow } from "../../lib/use-now";
import { userFilters } from "./filters";
import { Beside, Failed, HeadAction, NoMatch, PageHead, Toolbar } from "./layout";
import { usePlace } from "./place";
import { type Paged, useTeamChoices, useTeams } from "./queries";
import { a } from "./strings";
import { NewTeamPanel, QueuePanel, TeamPanel } from "./team-panel";
import { GonePanel, NEW, TeamName, useReach } from "./tools";

function Created({ at }: { at: string }) {
  return shortAgo(Date.parse(at), useNow(60_000));
}

const COLUMNS: readonly Column<TeamView>[] = [
  {
    id: "name",
    head: a.teams.columns.name,
    cell: (team) => <TeamName team={team} />,
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

/** The teams, each with a queue of its own: an admin's are all, a lead's their own. */
export function TeamsPage() {
  const { admin } = useReach();
  const { q } = userFilters(usePlace("teams").search);
  return admin ? <AllTeams q={q} /> : <OwnTeams q={q} />;
}

function AllTeams({ q }: { q: string }) {
  return (
    <TeamsList
      teams={useTeams(q)}
      panel={(id, close, open) =>
        id === NEW ? <NewTeamPanel onClose={close} onMade={open} /> : <TeamPanel key={id} id={id} onClose={close} />
      }
    />
  );
}

function OwnTeams({ q }: { q: string }) {
  const me = useMe();
  const all = useTeamChoices();
  const own = all.data?.filter((team) => me.teams.some((mine) => mine.id === team.id));
  const found = own?.filter((team) => team.name.toLocaleLowerCase().includes(q.toLocaleLowerCase()));
  return (
    <TeamsList
      teams={{
        rows: found,
        error: own ? null : all.error,
        retry: () => void all.refetch(),
        stale: false,
        before: 0,
        previous: null,
        next: null,
      }}
      panel={(id, close) => {
        const team = own?.find((one) => one.id === id);
        if (team) return <QueuePanel key={id} team={team} onClose={close} />;
        return own ? <GonePanel title={a.team.title} onClose={close} /> : null;
      }}
    />
  );
}

function TeamsList(props: {
  teams: Paged<TeamView>;
  panel: (id: string, close: () => void, open: (id: string) => void) => ReactNode;
}) {
  const { teams } = props;
  const { admin } = useReach();
  const { id, search, open, close, filter } = usePlace("teams");
  const { q } = userFilters(search);
  const phone = useMedia(media.phone);
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
            {admin && (
              <HeadAction main icon={<Plus />} label={a.teams.add} testId="new-team" onClick={() => open(NEW)} />
            )}
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
                    <TeamName team={team} />
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
      {id && <Beside>{props.panel(id, close, (made) => open(made, true))}</Beside>}
    </>
  );
}
