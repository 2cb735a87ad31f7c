import { cx, namedColor } from "@max/ui";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useMe } from "../../app/services";
import { useCurrentInView } from "../../lib/use-current-in-view";
import type { Scope } from "../../live/views";
import { s } from "../../strings";

const ViewChips = lazy(() => import("../views/list").then((module) => ({ default: module.ViewChips })));

const CHIP =
  "inline-flex h-9 flex-none items-center gap-1.5 rounded-full border border-line px-3.5 font-medium whitespace-nowrap text-text-2 aria-[current=page]:border-transparent aria-[current=page]:bg-inverse aria-[current=page]:text-inverse-text";

/** On a phone: the lists of the chosen tab, in a row to swipe. */
export function PlaceChips({ scope }: { scope: Scope }) {
  const me = useMe();
  const row = useCurrentInView<HTMLElement>(`${scope.view} ${scope.teamId}`);
  const queues = scope.view === "queue" || scope.view === "team";
  const view = (name: "mine" | "mentions" | "snoozed" | "queue" | "all") => (
    <Link to="/inbox/$view/{-$id}" params={{ view: name, id: undefined }} className={CHIP}>
      {s.nav[name]}
    </Link>
  );
  return (
    <nav
      ref={row}
      aria-label={s.list.label}
      className="flex flex-none scroll-px-4 gap-2 overflow-x-auto px-4 pt-1 pb-2.5 [scrollbar-width:none]"
    >
      {queues ? (
        <>
          {view("queue")}
          {me.teams.map((team) => (
            <Link
              key={team.id}
              to="/queues/$teamId/{-$id}"
              params={{ teamId: team.id, id: undefined }}
              className={cx(CHIP)}
            >
              <span
                aria-hidden="true"
                style={{ background: namedColor(team.color) }}
                className="size-2 rounded-[3px]"
              />
              {team.name}
            </Link>
          ))}
        </>
      ) : (
        <>
          {view("mine")}
          {view("mentions")}
          {view("snoozed")}
          {view("all")}
          <Suspense>
            <ViewChips className={CHIP} />
          </Suspense>
        </>
      )}
    </nav>
  );
}
