import type { Conversation } from "@max/api";
import { Button, EmptyState, ErrorState, Kbd, Skeleton, Spinner, useDelayed } from "@max/ui";
import { Link } from "@tanstack/react-router";
import { ArrowUp, Inbox } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { compose } from "../../app/regions";
import { useMe } from "../../app/services";
import { useShortcuts } from "../../app/shortcuts";
import { errorId, errorText } from "../../app/words";
import { media, useMedia } from "../../lib/use-media";
import { rows } from "../../live/pages";
import { listFilter, type Scope, shared } from "../../live/views";
import { s } from "../../strings";
import { type Ticked, useTicked } from "../bulk/selection";
import { ListTools } from "./list-tools";
import { filterCount, type InboxPlace, tabOf } from "./place";
import { useCountsQuery, useList } from "./queries";
import { ConversationRow } from "./row";
import { useRowWindow } from "./window";

const BulkBar = lazy(() => import("../bulk/bar").then((module) => ({ default: module.BulkBar })));
// Only phones show them.
const PlaceChips = lazy(() => import("./place-chips").then((module) => ({ default: module.PlaceChips })));

const ROW = 84;
const ROW_PHONE = 96;
/** Without the third line. */
const COMPACT = 56;
const COMPACT_PHONE = 68;
/** Selection follows the keyboard after this long, so that J and K stay fast. */
const FOLLOW = 200;

export function List(props: { place: InboxPlace & { scope: Scope }; onTakeNext: () => void }) {
  const { scope, title, id: selected, open: onOpen, filter, setFilter } = props.place;
  const me = useMe();
  const phone = useMedia(media.phone);
  const list = useList(scope);
  const counts = useCountsQuery().data;
  const items = useMemo(() => rows(list.data), [list.data]);
  const ticked = useTicked(items);
  const skeleton = useDelayed(list.isPending);
  const more = Boolean(list.hasNextPage);

  const filtered = filterCount(filter) > 0;
  const plain = scope.view === "mine" && !scope.filter;
  const waiting = counts?.queues.reduce((sum, q) => sum + q.waiting, 0) ?? 0;
  // Where the list goes on, its length is known for some places only.
  const known = scope.filter
    ? 0
    : scope.view === "mine"
      ? (counts?.mine_open ?? 0)
      : scope.view === "queue"
        ? waiting
        : 0;
  const shown = more ? Math.max(items.length, known) : items.length;
  const beyond = scope.view === "queue" && (counts?.queues.some((q) => q.more) ?? false);
  const count = (plain ? s.list.open : scope.view === "queue" ? s.list.waiting : s.list.total)(
    shown,
    more && (beyond || shown === items.length),
  );

  return (
    <section
      aria-label={title}
      data-region="list"
      tabIndex={-1}
      className="relative flex min-h-0 flex-col border-line-subtle bg-surface outline-none desk:border-e"
    >
      <ListTools
        place={props.place}
        phone={phone}
        count={!list.isPending && !list.isError ? count : null}
        chips={
          phone && (
            <Suspense fallback={<div className="h-[50px]" />}>
              <PlaceChips scope={scope} />
            </Suspense>
          )
        }
      />
      {list.isPending ? (
        skeleton && <ListSkeleton />
      ) : list.isError && items.length === 0 ? (
        <ListError error={list.error} retry={() => void list.refetch()} />
      ) : items.length === 0 ? (
        <Empty
          scope={scope}
          filtered={filtered}
          waiting={waiting}
          onTakeNext={props.onTakeNext}
          onClear={() => setFilter({})}
        />
      ) : (
        <Rows
          key={JSON.stringify(scope)}
          items={items}
          meId={me.id}
          shared={shared(scope)}
          phone={phone}
          compact={me.density === "compact"}
          selected={selected}
          onOpen={onOpen}
          ticked={ticked}
          more={more}
          loadingMore={list.isFetchingNextPage}
          moreFailed={list.isFetchNextPageError}
          loadMore={list.fetchNextPage}
        />
      )}
      {ticked.selected.length > 0 && (
        <Suspense>
          <BulkBar
            selected={ticked.selected}
            all={ticked.all}
            total={items.length}
            more={more}
            onAll={ticked.takeAll}
            onClear={ticked.clear}
            which={ticked.all ? { filter: listFilter(scope) } : { ids: ticked.selected.map((c) => c.id) }}
            teamId={null}
            narrow
          />
        </Suspense>
      )}
    </section>
  );
}

