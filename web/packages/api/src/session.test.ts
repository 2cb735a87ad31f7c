// @vitest-environment node
import { delay, HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { body, createApi, createPublicApi } from "./client";
import { ApiError, NetworkError } from "./errors";
import { Session } from "./session";

const base = "http://max.test";
const user = { id: "u", name: "U", email: "u@x.test", role: "agent", active: true, teams: [] };
const server = setupServer();
let refreshes = 0;
let together = 0;
let mostTogether = 0;

const refresh = (expires = 900) =>
  http.post(`${base}/api/v1/auth/refresh`, async () => {
    refreshes += 1;
    together += 1;
    mostTogether = Math.max(mostTogether, together);
    const token = `token-${refreshes}`;
    await delay(20);
    together -= 1;
    return HttpResponse.json({ access_token: token, expires_in: expires, user });
  });
const refused = http.post(`${base}/api/v1/auth/refresh`, () =>
  HttpResponse.json({ title: "No", status: 401, code: "unauthenticated", detail: "Sign in." }, { status: 401 }),
);
/** `GET /me` that takes only the given tokens. */
const meFor = (...tokens: string[]) =>
  http.get(`${base}/api/v1/me`, ({ request }) =>
    tokens.some((t) => request.headers.get("authorization") === `Bearer ${t}`)
      ? HttpResponse.json(user)
      : HttpResponse.json({ title: "No", status: 401, code: "unauthenticated", detail: "Sign in." }, { status: 401 }),
  );

beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => {
  server.resetHandlers();
  refreshes = 0;
  mostTogether = 0;
});
afterAll(() => server.close());

const fresh = () => new Session({ baseUrl: base, exclusive: (task) => task() });

