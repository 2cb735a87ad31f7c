import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { me } from "../../../test/factory";
import { open } from "../../../test/screen";
import { faults, refusal, TestServer, wrongField } from "../../../test/server";
import { session } from "../../app/services";
import { attempt } from "./attempt";
import { LoginCode } from "./code";
import { Forgot } from "./forgot";
import { Reset, Welcome } from "./link";
import { Login } from "./login";

const screens = {
  "/login": Login,
  "/login/2fa": LoginCode,
  "/login/forgot": Forgot,
  "/welcome": Welcome,
  "/reset": Reset,
};
const entered = { body: { access_token: "t", expires_in: 900, user: me } };
const user = userEvent.setup();
let server: TestServer;

beforeEach(() => {
  localStorage.clear();
  attempt.clear();
  server = new TestServer()
    .on("GET /auth/options", { body: { company_name: "Zelmira Pay", password_reset_by_email: true } })
    .on("GET /healthz", { body: { status: "ok" } })
    .on("POST /auth/logout", { status: 204 });
});
afterEach(async () => {
  await session.logout();
});

async function fill(email = "leila@zelmira.example", password = "correct horse") {
  await user.type(screen.getByLabelText("Work email"), email);
  await user.type(screen.getByLabelText("Password"), password);
  await user.click(screen.getByRole("button", { name: "Sign in" }));
}

describe("signing in", () => {
  it("names the company, has no accessibility faults, and sends what was entered with the header against other sites", async () => {
    server.on("POST /auth/login", entered);
    const { where } = await open("/login", screens);
    await screen.findByRole("heading", { name: "Sign in to Zelmira Pay" });
    expect(await faults()).toEqual([]);
    await user.click(screen.getByLabelText("Keep me signed in on this device"));
    await fill();
    await waitFor(() => expect(where()).toBe("/"));
    const call = server.calls.find(({ name }) => name === "POST /auth/login");
    expect(call?.body).toEqual({ email: "leila@zelmira.example", password: "correct horse", remember: false });
    expect(call?.headers.get("x-max-request")).toBe("1");
  });

  it("asks for what is missing before it asks the server", async () => {
    await open("/login", screens);
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    expect(screen.getByLabelText("Work email").getAttribute("aria-invalid")).toBe("true");
    expect(document.activeElement).toBe(screen.getByLabelText("Work email"));
    expect(server.bodies("POST /auth/login")).toEqual([]);
    expect(await faults()).toEqual([]);
  });

  it("says when MAX cannot be reached, and when email and password do not match", async () => {
    server.on("POST /auth/login", "network");
    await open("/login", screens);
    await fill();
    await screen.findByText(/cannot be reached/);
    server.on("POST /auth/login", refusal(401, "invalid_credentials", "Wrong."));
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    await screen.findByText(/do not match/);
  });

  it("counts down while it is paused, and another account may try at once", async () => {
    server.on("POST /auth/login", refusal(429, "too_many_requests", "Wait.", {}, { "retry-after": "75" }));
    await open("/login", screens);
    await fill();
    await screen.findByText(/Try again in 1m 15s/);
    expect(await faults()).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    expect(server.bodies("POST /auth/login")).toHaveLength(1);
    fireEvent.change(screen.getByLabelText("Work email"), { target: { value: "other@zelmira.example" } });
    expect(screen.queryByTestId("login-locked")).toBeNull();
  });

  it("opens again when the pause is over", async () => {
    server.on("POST /auth/login", refusal(429, "too_many_requests", "Wait.", {}, { "retry-after": "1" }));
    await open("/login", screens);
    await fill();
    await screen.findByTestId("login-locked");
    await screen.findByText("You can try again now.", {}, { timeout: 3_000 });
  });
});

describe("the second step", () => {
  beforeEach(() => {
    server.on("POST /auth/login", ({ body }) => {
      const { totp } = body as { totp?: string };
      if (!totp) return refusal(401, "totp_required", "A code is needed.");
      return totp === "123456" || totp === "k7m2p-9xq4t" ? entered : refusal(401, "totp_wrong", "Wrong code.");
    });
  });

  it("takes a pasted code with a space, without pressing anything", async () => {
    const { where } = await open("/login", screens);
    await fill();
    const code = await screen.findByLabelText("Six-digit code");
    expect(await faults()).toEqual([]);
    expect(code.getAttribute("autocomplete")).toBe("one-time-code");
    await user.click(code);
    await user.paste("123 456");
    await waitFor(() => expect(where()).toBe("/"));
    expect(server.bodies("POST /auth/login").at(-1)).toEqual({
      email: "leila@zelmira.example",
      password: "correct horse",
      remember: true,
      totp: "123456",
    });
    expect(attempt.get()).toBeNull();
  });

  it("empties the boxes after a wrong code, and takes a recovery code instead", async () => {
    const { where } = await open("/login", screens);
    await fill();
    await user.type(await screen.findByLabelText("Six-digit code"), "999999");
    await screen.findByText(/That code is not right/);
    expect(screen.getByLabelText<HTMLInputElement>("Six-digit code").value).toBe("");
    await user.click(screen.getByRole("button", { name: "Use a recovery code" }));
    expect(await faults()).toEqual([]);
    await user.type(screen.getByLabelText("Recovery code"), "k7m2p-9xq4t{Enter}");
    await waitFor(() => expect(where()).toBe("/"));
  });

  it("begins anew after a reload", async () => {
    const { where } = await open("/login/2fa", screens);
    await waitFor(() => expect(where()).toBe("/login"));
  });
});

