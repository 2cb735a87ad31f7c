import type { User } from "@max/api";
import {
  BulkBar,
  Button,
  type Column,
  DataTable,
  EmptyState,
  FilterMenu,
  Pager,
  SearchField,
  type TableHandle,
  toast,
} from "@max/ui";
import { Download, FileUp, Plus, UserCog } from "lucide-react";
import { lazy, Suspense, useMemo, useRef, useState } from "react";
import { useShortcuts } from "../../app/shortcuts";
import { media, useMedia } from "../../lib/use-media";
import type { BulkAction } from "./bulk-dialog";
import { dated, download } from "./download";
import { anySet, ROLES, STATUSES, type UserFilters, userFilters, userQuery } from "./filters";
import { Beside, Failed, HeadAction, NoMatch, PageHead, Toolbar } from "./layout";
import { LastSeen, Person, StatusPill, TeamTags, TwoFactorMark } from "./people";
import { teamOption } from "./pickers";
import { usePlace } from "./place";
import { problemText, useAllTeams, useSummary, useUsers } from "./queries";
import { a } from "./strings";
import { UserPanel } from "./user-panel";

const loadInvite = () => import("./invite");
const InviteDialog = lazy(() => loadInvite().then((module) => ({ default: module.InviteDialog })));
const loadImport = () => import("./import-dialog");
const ImportDialog = lazy(() => loadImport().then((module) => ({ default: module.ImportDialog })));
const loadBulk = () => import("./bulk-dialog");
const BulkDialog = lazy(() => loadBulk().then((module) => ({ default: module.BulkDialog })));

const COLUMNS: readonly Column<User>[] = [
  { id: "name", head: a.users.columns.name, cell: (user) => <Person person={user} />, sorted: "ascending" },
  {
    id: "role",
    head: a.users.columns.role,
    cell: (user) => a.role[user.role].label,
    className: "w-[104px] @max-[420px]:hidden",
  },
  {
    id: "teams",
    head: a.users.columns.teams,
    cell: (user) => <TeamTags teams={user.teams} />,
    className: "w-[26%] @max-[600px]:hidden",
  },
  {
    id: "two-factor",
    head: a.users.columns.twoFactor,
    cell: (user) => <TwoFactorMark state={user.two_factor} />,
    className: "w-[96px] @max-[880px]:hidden",
  },
  {
    id: "status",
    head: a.users.columns.status,
    cell: (user) => <StatusPill status={user.status} />,
    className: "w-[112px] @max-[480px]:hidden",
  },
  {
    id: "seen",
    head: a.users.columns.seen,
    cell: (user) => (
      <span className="num text-text-3">
        <LastSeen at={user.last_seen_at} />
      </span>
    ),
    className: "w-[96px] @max-[780px]:hidden",
    end: true,
  },
];

const ROLE_OPTIONS = ROLES.map((role) => ({ value: role, label: a.role[role].label }));
const STATUS_OPTIONS = STATUSES.map((status) => ({ value: status, label: a.status[status] }));
const BULK = Object.keys(a.bulk.actions) as BulkAction[];

