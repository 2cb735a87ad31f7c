import { ApiError, type Conversation as ConversationData } from "@max/api";
import {
  Button,
  type Column,
  DataTable,
  EmptyState,
  ErrorState,
  IconButton,
  Kbd,
  type TableHandle,
  toast,
  useIntent,
} from "@max/ui";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Inbox, ListFilter, Lock, UsersRound, X } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { compose } from "../../app/regions";
import { queryClient, useMe } from "../../app/services";
import { useShortcuts } from "../../app/shortcuts";
import { errorText } from "../../app/words";
import { useUi } from "../../lib/ui-state";
import { media, useMedia } from "../../lib/use-media";
import { keys } from "../../live/keys";
import { rows } from "../../live/pages";
import { type Filter, listFilter, readFilter, type Scope } from "../../live/views";
import { s } from "../../strings";
import { w } from "../../strings-work";
import { useTicked } from "../bulk/selection";
import { Square } from "../inbox/options";
import { filterCount } from "../inbox/place";
import { PlaceChips } from "../inbox/place-chips";
import { useCountsQuery, useList } from "../inbox/queries";
import { takeNextOf, useTake } from "../inbox/take";
import { Agents } from "./agents";
import { Channel, Customer, Expected, Position, QueueCard, Tags, TakeButton, Wait } from "./cells";
import { QueueFacts } from "./facts";
import { queueQuery } from "./queries";

const loadFilter = () => import("../inbox/filter-tools");
const FilterPanel = lazy(() => loadFilter().then((module) => ({ default: module.FilterPanel })));
const FilterTokens = lazy(() => loadFilter().then((module) => ({ default: module.FilterTokens })));
const BulkBar = lazy(() => import("../bulk/bar").then((module) => ({ default: module.BulkBar })));
const loadAgents = () => import("./agents-sheet");
const AgentsSheet = lazy(() => loadAgents().then((module) => ({ default: module.AgentsSheet })));
const Conversation = lazy(() => import("../inbox/pane").then((module) => ({ default: module.Conversation })));

const { queue: words } = w;
/** The queue as a whole is read again this often, while it is looked at. */
const AGAIN = 15_000;

export interface QueueRow {
  conversation: ConversationData;
  id: string;
  /** Its place, the next one is 1. */
  position: number;
  /** How long it will wait on, in milliseconds; null where nothing is known. */
  expected: number | null;
  over: boolean;
  onTake: () => void;
}