describe("a forgotten password", () => {
  it("sends a link and does not say whether the account exists", async () => {
    server.on("POST /auth/password/forgot", { status: 202, body: {} });
    await open("/login/forgot", screens);
    await user.type(await screen.findByLabelText("Work email"), "leila@zelmira.example{Enter}");
    await screen.findByRole("heading", { name: "Check your email" });
    expect(await faults()).toEqual([]);
    expect(server.bodies("POST /auth/password/forgot")).toEqual([{ email: "leila@zelmira.example" }]);
  });

  it("says whom to ask where MAX sends no email", async () => {
    server.on("GET /auth/options", { body: { company_name: "Zelmira Pay", password_reset_by_email: false } });
    await open("/login/forgot", screens);
    await screen.findByRole("heading", { name: "Ask an admin" });
    expect(screen.queryByRole("textbox")).toBeNull();
    expect(await faults()).toEqual([]);
  });
});

describe("a link to choose a password", () => {
  const info = {
    purpose: "invite",
    name: "Nils Öberg",
    email: "nils@zelmira.example",
    expires_at: "2026-12-01T00:00:00Z",
  };

  it("tells the rules first, then the length, and signs in", async () => {
    server
      .on("POST /auth/link", { body: info })
      .on("POST /auth/link/password", { status: 204 })
      .on("POST /auth/login", entered);
    const { where } = await open("/welcome#abc", screens);
    await screen.findByRole("heading", { name: "Welcome, Nils Öberg" });
    expect(await faults()).toEqual([]);
    expect(server.bodies("POST /auth/link")).toEqual([{ token: "abc" }]);
    const field = screen.getByLabelText("New password");
    expect(document.getElementById(field.getAttribute("aria-describedby") ?? "")?.textContent).toMatch(/12 to 72/);
    await user.type(field, "too short");
    screen.getByText("9 of at least 12 characters");
    await user.click(screen.getByRole("button", { name: "Save and sign in" }));
    screen.getByText("Use at least 12 characters.");
    expect(server.bodies("POST /auth/link/password")).toEqual([]);
    await user.type(field, " no more");
    await user.click(screen.getByRole("button", { name: "Save and sign in" }));
    await waitFor(() => expect(where()).toBe("/"));
    expect(server.bodies("POST /auth/link/password")).toEqual([{ token: "abc", password: "too short no more" }]);
  });

  it("shows what the server says about the password", async () => {
    server
      .on("POST /auth/link", { body: info })
      .on("POST /auth/link/password", wrongField("password", "Many people use this password."));
    await open("/welcome#abc", screens);
    await user.type(await screen.findByLabelText("New password"), "password12345{Enter}");
    await screen.findByText("Many people use this password.");
  });

  it("refuses what is too long for the server in words", async () => {
    server.on("POST /auth/link", { body: info });
    await open("/welcome#abc", screens);
    await user.click(await screen.findByLabelText("New password"));
    await user.paste("é".repeat(40));
    await act(async () => {});
    expect(screen.getByText(/That is too long/)).toBeTruthy();
  });

  it("says that a used link is over and where to get another", async () => {
    server.on("POST /auth/link", refusal(410, "link_invalid", "This link does not work any more."));
    await open("/reset#old", screens);
    await screen.findByRole("heading", { name: "This link does not work any more" });
    expect(screen.getByRole("link", { name: "Send me a new link" })).toBeTruthy();
    expect(await faults()).toEqual([]);
  });

  it("can be checked again when the server was away", async () => {
    server.on("POST /auth/link", refusal(503, "unavailable", "Later."));
    await open("/reset#abc", screens);
    const again = await screen.findByRole("button", { name: "Try again" }, { timeout: 5_000 });
    server.on("POST /auth/link", { body: { ...info, purpose: "reset" } });
    await user.click(again);
    await screen.findByRole("heading", { name: "Choose a new password" });
  });
});
