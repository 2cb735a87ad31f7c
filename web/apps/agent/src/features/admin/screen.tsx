import { Button, cx, EmptyState } from "@max/ui";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import {
  Ban,
  Building2,
  ContactRound,
  Inbox,
  ListChecks,
  Lock,
  MessageCircle,
  ScrollText,
  Tags,
  TextQuote,
  UserCog,
  UsersRound,
} from "lucide-react";
import { lazy, type ReactNode, Suspense, useEffect } from "react";
import { focusRegion } from "../../app/regions";
import { useMe } from "../../app/services";
import { useCurrentInView } from "../../lib/use-current-in-view";
import { media, useMedia } from "../../lib/use-media";
import type { PageName } from "./place";
import { listen, useSummary } from "./queries";
import { a } from "./strings";

const PAGES = {
  users: lazy(() => import("./users").then((module) => ({ default: module.UsersPage }))),
  teams: lazy(() => import("./teams").then((module) => ({ default: module.TeamsPage }))),
  channels: lazy(() => import("./channels").then((module) => ({ default: module.ChannelsPage }))),
  tags: lazy(() => import("./tags").then((module) => ({ default: module.TagsPage }))),
  canned: lazy(() => import("./canned").then((module) => ({ default: module.CannedPage }))),
  attributes: lazy(() => import("./attributes").then((module) => ({ default: module.AttributesPage }))),
  "close-reasons": lazy(() => import("./close-reasons").then((module) => ({ default: module.CloseReasonsPage }))),
  blocked: lazy(() => import("./blocked").then((module) => ({ default: module.BlockedPage }))),
  journal: lazy(() => import("./journal").then((module) => ({ default: module.JournalPage }))),
  audit: lazy(() => import("./audit").then((module) => ({ default: module.AuditPage }))),
  settings: lazy(() => import("./settings").then((module) => ({ default: module.SettingsPage }))),
};

const NAV: readonly { title: string; pages: readonly { name: PageName; icon: ReactNode }[] }[] = [
  {
    title: a.groups.people,
    pages: [
      { name: "users", icon: <UserCog /> },
      { name: "teams", icon: <UsersRound /> },
    ],
  },
  {
    title: a.groups.work,
    pages: [
      { name: "channels", icon: <MessageCircle /> },
      { name: "tags", icon: <Tags /> },
      { name: "canned", icon: <TextQuote /> },
      { name: "close-reasons", icon: <ListChecks /> },
      { name: "attributes", icon: <ContactRound /> },
      { name: "blocked", icon: <Ban /> },
    ],
  },
  {
    title: a.groups.system,
    pages: [
      { name: "journal", icon: <Inbox /> },
      { name: "audit", icon: <ScrollText /> },
      { name: "settings", icon: <Building2 /> },
    ],
  },
];

/** What leads and supervisors keep for their teams. The rest is for admins. */
const FOR_LEADS: readonly string[] = ["teams", "tags", "canned", "blocked"] satisfies PageName[];

/** The pages somebody may see, by what they are about. */
function useNav(): typeof NAV {
  const admin = useMe().role === "admin";
  if (admin) return NAV;
  return NAV.map((group) => ({ ...group, pages: group.pages.filter(({ name }) => FOR_LEADS.includes(name)) })).filter(
    (group) => group.pages.length > 0,
  );
}

/** The company's own house: people, teams, what happened, what holds for all. */
export function AdminScreen() {
  const me = useMe();
  const navigate = useNavigate();
  const { page } = useParams({ strict: false });
  if (me.role === "admin") return <Admin />;
  if (me.role !== "agent" && FOR_LEADS.includes(page ?? "")) return <Admin />;
  return (
    <main className="flex min-h-0 flex-1 bg-surface">
      <EmptyState
        icon={<Lock />}
        title={a.notForYou}
        action={
          <Button
            size="sm"
            onClick={() => void navigate({ to: "/inbox/$view/{-$id}", params: { view: "mine", id: undefined } })}
          >
            {a.toInbox}
          </Button>
        }
      >
        {a.notForYouText}
      </EmptyState>
    </main>
  );
}

function Admin() {
  const { page = "users", id } = useParams({ strict: false });
  const phone = useMedia(media.phone);
  const wide = useMedia(media.wide);
  useEffect(listen, []);
  const Page = PAGES[page as PageName] ?? PAGES.users;
  return (
    <div className={cx("flex min-h-0 flex-1 bg-surface", !wide && "flex-col")}>
      <button
        type="button"
        onClick={() => focusRegion("list")}
        className="sr-only rounded-md bg-inverse px-3 py-2 font-medium text-inverse-text focus:not-sr-only focus:absolute focus:start-2 focus:top-2 focus:z-(--z-toast) focus:px-3 focus:py-2"
      >
        {a.skip}
      </button>
      {wide ? <SideNav /> : !(phone && id) && <TopNav />}
      <main className="flex min-h-0 min-w-0 flex-1">
        <Suspense fallback={<div className="flex-1" />}>
          <Page key={page} />
        </Suspense>
      </main>
    </div>
  );
}

const link = (name: PageName) =>
  ({ to: "/admin/{-$page}/{-$id}", params: { page: name, id: undefined }, search: {} }) as const;

function SideNav() {
  const nav = useNav();
  const active = useSummary(nav === NAV).data?.active;
  return (
    <nav
      aria-label={a.nav}
      className="flex w-52 flex-none flex-col overflow-y-auto border-e border-line-subtle bg-surface-2 px-2.5 py-2"
    >
      <p className="px-2 pt-1.5 pb-1 text-[15px] font-semibold">{a.title}</p>
      {nav.map((group) => (
        <div key={group.title} className="flex flex-col">
          <h2 className="mt-[13px] mb-[3px] px-2 text-2xs font-medium text-text-3">{group.title}</h2>
          {group.pages.map(({ name, icon }) => (
            <Link
              key={name}
              {...link(name)}
              className="flex h-[29px] items-center gap-[9px] rounded-sm px-2 font-medium text-text-2 transition-colors hover:bg-hover aria-[current=page]:bg-press aria-[current=page]:text-text"
            >
              {icon}
              <span className="flex-1">{a.pages[name]}</span>
              {name === "users" && active !== undefined && (
                <span aria-hidden="true" className="num text-xs font-medium">
                  {active}
                </span>
              )}
            </Link>
          ))}
        </div>
      ))}
    </nav>
  );
}

function TopNav() {
  const nav = useNav();
  const { page = "users" } = useParams({ strict: false });
  const row = useCurrentInView<HTMLElement>(page);
  return (
    <nav
      ref={row}
      aria-label={a.nav}
      className="flex flex-none scroll-px-4 gap-2 overflow-x-auto border-line-subtle bg-surface px-4 [scrollbar-width:none] desk:border-b desk:bg-surface-2 desk:py-2 phone:pt-3 phone:pb-1"
    >
      {nav
        .flatMap((group) => group.pages)
        .map(({ name }) => (
          <Link
            key={name}
            {...link(name)}
            className="inline-flex h-9 flex-none items-center rounded-full border border-line px-3.5 font-medium whitespace-nowrap text-text-2 aria-[current=page]:border-transparent aria-[current=page]:bg-inverse aria-[current=page]:text-inverse-text desk:h-7 desk:text-xs"
          >
            {a.pages[name]}
          </Link>
        ))}
    </nav>
  );
}