/** Everybody who has, had or will have a way in. */
export function UsersPage() {
  const { id, search, open, close, filter } = usePlace("users");
  const filters = useMemo(() => userFilters(search), [search]);
  const users = useUsers(filters);
  const summary = useSummary().data;
  const teams = useAllTeams();
  const phone = useMedia(media.phone);
  const table = useRef<TableHandle>(null);
  const [ticked, setTicked] = useState<ReadonlyMap<string, User>>(new Map());
  const [dialog, setDialog] = useState<"invite" | "import" | BulkAction | null>(null);
  const [exporting, setExporting] = useState(false);

  const change = (part: Partial<UserFilters>) => filter({ ...filters, ...part });
  const clear = () => filter({});
  const filtered = anySet(filters);
  const shut = () => setDialog(null);

  useShortcuts({
    j: () => table.current?.move(1) ?? false,
    k: () => table.current?.move(-1) ?? false,
    x: (event) => table.current?.toggle(event.shiftKey) ?? false,
    "/": () => document.querySelector<HTMLElement>("[data-search]")?.focus(),
    escape: () => {
      if (id) close();
      else if (ticked.size > 0) setTicked(new Map());
      else return false;
      return undefined;
    },
  });

  const exportCsv = async () => {
    setExporting(true);
    try {
      await download("/api/v1/users.csv", userQuery(filters), dated("users"));
    } catch (error) {
      toast(a.exportFailed(problemText(error)), "bad");
    } finally {
      setExporting(false);
    }
  };

  const total = filtered || !summary ? null : summary.active + summary.invited + summary.deactivated;
  const rows = users.rows;
  const instead = users.error ? (
    <Failed what={a.users.what} error={users.error} retry={users.retry} />
  ) : rows?.length === 0 ? (
    filtered ? (
      <NoMatch title={a.users.noMatch} text={a.users.noMatchText} onClear={clear} />
    ) : (
      <EmptyState icon={<UserCog />} title={a.users.empty}>
        {a.users.emptyText}
      </EmptyState>
    )
  ) : null;

  return (
    <>
      {!(phone && id) && (
        <section
          aria-label={a.users.what}
          data-region="list"
          tabIndex={-1}
          className="flex min-h-0 min-w-0 flex-1 flex-col outline-none"
        >
          <PageHead title={a.users.what} facts={summary && a.users.summary(summary.active, summary.invited)}>
            <HeadAction
              icon={<Download />}
              label={exporting ? a.exporting : a.export}
              busy={exporting}
              testId="export-users"
              onClick={() => void exportCsv()}
            />
            <HeadAction
              icon={<FileUp />}
              label={a.users.import}
              testId="import-users"
              onIntent={() => void loadImport()}
              onClick={() => setDialog("import")}
            />
            <HeadAction
              main
              icon={<Plus />}
              label={a.users.invite}
              testId="invite-user"
              onIntent={() => void loadInvite()}
              onClick={() => setDialog("invite")}
            />
          </PageHead>
          <Toolbar>
            <SearchField
              label={a.users.searchLabel}
              placeholder={a.users.searchHint}
              value={filters.q}
              onChange={(q) => change({ q })}
              clear={a.clearSearch}
              className="w-60 flex-none phone:w-44"
            />
            <FilterMenu
              label={a.users.filters.role}
              options={ROLE_OPTIONS}
              value={filters.role}
              onChange={(role) => change({ role: role as UserFilters["role"] })}
              clear={a.clearFilter(a.users.filters.role)}
              search={a.search}
              empty={a.nothingFound}
              testId="filter-role"
            />
            <FilterMenu
              label={a.users.filters.team}
              options={teams.map(teamOption)}
              value={filters.team}
              onChange={(team) => change({ team })}
              clear={a.clearFilter(a.users.filters.team)}
              search={a.user.findTeam}
              empty={a.user.noSuchTeam}
            />
            <FilterMenu
              label={a.users.filters.status}
              options={STATUS_OPTIONS}
              value={filters.status}
              onChange={(status) => change({ status: status as UserFilters["status"] })}
              clear={a.clearFilter(a.users.filters.status)}
              search={a.search}
              empty={a.nothingFound}
            />
            {summary && (
              <span className="num ms-auto truncate text-xs text-text-3 phone:hidden">
                {a.users.twoFactor(summary.two_factor_on, summary.active)}
              </span>
            )}
          </Toolbar>
          <DataTable
            ref={table}
            label={a.users.table}
            columns={COLUMNS}
            rows={rows}
            rowId={(user) => user.id}
            instead={instead}
            current={id}
            onOpen={(user) => open(user.id, id !== null)}
            phone={phone}
            stale={users.stale}
            card={(user) => <Card user={user} />}
            selection={{
              has: (userId) => ticked.has(userId),
              set: (some, on) => {
                const next = new Map(ticked);
                for (const user of some) on ? next.set(user.id, user) : next.delete(user.id);
                setTicked(next);
              },
              label: (user) => a.users.select(user.name),
              all: a.users.selectAll,
            }}
          />
          {ticked.size > 0 && (
            <BulkBar
              label={a.bulk.label}
              text={a.bulk.selected(ticked.size)}
              clear={a.bulk.clear}
              onClear={() => setTicked(new Map())}
            >
              {BULK.map((action) => (
                <Button
                  key={action}
                  size="sm"
                  look={action === "deactivate" ? "danger" : "default"}
                  onPointerEnter={() => void loadBulk()}
                  onFocus={() => void loadBulk()}
                  onClick={() => setDialog(action)}
                >
                  {a.bulk.actions[action]}
                </Button>
              ))}
            </BulkBar>
          )}
          {rows && rows.length > 0 && (
            <Pager
              text={a.range(users.before + 1, users.before + rows.length, total)}
              previous={a.previous}
              next={a.next}
              onPrevious={users.previous}
              onNext={users.next}
              busy={users.stale}
            />
          )}
        </section>
      )}
      {id && (
        <Beside>
          <UserPanel key={id} id={id} onClose={close} />
        </Beside>
      )}
      <Suspense>
        {dialog === "invite" && <InviteDialog onClose={shut} onOpen={(userId) => open(userId)} />}
        {dialog === "import" && <ImportDialog onClose={shut} />}
        {dialog && dialog !== "invite" && dialog !== "import" && (
          <BulkDialog
            action={dialog}
            users={[...ticked.values()].map((user) => rows?.find((u) => u.id === user.id) ?? user)}
            onClose={shut}
            onDone={(failed) => setTicked(new Map(failed.map((user) => [user.id, user])))}
          />
        )}
      </Suspense>
    </>
  );
}

function Card({ user }: { user: User }) {
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex items-center gap-2">
        <span className="min-w-0 flex-1">
          <Person person={user} />
        </span>
        {user.status === "active" ? (
          <span className="num flex-none text-xs text-text-3">
            <LastSeen at={user.last_seen_at} />
          </span>
        ) : (
          <StatusPill status={user.status} />
        )}
      </div>
      <div className="flex min-w-0 items-center gap-2 ps-10 text-xs text-text-2">
        <span className="flex-none">{a.role[user.role].label}</span>
        {user.two_factor === "required" && <TwoFactorMark state="required" />}
        <TeamTags teams={user.teams} shown={1} />
      </div>
    </div>
  );
}