/** What waits in a team's queue, who is there for it, and the next one to take. */
export function QueueScreen() {
  const { teamId = "", id = null } = useParams({ strict: false });
  const search = useSearch({ strict: false });
  const me = useMe();
  const navigate = useNavigate();
  const phone = useMedia(media.phone);
  const wide = useMedia(media.wide);
  const { panel, setPanel } = useUi();
  const [sheet, setSheet] = useState(false);
  const words_ = JSON.stringify(readFilter(search));
  const filter = useMemo(() => JSON.parse(words_) as Filter, [words_]);
  const scope = useMemo<Scope>(
    () => ({ view: "queue", teamId, ...(Object.keys(filter).length > 0 ? { filter } : {}) }),
    [teamId, filter],
  );
  const list = useList(scope);
  const queue = useQuery({ ...queueQuery(teamId), refetchInterval: AGAIN });
  const items = useMemo(() => rows(list.data), [list.data]);
  const counted = useCountsQuery().data?.queues.find((q) => q.team_id === teamId);
  const team = queue.data?.team ?? me.teams.find((t) => t.id === teamId);
  const ticked = useTicked(items);
  const table = useRef<TableHandle>(null);
  const filtering = useIntent(loadFilter);
  const take = useTake();

  const more = Boolean(list.hasNextPage);
  const waiting = more ? Math.max(items.length, counted?.waiting ?? queue.data?.waiting ?? 0) : items.length;
  const on = filterCount(filter);

  const open = useCallback(
    (next: string | null, replace = false) =>
      void navigate({
        to: "/queues/$teamId/{-$id}",
        params: { teamId, id: next ?? undefined },
        search: filter,
        replace,
      }),
    [navigate, teamId, filter],
  );
  const setFilter = useCallback(
    (next: Filter) =>
      void navigate({
        to: "/queues/$teamId/{-$id}",
        params: { teamId, id: id ?? undefined },
        search: next,
        replace: true,
      }),
    [navigate, teamId, id],
  );
  const work = useCallback(
    (conversation: ConversationData) =>
      navigate({ to: "/inbox/$view/{-$id}", params: { view: "mine", id: conversation.id } }).then(() =>
        compose("reply"),
      ),
    [navigate],
  );
  const takeOne = useCallback(
    (conversation: ConversationData) =>
      take.mutate(conversation.id, { onSuccess: (taken) => taken && void work(taken) }),
    [take.mutate, work],
  );
  const next = useCallback(async () => {
    try {
      const conversation = await takeNextOf(teamId);
      if (conversation) await work(conversation);
      else toast(words.nothing);
    } catch (error) {
      toast(error instanceof ApiError ? errorText(error) : s.thread.takeFailed, "bad");
    }
  }, [teamId, work]);

  useEffect(() => {
    document.title = s.title(team?.name ?? s.nav.queues, 0);
  }, [team?.name]);

  useShortcuts({
    t: (event) => {
      if (event.shiftKey) return false;
      const shown = id ? queryClient.getQueryData<ConversationData>(keys.conversation(id)) : undefined;
      if (shown && !shown.assignee && shown.state !== "closed") takeOne(shown);
      else void next();
      return undefined;
    },
    j: () => table.current?.move(1) ?? false,
    k: () => table.current?.move(-1) ?? false,
    x: (event) => table.current?.toggle(event.shiftKey) ?? false,
    f: () => filtering.anchor.current?.click(),
    r: () => (id ? compose("reply") : false),
    n: () => (id ? compose("note") : false),
    "]": () => {
      if (id) return false;
      if (wide) setPanel(!panel);
      else setSheet(!sheet);
      return undefined;
    },
    escape: () => (id ? open(null) : false),
  });

  const target = queue.data?.target_seconds ?? null;
  const pace =
    queue.data?.expected_wait_seconds != null && queue.data.waiting > 0
      ? (queue.data.expected_wait_seconds * 1000) / queue.data.waiting
      : null;
  const table_: QueueRow[] = items.map((conversation, index) => ({
    conversation,
    id: conversation.id,
    position: index + 1,
    expected: pace === null ? null : pace * index,
    over: target !== null && conversation.waiting_since !== null && isOver(conversation.waiting_since, target),
    onTake: () => takeOne(conversation),
  }));

  if (queue.error instanceof ApiError && !queue.error.transient && !team) {
    return (
      <main className="flex min-h-0 flex-1 bg-surface">
        <EmptyState icon={<Lock />} title={words.gone}>
          {words.goneText}
        </EmptyState>
      </main>
    );
  }

  const instead =
    list.isError && items.length === 0 ? (
      <ErrorState
        title={words.failed}
        action={
          <Button size="sm" onClick={() => void list.refetch()}>
            {s.tryNow}
          </Button>
        }
      >
        {errorText(list.error)}
      </ErrorState>
    ) : !list.isPending && items.length === 0 ? (
      on > 0 ? (
        <EmptyState
          icon={<Inbox />}
          title={words.noMatch}
          action={
            <Button size="sm" onClick={() => setFilter({})}>
              {s.list.clear}
            </Button>
          }
        />
      ) : (
        <EmptyState icon={<Inbox />} title={words.empty}>
          {words.emptyText}
        </EmptyState>
      )
    ) : null;

  return (
    <main className="flex min-h-0 flex-1">
      {!(phone && id) && (
        <section
          aria-label={team?.name ?? s.nav.queues}
          data-region="list"
          tabIndex={-1}
          className="relative flex min-h-0 min-w-0 flex-1 flex-col bg-surface outline-none"
        >
          <header className="flex h-[52px] flex-none items-center gap-2.5 border-b border-line-subtle ps-5 pe-4 phone:h-14 phone:gap-1.5 phone:border-0 phone:ps-4">
            {team && <Square color={team.color} />}
            <div className="flex min-w-0 flex-1 items-baseline gap-2.5 phone:flex-col phone:gap-0 phone:leading-[1.2]">
              <h1
                className="max-w-full truncate text-[15px] font-semibold tracking-[-0.01em] phone:text-[20px] phone:tracking-[-0.02em]"
                dir="auto"
              >
                {team?.name}
              </h1>
              <span className="num text-xs whitespace-nowrap text-text-3">
                {!list.isPending && words.waiting(waiting, more && waiting === items.length)}
              </span>
            </div>
            <span className="relative flex-none">
              {phone ? (
                <IconButton ref={filtering.anchor} label={s.list.filter} aria-haspopup="dialog" {...filtering.button}>
                  <ListFilter />
                </IconButton>
              ) : (
                <Button
                  ref={filtering.anchor}
                  size="sm"
                  aria-haspopup="dialog"
                  data-tip={s.list.filter}
                  data-tip-key="F"
                  {...filtering.button}
                >
                  <ListFilter className="size-3.5!" />
                  {on > 0 ? s.list.filters(on) : s.list.filter}
                </Button>
              )}
              {filtering.asked && (
                <Suspense>
                  <FilterPanel
                    place={{ scope, filter, setFilter }}
                    open={filtering.open}
                    onOpenChange={filtering.setOpen}
                    anchor={filtering.anchor}
                  />
                </Suspense>
              )}
            </span>
            {!id && !(wide && panel) && (
              <IconButton
                label={words.showAgents}
                shortcut="]"
                aria-haspopup={wide ? undefined : "dialog"}
                data-testid="show-agents"
                onPointerEnter={() => !wide && void loadAgents()}
                onClick={() => (wide ? setPanel(true) : setSheet(true))}
              >
                <UsersRound />
              </IconButton>
            )}
            <Button size="sm" look="primary" data-testid="take-next" aria-keyshortcuts="T" onClick={() => void next()}>
              {words.takeNext}
              <Kbd onFill className="phone:hidden">
                {s.thread.takeKey}
              </Kbd>
            </Button>
          </header>
          {phone && <PlaceChips scope={{ view: "team", teamId }} />}
          <QueueFacts queue={queue.data} items={items} whole={!more && on === 0} />
          {on > 0 && (
            <div className="border-b border-line-subtle pt-2.5">
              <Suspense>
                <FilterTokens place={{ filter, setFilter }} />
              </Suspense>
            </div>
          )}
          <DataTable
            ref={table}
            label={words.table(team?.name ?? "")}
            columns={COLUMNS}
            rows={list.isPending ? undefined : table_}
            rowId={(row) => row.id}
            instead={instead}
            current={id}
            onOpen={(row) => open(row.id, id !== null)}
            phone={phone}
            card={(row) => <QueueCard row={row} />}
            selection={{
              has: ticked.has,
              set: (some, value) =>
                ticked.set(
                  some.map((row) => row.conversation),
                  value,
                ),
              label: (row) => words.select(row.conversation.contact.name),
              all: words.selectAll,
            }}
          />
          {more && (
            <div className="flex flex-none justify-center border-t border-line-subtle py-2">
              <Button size="sm" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {words.more}
              </Button>
            </div>
          )}
          {ticked.selected.length > 0 && (
            <Suspense>
              <BulkBar
                selected={ticked.selected}
                all={ticked.all}
                total={waiting}
                more={counted?.more ?? false}
                onAll={ticked.takeAll}
                onClear={ticked.clear}
                which={ticked.all ? { filter: listFilter(scope) } : { ids: ticked.selected.map((c) => c.id) }}
                teamId={teamId}
              />
            </Suspense>
          )}
        </section>
      )}
      {id ? (
        <section
          aria-label={words.preview}
          className="relative flex w-[min(46%,560px)] min-w-[380px] flex-none flex-col border-s border-line-subtle phone:w-full phone:min-w-0 phone:border-0"
        >
          {!phone && (
            <IconButton
              label={words.closePreview}
              shortcut="Esc"
              onClick={() => open(null)}
              className="absolute end-2 top-3 z-(--z-sticky)"
            >
              <X />
            </IconButton>
          )}
          <Suspense fallback={<div className="flex-1 bg-surface" />}>
            <div className="flex min-h-0 flex-1 flex-col *:flex-1 desk:[&_header]:pe-11">
              <Conversation
                key={id}
                id={id}
                {...(phone ? { onBack: () => open(null) } : {})}
                panelOpen
                onTogglePanel={() => open(null)}
              />
            </div>
          </Suspense>
        </section>
      ) : (
        wide && panel && <Agents queue={queue.data} />
      )}
      {sheet && !wide && (
        <Suspense>
          <AgentsSheet queue={queue.data} onClose={() => setSheet(false)} />
        </Suspense>
      )}
    </main>
  );
}

