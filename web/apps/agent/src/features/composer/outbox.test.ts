import { body, createApi, type Message, Session } from "@max/api";
import { HttpResponse, http, type JsonBodyType } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { reply } from "../../../test/factory";
import { Outbox } from "./outbox";
import { type Pending, useOutbox } from "./pending";

const base = "http://max.test";
const server = setupServer();
const user = { id: "me", name: "Me", email: "m@x.test", role: "agent", active: true, teams: [] };
const session = () =>
  http.post(`${base}/api/v1/auth/refresh`, () => HttpResponse.json({ access_token: "t", expires_in: 900, user }));

/** What the server was asked to send, in order. */
let asked: { client_id: string; text: string }[];
let sent: Message[];
let refusedOnes: Pending[];
let undoneOnes: [Pending, Message | null][];
let storage: Map<string, string>;
let box: Outbox;

function answers(handler: (text: string) => { status: number; json: JsonBodyType } | null) {
  server.use(
    session(),
    http.post(`${base}/api/v1/conversations/:id/messages`, async ({ request }) => {
      const wanted = (await request.json()) as { client_id: string; text: string };
      asked.push(wanted);
      const answer = handler(wanted.text);
      if (!answer) return HttpResponse.error();
      return HttpResponse.json(answer.json, { status: answer.status });
    }),
  );
}
const accept = () => ({
  status: 201,
  json: reply({ seq: asked.length, client_id: asked.at(-1)?.client_id ?? null, status: "queued" }) as JsonBodyType,
});
const problem = (status: number, code: string, extra: object = {}) => ({
  status,
  json: { title: code, status, code, detail: `about ${code}`, ...extra },
});

function open(): Outbox {
  const api = createApi(new Session({ baseUrl: base, exclusive: (task) => task() }), { baseUrl: base });
  let id = 0;
  return new Outbox({
    key: "box",
    storage: {
      getItem: (k) => storage.get(k) ?? null,
      setItem: (k, v) => void storage.set(k, v),
      removeItem: (k) => void storage.delete(k),
    },
    newId: () => `id-${storage.size}-${id++}`,
    send: async (conversation, message) =>
      body<Message>(
        await api.POST("/api/v1/conversations/{id}/messages", {
          params: { path: { id: conversation } },
          body: message,
        }),
      ),
    onSent: (message) => sent.push(message as Message),
    onUndone: (pending, message) => {
      undoneOnes.push([pending, message as Message | null]);
      box.remove(pending);
    },
    onRefused: (pending) => refusedOnes.push(pending),
  });
}
const waiting = (id = "c1") => useOutbox.getState().items[id] ?? [];
const add = (text: string, id = "c1") => box.add(id, "reply", text, null);

beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
beforeEach(() => {
  asked = [];
  sent = [];
  refusedOnes = [];
  undoneOnes = [];
  storage = new Map();
  box = open();
});
afterEach(() => {
  box.close();
  server.resetHandlers();
});
afterAll(() => server.close());

describe("outbox", () => {
  it("sends in order, one at a time, and lets go when the server has them", async () => {
    answers(accept);
    for (const text of ["one", "two", "three"]) add(text);
    expect(waiting()[0]?.state).toBe("sending");
    await vi.waitFor(() => expect(sent).toHaveLength(3));
    expect(asked.map((a) => a.text)).toEqual(["one", "two", "three"]);
    await vi.waitFor(() => expect(waiting()).toEqual([]));
    expect(storage.size).toBe(0);
  });

  it("keeps messages while there is no line and sends them with the same ids when it is back", async () => {
    answers(() => null);
    const [first, second] = [add("one"), add("two")];
    await vi.waitFor(() => expect(waiting().map((p) => p.state)).toEqual(["waiting", "queued"]));
    answers(accept);
    box.flush();
    await vi.waitFor(() => expect(waiting()).toEqual([]));
    expect(asked.slice(-2).map((a) => a.client_id)).toEqual([first.clientId, second.clientId]);
    expect(asked.map((a) => a.text).slice(-2)).toEqual(["one", "two"]);
  });

  it("does not lose them over a reload", async () => {
    answers(() => null);
    const { clientId } = add("keep me");
    await vi.waitFor(() => expect(waiting()[0]?.state).toBe("waiting"));
    box.close();
    expect(waiting()).toEqual([]);
    answers(accept);
    box = open();
    expect(waiting()[0]).toMatchObject({ clientId, text: "keep me", state: "waiting" });
    box.flush();
    await vi.waitFor(() => expect(asked.at(-1)?.client_id).toBe(clientId));
    await vi.waitFor(() => expect(waiting()).toEqual([]));
  });

  it("keeps the text of a refused message and says who was faster", async () => {
    answers(() => problem(409, "conversation_taken", { winner: { id: "d", name: "Devon Kim" } }));
    add("too late");
    await vi.waitFor(() => expect(refusedOnes).toHaveLength(1));
    expect(waiting()[0]).toMatchObject({
      text: "too late",
      state: "refused",
      refusal: { code: "conversation_taken", winner: "Devon Kim" },
    });
  });

  it.each([
    [problem(409, "window_closed"), "window_closed", "about window_closed"],
    [
      problem(422, "invalid", { fields: [{ field: "text", message: "Text is too long." }] }),
      "invalid",
      "Text is too long.",
    ],
    [problem(403, "forbidden"), "forbidden", "about forbidden"],
  ])("shows the reason of refusal %#", async (answer, code, detail) => {
    answers(() => answer);
    add("words");
    await vi.waitFor(() => expect(waiting()[0]?.refusal).toMatchObject({ code, detail }));
  });

  it("goes on with the next one after a refusal, and can try the refused one again", async () => {
    answers((text) => (text === "bad" ? problem(422, "invalid") : accept()));
    add("bad");
    add("good");
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(waiting().map((p) => p.text)).toEqual(["bad"]);
    answers(accept);
    box.retry(waiting()[0] as Pending);
    await vi.waitFor(() => expect(waiting()).toEqual([]));
    expect(asked[0]?.client_id).toBe(asked.at(-1)?.client_id);
  });

  it("tries again when the server is busy, then says so", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true, toFake: ["setTimeout", "clearTimeout"] });
    try {
      answers(() => problem(503, "unavailable"));
      add("busy");
      await vi.waitFor(
        async () => {
          await vi.advanceTimersByTimeAsync(5_000);
          expect(waiting()[0]?.state).toBe("refused");
        },
        { timeout: 5_000 },
      );
      expect(asked).toHaveLength(5);
    } finally {
      vi.useRealTimers();
    }
  });

  it("lets go of a message that an event brought first", async () => {
    answers(() => null);
    const { clientId } = add("raced");
    box.settle(reply({ seq: 4, client_id: clientId }));
    expect(waiting()).toEqual([]);
    box.settle(reply({ seq: 5, client_id: "of another screen" }));
    expect(waiting()).toEqual([]);
    await vi.waitFor(() => expect(asked).toHaveLength(1));
  });

  it("keeps conversations apart", async () => {
    answers((text) => (text === "stuck" ? null : accept()));
    add("stuck", "c1");
    add("free", "c2");
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(waiting("c1")).toHaveLength(1);
    expect(waiting("c2")).toEqual([]);
  });
});

