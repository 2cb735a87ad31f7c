import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Conversation, Message, SharedConversation } from "@max/api";
import type { Plugin } from "vite";
import { type WebSocket, WebSocketServer } from "ws";
import { belongs, compare } from "../src/live/belongs";
import { Account } from "./account";
import { scopeOf } from "./lists";
import { AdminMock } from "./mock-admin";
import { ChannelsMock } from "./mock-channels";
import { MediaMock } from "./mock-media";
import { ToolsMock } from "./mock-tools";
import { lastOf, me, type Room, sample } from "./sample";
import { structuredPart } from "./structured";
import { TEMPLATES } from "./templates";
import { Work } from "./work";

/**
 * Sample data behind the real contract, for working on the looks without a server. Sign in with any password but "wrong"; with an
 * address that begins with "admin" as an admin, with "lead" as a team lead; other ways of signing in are in `account.ts`.
 * What you send is answered: words with "fail" fail, with "unsure" stay unconfirmed, with "closed", "taken" or "stale" are refused,
 * with "late" are held and then refused.
 * `POST /dev/in {"name","text"}` is a customer writing, `POST /dev/types {"name"}` one who types, `POST /dev/out` Devon; `POST /dev/mention {"name"}` is Devon mentioning you;
 * `POST /dev/reset` starts over.
 */
export function mockServer(): Plugin {
  return {
    name: "max-mock",
    apply: "serve",
    configureServer(server) {
      const mock = new Mock();
      server.middlewares.use((request, response, next) => {
        const url = new URL(request.url ?? "/", "http://localhost");
        if (!/^\/(api|healthz|dev|media)\b/.test(url.pathname)) return next();
        void mock.handle(request, response, url);
      });
      const sockets = new WebSocketServer({ noServer: true });
      sockets.on("connection", (socket) => mock.connect(socket));
      server.httpServer?.on("upgrade", (request, socket, head) => {
        if (request.url !== "/api/v1/events") return;
        sockets.handleUpgrade(request, socket, head, (ws) => sockets.emit("connection", ws));
      });
    },
  };
}

interface Sent {
  cursor: number;
  kind: string;
  data: unknown;
}

/** A template as a send names it. */
interface Asked {
  name: string;
}
/** How long a customer takes who is asked to write. */
const ANSWERS = 20_000;

