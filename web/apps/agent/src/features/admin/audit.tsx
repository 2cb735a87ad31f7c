import type { AuditCheck, AuditEntry } from "@max/api";
import {
  Banner,
  type Column,
  cx,
  DataTable,
  EmptyState,
  FilterMenu,
  IconButton,
  Pager,
  SearchField,
  type TableHandle,
  toast,
} from "@max/ui";
import { Download, Link2, RefreshCw, ScrollText, ShieldCheck, TriangleAlert, X } from "lucide-react";
import { useId, useMemo, useRef, useState } from "react";
import { queryClient } from "../../app/services";
import { useShortcuts } from "../../app/shortcuts";
import { media, useMedia } from "../../lib/use-media";
import { AuditPanel } from "./audit-panel";
import { aboutText, GROUPS, isLoud, kindText, stampOf } from "./audit-words";
import { dated, download } from "./download";
import { type AuditFilters, anySet, auditFilters, auditQuery } from "./filters";
import { Beside, Failed, HeadAction, NoMatch, PageHead, Toolbar } from "./layout";
import { keys } from "./live";
import { PersonFilter } from "./pickers";
import { usePlace } from "./place";
import { checkChain, problemText, useAudit, useUser } from "./queries";
import { a } from "./strings";

const who = (entry: AuditEntry) =>
  entry.actor?.name ?? (entry.kind.startsWith("sign_in") ? a.audit.unknown : a.audit.system);

function What({ entry }: { entry: AuditEntry }) {
  const about = aboutText(entry);
  return (
    <span className="flex min-w-0 items-center gap-1.5">
      {isLoud(entry.kind) && <TriangleAlert className="size-3.5! text-warn-text" />}
      <span className="flex-none font-medium">{kindText(entry.kind)}</span>
      {about && <bdi className="min-w-0 truncate text-text-2">{about}</bdi>}
    </span>
  );
}

const COLUMNS: readonly Column<AuditEntry>[] = [
  {
    id: "at",
    head: a.audit.columns.at,
    cell: (entry) => (
      <time dateTime={entry.at} className="num block truncate text-text-2">
        {stampOf(entry.at)}
      </time>
    ),
    className: "w-[176px]",
    sorted: "descending",
  },
  { id: "what", head: a.audit.columns.what, cell: (entry) => <What entry={entry} /> },
  {
    id: "who",
    head: a.audit.columns.who,
    cell: (entry) => <bdi className={cx("block truncate", !entry.actor && "text-text-3")}>{who(entry)}</bdi>,
    className: "w-[22%] @max-[560px]:hidden",
  },
  {
    id: "address",
    head: a.audit.columns.address,
    cell: (entry) => (
      <span className="num block truncate text-text-3" {...(entry.address ? { "data-tip": entry.address } : {})}>
        {entry.address}
      </span>
    ),
    className: "w-[132px] @max-[680px]:hidden",
  },
];

