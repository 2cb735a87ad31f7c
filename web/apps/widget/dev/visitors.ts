// The visitor API over sample data, for working on the widget and for its stories. What an agent would do is done by methods here.

import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { subjectOf } from "../src/safe";
import type { Agent, Config, Conversation, Message, Visitor } from "../src/types";

export const LEILA: Agent = { name: "Leila Moreno", photo_url: null };

/** One visitor and all that was said with them. */
export interface Person extends Visitor {
  /** Whom the company's signed token named. */
  sub: string | null;
  tokens: Set<string>;
  messages: Message[];
  conversation: Conversation | null;
  /** By the id the widget gave. */
  taken: Map<string, Message>;
  seen: number;
  told: Record<string, unknown>[];
  sockets: Set<WebSocket>;
}

/** How the next calls go wrong. */
interface Trouble {
  path: RegExp;
  status: number;
  count: number;
  headers?: Record<string, string>;
}

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

/** A channel with its visitors. */
export class Visitors {
  readonly people: Person[] = [];
  /** Every call, as `POST messages`. */
  readonly calls: string[] = [];
  readonly headers: IncomingMessage["headers"][] = [];
  readonly files = new Map<string, { name: string; type: string; bytes: Buffer }>();
  readonly sockets = new WebSocketServer({ noServer: true });
  trouble: Trouble[] = [];
  /** Answers by itself, as in `npm run dev`. */
  answering = false;
  /** Tokens of the company's server that are good. */
  signed: (token: string) => boolean = () => true;
  /** Nobody can get through. */
  down = false;
  config: Config = {
    title: "Zelmira Pay",
    accent: "#00623f",
    accent_text: "#ffffff",
    position: "right",
    branding: true,
    language: "en",
    direction: "ltr",
    texts: { welcome: "Hi, this is Zelmira Pay. What can we help you with?" },
    prechat: { on: false, fields: [] },
    upload: { on: true, max_bytes: 1_000_000, mime_types: ["image/*", "application/pdf", "text/plain"] },
    online: true,
    reply_time_minutes: 3,
    agents: [LEILA, { name: "Devon Kim", photo_url: null }, { name: "Hana Kato", photo_url: null }],
  };

