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
import { openLive, session } from "./services";
import { Starting, StartingFailed } from "./starting";

const root = createRootRoute({ component: Outlet });

/** Only a path of this app may be returned to after signing in. */
const safePath = (next: unknown): string | undefined =>
  typeof next === "string" && /^\/(inbox|queues|admin)\//.test(next) ? next : undefined;

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (search: Record<string, unknown>): { next?: string } => {
    const next = safePath(search.next);
    return next ? { next } : {};
  },
  component: lazyRouteComponent(() => import("../features/login/login"), "Login"),
});

const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  beforeLoad: async ({ location }) => {
    if (session.state.status !== "in") {
      try {
        await session.renew();
      } catch (error) {
        if (!(error instanceof ApiError && (error.status === 401 || error.status === 403))) throw error;
        const next = safePath(location.href);
        throw redirect({ to: "/login", search: next ? { next } : {}, replace: true });
      }
    }
    if (session.state.status === "in") openLive(session.state.user);
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

const VIEWS: readonly string[] = ["mine", "queue", "all"] satisfies View[];

const inbox = createRoute({
  getParentRoute: () => app,
  path: "/inbox/$view/{-$id}",
  beforeLoad: ({ params }) => {
    if (!VIEWS.includes(params.view))
      throw redirect({ to: "/inbox/$view/{-$id}", params: { view: "mine", id: undefined }, replace: true });
  },
  component: lazyRouteComponent(() => import("../features/inbox/screen"), "InboxScreen"),
});

const queues = createRoute({
  getParentRoute: () => app,
  path: "/queues/$teamId/{-$id}",
  component: lazyRouteComponent(() => import("../features/inbox/screen"), "InboxScreen"),
});

const ADMIN: readonly string[] = ["users", "teams", "audit", "settings"];

const admin = createRoute({
  getParentRoute: () => app,
  path: "/admin/{-$page}/{-$id}",
  // What is filtered; the screens read it, each its own (features/admin/filters.ts).
  validateSearch: (search: Record<string, unknown>): { [name: string]: unknown } => search,
  beforeLoad: ({ params }) => {
    if (!ADMIN.includes(params.page ?? ""))
      throw redirect({ to: "/admin/{-$page}/{-$id}", params: { page: "users", id: undefined }, replace: true });
  },
  component: lazyRouteComponent(() => import("../features/admin/screen"), "AdminScreen"),
});

export const router = createRouter({
  routeTree: root.addChildren([login, app.addChildren([home, inbox, queues, admin])]),
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
