import { Count, cx, IconButton, Logo, namedColor } from "@max/ui";
import { Link, useParams } from "@tanstack/react-router";
import { AlarmClock, AtSign, Inbox, List, PanelLeft, SlidersHorizontal, User, Users } from "lucide-react";
import { lazy, type ReactNode, Suspense, useMemo } from "react";
import { useCountsQuery, useList } from "../features/inbox/queries";
import { useUi } from "../lib/ui-state";
import { media, useMedia } from "../lib/use-media";
import { s } from "../strings";
import { useMe } from "./services";
import { UserButton } from "./user-button";

/** Numbers beside the places, kept right by events. `more`: at least that many. */
export function useCounts() {
  // What the reader has is loaded wherever they look: notices and numbers go by it.
  useList({ view: "mine", teamId: null });
  const { data } = useCountsQuery();
  return useMemo(
    () => ({
      unread: data?.mine_unread ?? 0,
      mentions: data?.mentions ?? 0,
      snoozed: data?.snoozed ?? 0,
      waiting: data?.queues.reduce((sum, queue) => sum + queue.waiting, 0) ?? 0,
      more: data?.queues.some((queue) => queue.more) ?? false,
      teams: new Map(data?.queues.map((queue) => [queue.team_id, queue.waiting])),
    }),
    [data],
  );
}

const SavedViews = lazy(() => import("../features/views/list").then((module) => ({ default: module.SavedViews })));

type Place = "mine" | "mentions" | "snoozed" | "queue" | "all";
export type Counts = ReturnType<typeof useCounts>;

/** The rail or the full sidebar, by the room there is and by choice. */
export function useRail(): boolean {
  const wide = useMedia(media.wide);
  const roomy = useMedia(media.roomy);
  const rail = useUi((ui) => ui.rail);
  // Admin has a list of pages of its own.
  const { page } = useParams({ strict: false });
  return !wide || (rail ?? (!roomy || page !== undefined));
}

const ITEM =
  "relative flex items-center gap-[9px] rounded-sm font-medium text-text-2 transition-colors hover:bg-hover aria-[current=page]:bg-press aria-[current=page]:text-text";

export function Sidebar({ counts }: { counts: Counts }) {
  const me = useMe();
  const rail = useRail();
  const wide = useMedia(media.wide);
  const setRail = useUi((ui) => ui.setRail);
  const place = (
    view: Place,
    icon: ReactNode,
    value: number,
    count: { label: string; loud?: boolean; more?: boolean },
  ) => (
    <Link
      to="/inbox/$view/{-$id}"
      params={{ view, id: undefined }}
      className={item}
      {...named(rail, s.nav[view])}
      {...(view === "mine" ? { "data-region-focus": true } : {})}
    >
      {icon}
      {!rail && <span>{s.nav[view]}</span>}
      <NavCount rail={rail} value={value} {...count} />
    </Link>
  );
  const item = cx(ITEM, rail ? "size-9 justify-center" : "h-[29px] px-2");
  return (
    <aside
      data-region="nav"
      tabIndex={-1}
      className={cx("flex min-h-0 flex-col pt-1 pb-0.5 outline-none", rail ? "w-14 items-center px-2" : "w-56 px-2.5")}
    >
      <div className={cx("flex h-10 flex-none items-center gap-[9px] text-md font-semibold", rail ? "" : "px-1.5")}>
        <Logo />
        {!rail && <span className="min-w-0 flex-1 truncate">{s.product}</span>}
        {!rail && wide && (
          <IconButton label={s.nav.collapse} shortcut="[" onClick={() => setRail(true)}>
            <PanelLeft />
          </IconButton>
        )}
      </div>
      <nav
        aria-label={s.nav.label}
        className={cx("mt-2 flex min-h-0 flex-1 flex-col overflow-y-auto", rail && "items-center gap-0.5")}
      >
        {place("mine", <Inbox />, counts.unread, { label: s.nav.unread(counts.unread), loud: true })}
        {place("mentions", <AtSign />, counts.mentions, { label: s.nav.unread(counts.mentions) })}
        {place("snoozed", <AlarmClock />, counts.snoozed, { label: s.nav.total(counts.snoozed) })}
        {place("queue", <User />, counts.waiting, { label: s.nav.waiting(counts.waiting), more: counts.more })}
        {place("all", <List />, 0, { label: "" })}
        {me.teams.length > 0 &&
          (rail ? (
            <hr className="my-1.5 w-5 border-line" />
          ) : (
            <h2 className="mt-[13px] mb-[3px] px-2 text-2xs font-medium text-text-3">{s.nav.teams}</h2>
          ))}
        {me.teams.map((team) => {
          const waiting = counts.teams.get(team.id) ?? 0;
          return (
            <Link
              key={team.id}
              to="/queues/$teamId/{-$id}"
              params={{ teamId: team.id, id: undefined }}
              className={item}
              {...named(rail, team.name)}
            >
              <span
                aria-hidden="true"
                style={{ background: namedColor(team.color) }}
                className={cx("size-2 flex-none rounded-[3px]", !rail && "mx-1")}
              />
              {!rail && <span className="truncate">{team.name}</span>}
              <NavCount rail={rail} value={waiting} label={s.nav.waiting(waiting)} />
            </Link>
          );
        })}
        <Suspense>
          <SavedViews rail={rail} item={item} />
        </Suspense>
        {me.role !== "agent" && (
          <Link
            to="/admin/{-$page}/{-$id}"
            params={{ page: undefined, id: undefined }}
            className={cx(item, "mt-3")}
            {...named(rail, s.nav.admin)}
          >
            <SlidersHorizontal />
            {!rail && <span>{s.nav.admin}</span>}
          </Link>
        )}
      </nav>
      {rail && wide && (
        <IconButton label={s.nav.collapse} shortcut="[" onClick={() => setRail(false)} className="my-1">
          <PanelLeft />
        </IconButton>
      )}
      <UserButton shape={rail ? "rail" : "wide"} />
    </aside>
  );
}

