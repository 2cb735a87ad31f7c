import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FakeChannels, FakeLocks, FakeSocket, FakeStorage, message } from "../test/sample";
import { type Api, Refused } from "./api";
import { Chat } from "./chat";
import { Device } from "./device";
import type { Message, Session } from "./types";

interface Call {
  method: string;
  path: string;
  body: Record<string, unknown>;
}

let box: FakeStorage;
let calls: Call[];
let chats: Chat[];
let locks: FakeLocks;
let channels: FakeChannels;
let answer: (call: Call) => unknown;
let told: Message[][];

const session = (part: Partial<Session> = {}): Session => ({
  token: "t1",
  visitor: { id: "v1", name: null, email: null, known: false },
  conversation: null,
  messages: [],
  unread: 0,
  cursor: "0",
  ...part,
});
const taken = ({ body }: Call) =>
  message({
    id: `m-${body.id}`,
    client_id: String(body.id),
    seq: 10,
    from: "visitor",
    status: "sent",
    text: String(body.text),
  });

/** A tab of the site. */
function tab(userToken: string | null = null, page = false): Chat {
  const device = new Device("max-chat:c1:", () => box);
  const api = {
    socket: "wss://max.example/chat/c1/socket",
    token: () => device.get<{ token: string }>("me")?.token ?? null,
    call: async (method: string, path: string, body: Record<string, unknown> = {}) => {
      const call = { method, path, body };
      calls.push(call);
      return answer(call);
    },
  };
  const chat = new Chat({
    api: api as unknown as Api,
    device,
    language: "en",
    collect: { page, referrer: false, time_zone: false },
    userToken,
    onToken: () => {},
    onMessages: (messages) => told.push(messages),
    locks: locks as unknown as LockManager,
    channel: () => channels.open(),
    connect: (url) => new FakeSocket(url) as unknown as WebSocket,
  });
  chats.push(chat);
  return chat;
}

const settle = () => vi.advanceTimersByTimeAsync(20);
const made = (what: string) => calls.filter(({ method, path }) => `${method} ${path}` === what);

beforeEach(() => {
  vi.useFakeTimers();
  box = new FakeStorage();
  calls = [];
  chats = [];
  told = [];
  locks = new FakeLocks();
  channels = new FakeChannels();
  FakeSocket.all = [];
  answer = ({ method, path, ...call }) =>
    path === "session" && method === "POST"
      ? session()
      : path === "messages"
        ? taken({ method, path, ...call })
        : undefined;
});
afterEach(() => {
  for (const chat of chats) chat.stop();
  vi.useRealTimers();
});

it("asks the server for nothing until somebody wants to talk", async () => {
  const chat = tab();
  await settle();
  expect(calls).toEqual([]);
  expect(box.length).toBe(0);
  chat.begin();
  await settle();
  expect(chat.state.phase).toBe("ready");
  expect(made("POST session")[0]?.body).toEqual({ language: "en" });
});

it("tells where the visitor goes on a site that loads no page anew, once for each place", async () => {
  const chat = tab(null, true);
  chat.begin();
  await settle();
  FakeSocket.last.open().says({ type: "ready", cursor: "0" });
  const told = () => FakeSocket.last.sent.filter(({ type }) => type === "page");
  await vi.advanceTimersByTimeAsync(5_000);
  expect(told()).toEqual([]);
  history.pushState(null, "", "/basket?card=4111");
  await vi.advanceTimersByTimeAsync(5_000);
  expect(told()).toEqual([{ type: "page", page: { url: `${location.origin}/basket`, title: document.title } }]);
  history.pushState(null, "", "/");
});

it("goes on with the token that is there", async () => {
  box.setItem("max-chat:c1:me", '{"token":"old"}');
  tab();
  await settle();
  expect(made("POST session")[0]?.body).toEqual({ token: "old", language: "en" });
  expect(box.getItem("max-chat:c1:me")).toContain("t1");
});

it("a repeated message counts once, and one that is seen not at all", async () => {
  const chat = tab();
  chat.begin();
  await settle();
  FakeSocket.last.open().says({ type: "ready", cursor: "0" });
  const frame = { type: "message", message: message({ id: "a", seq: 1 }) };
  FakeSocket.last.says(frame).says(frame);
  expect(chat.state.unread).toBe(1);
  expect(told.map((messages) => messages.map(({ id }) => id))).toEqual([["a"]]);
  chat.read();
  expect(chat.state.unread).toBe(0);
  FakeSocket.last.says({ type: "message.updated", message: message({ id: "a", seq: 1, text: "edited" }) });
  expect(chat.state.unread).toBe(0);
  expect(chat.state.messages[0]?.text).toBe("edited");
  expect(FakeSocket.last.sent).toContainEqual({ type: "read", seq: 1 });
});