/** What happened that matters for security, and proof that nobody changed it afterwards. */
export function AuditPage() {
  const { id, search, open, close, filter } = usePlace("audit");
  const filters = useMemo(() => auditFilters(search), [search]);
  const audit = useAudit(filters);
  const phone = useMedia(media.phone);
  const table = useRef<TableHandle>(null);
  const [exporting, setExporting] = useState(false);
  const [checking, setChecking] = useState(false);
  const [check, setCheck] = useState<AuditCheck | null>(null);
  const filtered = anySet(filters);
  const change = (part: Partial<AuditFilters>) => filter({ ...filters, ...part });
  const clear = () => filter({});
  const rows = audit.rows;

  useShortcuts({
    j: () => table.current?.move(1) ?? false,
    k: () => table.current?.move(-1) ?? false,
    "/": () => document.querySelector<HTMLElement>("[data-search]")?.focus(),
    escape: () => (id ? close() : false),
  });

  const exportCsv = async () => {
    setExporting(true);
    try {
      await download("/api/v1/audit.csv", auditQuery(filters), dated("audit"));
    } catch (error) {
      toast(a.exportFailed(problemText(error)), "bad");
    } finally {
      setExporting(false);
    }
  };
  const verify = async () => {
    setChecking(true);
    setCheck(null);
    try {
      setCheck(await checkChain());
    } catch (error) {
      toast(a.audit.checkFailed(problemText(error)), "bad");
    } finally {
      setChecking(false);
    }
  };

  const instead = audit.error ? (
    <Failed what={a.audit.what} error={audit.error} retry={audit.retry} />
  ) : rows?.length === 0 ? (
    filtered ? (
      <NoMatch title={a.audit.noMatch} text={a.audit.noMatchText} onClear={clear} />
    ) : (
      <EmptyState icon={<ScrollText />} title={a.audit.empty}>
        {a.audit.emptyText}
      </EmptyState>
    )
  ) : null;

  return (
    <>
      {!(phone && id) && (
        <section
          aria-label={a.audit.what}
          data-region="list"
          tabIndex={-1}
          className="flex min-h-0 min-w-0 flex-1 flex-col outline-none"
        >
          <PageHead title={a.audit.title} facts={a.audit.lead}>
            <IconButton
              label={a.audit.refresh}
              onClick={() => void queryClient.invalidateQueries({ queryKey: keys.audit })}
            >
              <RefreshCw />
            </IconButton>
            <HeadAction
              icon={<Link2 />}
              label={checking ? a.audit.checking : a.audit.check}
              busy={checking}
              testId="check-chain"
              onClick={() => void verify()}
            />
            <HeadAction
              icon={<Download />}
              label={exporting ? a.exporting : a.exportCsv}
              busy={exporting}
              testId="export-audit"
              onClick={() => void exportCsv()}
            />
          </PageHead>
          {check && <Verdict check={check} onClose={() => setCheck(null)} />}
          <Toolbar>
            <SearchField
              label={a.audit.searchLabel}
              placeholder={a.audit.searchHint}
              value={filters.q}
              onChange={(q) => change({ q })}
              clear={a.clearSearch}
              className="w-56 flex-none phone:w-44"
            />
            <FilterMenu
              label={a.audit.filters.kind}
              options={GROUPS}
              value={filters.kind}
              shown={filters.kind?.includes(".") ? kindText(filters.kind) : undefined}
              onChange={(kind) => change({ kind })}
              clear={a.clearFilter(a.audit.filters.kind)}
              search={a.search}
              empty={a.nothingFound}
              testId="filter-kind"
            />
            <PersonFilter label={a.audit.filters.actor} value={filters.actor} onChange={(actor) => change({ actor })} />
            <Day
              label={a.audit.filters.from}
              value={filters.from}
              max={filters.to}
              onChange={(from) => change({ from })}
            />
            <Day label={a.audit.filters.to} value={filters.to} min={filters.from} onChange={(to) => change({ to })} />
            {filters.subject && <About id={filters.subject} onClear={() => change({ subject: null })} />}
          </Toolbar>
          <DataTable
            ref={table}
            label={a.audit.table}
            columns={COLUMNS}
            rows={rows}
            rowId={(entry) => String(entry.seq)}
            instead={instead}
            current={id}
            onOpen={(entry) => open(String(entry.seq), id !== null)}
            phone={phone}
            stale={audit.stale}
            card={(entry) => (
              <div className="flex flex-col gap-1">
                <What entry={entry} />
                <span className="flex min-w-0 gap-1.5 text-xs text-text-3">
                  <bdi className="min-w-0 truncate">{who(entry)}</bdi>
                  <span className="num flex-none">· {stampOf(entry.at)}</span>
                </span>
              </div>
            )}
          />
          {rows && rows.length > 0 && (
            <Pager
              text={a.range(audit.before + 1, audit.before + rows.length, null)}
              previous={a.previous}
              next={a.next}
              onPrevious={audit.previous}
              onNext={audit.next}
              busy={audit.stale}
            />
          )}
        </section>
      )}
      {id && (
        <Beside>
          <AuditPanel
            key={id}
            seq={id}
            entry={rows?.find((entry) => String(entry.seq) === id)}
            pending={rows === undefined && !audit.error}
            onClose={close}
            onFilter={(part) => filter({ ...auditFilters({}), ...part })}
          />
        </Beside>
      )}
    </>
  );
}

function Verdict({ check, onClose }: { check: AuditCheck; onClose: () => void }) {
  return (
    <Banner tone={check.ok ? "ok" : "bad"} icon={check.ok ? <ShieldCheck /> : <TriangleAlert />} testId="chain-verdict">
      <span className="flex items-center gap-2">
        <span className="min-w-0 flex-1">
          {check.ok ? a.audit.intact(check.entries) : a.audit.broken(check.first_broken_seq ?? 1)}
          <span className="block font-normal">
            {a.audit.head}: <code className="font-mono text-2xs break-all">{check.head}</code>
          </span>
        </span>
        <IconButton label={a.close} onClick={onClose} className="text-current!">
          <X />
        </IconButton>
      </span>
    </Banner>
  );
}

function Day(props: {
  label: string;
  value: string | null;
  min?: string | null;
  max?: string | null;
  onChange: (day: string | null) => void;
}) {
  const id = useId();
  return (
    <span
      className={cx(
        "inline-flex h-7 flex-none items-center gap-1.5 rounded-[7px] border ps-2.5 pe-1.5 text-xs font-medium shadow-1 focus-within:border-focus phone:h-9 phone:rounded-full phone:ps-3.5 phone:text-sm phone:shadow-none",
        props.value ? "border-accent-line bg-accent-tint text-accent-text" : "border-line bg-surface",
      )}
    >
      <label htmlFor={id}>{props.label}</label>
      <input
        id={id}
        type="date"
        value={props.value ?? ""}
        min={props.min ?? undefined}
        max={props.max ?? undefined}
        onChange={(event) => props.onChange(event.target.value || null)}
        className="num bg-transparent text-xs outline-none phone:text-sm"
      />
    </span>
  );
}

function About({ id, onClear }: { id: string; onClear: () => void }) {
  const user = useUser(id);
  return (
    <span className="inline-flex h-7 flex-none items-center rounded-[7px] border border-accent-line bg-accent-tint ps-2.5 text-xs font-medium text-accent-text phone:h-9 phone:rounded-full phone:text-sm">
      <bdi className="max-w-48 truncate">{user.data ? a.audit.about(user.data.name) : a.audit.aboutOne}</bdi>
      <button
        type="button"
        aria-label={a.clear}
        onClick={onClear}
        className="grid h-full w-6 place-items-center rounded-[inherit] phone:w-9"
      >
        <X className="size-3!" />
      </button>
    </span>
  );
}