  constructor(
    /** Where this is, once it listens. */
    public origin: string,
  ) {
    this.sockets.on("connection", (socket) => this.#greet(socket));
  }

  /** Hears a server. */
  attach(server: {
    on(event: "upgrade", hear: (request: IncomingMessage, socket: Duplex, head: Buffer) => void): unknown;
  }): void {
    server.on("upgrade", (request, socket, head) => {
      if (!request.url?.match(/^\/chat\/[^/]+\/socket$/)) return;
      if (this.down) return socket.destroy();
      this.sockets.handleUpgrade(request, socket, head, (ws) => this.sockets.emit("connection", ws));
    });
  }

  /** The one who came last. */
  get last(): Person {
    const person = this.people.at(-1);
    if (!person) throw new Error("nobody has come");
    return person;
  }

  /** An agent writes. */
  says(part: Partial<Message>, person = this.last): Message {
    const message = this.#add(person, { from: "agent", agent: LEILA, ...part });
    this.#send(person, { type: "message", message });
    return message;
  }

  changes(message: Message, part: Partial<Message>, person = this.last): void {
    Object.assign(message, part);
    this.#send(person, { type: "message.updated", message });
  }

  types(on: boolean, person = this.last): void {
    this.#send(person, { type: "typing", on, agent: LEILA });
  }

  /** An agent has read everything. */
  reads(person = this.last): void {
    for (const message of person.messages) if (message.status) message.status = "read";
    this.#send(person, { type: "read", seq: person.messages.length });
  }

  joins(person = this.last): void {
    person.conversation = { id: randomUUID(), state: "open", agent: LEILA, waiting_position: null };
    this.#send(person, { type: "conversation", conversation: person.conversation });
    this.says({ from: "system", agent: null, type: "notice", text: "Leila joined the chat" }, person);
  }

  send(frame: object, person = this.last): void {
    this.#send(person, frame);
  }

  /** Ends all sockets. */
  cut(): void {
    for (const socket of this.sockets.clients) socket.terminate();
  }

  /** True when the call was for here. */
  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean> {
    const file = url.pathname.match(/^\/media\/(.+)$/)?.[1];
    if (file) {
      const found = this.files.get(file);
      response.writeHead(found ? 200 : 404, { "content-type": found?.type ?? "text/plain" });
      response.end(found?.bytes);
      return true;
    }
    const path = url.pathname.match(/^\/chat\/[^/]+\/(config|session|messages|media|me|read|typing)$/)?.[1];
    if (!path) return false;
    if (this.down) {
      request.socket.destroy();
      return true;
    }
    response.setHeader("access-control-allow-origin", request.headers.origin ?? "*");
    response.setHeader("access-control-allow-headers", "authorization,content-type");
    response.setHeader("access-control-allow-methods", "GET,POST,PATCH,DELETE");
    response.setHeader("access-control-expose-headers", "retry-after");
    if (request.method === "OPTIONS") {
      response.writeHead(204).end();
      return true;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    this.calls.push(`${request.method} ${path}`);
    this.headers.push(request.headers);
    const trouble = this.trouble.find((one) => one.count > 0 && one.path.test(`${request.method} ${path}`));
    if (trouble) {
      trouble.count -= 1;
      response.writeHead(trouble.status, { "content-type": "application/problem+json", ...trouble.headers });
      response.end(JSON.stringify({ status: trouble.status, code: "trouble" }));
      return true;
    }
    const [status, answer] = this.#answer(`${request.method} ${path}`, request, url, body);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(answer === undefined ? "" : JSON.stringify(answer));
    return true;
  }

  #answer(call: string, request: IncomingMessage, url: URL, body: Buffer): [number, unknown?] {
    if (call === "GET config") return [200, this.config];
    if (call === "POST session") return this.#session(JSON.parse(String(body)));
    const person = this.#whose(request.headers.authorization?.slice(7));
    if (!person) return [401, { status: 401, code: "unauthorized" }];
    if (call === "POST media") return [201, this.#file(request.headers["content-type"] ?? "", body)];
    const given = body.length > 0 ? (JSON.parse(String(body)) as Record<string, unknown>) : {};
    switch (call) {
      case "GET messages": {
        const before = Number(url.searchParams.get("before") ?? Number.MAX_SAFE_INTEGER);
        const older = person.messages.filter(({ seq }) => seq < before);
        const limit = Number(url.searchParams.get("limit") ?? 30);
        return [200, { items: older.slice(-limit), more: older.length > limit }];
      }
      case "POST messages":
        return [202, this.#take(person, given)];
      case "PATCH me":
        Object.assign(person, { known: true, name: given.name ?? person.name, email: given.email ?? person.email });
        person.told.push(given);
        return [204];
      case "POST read":
        person.seen = Number(given.seq);
        return [204];
      case "DELETE session":
        person.tokens.clear();
        for (const socket of person.sockets) socket.close();
        return [204];
      default:
        return [204];
    }
  }

  #session(given: { token?: string; user_token?: string; page?: object }): [number, unknown] {
    const device = given.token ? this.#whose(given.token) : undefined;
    if (given.token && !device) return [401, { code: "token" }];
    if (given.user_token && !this.signed(given.user_token)) return [401, { code: "user_token" }];
    const sub = given.user_token ? subjectOf(given.user_token) : null;
    let person = sub ? this.people.find((one) => one.sub === sub) : device;
    if (!person) {
      person = device && !device.sub ? device : this.#person();
      if (sub) Object.assign(person, { sub, known: true });
    }
    const token = randomBytes(32).toString("base64url");
    person.tokens.add(token);
    person.told.push(given);
    const { id, name, email, known } = person;
    return [
      200,
      {
        token,
        expires_at: new Date(Date.now() + 30 * 86_400_000).toISOString(),
        visitor: { id, name, email, known },
        conversation: person.conversation,
        messages: person.messages.slice(-30),
        more: person.messages.length > 30,
        unread: person.messages.filter(({ from, seq }) => from === "agent" && seq > (person?.seen ?? 0)).length,
        cursor: String(person.messages.length),
      },
    ];
  }

  #person(): Person {
    const person: Person = {
      id: randomUUID(),
      name: null,
      email: null,
      known: false,
      sub: null,
      tokens: new Set(),
      messages: [],
      conversation: null,
      taken: new Map(),
      seen: 0,
      told: [],
      sockets: new Set(),
    };
    this.people.push(person);
    return person;
  }

  #whose(token: string | undefined): Person | undefined {
    return token ? this.people.find(({ tokens }) => tokens.has(token)) : undefined;
  }

