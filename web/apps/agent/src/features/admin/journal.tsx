import type { Delivery, ReplayResult } from "@max/api";
import {
  BulkBar,
  Button,
  type Column,
  cx,
  DataTable,
  EmptyState,
  FilterMenu,
  IconButton,
  Pager,
  SearchField,
  type TableHandle,
} from "@max/ui";
import { CircleCheck, Inbox, RefreshCw, TriangleAlert, X } from "lucide-react";
import { useId, useMemo, useRef, useState } from "react";
import { useShortcuts } from "../../app/shortcuts";
import { media, useMedia } from "../../lib/use-media";
import { stampOf } from "./audit-words";
import { anySet } from "./filters";
import {
  FATES,
  fateText,
  type JournalFilters,
  journalFilters,
  kindWords,
  MOST_AT_ONCE,
  refresh,
  replayMany,
  sizeText,
  sumOf,
  useDeliveries,
} from "./journal-data";
import { HealthStrip } from "./journal-health";
import { FatePills } from "./journal-marks";
import { DeliveryPanel } from "./journal-panel";
import { Failed, NoMatch, PageHead, Toolbar } from "./layout";
import { usePlace } from "./place";
import { problemText, useChannels } from "./queries";
import { a } from "./strings";
import { j } from "./strings-journal";

/** What it is about: the kinds in it, and why something in it went no further. */
function About({ delivery }: { delivery: Delivery }) {
  return (
    <span className="block truncate" {...(delivery.reason ? { "data-tip": delivery.reason } : {})}>
      {delivery.kinds.map(kindWords).join(", ")}
      {delivery.reason && (
        <span className="text-text-3">
          {" "}
          <bdi>{delivery.reason}</bdi>
        </span>
      )}
    </span>
  );
}

const COLUMNS: readonly Column<Delivery>[] = [
  {
    id: "at",
    head: j.columns.at,
    cell: (delivery) => (
      <time dateTime={delivery.received_at} className="num block truncate text-text-2">
        {stampOf(delivery.received_at)}
      </time>
    ),
    className: "w-[176px]",
    sorted: "descending",
  },
  { id: "fates", head: j.columns.fates, cell: (delivery) => <FatePills counts={delivery.elements} /> },
  {
    id: "about",
    head: j.columns.about,
    cell: (delivery) => <About delivery={delivery} />,
    className: "@max-[860px]:hidden",
  },
  {
    id: "channel",
    head: j.columns.channel,
    cell: (delivery) => (
      <bdi className={cx("block truncate", !delivery.channel && "text-text-3")}>
        {delivery.channel?.name ?? j.noChannel}
      </bdi>
    ),
    className: "w-[17%] @max-[560px]:hidden",
  },
  {
    id: "size",
    head: j.columns.size,
    cell: (delivery) => <span className="num text-text-3">{sizeText(delivery.size)}</span>,
    className: "w-[84px] @max-[720px]:hidden",
    end: true,
  },
];

const FATE_OPTIONS = FATES.map((fate) => ({ value: fate, label: j.fates[fate], hint: j.fateHints[fate] }));