function named(rail: boolean, name: string) {
  return rail ? { "aria-label": name, "data-tip": name } : {};
}

function NavCount(props: { rail: boolean; value: number; more?: boolean; label: string; loud?: boolean }) {
  const { rail, value, more, label, loud } = props;
  if (value === 0) return null;
  if (rail) {
    if (loud)
      return (
        <Count
          value={value}
          label={label}
          size={16}
          className="absolute end-0 top-0 shadow-[0_0_0_2px_var(--canvas)]"
        />
      );
    return (
      <span className="absolute end-1.5 top-1.5 size-1.5 rounded-full bg-text-3">
        <span className="sr-only">{label}</span>
      </span>
    );
  }
  if (loud) return <Count value={value} label={label} className="ms-auto" />;
  return (
    <span className="num ms-auto text-xs font-medium text-text-3">
      <span aria-hidden="true">
        {value}
        {more && "+"}
      </span>
      <span className="sr-only">{label}</span>
    </span>
  );
}

/** The places of a phone, under the thumb. */
export function BottomBar({ counts, place }: { counts: Counts; place: "inbox" | "queues" | "admin" | null }) {
  const admin = useMe().role !== "agent";
  return (
    <nav
      aria-label={s.nav.label}
      className="grid auto-cols-fr grid-flow-col border-t border-line-subtle bg-surface px-1.5 pt-1.5 pb-[max(10px,env(safe-area-inset-bottom))] desk:hidden"
    >
      <Tab
        active={place === "inbox"}
        icon={<Inbox className="size-5" />}
        count={counts.unread}
        label={s.nav.unread(counts.unread)}
        view="mine"
      >
        {s.nav.inbox}
      </Tab>
      <Tab
        active={place === "queues"}
        icon={<Users className="size-5" />}
        count={counts.waiting}
        label={s.nav.waiting(counts.waiting)}
        view="queue"
      >
        {s.nav.queues}
      </Tab>
      {admin && (
        <Link
          to="/admin/{-$page}/{-$id}"
          params={{ page: undefined, id: undefined }}
          className={tab(place === "admin")}
        >
          <SlidersHorizontal className="size-5" />
          <span>{s.nav.admin}</span>
        </Link>
      )}
      <UserButton shape="tab" />
    </nav>
  );
}

const tab = (active: boolean) =>
  cx(
    "relative flex min-h-11 flex-col items-center justify-center gap-[3px] py-1 text-2xs font-medium",
    active ? "text-accent-text" : "text-text-3",
  );

function Tab(props: {
  active: boolean;
  icon: ReactNode;
  count: number;
  label: string;
  view: "mine" | "queue";
  children: ReactNode;
}) {
  return (
    <Link
      to="/inbox/$view/{-$id}"
      params={{ view: props.view, id: undefined }}
      {...(props.active ? { "aria-current": "page" as const } : {})}
      className={tab(props.active)}
    >
      {props.icon}
      <span>{props.children}</span>
      <Count
        value={props.count}
        label={props.label}
        className="absolute start-[calc(50%+5px)] -top-px shadow-[0_0_0_2px_var(--surface)]"
      />
    </Link>
  );
}