function Rows(props: {
  ticked: Ticked;
  items: Conversation[];
  meId: string;
  shared: boolean;
  phone: boolean;
  compact: boolean;
  selected: string | null;
  onOpen: (id: string | null, replace?: boolean) => void;
  more: boolean;
  loadingMore: boolean;
  moreFailed: boolean;
  loadMore: () => void;
}) {
  const { items, ticked, phone, selected, onOpen, more, loadingMore, moreFailed, loadMore } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const height = props.compact ? (phone ? COMPACT_PHONE : COMPACT) : phone ? ROW_PHONE : ROW;
  const window = useRowWindow(scroller, items.length, height);

  // Keyboard: the focus moves at once, the selection a moment later.
  const [current, setCurrent] = useState<string | null>(selected);
  const wantFocus = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setCurrent(selected), [selected]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const at = Math.max(
    0,
    items.findIndex((c) => c.id === current),
  );
  const currentId = items[at]?.id ?? null;

  useEffect(() => {
    if (!wantFocus.current || !currentId) return;
    const row = document.getElementById(`row-${currentId}`);
    if (!row) return;
    wantFocus.current = false;
    row.focus({ preventScroll: true });
  });

  const open = useCallback(
    (id: string) => {
      clearTimeout(timer.current);
      onOpen(id);
    },
    [onOpen],
  );

  const move = (step: number) => {
    const known = items.some((c) => c.id === current);
    const index = known ? Math.min(items.length - 1, Math.max(0, at + step)) : 0;
    const target = items[index];
    if (!target) return;
    wantFocus.current = true;
    setCurrent(target.id);
    window.reveal(index);
    clearTimeout(timer.current);
    if (!phone) timer.current = setTimeout(() => onOpen(target.id, selected !== null), FOLLOW);
  };
  const anchor = useRef<string | null>(null);
  const tick = useCallback(
    (id: string, range: boolean) => {
      const index = items.findIndex((c) => c.id === id);
      const from = range ? items.findIndex((c) => c.id === anchor.current) : -1;
      const row = items[index];
      if (!row) return;
      if (from >= 0) ticked.set(items.slice(Math.min(from, index), Math.max(from, index) + 1), true);
      else ticked.set([row], !ticked.has(id));
      anchor.current = id;
    },
    [items, ticked],
  );
  const arrow = (step: number) => {
    const region = document.activeElement?.closest<HTMLElement>("[data-region]")?.dataset.region;
    if (region && region !== "list") return false;
    move(step);
    return undefined;
  };
  const enter = () => {
    if (!scroller.current?.contains(document.activeElement) || !currentId) return false;
    open(currentId);
    if (!phone) compose("reply");
    return undefined;
  };
  useShortcuts({
    j: () => move(1),
    k: () => move(-1),
    arrowdown: () => arrow(1),
    arrowup: () => arrow(-1),
    enter,
    arrowright: enter,
    x: (event) => currentId !== null && tick(currentId, event.shiftKey),
  });

  const fresh = useSteady(scroller, items, height);

  const nearEnd = window.last >= items.length - 10;
  useEffect(() => {
    if (more && !loadingMore && !moreFailed && nearEnd) loadMore();
  }, [more, loadingMore, moreFailed, nearEnd, loadMore]);

  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      {fresh.count > 0 && (
        <button
          type="button"
          onClick={fresh.show}
          className="num absolute inset-x-0 top-2 z-(--z-sticky) mx-auto flex h-7 w-max animate-pop items-center gap-1 rounded-full bg-accent px-3 text-xs font-medium text-accent-fg shadow-3 phone:h-9"
        >
          <ArrowUp className="size-3.5" />
          {s.list.fresh(fresh.count)}
        </button>
      )}
      <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto overscroll-contain [overflow-anchor:none]">
        <div
          role="listbox"
          aria-label={s.list.label}
          data-testid="conversation-list"
          tabIndex={-1}
          style={{ height: window.total }}
          className="relative"
        >
          {window.indexes.map((index) => {
            const conversation = items[index];
            if (!conversation) return null;
            return (
              <div
                key={conversation.id}
                role="presentation"
                className="absolute inset-x-0 top-0"
                style={{ height, transform: `translateY(${index * height}px)` }}
              >
                <ConversationRow
                  conversation={conversation}
                  meId={props.meId}
                  selected={conversation.id === selected}
                  current={conversation.id === currentId}
                  shared={props.shared}
                  phone={phone}
                  compact={props.compact}
                  position={index + 1}
                  size={more ? -1 : items.length}
                  ticked={ticked.selected.length > 0 ? ticked.has(conversation.id) : null}
                  onTick={tick}
                  onOpen={open}
                  onFocus={setCurrent}
                />
              </div>
            );
          })}
        </div>
        {loadingMore && (
          <p className="flex items-center justify-center gap-2 py-3 text-xs text-text-3">
            <Spinner />
            {s.list.more}
          </p>
        )}
        {moreFailed && (
          <p className="flex items-center justify-center gap-2 py-3 text-xs text-text-2">
            {s.list.moreFailed}
            <Button size="sm" onClick={() => loadMore()}>
              {s.tryAgain}
            </Button>
          </p>
        )}
      </div>
    </div>
  );
}

