import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it } from "vitest";
import { me } from "../../../test/factory";
import { open } from "../../../test/screen";
import { faults, TestServer } from "../../../test/server";
import { session } from "../../app/services";
import { attempt } from "../login/attempt";
import { RequiredTwoFactor } from "./required";

const user = userEvent.setup();
const must = { ...me, two_factor: "required" as const };
let server: TestServer;

beforeEach(async () => {
  server = new TestServer()
    .on("GET /auth/options", { body: { company_name: "Zelmira Pay", password_reset_by_email: true } })
    .on("GET /healthz", { body: { status: "ok" } })
    .on("POST /auth/login", { body: { access_token: "t", expires_in: 900, user: must } })
    .on("POST /auth/refresh", { body: { access_token: "u", expires_in: 900, user: { ...me, two_factor: "on" } } })
    .on("POST /auth/logout", { status: 204 })
    .on("GET /me", { body: { ...me, two_factor: "on" } })
    .on("POST /me/totp", { body: { secret: "JBSWY3DPEHPK3PXP", uri: "otpauth://totp/x", qr_svg: "<svg/>" } })
    .on("POST /me/totp/confirm", { body: { recovery_codes: ["aaaaa-bbbbb"] } });
  await session.login({ email: me.email, password: "x" });
});
afterEach(async () => {
  attempt.clear();
  await session.logout();
});

it("uses the password that was just typed, asks for one key only, and goes on when the codes are read", async () => {
  attempt.set({ email: me.email, password: "just typed" });
  const { where } = await open("/two-factor?next=/inbox/all", { "/two-factor": RequiredTwoFactor });
  await user.type(await screen.findByLabelText("Six-digit code"), "123456");
  expect(server.bodies("POST /me/totp")).toEqual([{ password: "just typed" }]);
  await screen.findByText("aaaaa-bbbbb");
  expect(attempt.get()).toBeNull();
  expect(where()).toContain("/two-factor");
  await user.click(screen.getByRole("button", { name: "Go to MAX" }));
  await waitFor(() => expect(where()).toBe("/inbox/all"));
  expect(session.state).toMatchObject({ user: { two_factor: "on" } });
});

it("asks for the password after a reload, without accessibility faults", async () => {
  await open("/two-factor", { "/two-factor": RequiredTwoFactor });
  await screen.findByRole("heading", { name: "Set up two-factor to go on" });
  expect(screen.getByLabelText("Your password")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Sign out" })).toBeTruthy();
  expect(await faults()).toEqual([]);
});