/** Every call of a provider and what became of it; what went wrong can be tried again. */
export function JournalPage() {
  const { id, search, open, close, filter } = usePlace("journal");
  const filters = useMemo(() => journalFilters(search), [search]);
  const deliveries = useDeliveries(filters);
  const channels = useChannels();
  const phone = useMedia(media.phone);
  const wide = useMedia(media.wide);
  const table = useRef<TableHandle>(null);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const change = (part: Partial<JournalFilters>) => {
    setTicked(new Set());
    filter({ ...filters, ...part });
  };
  const rows = deliveries.rows;

  useShortcuts({
    j: () => table.current?.move(1) ?? false,
    k: () => table.current?.move(-1) ?? false,
    x: () => table.current?.toggle() ?? false,
    "/": () => document.querySelector<HTMLElement>("[data-search]")?.focus(),
    escape: () => {
      if (id) return close();
      if (ticked.size === 0) return false;
      setTicked(new Set());
    },
  });

  const replay = async () => {
    setBusy(true);
    setOutcome(null);
    try {
      const result = await replayMany([...ticked]);
      setOutcome({ result });
      // Those that did not work stay ticked, for another try.
      setTicked(new Set(result.failed.map((one) => one.id)));
    } catch (error) {
      setOutcome({ problem: problemText(error) });
    } finally {
      setBusy(false);
    }
  };

  const instead = deliveries.error ? (
    <Failed what={j.what} error={deliveries.error} retry={deliveries.retry} />
  ) : rows?.length === 0 ? (
    anySet(filters) ? (
      <NoMatch title={j.noMatch} text={j.noMatchText} onClear={() => filter({})} />
    ) : (
      <EmptyState icon={<Inbox />} title={j.empty}>
        {j.emptyText}
      </EmptyState>
    )
  ) : null;

  return (
    <>
      {!(phone && id) && (
        <section
          aria-label={j.what}
          data-region="list"
          tabIndex={-1}
          className="flex min-h-0 min-w-0 flex-1 flex-col outline-none"
        >
          <PageHead title={j.title} facts={j.lead}>
            <IconButton label={j.refresh} onClick={refresh}>
              <RefreshCw />
            </IconButton>
          </PageHead>
          <HealthStrip
            fate={filters.fate}
            channel={filters.channel}
            onDead={() => change({ fate: filters.fate === "dead" ? null : "dead" })}
            onChannel={(channel) => change({ channel: filters.channel === channel ? null : channel })}
          />
          <Toolbar>
            <SearchField
              label={j.searchLabel}
              placeholder={j.searchHint}
              value={filters.q}
              onChange={(q) => change({ q })}
              clear={a.clearSearch}
              className="w-56 flex-none"
            />
            <FilterMenu
              label={j.filters.channel}
              options={(channels.data ?? []).map(({ id: value, name: label }) => ({ value, label }))}
              value={filters.channel}
              onChange={(channel) => change({ channel })}
              clear={a.clearFilter(j.filters.channel)}
              search={j.findChannel}
              empty={a.nothingFound}
              testId="filter-channel"
            />
            <FilterMenu
              label={j.filters.fate}
              options={FATE_OPTIONS}
              value={filters.fate}
              onChange={(fate) => change({ fate: FATES.find((one) => one === fate) ?? null })}
              clear={a.clearFilter(j.filters.fate)}
              search={j.findFate}
              empty={a.nothingFound}
              testId="filter-fate"
            />
            <Day label={j.filters.from} value={filters.from} max={filters.to} onChange={(from) => change({ from })} />
            <Day label={j.filters.to} value={filters.to} min={filters.from} onChange={(to) => change({ to })} />
          </Toolbar>
          {outcome && <Result outcome={outcome} rows={rows ?? []} onClose={() => setOutcome(null)} />}
          <DataTable
            ref={table}
            label={j.table}
            columns={COLUMNS}
            rows={rows}
            rowId={(delivery) => delivery.id}
            instead={instead}
            current={id}
            onOpen={(delivery) => open(delivery.id, id !== null)}
            phone={phone}
            stale={deliveries.stale}
            selection={{
              has: (one) => ticked.has(one),
              set: (some, on) =>
                setTicked((old) => {
                  const next = new Set(old);
                  for (const { id: one } of some) on ? next.add(one) : next.delete(one);
                  return next;
                }),
              label: (delivery) => j.select(stampOf(delivery.received_at)),
              all: j.selectAll,
            }}
            card={(delivery) => (
              <div className="flex min-w-0 flex-col gap-1">
                <FatePills counts={delivery.elements} />
                <span className="flex min-w-0 gap-1.5 text-xs text-text-3">
                  <bdi className="min-w-0 truncate">{delivery.channel?.name ?? j.noChannel}</bdi>
                  <span className="num flex-none">· {stampOf(delivery.received_at)}</span>
                </span>
                {delivery.reason && <bdi className="truncate text-xs text-text-2">{delivery.reason}</bdi>}
              </div>
            )}
          />
          {ticked.size > 0 && (
            <BulkBar
              text={j.selected(ticked.size)}
              clear={j.clear}
              onClear={() => setTicked(new Set())}
              label={j.selectedLabel}
            >
              <Button
                size="sm"
                look="primary"
                busy={busy}
                reason={ticked.size > MOST_AT_ONCE ? j.most(MOST_AT_ONCE) : undefined}
                data-testid="replay-many"
                onClick={() => void replay()}
              >
                {busy ? j.replaying : j.replay}
              </Button>
              {ticked.size > MOST_AT_ONCE && <span className="text-xs text-text-2">{j.most(MOST_AT_ONCE)}</span>}
            </BulkBar>
          )}
          {rows && rows.length > 0 && (
            <Pager
              text={a.range(deliveries.before + 1, deliveries.before + rows.length, null)}
              previous={a.previous}
              next={a.next}
              onPrevious={deliveries.previous}
              onNext={deliveries.next}
              busy={deliveries.stale}
            />
          )}
        </section>
      )}
      {id && (
        <div
          className={wide ? "flex w-[348px] flex-none *:flex-1" : phone ? "flex min-w-0 flex-1 *:flex-1" : "contents"}
        >
          <DeliveryPanel key={id} id={id} onClose={close} />
        </div>
      )}
    </>
  );
}

type Outcome = { result: ReplayResult } | { problem: string };

/** What a replay of many came to, with the reason of each that did not work. */
function Result({ outcome, rows, onClose }: { outcome: Outcome; rows: readonly Delivery[]; onClose: () => void }) {
  const failed = "result" in outcome ? outcome.result.failed : [];
  const well = "result" in outcome && failed.length === 0;
  const named = (id: string) => {
    const row = rows.find((one) => one.id === id);
    return row ? stampOf(row.received_at) : id;
  };
  return (
    <div
      role="status"
      data-testid="replay-result"
      className={cx(
        "flex flex-none items-start gap-2 px-5 py-2 text-xs phone:px-4 [&>.lucide]:mt-0.5 [&>.lucide]:size-3.5",
        well ? "bg-ok-tint text-ok-text" : "bg-warn-tint text-warn-text",
      )}
    >
      {well ? <CircleCheck /> : <TriangleAlert />}
      <div className="min-w-0 flex-1">
        {"problem" in outcome ? (
          <p className="font-medium">{j.replayFailed(outcome.problem)}</p>
        ) : (
          <p className="font-medium">
            {j.replayed(outcome.result.items.length, fateText(sumOf(outcome.result.items.map((one) => one.elements))))}
            {failed.length > 0 && ` ${j.notReplayed(failed.length)}`}
          </p>
        )}
        {failed.length > 0 && (
          <ul className="max-h-28 overflow-y-auto">
            {failed.map((one) => (
              <li key={one.id} className="break-words">
                <span className="num">{named(one.id)}</span>: {one.detail}
              </li>
            ))}
          </ul>
        )}
      </div>
      <IconButton label={j.closeResult} onClick={onClose} className="text-current!">
        <X />
      </IconButton>
    </div>
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
