import { type BlockedContact, body, type Page } from "@max/api";
import { type Column, DataTable, EmptyState, Pager, type TableHandle } from "@max/ui";
import { Link } from "@tanstack/react-router";
import { Ban } from "lucide-react";
import { useRef } from "react";
import { api, queryClient } from "../../app/services";
import { useShortcuts } from "../../app/shortcuts";
import { atTime } from "../../lib/time";
import { media, useMedia } from "../../lib/use-media";
import { hearEvents } from "../../live/hear";
import { Block, Identities } from "../context/customer";
import { useContact } from "../context/queries";
import { Beside, Failed, PageHead, Panel } from "./layout";
import { usePlace } from "./place";
import { ROWS, usePaged } from "./queries";
import { a } from "./strings";

const LIST = ["admin", "blocked"] as const;

/** However much a blocked customer writes, it is counted anew once in a while only, in milliseconds. */
const RECOUNT = 1_000;
let recounts = false;

hearEvents((event) => {
  if (event.kind === "contact.updated") void queryClient.invalidateQueries({ queryKey: LIST });
  if (event.kind !== "message.created" || !event.data.conversation.blocked || recounts) return;
  recounts = true;
  setTimeout(() => {
    recounts = false;
    void queryClient.invalidateQueries({ queryKey: LIST });
  }, RECOUNT);
});

const useBlocked = () =>
  usePaged<BlockedContact>(
    "blocked",
    (cursor) => [...LIST, cursor],
    async (cursor, signal) =>
      body<Page<BlockedContact>>(
        await api.GET("/api/v1/contacts", { params: { query: { blocked: true, limit: ROWS, ...cursor } }, signal }),
      ),
    true,
  );

/** Who wrote without end is blocked by MAX, and nobody has written down why. */
const reasonOf = (row: BlockedContact): string => (row.blocked_by ? (row.blocked_reason ?? "") : a.blocked.flood);

const time = (at: string) => (
  <time dateTime={at} className="num block truncate text-text-2">
    {atTime(Date.parse(at))}
  </time>
);

const COLUMNS: readonly Column<BlockedContact>[] = [
  {
    id: "name",
    head: a.blocked.columns.name,
    cell: (row) => (
      <span className="block min-w-0">
        <bdi className="block truncate font-medium">{row.name}</bdi>
        <bdi className="num block truncate text-xs text-text-3">{row.phone ?? row.username ?? ""}</bdi>
      </span>
    ),
  },
  {
    id: "by",
    head: a.blocked.columns.by,
    cell: (row) => <bdi className="block truncate">{row.blocked_by?.name ?? a.blocked.max}</bdi>,
    className: "w-[15%] @max-[560px]:hidden",
  },
  {
    id: "reason",
    head: a.blocked.columns.reason,
    cell: (row) => (
      <span className="block truncate text-text-2" dir="auto">
        {reasonOf(row)}
      </span>
    ),
    className: "w-[22%] @max-[720px]:hidden",
  },
  {
    id: "at",
    head: a.blocked.columns.at,
    cell: (row) => time(row.blocked_at),
    className: "w-[140px] @max-[820px]:hidden",
    sorted: "descending",
  },
  {
    id: "until",
    head: a.blocked.columns.until,
    cell: (row) =>
      row.blocked_until ? time(row.blocked_until) : <span className="text-text-3">{a.blocked.forGood}</span>,
    className: "w-[140px]",
  },
  {
    id: "came",
    head: a.blocked.columns.came,
    cell: (row) => <span className="num">{row.came}</span>,
    className: "w-[112px] @max-[620px]:hidden",
    end: true,
  },
];

/** Whom nobody hears: by whom, until when, and what they wrote meanwhile. */
export function BlockedPage() {
  const { id, open, close } = usePlace("blocked");
  const blocked = useBlocked();
  const phone = useMedia(media.phone);
  const table = useRef<TableHandle>(null);
  useShortcuts({
    j: () => table.current?.move(1) ?? false,
    k: () => table.current?.move(-1) ?? false,
    escape: () => (id ? close() : false),
  });
  const rows = blocked.rows;
  const instead = blocked.error ? (
    <Failed what={a.blocked.what} error={blocked.error} retry={blocked.retry} />
  ) : rows?.length === 0 ? (
    <EmptyState icon={<Ban />} title={a.blocked.empty}>
      {a.blocked.emptyText}
    </EmptyState>
  ) : null;
  return (
    <>
      {!(phone && id) && (
        <section
          aria-label={a.blocked.what}
          data-region="list"
          tabIndex={-1}
          className="flex min-h-0 min-w-0 flex-1 flex-col outline-none"
        >
          <PageHead title={a.blocked.what} facts={a.blocked.lead} />
          <DataTable
            ref={table}
            label={a.blocked.table}
            columns={COLUMNS}
            rows={rows}
            rowId={(row) => row.id}
            instead={instead}
            current={id}
            onOpen={(row) => open(row.id, id !== null)}
            phone={phone}
            stale={blocked.stale}
            card={(row) => (
              <div className="flex min-w-0 flex-col gap-0.5">
                <bdi className="truncate font-medium">{row.name}</bdi>
                <span className="truncate text-xs text-text-3" dir="auto">
                  {[row.blocked_by?.name ?? a.blocked.max, reasonOf(row)].filter(Boolean).join(" · ")}
                </span>
                <span className="num text-xs text-text-3">
                  {row.blocked_until ? atTime(Date.parse(row.blocked_until)) : a.blocked.forGood} ·{" "}
                  {a.blocked.came(row.came)}
                </span>
              </div>
            )}
          />
          {rows && (blocked.previous || blocked.next) && (
            <Pager
              text={a.range(blocked.before + 1, blocked.before + rows.length, null)}
              previous={a.previous}
              next={a.next}
              onPrevious={blocked.previous}
              onNext={blocked.next}
            />
          )}
        </section>
      )}
      {id && (
        <Beside>
          <BlockedPanel key={id} id={id} onClose={close} />
        </Beside>
      )}
    </>
  );
}

function BlockedPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const query = useContact(id);
  const contact = query.data;
  const last = contact?.conversations[0];
  return (
    <Panel title={contact?.name ?? a.blocked.title} onClose={onClose} testId="blocked-panel">
      {contact ? (
        <div className="-mx-[18px] flex flex-col">
          <Identities contact={contact} />
          <Block contact={contact} />
          {last && (
            <p className="px-4 pb-4 text-sm">
              <Link
                to="/inbox/$view/{-$id}"
                params={{ view: "all", id: last.id }}
                className="font-medium text-accent-text hover:underline"
              >
                {a.blocked.open}
              </Link>
            </p>
          )}
        </div>
      ) : (
        query.error && <Failed what={a.blocked.title} error={query.error} retry={() => void query.refetch()} />
      )}
    </Panel>
  );
}
