import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { nextOf, router } from "./app/router";
import { closeLive, queryClient, session } from "./app/services";
import { setLocale } from "./lib/locale";
import { followSystemTheme, useUi } from "./lib/ui-state";
import "./styles.css";

followSystemTheme();

let signedIn = false;
session.subscribe(() => {
  const { state } = session;
  const search = nextOf(location.pathname);
  if (state.status === "in") {
    const { theme, single_keys, language, time_zone, two_factor } = state.user;
    const ui = useUi.getState();
    // Chosen here or on another device.
    if (theme !== ui.theme) ui.setTheme(theme);
    if (single_keys !== ui.singleKeys) ui.setSingleKeys(single_keys);
    setLocale(language, time_zone ?? "");
    // The rules changed while the app was open.
    if (signedIn && two_factor === "required" && location.pathname !== "/two-factor")
      void router.navigate({ to: "/two-factor", search, replace: true }).then(closeLive);
  } else if (signedIn) {
    // Signed out here, in another tab or by the server: leave the signed-in part at once.
    void router.navigate({ to: "/login", search, replace: true }).then(closeLive);
  }
  signedIn = state.status === "in";
});

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
