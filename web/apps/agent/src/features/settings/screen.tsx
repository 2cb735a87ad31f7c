import { cx, Skeleton, useDelayed } from "@max/ui";
import { Link, Navigate, useParams } from "@tanstack/react-router";
import {
  Bell,
  ChevronLeft,
  ChevronRight,
  Keyboard,
  KeyRound,
  MessageSquareQuote,
  MonitorSmartphone,
  Palette,
  PenLine,
  ShieldCheck,
  TextQuote,
  UserRound,
} from "lucide-react";
import { type ComponentType, lazy, type ReactNode, Suspense, useEffect, useRef } from "react";
import { media, useMedia } from "../../lib/use-media";
import { s } from "../../strings";
import { a } from "../../strings-account";
import { k } from "../../strings-canned";
import { n } from "../../strings-notes";
import { x } from "../../strings-settings";

interface Page {
  name: string;
  icon: ReactNode;
  content: ComponentType;
}

// Each with the code it needs, loaded when it is opened.
const PAGES = {
  profile: { name: a.profile.page, icon: <UserRound />, content: lazy(() => import("./profile")) },
  appearance: { name: a.appearance.page, icon: <Palette />, content: lazy(() => import("./appearance")) },
  notifications: { name: a.notifications.page, icon: <Bell />, content: lazy(() => import("./notifications")) },
  writing: { name: x.writing.page, icon: <PenLine />, content: lazy(() => import("./writing")) },
  canned: { name: k.page, icon: <TextQuote />, content: lazy(() => import("./canned")) },
  feedback: { name: n.page, icon: <MessageSquareQuote />, content: lazy(() => import("./feedback")) },
  shortcuts: { name: a.shortcuts.page, icon: <Keyboard />, content: lazy(() => import("./shortcuts")) },
  password: { name: a.password.page, icon: <KeyRound />, content: lazy(() => import("./password")) },
  "two-factor": { name: a.twoFactor.page, icon: <ShieldCheck />, content: lazy(() => import("./two-factor")) },
  sessions: { name: a.sessions.page, icon: <MonitorSmartphone />, content: lazy(() => import("./sessions")) },
} satisfies Record<string, Page>;
type Name = keyof typeof PAGES;

const GROUPS: readonly (readonly [string, readonly Name[]])[] = [
  [a.you, ["profile", "canned", "feedback"]],
  [a.app, ["appearance", "notifications", "writing", "shortcuts"]],
  [a.security, ["password", "two-factor", "sessions"]],
];

/** One's own account: the pages beside the open one, or one at a time on a phone. */
export function SettingsScreen() {
  const { page } = useParams({ from: "/app/settings/{-$page}" });
  const phone = useMedia(media.phone);
  const open = page && page in PAGES ? (page as Name) : null;
  const title = open ? PAGES[open].name : a.settings;
  const main = useRef<HTMLElement>(null);

  useEffect(() => {
    document.title = s.title(title, 0);
  }, [title]);
  // On a phone the page replaces the list, and the focus would be lost with what was pressed.
  useEffect(() => {
    if (phone && open) main.current?.focus({ preventScroll: true });
  }, [phone, open]);

  if (!open && (page || !phone)) {
    return <Navigate to="/settings/{-$page}" params={{ page: phone ? undefined : "profile" }} replace />;
  }
  const Content = open ? PAGES[open].content : null;
  return (
    <div className="grid min-h-0 flex-1 grid-cols-1 desk:grid-cols-[208px_minmax(0,1fr)]">
      {(!phone || !open) && <Sections open={open} phone={phone} />}
      {Content && (
        <main
          ref={main}
          key={open}
          data-region="main"
          tabIndex={-1}
          aria-label={title}
          className="flex min-h-0 flex-col overflow-y-auto outline-none"
        >
          {phone && (
            <Link
              to="/settings/{-$page}"
              params={{ page: undefined }}
              className="flex min-h-11 flex-none items-center gap-1 px-2.5 text-sm font-medium text-accent-text"
            >
              <ChevronLeft />
              {a.back}
            </Link>
          )}
          <Suspense fallback={<PageSkeleton />}>
            <Content />
          </Suspense>
        </main>
      )}
    </div>
  );
}

function Sections({ open, phone }: { open: Name | null; phone: boolean }) {
  const Frame = phone ? "main" : "div";
  // Beside an open page that page has the first heading.
  const Title = phone ? "h1" : "p";
  return (
    <Frame
      {...(phone ? { "data-region": "main", tabIndex: -1 } : {})}
      className="flex min-h-0 flex-col overflow-y-auto border-line-subtle bg-surface-2 px-2.5 pb-4 outline-none desk:border-e phone:bg-surface phone:px-4"
    >
      <nav aria-label={a.sections}>
        <Title className="flex h-[52px] flex-none items-center px-2 text-[15px] font-semibold tracking-[-0.01em] phone:px-0 phone:text-[24px] phone:tracking-[-0.025em]">
          {a.settings}
        </Title>
        {GROUPS.map(([title, names]) => (
          <section key={title} className="mb-3 phone:mb-5">
            <h2 className="mb-[3px] px-2 text-2xs font-medium text-text-3 phone:px-0 phone:text-xs">{title}</h2>
            <ul className="phone:overflow-hidden phone:rounded-lg phone:border phone:border-line">
              {names.map((name) => (
                <li key={name} className="phone:border-b phone:border-line-subtle phone:last:border-0">
                  <Link
                    to="/settings/{-$page}"
                    params={{ page: name }}
                    {...(open === name ? { "aria-current": "page" as const } : {})}
                    data-testid={`settings-${name}`}
                    className={cx(
                      "flex h-[29px] items-center gap-[9px] rounded-sm px-2 font-medium text-text-2 transition-colors hover:bg-hover aria-[current=page]:bg-press aria-[current=page]:text-text",
                      "phone:h-12 phone:rounded-none phone:px-3.5 phone:text-md phone:text-text",
                    )}
                  >
                    {PAGES[name].icon}
                    <span className="flex-1">{PAGES[name].name}</span>
                    {phone && <ChevronRight className="text-text-3" />}
                  </Link>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </nav>
    </Frame>
  );
}

function PageSkeleton() {
  const late = useDelayed(true);
  if (!late) return null;
  return (
    <div className="flex flex-col gap-4 px-8 py-7 phone:px-4">
      <Skeleton className="h-5 w-40" />
      <Skeleton className="w-80 max-w-full" />
      <Skeleton className="mt-4 h-24 w-full max-w-[640px]" />
    </div>
  );
}
