import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { router } from "./app/router";
import { closeLive, queryClient, session } from "./app/services";
import { followSystemTheme } from "./lib/ui-state";
import "./styles.css";

followSystemTheme();

// Signed out here, in another tab or by the server: leave the signed-in part at once.
let signedIn = false;
session.subscribe(() => {
  const status = session.state.status;
  if (signedIn && status === "out") {
    const { pathname } = location;
    const next = /^\/(inbox|queues|admin)\//.test(pathname) ? { next: pathname } : {};
    void router.navigate({ to: "/login", search: next, replace: true }).then(closeLive);
  }
  signedIn = status === "in";
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