it("one tab sends for both", async () => {
  const one = tab();
  one.begin();
  await settle();
  const two = tab();
  await settle();
  expect(two.state.phase).toBe("ready");
  two.send({ text: "from two" });
  await settle();
  expect(made("POST session")).toHaveLength(1);
  expect(made("POST messages")).toHaveLength(1);
  expect(two.state.messages.map(({ text }) => text)).toEqual(["from two"]);
  expect(FakeSocket.all).toHaveLength(1);
});

it("waits longer after each failure, and sends the same id", async () => {
  const chat = tab();
  chat.begin();
  await settle();
  answer = () => {
    throw new Refused(503);
  };
  chat.send({ text: "hello" });
  await vi.advanceTimersByTimeAsync(60_000);
  const tries = made("POST messages");
  expect(tries.length).toBeGreaterThan(3);
  expect(tries.length).toBeLessThan(9);
  expect(new Set(tries.map(({ body }) => body.id)).size).toBe(1);
  expect(chat.outbox.state.items[0]?.failed).toBeFalsy();
  answer = taken;
  await vi.advanceTimersByTimeAsync(40_000);
  expect(chat.outbox.state.items).toEqual([]);
});

it("a token that stays refused is renewed with patience", async () => {
  const chat = tab();
  chat.begin();
  await settle();
  answer = ({ path }) => {
    if (path === "session") return session();
    throw new Refused(401);
  };
  chat.send({ text: "hello" });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(made("POST session").length).toBeLessThan(10);
  expect(made("POST messages").length).toBeLessThan(20);
});

it("what was forgotten does not come back with a late answer", async () => {
  const chat = tab();
  let late: (value: unknown) => void = () => {};
  answer = ({ method }) =>
    method === "POST"
      ? new Promise((resolve) => {
          late = resolve;
        })
      : undefined;
  chat.begin();
  await settle();
  chat.forget();
  await settle();
  late(session({ messages: [message()] }));
  await settle();
  expect(chat.state.phase).toBe("none");
  expect(chat.state.messages).toEqual([]);
  expect(box.length).toBe(0);
});

it("forgetting tells the server, by the token it forgets", async () => {
  const chat = tab();
  chat.begin();
  await settle();
  chat.outbox.put({ id: "x", at: 1, text: "unsent", failed: "refused" });
  chat.forget();
  await settle();
  expect(made("DELETE session")).toHaveLength(1);
  expect(box.length).toBe(0);
  expect(chat.outbox.state.items).toEqual([]);
});

it("somebody else's token takes nothing over from the one before", async () => {
  const jwt = (sub: string) => `x.${btoa(JSON.stringify({ sub }))}.y`;
  box.setItem("max-chat:c1:me", '{"token":"of-ana","sub":"ana"}');
  const chat = tab(jwt("ben"));
  await settle();
  expect(made("DELETE session")).toHaveLength(1);
  expect(made("POST session").map(({ body }) => body.token)).not.toContain("of-ana");
  expect(chat.state.phase).toBe("ready");
  expect(JSON.parse(box.getItem("max-chat:c1:me") ?? "{}").sub).toBe("ben");
});

it("after a break asks what has changed meanwhile", async () => {
  answer = ({ path }) =>
    path === "session"
      ? session({ messages: [message({ id: "a", seq: 3, from: "visitor", status: "sent" })], cursor: "3" })
      : { items: [message({ id: "a", seq: 3, from: "visitor", status: "read" })], more: false };
  const chat = tab();
  chat.begin();
  await settle();
  FakeSocket.last.open().says({ type: "ready", cursor: "3" });
  expect(made("GET messages?limit=30")).toHaveLength(0);
  FakeSocket.last.close();
  await vi.advanceTimersByTimeAsync(2_000);
  FakeSocket.last.open().says({ type: "ready", cursor: "3" });
  expect(FakeSocket.last.sent[0]).toMatchObject({ type: "hello", cursor: "3" });
  await settle();
  expect(made("GET messages?limit=30")).toHaveLength(1);
  expect(chat.state.messages[0]?.status).toBe("read");
});
