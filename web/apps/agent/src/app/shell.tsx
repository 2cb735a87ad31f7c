import { Toaster, Tooltips } from "@max/ui";
import { Outlet, useNavigate, useParams, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import { isPlace } from "../features/inbox/place";
import { Soft, sturdy } from "../lib/soft";
import { useUi } from "../lib/ui-state";
import { media, useMedia } from "../lib/use-media";
import { s } from "../strings";
import { Announcer } from "./announce";
import { Banners } from "./banners";
import { BottomBar, Sidebar, useCounts, useRail } from "./nav";
import { focusRegion, nextRegion } from "./regions";
import { useMe, useSignIns } from "./services";
import { useShortcuts } from "./shortcuts";

const ShortcutsDialog = lazy(() =>
  import("./shortcuts-dialog").then((module) => ({ default: module.ShortcutsDialog })),
);

const ChannelTrouble = lazy(
  sturdy(() => import("../features/channel-trouble/banner").then((module) => ({ default: module.ChannelTrouble }))),
);

const BulkProgress = lazy(() =>
  import("../features/bulk/progress").then((module) => ({ default: module.BulkProgress })),
);

const SignInNotice = lazy(() => import("./sign-in-notice").then((module) => ({ default: module.SignInNotice })));

/** What stands around every screen of a signed-in person. */
export function Shell() {
  const me = useMe();
  const phone = useMedia(media.phone);
  const counts = useCounts();
  const rail = useRail();
  const navigate = useNavigate();
  const ui = useUi();
  const params = useParams({ strict: false });
  const team = me.teams.find((t) => t.id === params.teamId);
  const place = team?.name ?? (isPlace(params.view) ? s.nav[params.view] : s.nav.saved);
  const admin = useRouterState({ select: (state) => state.location.pathname.startsWith("/admin") });

  const signIns = useSignIns((state) => state.seen.length);
  // Other screens name themselves.
  const inbox = Boolean(params.view || params.teamId);

  useEffect(() => {
    if (inbox) document.title = s.title(place, counts.unread);
  }, [inbox, place, counts.unread]);

  const go = (view: "mine" | "mentions" | "snoozed" | "queue" | "all") =>
    void navigate({ to: "/inbox/$view/{-$id}", params: { view, id: undefined } });
  useShortcuts({
    "g i": () => go("mine"),
    "g q": () => go("queue"),
    "g a": () => go("all"),
    "g n": () => go("mentions"),
    "g z": () => go("snoozed"),
    "g s": () => void navigate({ to: "/settings/{-$page}", params: { page: undefined } }),
    "g m": () =>
      me.role !== "agent" &&
      void navigate({ to: "/admin/{-$page}/{-$id}", params: { page: undefined, id: undefined } }),
    "[": () => ui.setRail(!rail),
    "?": () => ui.setHelp(true),
    f6: nextRegion,
    ...Object.fromEntries(
      me.teams
        .slice(0, 9)
        .map((t, index) => [
          `g ${index + 1}`,
          () => void navigate({ to: "/queues/$teamId/{-$id}", params: { teamId: t.id, id: undefined } }),
        ]),
    ),
  });

  return (
    <div className="grid h-dvh grid-cols-1 grid-rows-[minmax(0,1fr)_auto] desk:grid-cols-[auto_minmax(0,1fr)] desk:grid-rows-1 desk:py-2 desk:pe-2">
      <SkipLinks inbox={inbox} />
      {!phone && <Sidebar counts={counts} />}
      <div className="flex min-h-0 min-w-0 flex-col overflow-hidden bg-surface desk:rounded-lg desk:border desk:border-line desk:shadow-1">
        <Banners />
        {me.role === "admin" && (
          <Soft>
            <ChannelTrouble />
          </Soft>
        )}
        {signIns > 0 && (
          <Suspense>
            <SignInNotice />
          </Suspense>
        )}
        <Outlet />
      </div>
      {phone && !params.id && (
        <BottomBar
          counts={counts}
          place={admin ? "admin" : !inbox ? null : params.view === "queue" || params.teamId ? "queues" : "inbox"}
        />
      )}
      <Announcer />
      <Tooltips />
      <Toaster
        dismiss={s.dismiss}
        className={rail ? "desk:start-[72px] desk:w-[304px]" : "desk:start-60 desk:w-[304px]"}
      />
      {ui.bulk && (
        <Suspense>
          <BulkProgress key={ui.bulk} id={ui.bulk} />
        </Suspense>
      )}
      {ui.help && (
        <Suspense>
          <ShortcutsDialog />
        </Suspense>
      )}
    </div>
  );
}

function SkipLinks({ inbox }: { inbox: boolean }) {
  const link = (region: "list" | "thread" | "composer" | "main", label: string) => (
    <button
      type="button"
      onClick={() => focusRegion(region)}
      className="sr-only rounded-md bg-inverse px-3 py-2 font-medium text-inverse-text focus:not-sr-only focus:absolute focus:start-2 focus:top-2 focus:z-(--z-toast) focus:px-3 focus:py-2"
    >
      {label}
    </button>
  );
  if (!inbox) return link("main", s.nav.skipMain);
  return (
    <>
      {link("list", s.nav.skipList)}
      {link("thread", s.nav.skipThread)}
      {link("composer", s.nav.skipComposer)}
    </>
  );
}