describe("session", () => {
  it("renews once for calls at the same time", async () => {
    server.use(refresh(), meFor("token-1"));
    const api = createApi(fresh(), { baseUrl: base });
    const answers = await Promise.all([1, 2, 3, 4].map(() => api.GET("/api/v1/me")));
    expect(answers.map((a) => body<{ id: string }>(a).id)).toEqual(["u", "u", "u", "u"]);
    expect(refreshes).toBe(1);
  });

  it("renews once after 401s at the same time and sends each call again", async () => {
    server.use(refresh(), meFor("token-2"));
    const session = fresh();
    const api = createApi(session, { baseUrl: base });
    await session.token();
    await Promise.all([api.GET("/api/v1/me"), api.GET("/api/v1/me"), api.GET("/api/v1/me")]);
    expect(refreshes).toBe(2);
  });

  it("takes turns with other tabs", async () => {
    server.use(refresh());
    let turn: Promise<unknown> = Promise.resolve();
    const exclusive = <T>(task: () => Promise<T>): Promise<T> => {
      const mine = turn.then(task);
      turn = mine.catch(() => {});
      return mine;
    };
    const tabs = [1, 2, 3].map(() => new Session({ baseUrl: base, exclusive }));
    await Promise.all(tabs.map((tab) => tab.renew()));
    expect(refreshes).toBe(3);
    expect(mostTogether).toBe(1);
  });

  it("renews before the token expires", async () => {
    server.use(refresh());
    let now = 0;
    const session = new Session({ baseUrl: base, exclusive: (task) => task(), now: () => now });
    expect(await session.token()).toBe("token-1");
    expect(await session.token()).toBe("token-1");
    now = 896_000;
    expect(await session.token()).toBe("token-2");
  });

  it("is signed out when the cookie is refused, and asks no more", async () => {
    server.use(refused);
    const session = fresh();
    await expect(session.token()).rejects.toMatchObject({ status: 401, code: "unauthenticated" });
    expect(session.state.status).toBe("out");
    server.use(refresh());
    await expect(session.token()).rejects.toBeInstanceOf(ApiError);
    expect(refreshes).toBe(0);
  });

  it("stays signed in while the server is away", async () => {
    server.use(refresh());
    const session = fresh();
    await session.token();
    server.use(http.post(`${base}/api/v1/auth/refresh`, () => HttpResponse.error()));
    await expect(session.renew()).rejects.toBeInstanceOf(NetworkError);
    expect(session.state.status).toBe("in");
  });

  it("signs in, and forgets the token on signing out even when the server does not answer", async () => {
    server.use(
      http.post(`${base}/api/v1/auth/login`, () => HttpResponse.json({ access_token: "a", expires_in: 900, user })),
      http.post(`${base}/api/v1/auth/logout`, () => HttpResponse.error()),
    );
    const session = fresh();
    await session.login({ email: "u@x.test", password: "secret" });
    expect(session.state).toMatchObject({ status: "in", user: { id: "u" } });
    await session.logout();
    expect(session.held).toBeNull();
    expect(session.state.status).toBe("out");
  });

  it("sends the header that another site cannot send, the code, and whether to stay signed in", async () => {
    const seen: { header: string | null; body: unknown }[] = [];
    server.use(
      http.post(`${base}/api/v1/auth/login`, async ({ request }) => {
        seen.push({ header: request.headers.get("x-max-request"), body: await request.json() });
        return HttpResponse.json({ access_token: "a", expires_in: 900, user });
      }),
      http.post(`${base}/api/v1/auth/logout`, ({ request }) => {
        seen.push({ header: request.headers.get("x-max-request"), body: null });
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const session = fresh();
    await session.login({ email: "u@x.test", password: "secret", totp: "123456", remember: false });
    await session.logout();
    expect(seen).toEqual([
      { header: "1", body: { email: "u@x.test", password: "secret", totp: "123456", remember: false } },
      { header: "1", body: null },
    ]);
  });

  it("says that a code is needed and stays signed out", async () => {
    server.use(
      http.post(`${base}/api/v1/auth/login`, () =>
        HttpResponse.json({ title: "No", status: 401, code: "totp_required", detail: "Code." }, { status: 401 }),
      ),
    );
    const session = fresh();
    await expect(session.login({ email: "u@x.test", password: "secret" })).rejects.toMatchObject({
      code: "totp_required",
    });
    expect(session.state.status).not.toBe("in");
  });

  it("takes over what the server says about who is signed in, and about nobody else", async () => {
    server.use(refresh());
    const session = fresh();
    await session.renew();
    let told = 0;
    session.subscribe(() => {
      told += 1;
    });
    session.update({ ...user, name: "New name" } as never);
    expect(session.state).toMatchObject({ user: { name: "New name" } });
    session.update({ ...user, id: "somebody else" } as never);
    expect(session.state).toMatchObject({ user: { id: "u" } });
    expect(told).toBe(1);
  });

  it("asks who we are when two-factor has become a duty", async () => {
    server.use(
      refresh(),
      http.get(`${base}/api/v1/teams`, () =>
        HttpResponse.json(
          { title: "No", status: 403, code: "two_factor_required", detail: "Set it up." },
          { status: 403 },
        ),
      ),
    );
    const session = fresh();
    const api = createApi(session, { baseUrl: base });
    await expect(api.GET("/api/v1/teams")).rejects.toMatchObject({ code: "two_factor_required" });
    await session.renew();
    expect(refreshes).toBe(2);
  });

  it("calls what needs no sign-in without a token", async () => {
    let authorization: string | null = "";
    server.use(
      http.get(`${base}/api/v1/auth/options`, ({ request }) => {
        authorization = request.headers.get("authorization");
        return HttpResponse.json({ company_name: "Zelmira Pay", password_reset_by_email: true });
      }),
    );
    const answer = await createPublicApi({ baseUrl: base }).GET("/api/v1/auth/options");
    expect(body<{ company_name: string }>(answer).company_name).toBe("Zelmira Pay");
    expect(authorization).toBeNull();
    expect(refreshes).toBe(0);
  });

  it("does not come back to life when a renewal answers after signing out", async () => {
    server.use(
      refresh(),
      http.post(`${base}/api/v1/auth/logout`, () => new HttpResponse(null, { status: 204 })),
    );
    const session = fresh();
    const renewal = session.renew();
    await session.logout();
    await expect(renewal).rejects.toBeInstanceOf(ApiError);
    expect(session.state.status).toBe("out");
  });
});

describe("errors", () => {
  it("turns a problem into a typed error with fields and extras", async () => {
    server.use(
      refresh(),
      http.get(`${base}/api/v1/me`, () =>
        HttpResponse.json(
          {
            type: "about:blank",
            title: "Taken",
            status: 409,
            code: "conversation_taken",
            detail: "Devon took it.",
            fields: [{ field: "text", message: "is empty" }, { odd: true }],
            request_id: "r1",
            winner: { id: "d", name: "Devon Kim" },
          },
          { status: 409, headers: { "retry-after": "7" } },
        ),
      ),
    );
    const error = await createApi(fresh(), { baseUrl: base })
      .GET("/api/v1/me")
      .catch((e: unknown) => e);
    expect(error).toMatchObject({
      status: 409,
      code: "conversation_taken",
      detail: "Devon took it.",
      fields: [{ field: "text", message: "is empty" }],
      requestId: "r1",
      extra: { winner: { name: "Devon Kim" } },
      retryAfter: 7,
      transient: false,
    });
  });

  it("copes with an answer that is no problem document", async () => {
    server.use(
      refresh(),
      http.get(`${base}/api/v1/me`, () => new HttpResponse("<html>", { status: 502 })),
    );
    const error = await createApi(fresh(), { baseUrl: base })
      .GET("/api/v1/me")
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ status: 502, code: "http_502", transient: true });
  });

  it("gives up waiting after the time-out", async () => {
    server.use(
      refresh(),
      http.get(`${base}/api/v1/me`, async () => {
        await delay(500);
        return HttpResponse.json(user);
      }),
    );
    await expect(createApi(fresh(), { baseUrl: base, timeout: 50 }).GET("/api/v1/me")).rejects.toBeInstanceOf(
      NetworkError,
    );
  });

  it("tells the server's time", async () => {
    server.use(
      refresh(),
      http.get(`${base}/api/v1/me`, () =>
        HttpResponse.json(user, { headers: { date: "Mon, 23 Nov 2026 09:00:00 GMT" } }),
      ),
    );
    let time = 0;
    await createApi(fresh(), { baseUrl: base, onServerTime: (t) => (time = t) }).GET("/api/v1/me");
    expect(new Date(time).toISOString()).toBe("2026-11-23T09:00:00.000Z");
  });
});
