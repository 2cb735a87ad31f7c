import { QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  RouterProvider,
} from "@tanstack/react-router";
import { act, render } from "@testing-library/react";
import type { ReactNode } from "react";
import { queryClient } from "../src/app/services";

/**
 * Screens at their addresses, without the rest of the app: any other address says "elsewhere". Settings stand below the route of
 * the signed-in part, as they do in the app, because they ask for their parameters by the whole id.
 */
export async function open(at: string, screens: Record<string, () => ReactNode>) {
  queryClient.clear();
  // jsdom has nothing to scroll.
  window.scrollTo = () => {};
  const root = createRootRoute({ component: Outlet });
  const app = createRoute({ getParentRoute: () => root, id: "app", component: Outlet });
  const routes = Object.entries(screens).map(([path, component]) =>
    createRoute({ getParentRoute: () => (path.startsWith("/settings") ? app : root) as typeof root, path, component }),
  );
  const inApp = routes.filter((_, index) => Object.keys(screens)[index]?.startsWith("/settings"));
  const router = createRouter({
    routeTree: root.addChildren([...routes.filter((route) => !inApp.includes(route)), app.addChildren(inApp)]),
    history: createMemoryHistory({ initialEntries: [at] }),
    defaultNotFoundComponent: () => <p>elsewhere</p>,
  });
  const view = render(
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router as never} />
    </QueryClientProvider>,
  );
  await act(() => router.load());
  return { ...view, router, where: () => router.state.location.href };
}