/** Keeps what is read in place when rows come in above it, and counts those rows. */
function useSteady(scroller: React.RefObject<HTMLDivElement | null>, items: Conversation[], height: number) {
  const before = useRef<{ items: Conversation[]; newest: number }>({ items, newest: newestOf(items) });
  const [count, setCount] = useState(0);

  useLayoutEffect(() => {
    const element = scroller.current;
    const old = before.current;
    const newest = newestOf(items);
    if (!element || old.items === items) return;
    before.current = { items, newest };
    if (element.scrollTop < height / 2) return setCount(0);
    const top = Math.floor(element.scrollTop / height);
    const anchor = old.items.slice(top).find((c) => items.some((n) => n.id === c.id));
    if (!anchor) return;
    const shift = items.findIndex((c) => c.id === anchor.id) - old.items.findIndex((c) => c.id === anchor.id);
    if (shift !== 0) element.scrollTop += shift * height;
    const arrived = items.filter(
      (c) => Date.parse(c.last_activity_at) > old.newest && c.last_message?.direction === "in",
    ).length;
    if (arrived > 0) setCount((n) => n + arrived);
  }, [scroller, items, height]);

  useEffect(() => {
    const element = scroller.current;
    if (!element || count === 0) return;
    const onScroll = () => {
      if (element.scrollTop < height / 2) setCount(0);
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => element.removeEventListener("scroll", onScroll);
  }, [scroller, count, height]);

  return {
    count,
    show: () => {
      scroller.current?.scrollTo({ top: 0, behavior: "smooth" });
      setCount(0);
    },
  };
}

function newestOf(items: Conversation[]): number {
  return items.reduce((newest, c) => Math.max(newest, Date.parse(c.last_activity_at)), 0);
}

function ListSkeleton() {
  return (
    <div aria-hidden="true">
      {[46, 38, 52, 41, 35, 48].map((width) => (
        <div
          key={width}
          className="grid h-[84px] grid-cols-[32px_minmax(0,1fr)] gap-x-3 border-b border-line-subtle px-4 pt-3"
        >
          <Skeleton className="size-8 rounded-full" />
          <div>
            <span style={{ width: `${width}%` }} className="block">
              <Skeleton />
            </span>
            <Skeleton className="mt-[9px] w-[88%]" />
            <Skeleton className="mt-2.5 h-2 w-[30%]" />
          </div>
        </div>
      ))}
    </div>
  );
}

const RETRY = 15;

function ListError({ error, retry }: { error: unknown; retry: () => void }) {
  const [left, setLeft] = useState(RETRY);
  useEffect(() => {
    const timer = setInterval(() => setLeft((n) => n - 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (left > 0) return;
    setLeft(RETRY);
    retry();
  }, [left, retry]);
  const id = errorId(error);
  return (
    <ErrorState
      title={s.list.failed}
      action={
        <>
          <Button size="sm" onClick={retry}>
            {s.tryNow}
          </Button>
          {id && (
            <Button size="sm" look="quiet" onClick={() => void navigator.clipboard?.writeText(id)}>
              {s.copyErrorId}
            </Button>
          )}
        </>
      }
    >
      {errorText(error)} {s.retrying(Math.max(1, left))}
    </ErrorState>
  );
}

function Empty(props: {
  scope: Scope;
  filtered: boolean;
  waiting: number;
  onTakeNext: () => void;
  onClear: () => void;
}) {
  const { scope, filtered, waiting, onTakeNext } = props;
  const { title, text } = s.list.empty[filtered || tabOf(scope.filter ?? {}) !== "open" ? "filtered" : scope.view];
  const action = filtered ? (
    <Button size="sm" onClick={props.onClear}>
      {s.list.clear}
    </Button>
  ) : scope.view === "mine" && waiting > 0 ? (
    <Button size="sm" look="primary" onClick={onTakeNext}>
      {s.list.takeNext}
      <Kbd onFill>{s.thread.takeKey}</Kbd>
    </Button>
  ) : scope.view === "queue" || scope.view === "team" ? (
    <Link
      to="/inbox/$view/{-$id}"
      params={{ view: "mine", id: undefined }}
      className="text-xs font-medium text-accent-text hover:underline"
    >
      {s.list.showMine}
    </Link>
  ) : null;
  return (
    <EmptyState icon={<Inbox />} title={title} action={action}>
      {typeof text === "function" ? text(waiting) : text}
    </EmptyState>
  );
}
