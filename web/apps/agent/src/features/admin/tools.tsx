import { ApiError, type Team, type TeamView } from "@max/api";
import { type Column, DataTable, EmptyState, FilterMenu, namedColor, SearchField, type TableHandle } from "@max/ui";
import { Plus, SearchX } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { useMe } from "../../app/services";
import { useShortcuts } from "../../app/shortcuts";
import { media, useMedia } from "../../lib/use-media";
import { userFilters } from "./filters";
import { Beside, Failed, HeadAction, NoMatch, PageHead, Panel, Toolbar } from "./layout";
import { teamOption } from "./pickers";
import { type PageName, usePlace } from "./place";
import { useAllTeams } from "./queries";
import { a } from "./strings";
import { b } from "./strings-tools";

/** The address of what is not there yet. */
export const NEW = "new";

/** Who may change what belongs to a team, or to all. */
export function useReach() {
  const me = useMe();
  const admin = me.role === "admin";
  const all = useAllTeams();
  const own: readonly Pick<Team, "id" | "name" | "color">[] = admin
    ? all
    : all.filter((team) => me.teams.some((mine) => mine.id === team.id));
  return {
    admin,
    teams: own,
    may: (teamId: string | null) => admin || (teamId !== null && me.teams.some((team) => team.id === teamId)),
    name: (teamId: string | null): TeamView | undefined => all.find((team) => team.id === teamId),
  };
}

/** For which team something is. */
export function ForTeam({ team }: { team: Team | undefined | null }) {
  if (!team) return <span className="text-xs text-text-3">{b.everyTeam}</span>;
  return (
    <span className="flex min-w-0 items-center gap-1.5 text-text-2">
      <span
        aria-hidden="true"
        style={{ background: namedColor(team.color) }}
        className="size-2 flex-none rounded-[3px]"
      />
      <bdi className="truncate">{team.name}</bdi>
    </span>
  );
}

/** What a page of a list that is loaded as a whole needs: search and team in the address, the open row beside it. */
export function ListPage<T extends { id: string }>(props: {
  page: PageName;
  words: {
    what: string;
    table: string;
    count: (n: number) => string;
    searchLabel: string;
    searchHint: string;
    add: string;
    empty: string;
    emptyText: string;
    noMatch: string;
    noMatchText: string;
  };
  icon: ReactNode;
  query: { data: T[] | undefined; error: unknown; refetch: () => unknown };
  columns: readonly Column<T>[];
  matches: (row: T, q: string, team: string | null) => boolean;
  /** Rows belong to teams. */
  byTeam?: boolean;
  card: (row: T) => ReactNode;
  panel: (id: string, close: () => void, open: (id: string) => void) => ReactNode;
}) {
  const { page, words, query } = props;
  const { id, search, open, close, filter } = usePlace(page);
  const { q, team } = userFilters(search);
  const phone = useMedia(media.phone);
  const table = useRef<TableHandle>(null);
  const teams = useAllTeams();
  const all = query.data;
  const rows = all?.filter((row) => props.matches(row, q.toLocaleLowerCase(), team));

  useShortcuts({
    j: () => table.current?.move(1) ?? false,
    k: () => table.current?.move(-1) ?? false,
    "/": () => document.querySelector<HTMLElement>("[data-search]")?.focus(),
    escape: () => (id ? close() : false),
  });

  const instead =
    query.error && !all ? (
      <Failed what={words.what} error={query.error} retry={() => void query.refetch()} />
    ) : rows?.length === 0 ? (
      q || team ? (
        <NoMatch title={words.noMatch} text={words.noMatchText} onClear={() => filter({})} />
      ) : (
        <EmptyState icon={props.icon} title={words.empty}>
          {words.emptyText}
        </EmptyState>
      )
    ) : null;

  return (
    <>
      {!(phone && id) && (
        <section
          aria-label={words.what}
          data-region="list"
          tabIndex={-1}
          className="flex min-h-0 min-w-0 flex-1 flex-col outline-none"
        >
          <PageHead title={words.what} facts={rows && words.count(rows.length)}>
            <HeadAction main icon={<Plus />} label={words.add} testId={`new-${page}`} onClick={() => open(NEW)} />
          </PageHead>
          <Toolbar>
            <SearchField
              label={words.searchLabel}
              placeholder={words.searchHint}
              value={q}
              onChange={(next) => filter({ q: next, team })}
              clear={a.clearSearch}
              className="w-60 flex-none phone:w-full"
            />
            {props.byTeam && (
              <FilterMenu
                label={b.filterTeam}
                options={teams.map(teamOption)}
                value={team}
                onChange={(next) => filter({ q, team: next })}
                clear={a.clearFilter(b.filterTeam)}
                search={a.user.findTeam}
                empty={a.user.noSuchTeam}
              />
            )}
          </Toolbar>
          <DataTable
            ref={table}
            label={words.table}
            columns={props.columns}
            rows={rows}
            rowId={(row) => row.id}
            instead={instead}
            current={id}
            onOpen={(row) => open(row.id, id !== null)}
            phone={phone}
            card={props.card}
          />
        </section>
      )}
      {id && <Beside>{props.panel(id, close, (next) => open(next, true))}</Beside>}
    </>
  );
}

/** The row that was open is gone, or never was. */
export function GonePanel({ title, onClose }: { title: string; onClose: () => void }) {
  return (
    <Panel title={title} onClose={onClose}>
      <EmptyState icon={<SearchX />} title={a.gone}>
        {a.goneText}
      </EmptyState>
    </Panel>
  );
}

/** A team with its colour. */
export function TeamName({ team }: { team: Team }) {
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

/** Of which team it is, and how often it was used. */
export function OwnedBy({ team, uses }: { team: Team | undefined | null; uses: string }) {
  return (
    <p className="flex flex-wrap items-center gap-x-2 text-xs text-text-3">
      <ForTeam team={team} />
      <span className="num">{uses}</span>
    </p>
  );
}

/** What is for every team, to somebody who keeps only what is of theirs. */
export function ReadOnlyPanel(props: { title: string; testId: string; onClose: () => void; children: ReactNode }) {
  return (
    <Panel title={props.title} onClose={props.onClose} testId={props.testId}>
      {props.children}
      <p className="text-sm text-text-2">{b.readOnly}</p>
    </Panel>
  );
}

/** What the bar below a form says of the last try: the fields say the rest themselves. */
export const general = (error: unknown, text: string, ...fields: string[]): string | null =>
  !error || (error instanceof ApiError && error.fields.some(({ field }) => fields.includes(field))) ? null : text;
