import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { DeviceSession, Me } from "@max/api";
import { ewa } from "./mock-admin";
import { me as sample } from "./sample";

type Answer = { status: number; value?: unknown } | { status: number; code: string; detail: string; extra?: object };
type Body = Record<string, unknown>;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
const codes = () =>
  Array.from({ length: 10 }, () => randomUUID().replaceAll("-", "").slice(0, 10).replace(/^.{5}/, "$&-"));
const field = (name: string, message: string): Answer => ({
  status: 422,
  code: "invalid",
  detail: "Some fields are wrong.",
  extra: { fields: [{ field: name, message }] },
});

/**
 * Signing in and one's own account, as sample data. The password is anything but "wrong"; a code is anything but 000000. What
 * stands before the @ of the email decides: `locked` is locked out, `two` has two-factor, `must` has to set it up.
 * The links `/welcome#new` and `/reset#old` work, any other token does not. `POST /dev/sign-in` is a sign-in elsewhere,
 * `POST /dev/email {"on": false}` takes the reset by e-mail away, `POST /dev/require` makes two-factor a duty.
 */
export class Account {
  #me: Me = sample;
  #signedIn = false;
  #byEmail = true;
  #photo: { type: string; bytes: Buffer } | null = null;
  #sessions: DeviceSession[] = [];

  constructor(readonly emit: (kind: string, data: unknown) => void) {
    this.#reset();
  }