const isOver = (since: string, target: number) => Date.now() - Date.parse(since) > target * 1000;

const COLUMNS: readonly Column<QueueRow>[] = [
  {
    id: "position",
    head: words.columns.position,
    cell: (row) => <Position row={row} />,
    className: "w-[52px] @max-[560px]:hidden",
    end: true,
  },
  { id: "customer", head: words.columns.customer, cell: (row) => <Customer row={row} /> },
  {
    id: "channel",
    head: words.columns.channel,
    cell: (row) => <Channel row={row} />,
    className: "w-[116px] @max-[760px]:hidden",
  },
  {
    id: "tags",
    head: words.columns.tags,
    cell: (row) => <Tags row={row} />,
    className: "w-[150px] @max-[900px]:hidden",
  },
  {
    id: "wait",
    head: words.columns.wait,
    cell: (row) => <Wait row={row} />,
    className: "w-[96px]",
    end: true,
  },
  {
    id: "expected",
    head: words.columns.expected,
    cell: (row) => <Expected row={row} />,
    className: "w-[104px] @max-[680px]:hidden",
    end: true,
  },
  {
    id: "take",
    head: words.take,
    quiet: true,
    cell: (row) => <TakeButton row={row} />,
    className: "w-[92px]",
    end: true,
  },
];