describe("how a message goes out", () => {
  it("tells the server what to hold, when to send and what was seen", async () => {
    answers(accept);
    box.add("c1", "reply", "now", null, { hold: 5, seen: 7 });
    box.add("c1", "reply", "later", null, { hold: 5, sendAt: "2026-11-26T09:00:00Z" });
    box.add("c1", "reply", "bye", null, { hold: 10, thenClose: { reason: "resolved" } });
    await vi.waitFor(() => expect(sent).toHaveLength(3));
    expect(asked).toMatchObject([
      { text: "now", hold_seconds: 5, seen_seq: 7 },
      { text: "later", send_at: "2026-11-26T09:00:00Z" },
      { text: "bye", hold_seconds: 10, then_close: { reason: "resolved" } },
    ]);
    expect(asked[1]).not.toHaveProperty("hold_seconds");
  });

  it("waits for a word when somebody spoke meanwhile, and then goes with that as seen", async () => {
    let refused = false;
    answers(() => {
      if (refused) return accept();
      refused = true;
      const messages = [reply({ seq: 8 }), reply({ seq: 9, author: { type: "user", id: "u2", name: "Devon Kim" } })];
      return problem(409, "stale_view", { messages });
    });
    box.add("c1", "reply", "past it", null, { hold: 5, seen: 7 });
    await vi.waitFor(() => expect(refusedOnes).toHaveLength(1));
    expect(waiting()[0]?.refusal).toMatchObject({ code: "stale_view", winner: "Devon Kim", seq: 9 });
    expect(asked).toHaveLength(1);
    box.retry(waiting()[0] as Pending);
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(asked[1]).toMatchObject({ seen_seq: 9, hold_seconds: 5 });
  });
});

describe("taking back", () => {
  it("is at once for what never left", async () => {
    answers(() => null);
    add("first");
    const second = add("second");
    expect(box.undo(second)).toBe(true);
    await vi.waitFor(() => expect(waiting()[0]?.state).toBe("waiting"));
    expect(waiting().map((p) => p.text)).toEqual(["first"]);
    expect(undoneOnes).toEqual([]);
  });

  it("waits for the server's answer where it may have arrived, and never loses track of it", async () => {
    let up = false;
    answers(() => (up ? accept() : null));
    const item = box.add("c1", "reply", "oh no", null, { hold: 5 });
    await vi.waitFor(() => expect(waiting()[0]?.state).toBe("waiting"));
    expect(box.undo(item)).toBe(false);
    // The same message heard of over the socket does not make it be forgotten.
    box.settle(reply({ seq: 1, client_id: item.clientId }));
    expect(waiting()).toHaveLength(1);
    up = true;
    box.flush();
    await vi.waitFor(() => expect(undoneOnes).toHaveLength(1));
    expect(undoneOnes[0]?.[1]?.client_id).toBe(item.clientId);
    expect(sent).toEqual([]);
    expect(waiting()).toEqual([]);
  });

  it("tells when it was refused anyway", async () => {
    answers(() => problem(409, "window_closed"));
    const item = add("too late");
    await Promise.resolve();
    box.undo(item);
    await vi.waitFor(() => expect(undoneOnes).toHaveLength(1));
    expect(undoneOnes[0]?.[1]).toBeNull();
    expect(refusedOnes).toEqual([]);
  });
});
