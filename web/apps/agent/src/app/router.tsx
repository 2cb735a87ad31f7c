import type { View } from "@max/api";
import { ApiError } from "@max/api";
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import type { PageName } from "../features/admin/place";
import { readFilter } from "../live/views";
import { openLive, session } from "./services";
import { Starting, StartingFailed } from "./starting";

const root = createRootRoute({ component: Outlet });

/** Only a path of this app may be returned to after signing in. */
const safePath = (next: unknown): string | undefined =>
  typeof next === "string" && /^\/(inbox|queues|settings|admin)(\/|$)/.test(next) ? next : undefined;

/** Where to go on to, as a search parameter. */
export const nextOf = (path: unknown): { next?: string } => {
  const next = safePath(path);
  return next ? { next } : {};
};
const validateSearch = (search: Record<string, unknown>) => nextOf(search.next);

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch,
  component: lazyRouteComponent(() => import("../features/login/login"), "Login"),
});

const loginCode = createRoute({
  getParentRoute: () => root,
  path: "/login/2fa",
  validateSearch,
  component: lazyRouteComponent(() => import("../features/login/code"), "LoginCode"),
});

const forgot = createRoute({
  getParentRoute: () => root,
  path: "/login/forgot",
  component: lazyRouteComponent(() => import("../features/login/forgot"), "Forgot"),
});

const welcome = createRoute({
  getParentRoute: () => root,
  path: "/welcome",
  component: lazyRouteComponent(() => import("../features/login/link"), "Welcome"),
});

const reset = createRoute({
  getParentRoute: () => root,
  path: "/reset",
  component: lazyRouteComponent(() => import("../features/login/link"), "Reset"),
});

/** Comes back only with somebody signed in; else goes to the sign-in screen, and from there back to `path`. */
async function enter(path: string) {
  if (session.state.status !== "in") {
    try {
      await session.renew();
    } catch (error) {
      if (!(error instanceof ApiError && (error.status === 401 || error.status === 403))) throw error;
    }
  }
  if (session.state.status !== "in") throw redirect({ to: "/login", search: nextOf(path), replace: true });
  return session.state.user;
}

/** What has to be done before anything else opens. */
const required = createRoute({
  getParentRoute: () => root,
  path: "/two-factor",
  validateSearch,
  beforeLoad: async ({ search }) => {
    const me = await enter(search.next ?? "/");
    if (me.two_factor !== "required") throw redirect({ href: search.next ?? "/", replace: true });
  },
  pendingComponent: Starting,
  errorComponent: StartingFailed,
  component: lazyRouteComponent(() => import("../features/two-factor/required"), "RequiredTwoFactor"),
});

const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  beforeLoad: async ({ location }) => {
    const me = await enter(location.href);
    if (me.two_factor === "required")
      throw redirect({ to: "/two-factor", search: nextOf(location.href), replace: true });
    openLive(me);
  },
  pendingComponent: Starting,
  errorComponent: StartingFailed,
  component: lazyRouteComponent(() => import("./shell"), "Shell"),
});

const home = createRoute({
  getParentRoute: () => app,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/inbox/$view/{-$id}", params: { view: "mine", id: undefined }, replace: true });
  },
});

const VIEWS: readonly string[] = ["mine", "mentions", "snoozed", "queue", "all"] satisfies View[];
/** Saved views are named by their id. */
const ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

const inbox = createRoute({
  getParentRoute: () => app,
  path: "/inbox/$view/{-$id}",
  // What is filtered: a link shows the same list to whoever opens it.
  validateSearch: readFilter,
  beforeLoad: ({ params }) => {
    if (!VIEWS.includes(params.view) && !ID.test(params.view))
      throw redirect({ to: "/inbox/$view/{-$id}", params: { view: "mine", id: undefined }, replace: true });
  },
  component: lazyRouteComponent(() => import("../features/inbox/screen"), "InboxScreen"),
});

const queues = createRoute({
  getParentRoute: () => app,
  path: "/queues/$teamId/{-$id}",
  validateSearch: readFilter,
  component: lazyRouteComponent(() => import("../features/queue/screen"), "QueueScreen"),
});

const settings = createRoute({
  getParentRoute: () => app,
  path: "/settings/{-$page}",
  component: lazyRouteComponent(() => import("../features/settings/screen"), "SettingsScreen"),
});

/** Every page of admin: a type of which none can be left out, and which costs nothing to load. */
const ADMIN: Record<PageName, true> = {
  users: true,
  teams: true,
  tags: true,
  canned: true,
  "close-reasons": true,
  attributes: true,
  blocked: true,
  channels: true,
  journal: true,
  audit: true,
  settings: true,
};

const admin = createRoute({
  getParentRoute: () => app,
  path: "/admin/{-$page}/{-$id}",
  // What is filtered; the screens read it, each its own (features/admin/filters.ts).
  validateSearch: (search: Record<string, unknown>): { [name: string]: unknown } => search,
  beforeLoad: ({ params }) => {
    if (Object.hasOwn(ADMIN, params.page ?? "")) return;
    // Leads keep what is of their teams; the users are for admins.
    const page = session.state.status === "in" && session.state.user.role === "admin" ? "users" : "tags";
    throw redirect({ to: "/admin/{-$page}/{-$id}", params: { page, id: undefined }, replace: true });
  },
  component: lazyRouteComponent(() => import("../features/admin/screen"), "AdminScreen"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    login,
    loginCode,
    forgot,
    welcome,
    reset,
    required,
    app.addChildren([home, inbox, queues, settings, admin]),
  ]),
  defaultPendingMs: 150,
  defaultPendingMinMs: 0,
  defaultPreload: false,
  notFoundMode: "root",
  defaultNotFoundComponent: () => {
    void router.navigate({ to: "/", replace: true });
    return null;
  },
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