class Mock {
  readonly rooms: Room[] = sample();
  readonly log: Sent[] = [];
  readonly sockets = new Set<WebSocket>();
  readonly account = new Account((kind, data) => this.#emit(kind, data));
  readonly admin = new AdminMock((kind, data) => this.#emit(kind, data));
  readonly channels = new ChannelsMock(this.admin.channels, () => this.rooms.map((room) => room.conversation.id));
  readonly tools = new ToolsMock((kind, data) => this.#emit(kind, data), {
    all: this.rooms,
    change: (room, change) => {
      room.conversation = { ...room.conversation, ...change };
      this.#emit("conversation.updated", { conversation: room.conversation });
    },
    say: (room, part) => this.#add(room, part),
    put: (room, message) => {
      room.messages = room.messages.map((m) => (m.id === message.id ? message : m));
      this.#emit("message.updated", { message });
    },
    happened: (room, kind, data) => this.work.line(room, kind, data),
  });

  readonly media = new MediaMock({
    all: this.rooms,
    put: (room, message) => {
      room.messages = room.messages.map((m) => (m.id === message.id ? message : m));
      this.#emit("message.updated", { message });
    },
  });

  constructor() {
    this.tools.canned.files = (ids) => ids.flatMap((id) => this.media.view(id) ?? []);
    this.tools.release = (room, held) => {
      const { seq: _, status: __, release_at: ___, ...rest } = held;
      const message = this.#add(room, { ...rest, status: "queued", created_at: new Date().toISOString() });
      this.#deliver(room, message);
    };
  }

  readonly work = new Work({
    rooms: this.rooms,
    emit: (kind, data) => this.#emit(kind, data),
    change: (room, change) => this.#change(room, change),
    mine,
    note: (room, words) =>
      this.#add(room, {
        direction: "out",
        kind: "note",
        author: { type: "user", id: me.id, name: me.name },
        status: "sent",
        ...textOf(words),
      }),
  });

  connect(socket: WebSocket) {
    let ready = false;
    socket.on("message", (raw) => {
      const frame = JSON.parse(String(raw)) as { type: string; after?: string | null; conversation_id?: string };
      // A colleague answers to typing with typing, so that both can be seen.
      if (frame.type === "typing" && frame.conversation_id) this.#typing(frame.conversation_id);
      if (frame.type === "ping") socket.send('{"type":"pong"}');
      if (frame.type !== "hello" || ready) return;
      ready = true;
      this.sockets.add(socket);
      const after = frame.after ? Number(frame.after) : this.log.length;
      socket.send(JSON.stringify({ type: "ready", cursor: String(this.log.length) }));
      for (const event of this.log.slice(after)) socket.send(frameOf(event));
      for (const signal of this.work.signals()) socket.send(JSON.stringify(signal));
    });
    const beat = setInterval(() => socket.send('{"type":"ping"}'), 25_000);
    socket.on("close", () => {
      clearInterval(beat);
      this.sockets.delete(socket);
    });
  }

  #typing(conversation: string, people = [{ id: "u-devon", name: "Devon Kim", kind: "reply" }]) {
    const text = JSON.stringify({
      type: "conversation_presence",
      conversation_id: conversation,
      viewers: people.map(({ id, name }) => ({ id, name })),
      typing: people,
    });
    for (const socket of this.sockets) socket.send(text);
    if (people.length > 0) setTimeout(() => this.#typing(conversation, []), 6_000);
  }

  #emit(kind: string, data: unknown) {
    const event = { cursor: this.log.length + 1, kind, data };
    this.log.push(event);
    for (const socket of this.sockets) socket.send(frameOf(event));
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL) {
    const path = url.pathname.replace("/api/v1", "");
    if (await this.media.handle(request, response, url)) return;
    const body = path !== "/me/photo" && request.method !== "GET" ? await json(request) : {};
    const answer = (status: number, value?: unknown) => {
      response.statusCode = status;
      response.setHeader("x-event-cursor", String(this.log.length));
      response.setHeader("content-type", status >= 400 ? "application/problem+json" : "application/json");
      response.end(value === undefined ? "" : JSON.stringify(value));
    };
    const refuse = (status: number, code: string, detail: string, extra: object = {}) =>
      answer(status, { type: "about:blank", title: code, status, code, detail, request_id: randomUUID(), ...extra });

    if (path === "/healthz") return answer(200, { status: "ok" });
    if (path === "/dev/reset") {
      this.rooms.splice(0, this.rooms.length, ...sample());
      this.tools.seed();
      this.media.seed();
      return answer(200, {});
    }
    // A colleague replies, in the conversation with this customer.
    if (path === "/dev/out") {
      const room = this.rooms.find((r) => r.conversation.contact.name.startsWith(String(body.name)));
      return answer(
        200,
        room &&
          this.#add(room, {
            direction: "out",
            author: { type: "user", id: "u-devon", name: "Devon Kim" },
            status: "sent",
            ...textOf(String(body.text)),
          }),
      );
    }
    if (path === "/dev/mention") {
      const room = this.rooms.find((r) => r.conversation.contact.name.startsWith(String(body.name)));
      if (room) room.mentioned = true;
      if (room)
        this.#emit("conversation.mentioned", {
          conversation_id: room.conversation.id,
          message_id: room.messages.at(-1)?.id,
          by: { id: "u-devon", name: "Devon Kim" },
          preview: "can you look at this?",
        });
      return answer(200, {});
    }
    if (path === "/dev/types") {
      const room = this.rooms.find((r) => r.conversation.contact.name.startsWith(String(body.name)));
      const typing = { type: "contact_typing", conversation_id: room?.conversation.id, on: true, at: new Date() };
      for (const socket of this.sockets) socket.send(JSON.stringify(typing));
      return answer(200, {});
    }
    if (path === "/dev/in") return answer(200, this.#inbound(String(body.name), String(body.text)));
    this.tools.admin = this.account.admin;
    const known =
      this.channels.handle(request.method ?? "GET", path, url.searchParams, body) ??
      this.tools.handle(request.method ?? "GET", path, url.searchParams, body);
    if (known) {
      return known.code
        ? refuse(known.status, known.code, known.detail ?? "", known.extra)
        : answer(known.status, known.value);
    }
    const own = await this.account.handle(request, response, path, body);
    if (own) return "code" in own ? refuse(own.status, own.code, own.detail, own.extra) : answer(own.status, own.value);
    if (this.admin.handle(request.method ?? "GET", path, url.searchParams, body, response)) return;
    if (path === "/templates") {
      const q = (url.searchParams.get("q") ?? "").toLowerCase();
      const items = TEMPLATES.filter((one) => JSON.stringify([one.name, one.components]).toLowerCase().includes(q));
      return answer(200, { items, next_cursor: null });
    }
    if (path.startsWith("/templates/")) return answer(200, TEMPLATES[0]);
    if (path === "/conversations") return answer(200, this.#list(url.searchParams));
    if (this.work.handle(request.method ?? "GET", path, body, answer, refuse)) return;

    const [, , id, what, messageId, how] = path.split("/");
    const room = this.rooms.find((r) => r.conversation.id === id);
    if (!room) return refuse(404, "not_found", "There is no such conversation.");
    if (!what) return answer(200, mine(room));
    if (what === "read") {
      room.read = room.conversation.inbound_count;
      room.mentioned = false;
      this.#emit("conversation.read", { conversation_id: id, inbound_count: room.read, seq: body.seq });
      return answer(200, mine(room));
    }
    if (what === "messages" && how === "rescue") {
      const failed = room.messages.find((m) => m.id === messageId) as Message;
      const error = { code: "rescued", message: "The customer was asked to write.", detail: null };
      room.messages = room.messages.map((m) => (m === failed ? { ...m, error } : m));
      this.#emit("message.updated", { message: { ...failed, error } });
      return answer(201, this.#ask(room, body.template as Asked, textOf(failed.text ?? "")));
    }
    if (what === "messages" && messageId) {
      const message = room.messages.find((m) => m.id === messageId) as Message;
      this.#status(room, message, how === "retry" ? "queued" : "sent");
      if (how === "retry") this.#deliver(room, message);
      return answer(
        200,
        room.messages.find((m) => m.id === messageId),
      );
    }
    if (what === "messages" && request.method === "GET") {
      const before = Number(url.searchParams.get("cursor") ?? Number.POSITIVE_INFINITY);
      const older = room.messages.filter((m) => m.seq < before).toReversed();
      const items = older.slice(0, 50);
      return answer(200, { items, next_cursor: older.length > 50 ? String(items.at(-1)?.seq) : null });
    }
    const template = body.template as { name: string; variables: { body: string[] } } | undefined;
    const question = body.interactive as { text: string } | undefined;
    const words = template
      ? `${template.name} ${template.variables.body.join(" ")}`
      : String(body.text ?? question?.text ?? "");
    if (words.includes("closed")) return refuse(409, "window_closed", "The reply window is closed.");
    if (words.includes("taken"))
      return refuse(409, "conversation_taken", "Somebody took it.", { winner: { id: "u-devon", name: "Devon Kim" } });
    if (words.includes("stale") && Number(body.seen_seq ?? 0) <= room.messages.length) {
      const said = this.#inbound(room.conversation.contact.name, "Wait, I have found it");
      return refuse(409, "stale_view", "Something was said here that you had not seen.", { messages: [said] });
    }
    if (words.includes("broken")) return refuse(503, "unavailable", "Try again.");
    const same = room.messages.find((m) => m.client_id === body.client_id);
    if (same) return answer(200, same);
    const note = body.kind === "note";
    const quoted = room.messages.find((m) => m.id === body.reply_to);
    const part: Partial<Message> = {
      direction: "out",
      kind: note ? "note" : "reply",
      client_id: String(body.client_id),
      author: { type: "user", id: me.id, name: me.name },
      status: note ? "sent" : "queued",
      reply_to: quoted ? { id: quoted.id, preview: quoted.preview } : null,
      ...textOf(words),
      ...this.media.part(body, words),
      ...structuredPart(body),
    };
    const asked = body.ask_to_reopen as { template: Asked } | undefined;
    if (asked) return answer(201, this.#ask(room, asked.template, part));
    const held = this.tools.hold(room, body, part);
    if (held) return answer(201, held);
    const message = this.#add(room, part);
    if (!note) this.#deliver(room, message);
    return answer(201, message);
  }

  /** Sends a template, and has a reply wait for the customer, who answers after a while. */
  #ask(room: Room, template: Asked, part: Partial<Message>) {
    const own = { direction: "out" as const, author: { type: "user" as const, id: me.id, name: me.name } };
    const waiting = this.tools.waits(room, { kind: "reply", ...own, ...part });
    const message = this.#add(room, { ...own, status: "queued", ...textOf(template.name) });
    this.#deliver(room, message);
    setTimeout(() => {
      this.#inbound(room.conversation.contact.name, "Yes, please go on");
      this.tools.answered(room);
    }, ANSWERS);
    return { ...message, waiting };
  }

  #list(query: URLSearchParams) {
    const scope = scopeOf(query);
    const all = this.rooms
      .filter((r) => scope.view !== "mentions" || r.mentioned)
      .map(mine)
      .filter((c) => belongs(c, scope, me))
      .sort(compare(scope) ?? (() => 0));
    const start = Number(query.get("cursor") ?? 0);
    const end = start + Number(query.get("limit") ?? 50);
    return { items: all.slice(start, end), next_cursor: end < all.length ? String(end) : null };
  }

  #inbound(name: string, words: string) {
    const room = this.rooms.find((r) => r.conversation.contact.name.startsWith(name));
    if (!room) return null;
    return this.#add(room, {
      direction: "in",
      author: { type: "contact", id: room.conversation.contact.id, name: room.conversation.contact.name },
      status: "received",
      ...textOf(words),
    });
  }

  #add(room: Room, part: Partial<Message>): Message {
    const message: Message = {
      id: randomUUID(),
      conversation_id: room.conversation.id,
      seq: room.messages.length + 1,
      client_id: null,
      direction: "in",
      kind: "reply",
      author: { type: "system", id: null, name: "MAX" },
      text: null,
      content: { type: "text", text: "" },
      preview: "",
      attachments: [],
      reply_to: null,
      status: "received",
      error: null,
      sent_at: null,
      mentions: [],
      pinned: false,
      edited_at: null,
      forwarded: false,
      referral: null,
      folded: false,
      reactions: [],
      original_text: null,
      revoked_at: null,
      feedback_count: null,
      release_at: null,
      created_at: new Date().toISOString(),
      ...part,
    };
    room.messages.push(message);
    const inbound = message.direction === "in" ? 1 : 0;
    room.conversation = {
      ...room.conversation,
      last_message: lastOf(message),
      last_activity_at: message.created_at,
      inbound_count: room.conversation.inbound_count + inbound,
      ...(inbound ? { window_expires_at: new Date(Date.now() + 86_400_000).toISOString() } : {}),
    };
    this.#emit("message.created", { message, conversation: room.conversation });
    return message;
  }

  #change(room: Room, change: Partial<SharedConversation>) {
    const before = room.conversation.team?.id;
    room.conversation = { ...room.conversation, ...change };
    const { id, number, assignee, team, state } = room.conversation;
    if (change.assignee || change.team)
      this.#emit("conversation.taken", { id, number, assignee, team_id: before ?? team?.id ?? null, state });
    this.#emit("conversation.updated", { conversation: room.conversation });
  }

  #deliver(room: Room, message: Message) {
    const words = message.text ?? "";
    const steps: Message["status"][] = words.includes("fail")
      ? ["failed"]
      : words.includes("unsure")
        ? ["unconfirmed"]
        : ["sent", "delivered", "read"];
    for (const [index, status] of steps.entries()) {
      setTimeout(() => this.#status(room, message, status), 400 + 700 * index);
    }
  }

  #status(room: Room, message: Message, status: Message["status"]) {
    const next: Message = {
      ...message,
      status,
      error: status === "failed" ? { code: "131026", message: "the customer is not on WhatsApp", detail: null } : null,
    };
    room.messages = room.messages.map((m) => (m.id === message.id ? next : m));
    this.#emit("message.updated", { message: next });
  }
}

const frameOf = (event: Sent) => JSON.stringify({ type: "event", ...event, cursor: String(event.cursor) });
const mine = (room: Room): Conversation => ({
  ...room.conversation,
  unread: room.conversation.inbound_count - room.read,
  mentioned: room.mentioned ?? false,
  scheduled: 0,
});
const textOf = (words: string) => ({
  text: words,
  content: { type: "text" as const, text: words },
  preview: words.replace(/\s+/g, " "),
});

async function json(request: IncomingMessage): Promise<Record<string, unknown>> {
  let raw = "";
  for await (const chunk of request) raw += chunk;
  return raw ? (JSON.parse(raw) as Record<string, unknown>) : {};
}
