import { act, cleanup, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it } from "vitest";
import { me } from "../../test/factory";
import { open } from "../../test/screen";
import { faults, TestServer } from "../../test/server";
import { session, useSignIns } from "./services";
import { SignInNotice } from "./sign-in-notice";

const user = userEvent.setup();
const event = {
  session_id: "s9",
  device: "Chrome on Windows",
  address: "198.51.100.201",
  at: new Date().toISOString(),
};
const here = {
  id: "s1",
  current: true,
  device: "Firefox",
  address: "::1",
  created_at: event.at,
  last_used_at: event.at,
};

beforeEach(async () => {
  new TestServer()
    .on("POST /auth/login", { body: { access_token: "t", expires_in: 900, user: me } })
    .on("POST /auth/logout", { status: 204 })
    .on("GET /me/sessions", { body: { items: [here], next_cursor: null } });
  await session.login({ email: me.email, password: "x" });
});
afterEach(async () => {
  cleanup();
  useSignIns.setState({ seen: [] });
  await session.logout();
});

it("tells of a sign-in elsewhere until it is answered", async () => {
  const { where } = await open("/", { "/": SignInNotice });
  act(() => useSignIns.setState({ seen: [event] }));
  await screen.findByText(/Chrome on Windows, 198.51.100.201, just now/);
  expect(await faults()).toEqual([]);
  await user.click(screen.getByRole("button", { name: "No, show sessions" }));
  await waitFor(() => expect(where()).toBe("/settings/sessions"));
  expect(useSignIns.getState().seen).toEqual([]);
});

it("is silent about this browser's own session, and where it is not wanted", async () => {
  await open("/", { "/": SignInNotice });
  act(() => useSignIns.setState({ seen: [{ ...event, session_id: "s1" }] }));
  await waitFor(() => expect(useSignIns.getState().seen).toEqual([]));
  act(() => session.update({ ...me, notifications: { ...me.notifications, sign_ins: false } }));
  act(() => useSignIns.setState({ seen: [event] }));
  await waitFor(() => expect(useSignIns.getState().seen).toEqual([]));
  expect(screen.queryByText(/New sign-in/)).toBeNull();
});