  #reset() {
    const session = (device: string, address: string, used: number, created: number, current = false) => ({
      id: randomUUID(),
      current,
      device,
      address,
      created_at: ago(created),
      last_used_at: ago(used),
    });
    this.#sessions = [
      session("Firefox on Linux", "203.0.113.24", 0, 3 * MINUTE, true),
      session("Safari on iPhone", "198.51.100.7", 42 * MINUTE, 9 * DAY),
      session("Chrome on Windows", "192.0.2.146", 6 * DAY, 27 * DAY),
    ];
  }

  #change(part: Partial<Me>): Answer {
    this.#me = { ...this.#me, ...part, notifications: { ...this.#me.notifications, ...part.notifications } };
    this.emit("me.changed", {});
    return { status: 200, value: this.#me };
  }

  /** Whether an admin is signed in. */
  get admin(): boolean {
    return this.#me.role === "admin";
  }

  async handle(request: IncomingMessage, response: ServerResponse, path: string, body: Body): Promise<Answer | null> {
    if (path === "/dev/email") this.#byEmail = body.on !== false;
    if (path === "/dev/require") this.#change({ two_factor: "required" });
    if (path === "/dev/sign-in") {
      const [session_id, at] = [randomUUID(), ago(0)];
      const where = { device: "Chrome on Windows", address: "198.51.100.201" };
      this.#sessions.push({ id: session_id, current: false, ...where, created_at: at, last_used_at: at });
      this.emit("session.started", { session_id, ...where, at });
    }
    if (["/dev/email", "/dev/require", "/dev/sign-in"].includes(path)) return { status: 200, value: {} };
    if (path.startsWith("/auth/")) return this.#auth(path.slice(6), body, response);
    if (path.startsWith("/photos/") && this.#photo) {
      response.setHeader("content-type", this.#photo.type);
      response.end(this.#photo.bytes);
      return new Promise(() => {});
    }
    if (path === "/me" || path.startsWith("/me/")) return this.#own(request, path.slice(4), body);
    return null;
  }

  #auth(what: string, body: Body, response: ServerResponse): Answer {
    const entered = () => ({ status: 200, value: { access_token: randomUUID(), expires_in: 900, user: this.#me } });
    switch (what) {
      case "options":
        return { status: 200, value: { company_name: "Zelmira Pay", password_reset_by_email: this.#byEmail } };
      case "login": {
        const kind = String(body.email).split("@")[0];
        if (kind === "locked") {
          response.setHeader("retry-after", "192");
          return { status: 429, code: "too_many_requests", detail: "Too many tries. Wait 3 minutes." };
        }
        if (body.password === "wrong")
          return { status: 401, code: "invalid_credentials", detail: "Email or password is wrong." };
        if (kind === "two" && !body.totp)
          return { status: 401, code: "totp_required", detail: "Enter the code of your authenticator app." };
        if (kind === "two" && String(body.totp).startsWith("00000"))
          return { status: 401, code: "totp_wrong", detail: "That code is wrong." };
        this.#signedIn = true;
        this.#me = {
          ...(kind?.startsWith("admin") ? { ...sample, ...ewa } : this.#me),
          ...(kind?.startsWith("admin") ? {} : { role: kind?.startsWith("lead") ? "team_lead" : "agent" }),
          email: String(body.email),
          two_factor: kind === "two" ? "on" : kind === "must" ? "required" : "off",
          recovery_codes_left: kind === "two" ? 3 : 0,
        };
        return entered();
      }
      case "refresh":
        return this.#signedIn ? entered() : { status: 401, code: "unauthenticated", detail: "Sign in." };
      case "logout":
        this.#signedIn = false;
        return { status: 204 };
      case "password/forgot":
        return { status: 202, value: {} };
      case "link":
      case "link/password": {
        const purpose = { new: "invite", old: "reset" }[String(body.token)];
        if (!purpose) return { status: 410, code: "link_invalid", detail: "This link does not work any more." };
        if (what === "link/password") {
          if (/password/i.test(String(body.password)))
            return field("password", "Many people use this password. Choose one that is harder to guess.");
          return { status: 204 };
        }
        return {
          status: 200,
          value: { purpose, name: "Leila Moreno", email: "agent@demo.test", expires_at: ago(-DAY) },
        };
      }
    }
    return { status: 404, code: "not_found", detail: "No such address." };
  }

  async #own(request: IncomingMessage, what: string, body: Body): Promise<Answer> {
    const key = `${request.method} ${what}`;
    const wrong = body.password === "wrong" ? field("password", "That is not your password.") : null;
    switch (key) {
      case "GET ":
        return { status: 200, value: this.#me };
      case "PATCH ":
        if (/[<>]/.test(String(body.name))) return field("name", "Names have no angle brackets.");
        return this.#change(body as Partial<Me>);
      case "PUT photo": {
        const parts: Buffer[] = [];
        for await (const part of request) parts.push(part as Buffer);
        this.#photo = { type: request.headers["content-type"] ?? "image/png", bytes: Buffer.concat(parts) };
        return this.#change({ photo_url: `/api/v1/photos/${randomUUID()}` });
      }
      case "DELETE photo":
        return this.#change({ photo_url: null });
      case "POST password":
        if (body.current === "wrong") return field("current", "That is not your password.");
        if (/password/i.test(String(body.password)))
          return field("password", "Many people use this password. Choose one that is harder to guess.");
        this.#sessions = this.#sessions.filter((session) => session.current);
        return { status: 204 };
      case "POST totp":
        return wrong ?? { status: 200, value: setup(this.#me.email) };
      case "POST totp/confirm":
        if (body.code === "000000") return field("code", "That code is wrong.");
        this.#change({ two_factor: "on", recovery_codes_left: 10 });
        return { status: 200, value: { recovery_codes: codes() } };
      case "POST totp/disable":
        if (wrong) return wrong;
        if (body.code === "000000") return field("code", "That code is wrong.");
        this.#change({ two_factor: "off", recovery_codes_left: 0 });
        return { status: 204 };
      case "POST totp/recovery-codes":
        if (wrong) return wrong;
        this.#change({ recovery_codes_left: 10 });
        return { status: 200, value: { recovery_codes: codes() } };
      case "GET sessions":
        return { status: 200, value: { items: this.#sessions, next_cursor: null } };
      case "POST sessions/end-others":
        this.#sessions = this.#sessions.filter((session) => session.current);
        return { status: 204 };
    }
    if (key.startsWith("DELETE sessions/")) {
      this.#sessions = this.#sessions.filter((session) => !key.endsWith(session.id));
      return { status: 204 };
    }
    return { status: 404, code: "not_found", detail: "No such address." };
  }
}

/** Looks like a QR code; no camera will read it. */
function setup(email: string) {
  const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
  const size = 33;
  const corner = (x: number, y: number) => {
    const [a, b] = [Math.min(x, size - 1 - x), Math.min(y, size - 1 - y)];
    if (a > 7 || b > 7 || (x > size / 2 && y > size / 2)) return null;
    const ring = Math.max(Math.abs(a - 3), Math.abs(b - 3));
    return ring === 3 || ring < 2;
  };
  let path = "";
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (corner(x, y) ?? (x * 7 + y * 13 + x * y * 3) % 5 < 2) path += `M${x} ${y}h1v1h-1z`;
    }
  }
  return {
    secret,
    uri: `otpauth://totp/MAX:${encodeURIComponent(email)}?secret=${secret}&issuer=MAX`,
    qr_svg: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path d="${path}"/></svg>`,
  };
}