  #take(person: Person, given: Record<string, unknown>): Message {
    const id = String(given.id);
    const before = person.taken.get(id);
    if (before) return before;
    const choice = given.choice as { title: string } | undefined;
    const file = this.files.get(String(given.media_id));
    const message = this.#add(person, {
      from: "visitor",
      client_id: id,
      type: file ? "media" : "text",
      text: choice?.title ?? (given.text as string | undefined) ?? null,
      media: file
        ? {
            kind: file.type.startsWith("image/") ? "image" : "document",
            name: file.name,
            mime_type: file.type,
            size: file.bytes.length,
            width: null,
            height: null,
            url: `${this.origin}/media/${given.media_id}`,
            thumbnail_url: null,
            state: "ready",
          }
        : null,
      status: "sent",
    });
    person.taken.set(id, message);
    this.#send(person, { type: "message", message });
    if (this.answering) this.#reply(person, message);
    return message;
  }

  #reply(person: Person, message: Message) {
    setTimeout(() => this.changes(message, { status: "delivered" }, person), 400);
    setTimeout(() => this.reads(person), 900);
    setTimeout(() => this.types(true, person), 1_200);
    setTimeout(() => {
      const choices = [
        { id: "a", title: "Where is my transfer" },
        { id: "b", title: "Account or limits" },
      ];
      const picture = { ...this.picture("receipt.png"), width: 1, height: 1 };
      if (/choice/i.test(message.text ?? ""))
        this.says({ type: "choices", text: "What is it about?", choices }, person);
      else if (/photo/i.test(message.text ?? "")) this.says({ type: "media", text: null, media: picture }, person);
      else this.says({ text: `Thank you. You wrote: ${message.text ?? message.media?.name}` }, person);
    }, 2_500);
  }

  /** A picture that MAX has. */
  picture(name: string): NonNullable<Message["media"]> {
    const id = randomUUID();
    this.files.set(id, { name, type: "image/png", bytes: PNG });
    return {
      kind: "image",
      name,
      mime_type: "image/png",
      size: PNG.length,
      width: 240,
      height: 160,
      url: `${this.origin}/media/${id}`,
      thumbnail_url: null,
      state: "ready",
    };
  }

  #file(type: string, body: Buffer) {
    const boundary = type.match(/boundary=(.+)$/)?.[1] ?? "";
    const head = body.subarray(0, body.indexOf("\r\n\r\n")).toString();
    const start = body.indexOf("\r\n\r\n") + 4;
    const bytes = body.subarray(start, body.indexOf(`\r\n--${boundary}`, start));
    const id = randomUUID();
    const name = head.match(/filename="([^"]*)"/)?.[1] ?? "file";
    const kind = head.match(/content-type: (\S+)/i)?.[1] ?? "application/octet-stream";
    this.files.set(id, { name, type: kind, bytes });
    const short = kind.startsWith("image/") ? "image" : "document";
    return { id, kind: short, name, size: bytes.length, url: `${this.origin}/media/${id}` };
  }

  #add(person: Person, part: Partial<Message>): Message {
    const message: Message = {
      id: randomUUID(),
      client_id: null,
      seq: person.messages.length + 1,
      from: "agent",
      agent: null,
      type: "text",
      text: null,
      media: null,
      choices: null,
      reply_to: null,
      reactions: [],
      status: null,
      at: new Date().toISOString(),
      edited_at: null,
      deleted: false,
      ...part,
    };
    person.messages.push(message);
    return message;
  }

  #greet(socket: WebSocket) {
    socket.on("message", (raw) => {
      const frame = JSON.parse(String(raw)) as { type: string; token?: string; seq?: number; cursor?: string };
      const whose = this.people.find(({ sockets }) => sockets.has(socket));
      if (frame.type === "hello") {
        const person = this.#whose(frame.token);
        if (!person) return socket.send('{"type":"expired"}');
        person.sockets.add(socket);
        socket.on("close", () => person.sockets.delete(socket));
        socket.send(JSON.stringify({ type: "ready", cursor: String(person.messages.length) }));
        for (const message of person.messages.slice(Number(frame.cursor ?? person.messages.length))) {
          socket.send(JSON.stringify({ type: "message", message }));
        }
      } else if (frame.type === "ping") socket.send('{"type":"pong"}');
      else if (frame.type === "read" && whose) whose.seen = Math.max(whose.seen, frame.seq ?? 0);
      whose?.told.push({ frame: frame.type, ...frame });
    });
  }

  #send(person: Person, frame: object) {
    const cursor = String(person.messages.length);
    for (const socket of person.sockets) socket.send(JSON.stringify({ ...frame, cursor }));
  }
}
