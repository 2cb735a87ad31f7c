import type { Me } from "@max/api";
import { Toaster } from "@max/ui";
import { act, cleanup, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { me } from "../../../test/factory";
import { open } from "../../../test/screen";
import { faults, refusal, TestServer, wrongField } from "../../../test/server";
import { session } from "../../app/services";
import { SettingsScreen } from "./screen";

const user = userEvent.setup();
const screens = { "/settings/{-$page}": SettingsScreen };
let server: TestServer;
let stored: Me;

const current = {
  id: "s1",
  current: true,
  device: "Firefox on Linux",
  address: "203.0.113.24",
  created_at: "2026-11-20T09:00:00Z",
  last_used_at: new Date().toISOString(),
};
const other = {
  ...current,
  id: "s2",
  current: false,
  device: "Safari on iPhone",
  last_used_at: "2026-11-20T09:00:00Z",
};

beforeEach(async () => {
  stored = { ...me };
  server = new TestServer()
    .on("POST /auth/login", () => ({ body: { access_token: "t", expires_in: 900, user: stored } }))
    .on("POST /auth/logout", { status: 204 })
    .on("GET /me", () => ({ body: stored }))
    .on("PATCH /me", ({ body }) => {
      const changes = body as Partial<Me>;
      stored = { ...stored, ...changes, notifications: { ...stored.notifications, ...changes.notifications } };
      return { body: stored };
    });
  await session.login({ email: me.email, password: "x" });
  render(<Toaster dismiss="Dismiss" />);
});
afterEach(async () => {
  cleanup();
  await session.logout();
});

describe("settings", () => {
  it.each([
    ["profile", "Profile"],
    ["appearance", "Appearance"],
    ["notifications", "Notifications"],
    ["shortcuts", "Shortcuts"],
    ["password", "Password"],
    ["two-factor", "Two-factor"],
  ])("%s has no accessibility faults", async (page, title) => {
    await open(`/settings/${page}`, screens);
    await screen.findByRole("heading", { level: 1, name: title });
    expect(screen.getByRole("link", { name: title }).getAttribute("aria-current")).toBe("page");
    expect(await faults()).toEqual([]);
  });

  it("opens the first page by itself, also for an address that is none", async () => {
    const { where } = await open("/settings/nonsense", screens);
    await waitFor(() => expect(where()).toBe("/settings/profile"));
  });
});

describe("profile", () => {
  it("saves only what changed and says so", async () => {
    await open("/settings/profile", screens);
    const name = await screen.findByLabelText("Name");
    expect(screen.queryByRole("button", { name: "Save" })).toBeNull();
    await user.type(name, " Diaz");
    screen.getByText("1 unsaved change");
    expect(await faults()).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(screen.queryByText("1 unsaved change")).toBeNull());
    expect(server.bodies("PATCH /me")).toEqual([{ name: "Leila Moreno Diaz" }]);
    expect(session.state).toMatchObject({ user: { name: "Leila Moreno Diaz" } });
  });

  it("shows what the server says about a field, and can throw changes away", async () => {
    server.on("PATCH /me", wrongField("signature", "Signatures have at most 2,000 characters."));
    await open("/settings/profile", screens);
    await user.type(await screen.findByRole("textbox", { name: "Signature" }), "Kind regards");
    await user.click(screen.getByRole("button", { name: "Save" }));
    await screen.findByText("Signatures have at most 2,000 characters.");
    await user.click(screen.getByRole("button", { name: "Discard" }));
    expect(screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Signature" }).value).toBe("");
  });

  it("keeps the changes when the server is away", async () => {
    server.on("PATCH /me", "network");
    await open("/settings/profile", screens);
    await user.type(await screen.findByLabelText("Name"), "!");
    await user.click(screen.getByRole("button", { name: "Save" }));
    await screen.findByText(/Not saved/);
    expect(screen.getByLabelText<HTMLInputElement>("Name").value).toBe("Leila Moreno!");
  });

  it("asks before unsaved changes are left", async () => {
    const { where } = await open("/settings/profile", screens);
    await user.type(await screen.findByLabelText("Name"), "!");
    await user.click(screen.getByRole("link", { name: "Sessions" }));
    const dialog = await screen.findByRole("dialog", { name: "Leave without saving?" });
    expect(where()).toBe("/settings/profile");
    await user.click(within(dialog).getByRole("button", { name: "Leave without saving" }));
    await waitFor(() => expect(where()).toBe("/settings/sessions"));
  });

  it("refuses a photo that is none, or too large", async () => {
    await open("/settings/profile", screens);
    const file = await screen.findByTestId("photo-file");
    await userEvent.setup({ applyAccept: false }).upload(file, new File(["x"], "a.gif", { type: "image/gif" }));
    await screen.findByText("Choose a PNG, JPEG or WebP picture.");
    await user.upload(file, new File([new Uint8Array(5 * 1024 * 1024 + 1)], "a.png", { type: "image/png" }));
    await screen.findByText("That picture is over 5 MB. Choose a smaller one.");
  });
});

describe("choices that act at once", () => {
  it("are kept on the server", async () => {
    await open("/settings/appearance", screens);
    await user.click(await screen.findByRole("radio", { name: /Dark/ }));
    await user.click(screen.getByRole("radio", { name: /Compact/ }));
    await waitFor(() => expect(server.bodies("PATCH /me")).toEqual([{ theme: "dark" }, { density: "compact" }]));
    expect(session.state).toMatchObject({ user: { theme: "dark", density: "compact" } });
  });

  it("are taken back when the server does not take them", async () => {
    server.on("PATCH /me", "network");
    await open("/settings/notifications", screens);
    const sound = await screen.findByRole("switch", { name: "Sound" });
    await user.click(sound);
    await screen.findByText("MAX did not answer.");
    expect((sound as HTMLInputElement).checked).toBe(false);
    expect(session.state).toMatchObject({ user: { notifications: { sound: false, replies: true } } });
  });
});

describe("password", () => {
  it("is changed, or says which of the two is wrong", async () => {
    server.on("POST /me/password", wrongField("current", "is wrong"));
    await open("/settings/password", screens);
    await user.type(await screen.findByLabelText("Current password"), "old one");
    await user.type(screen.getByLabelText("New password"), "quiet river stone");
    await user.click(screen.getByRole("button", { name: "Change password" }));
    await screen.findByText("That is not your current password.");
    server.on("POST /me/password", { status: 204 });
    await user.click(screen.getByRole("button", { name: "Change password" }));
    await screen.findByText(/Password changed/);
    expect(screen.getByLabelText<HTMLInputElement>("New password").value).toBe("");
  });
});

describe("sessions", () => {
  beforeEach(() => {
    server.on("GET /me/sessions", { body: { items: [current, other], next_cursor: null } });
  });

  it("are listed without accessibility faults; one can be ended", async () => {
    server.on("DELETE /me/sessions/s2", { status: 204 });
    await open("/settings/sessions", screens);
    await screen.findByText("This device");
    expect(await faults()).toEqual([]);
    await user.click(screen.getByRole("button", { name: "End session on Safari on iPhone" }));
    await screen.findByText("You are signed in nowhere else.");
    expect(screen.queryByRole("button", { name: "End all others" })).toBeNull();
  });

  it("can all be ended but this one, after a question", async () => {
    server.on("POST /me/sessions/end-others", { status: 204 });
    await open("/settings/sessions", screens);
    await user.click(await screen.findByRole("button", { name: "End all others" }));
    const dialog = await screen.findByRole("dialog");
    expect(await faults()).toEqual([]);
    server.on("GET /me/sessions", { body: { items: [current], next_cursor: null } });
    await user.click(within(dialog).getByRole("button", { name: "End all others" }));
    await screen.findByText("You are signed in nowhere else.");
    expect(server.bodies("POST /me/sessions/end-others")).toHaveLength(1);
  });

  it("say when they did not load, and load again", async () => {
    server.on("GET /me/sessions", refusal(403, "forbidden", "Not now."));
    await open("/settings/sessions", screens);
    await screen.findByText("Sessions did not load");
    server.on("GET /me/sessions", { body: { items: [current], next_cursor: null } });
    await user.click(screen.getByRole("button", { name: "Try again" }));
    await screen.findByText("Firefox on Linux");
  });
});

describe("two-factor", () => {
  const codes = Array.from({ length: 10 }, (_, index) => `abcd${index}-efgh${index}`);

  it("is set up: password, key, code, recovery codes", async () => {
    server
      .on("POST /me/totp", ({ body }) =>
        (body as { password: string }).password === "right"
          ? { body: { secret: "JBSWY3DPEHPK3PXP", uri: "otpauth://totp/x", qr_svg: "<svg/>" } }
          : wrongField("password", "is wrong"),
      )
      .on("POST /me/totp/confirm", ({ body }) => {
        if ((body as { code: string }).code !== "123456") return wrongField("code", "is wrong");
        stored = { ...stored, two_factor: "on", recovery_codes_left: 10 };
        return { body: { recovery_codes: codes } };
      });
    await open("/settings/two-factor", screens);
    await user.click(await screen.findByRole("button", { name: "Set up" }));
    await user.type(screen.getByLabelText("Your password"), "wrong{Enter}");
    await screen.findByText("That is not your password.");
    await user.clear(screen.getByLabelText("Your password"));
    await user.type(screen.getByLabelText("Your password"), "right{Enter}");
    const qr = await screen.findByRole<HTMLImageElement>("img", { name: /QR code/ });
    expect(qr.src).toBe("data:image/svg+xml,%3Csvg%2F%3E");
    screen.getByText("JBSW Y3DP EHPK 3PXP");
    expect(await faults()).toEqual([]);
    await user.type(screen.getByLabelText("Six-digit code"), "111111");
    await screen.findByText(/That code is not right/);
    await user.type(screen.getByLabelText("Six-digit code"), "123456");
    const list = await screen.findByRole("list", { name: "Recovery codes" });
    expect(
      within(list)
        .getAllByRole("listitem")
        .map((item) => item.textContent),
    ).toEqual(codes);
    expect(await faults()).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Copy" }));
    expect(await navigator.clipboard.readText()).toBe(codes.join("\n"));
    await user.click(screen.getByRole("button", { name: "Done" }));
    await screen.findByText(/10 of 10 codes left/);
  });

  it("cannot be turned off where the role needs it", async () => {
    stored = { ...stored, two_factor: "on", recovery_codes_left: 2 };
    await act(async () => session.update(stored));
    server.on("POST /me/totp/disable", refusal(409, "two_factor_required", "Needed."));
    await open("/settings/two-factor", screens);
    await user.click(await screen.findByRole("button", { name: "Turn off" }));
    const dialog = await screen.findByRole("dialog", { name: "Turn two-factor off?" });
    expect(await faults()).toEqual([]);
    await user.type(within(dialog).getByLabelText("Your password"), "x");
    await user.type(within(dialog).getByLabelText(/Code from your app/), "123456{Enter}");
    await within(dialog).findByText("Your role needs two-factor, so it stays on.");
  });
});
