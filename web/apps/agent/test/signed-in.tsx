import type { LiveEvent, Me } from "@max/api";
import { Toaster } from "@max/ui";
import { QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, render } from "@testing-library/react";
import type { ReactNode } from "react";
import { live } from "../src/app/live";
import { closeLive, openLive, queryClient, session } from "../src/app/services";
import { tellEvent } from "../src/live/hear";
import { me } from "./factory";
import { TestServer } from "./server";

/** A server with somebody signed in at it. */
export async function signIn(as: Partial<Me> = {}): Promise<TestServer> {
  const who = { ...me, ...as };
  const server = new TestServer()
    .on("POST /auth/login", { body: { access_token: "t", expires_in: 900, user: who } })
    .on("POST /auth/logout", { status: 204 });
  await session.login({ email: who.email, password: "x" });
  openLive(who);
  return server;
}

/** Ends it, with nothing left for the next test. */
export async function signOut(): Promise<void> {
  cleanup();
  closeLive();
  await session.logout();
  localStorage.clear();
  sessionStorage.clear();
}

/** A part of the signed-in app, with its toasts. */
export function show(part: ReactNode) {
  return render(
    <QueryClientProvider client={queryClient}>
      {part}
      <Toaster dismiss="Dismiss" />
    </QueryClientProvider>,
  );
}

/** Something came over the socket. */
export const hears = (event: LiveEvent) =>
  act(() => {
    live().cache.apply(event);
    tellEvent(event);
  });
