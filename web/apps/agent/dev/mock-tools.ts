import { randomUUID } from "node:crypto";
import type {
  Canned,
  Contact,
  ContactAttribute,
  Feedback,
  HeldMessage,
  MediaView,
  Message,
  SharedConversation,
  TagView,
  TimelineEntry,
} from "@max/api";
import { devon, me, type Room, tags } from "./sample";

const HOUR = 3_600_000;
const said = ({ conversation }: Room, { id, preview, seq }: Message): Feedback["message"] => ({
  conversation_id: conversation.id,
  conversation_number: conversation.number,
  id,
  preview,
  seq,
});
const iso = (ago: number) => new Date(Date.now() - ago).toISOString();

type Emit = (kind: string, data: unknown) => void;
export interface Answer {
  status: number;
  value?: unknown;
  code?: string;
  detail?: string;
  extra?: object;
}
const ok = (value: unknown, status = 200): Answer => ({ status, value });
const none: Answer = { status: 204 };
const refused = (status: number, code: string, detail: string, extra: object = {}): Answer => ({
  status,
  code,
  detail,
  extra,
});

/** What the room of the mock can do for the tools. */
export interface Rooms {
  all: Room[];
  change: (room: Room, change: Partial<SharedConversation>) => void;
  say: (room: Room, part: Partial<Message>) => Message;
  put: (room: Room, message: Message) => void;
  happened: (room: Room, kind: TimelineEntry["kind"], data: object) => void;
}

/** Tags, notes, customers, canned responses, drafts and messages that wait, as the server would answer about them. */
export class ToolsMock {
  readonly #emit: Emit;
  readonly #rooms: Rooms;
  readonly held = new Map<string, HeldMessage[]>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #drafts = new Map<string, { text: string; reply_to: string | null; updated_at: string }>();
  readonly #details = new Map<string, Partial<Contact>>();
  readonly #feedback: Feedback[] = [];
  /** Files by their ids, with addresses that hold. */
  files: (ids: readonly string[]) => MediaView[] = () => [];
  /** Who asks: an admin sees and may more. */
  admin = false;

  tags: TagView[] = [
    ...tags,
    ...[
      ["Name mismatch", "amber", "t-transfers", 7],
      ["Resend", "cyan", "t-transfers", 3],
      ["Documents missing or unreadable, asked for again", "violet", "t-verification", 22],
      ["שאלה על שער", "blue", null, 2],
    ].map(([name, color, team, uses], index) => ({
      id: `tag-${index}`,
      name: String(name),
      color: String(color),
      team_id: team as string | null,
      uses: Number(uses),
    })),
  ];

  attributes: ContactAttribute[] = [
    { id: "at-1", key: "customer_id", name: "App user", kind: "text", choices: [] },
    { id: "at-2", key: "sent", name: "Sent to date", kind: "number", choices: [] },
    { id: "at-3", key: "verified_on", name: "Verified on", kind: "date", choices: [] },
    { id: "at-4", key: "vip", name: "VIP", kind: "boolean", choices: [] },
    {
      id: "at-5",
      key: "language",
      name: "Language",
      kind: "choice",
      choices: ["English", "Français", "Português", "עברית"],
    },
  ];

  canned: Canned[] = [
    [
      "fee-waived",
      "Fee waived",
      "Good news {first_name}, there is no fee for this resend. It will arrive within the hour.",
      "global",
      null,
    ],
    [
      "fees",
      "Our fees",
      "Our fee depends on the country and how the money is paid out. For {attribute.language} customers see https://example.com/fees",
      "global",
      null,
    ],
    [
      "fee-refund",
      "Refund of a fee",
      "I have asked for your fee of {amount} to be refunded to {account}. It takes 3 working days.",
      "team",
      "t-transfers",
    ],
    [
      "hello",
      "Greeting",
      "Hello {first_name}, this is {agent_first_name} from {company}. How can I help?",
      "personal",
      null,
    ],
    ["ref", "Reference", "Your reference is #{number}.", "global", null],
    ["מתי", "זמן הגעה", "שלום {first_name}, הכסף יגיע עד {time}.", "global", null],
  ].map(([shortcut, title, text, scope, team], index) => ({
    id: `canned-${index}`,
    shortcut: String(shortcut),
    title: String(title),
    text: String(text),
    scope: scope as Canned["scope"],
    team_id: team as string | null,
    owner_id: scope === "personal" ? me.id : null,
    updated_at: iso(30 * 24 * HOUR),
    uses: 40 - index * 5,
  }));

  constructor(emit: Emit, rooms: Rooms) {
    this.#emit = emit;
    this.#rooms = rooms;
    this.seed();
  }

  /** Puts into the sample what it has for the tools. */
  seed() {
    const [amara] = this.#rooms.all;
    if (!amara) return;
    const note = amara.messages.find((m) => m.kind === "note");
    if (note) {
      const text = `Palmgrove Bank rejected the payout: account name does not match. @[${me.name}](user:${me.id}) ask for the exact name on the account, then we can resend free of charge.`;
      Object.assign(note, {
        text,
        preview: text.replace(/@\[([^\]]+)\]\([^)]+\)/g, "@$1"),
        content: { type: "text", text },
        pinned: true,
        mentions: [{ type: "user", id: me.id, name: me.name }],
      });
    }
    const own = amara.messages.find((m) => m.direction === "out" && m.kind === "reply");
    if (own) {
      own.feedback_count = 1;
      this.#feedback.push({
        id: randomUUID(),
        author_id: me.id,
        message: said(amara, own),
        by: { id: "u-sofia", name: "Sofia Nunes" },
        text: "Good that you took the reference over at once. Next time say how long the check takes.",
        created_at: iso(2 * HOUR),
      });
    }
    amara.conversation = { ...amara.conversation, pinned_notes: 1 };
    this.#details.set(amara.conversation.contact.id, {
      email: "amara.okafor@example.com",
      attributes: { customer_id: "zp_90418", sent: 38420, language: "English", vip: true },
    });
  }

  /** The answer to a call this mock knows. */
  handle(method: string, path: string, query: URLSearchParams, body: Record<string, unknown>): Answer | null {
    const [, noun, id, what, sub, how] = decodeURIComponent(path).split("/");
    if (noun === "contacts" && what === "activity") return ok({ items: [], next_cursor: null });
    if (noun === "tags") return this.#tagList(method, id, what, query, body);
    if (noun === "contact-attributes") return this.#attributeList(method, id, body);
    if (noun === "canned") return this.#cannedList(method, id, query, body);
    if (path === "/me/drafts") {
      const items = [...this.#drafts].map(([key, { text, updated_at }]) => {
        const [conversation_id, kind] = key.split(" ");
        return { conversation_id, kind, preview: text.replace(/\s+/g, " ").slice(0, 120), updated_at };
      });
      return ok({ items });
    }
    if (path === "/me/feedback") return ok({ items: this.#feedback.toReversed(), next_cursor: null });
    if (noun === "contacts" && id) return this.#contact(method, id, what, body);
    const room = noun === "conversations" ? this.#rooms.all.find((r) => r.conversation.id === id) : undefined;
    if (!room) return null;
    if (what === "held") return ok({ items: this.held.get(room.conversation.id) ?? [] });
    if (what === "pins") return ok({ items: room.messages.filter((m) => m.pinned) });
    if (what === "drafts") {
      const draft = (kind: string) => this.#drafts.get(`${room.conversation.id} ${kind}`) ?? null;
      return ok({ reply: draft("reply"), note: draft("note") });
    }
    if (what === "draft") return this.#draft(room, body);
    if (what === "canned" && sub) return this.#fill(room, sub);
    if (what === "tags" && sub) return this.#tag(room, sub, method === "PUT");
    if (what === "messages" && sub) return this.#message(method, room, sub, how, body);
    return null;
  }

  /** Holds what is to wait; null when it may go at once. */
  hold(room: Room, body: Record<string, unknown>, part: Partial<Message>): HeldMessage | null {
    const seconds = Number(body.hold_seconds ?? 0);
    if (!seconds && !body.send_at) return null;
    const at = body.send_at ? Date.parse(String(body.send_at)) : Date.now() + seconds * 1_000;
    const message = {
      ...room.messages[0],
      id: randomUUID(),
      error: null,
      sent_at: null,
      reply_to: null,
      mentions: [],
      pinned: false,
      edited_at: null,
      feedback_count: null,
      attachments: [],
      ...part,
      conversation_id: room.conversation.id,
      seq: null,
      status: "held",
      created_at: new Date().toISOString(),
      release_at: new Date(at).toISOString(),
    } as HeldMessage;
    this.#wait(room, message);
    this.#emit("message.held", { message });
    return message;
  }

  /** Calls when the time of a message has come. */
  release: (room: Room, message: HeldMessage) => void = () => {};

  #wait(room: Room, message: HeldMessage) {
    const list = this.held.get(room.conversation.id) ?? [];
    const due = (m: HeldMessage) => Date.parse(m.release_at ?? "");
    this.held.set(
      room.conversation.id,
      [...list.filter((m) => m.id !== message.id), message].sort((a, b) => due(a) - due(b)),
    );
    clearTimeout(this.#timers.get(message.id));
    if (message.status !== "held") return;
    const wait = Math.min(due(message) - Date.now(), 2 ** 31 - 1);
    this.#timers.set(
      message.id,
      setTimeout(() => {
        if (message.text?.includes("late")) {
          const error = {
            code: "stale_view",
            message: "Something was said here that you had not seen, so nothing was sent.",
            detail: null,
          };
          const failed = { ...message, status: "failed" as const, error };
          this.#wait(room, failed);
          this.#emit("message.updated", { message: failed });
          return;
        }
        this.#drop(room, message.id);
        this.release(room, message);
      }, wait),
    );
  }

  #drop(room: Room, id: string) {
    clearTimeout(this.#timers.get(id));
    this.held.set(
      room.conversation.id,
      (this.held.get(room.conversation.id) ?? []).filter((m) => m.id !== id),
    );
  }

  #message(
    method: string,
    room: Room,
    id: string,
    how: string | undefined,
    body: Record<string, unknown>,
  ): Answer | null {
    const waiting = this.held.get(room.conversation.id)?.find((m) => m.id === id);
    if (waiting) {
      if (method === "DELETE") {
        this.#drop(room, id);
        this.#emit("message.deleted", { conversation_id: room.conversation.id, id });
        return none;
      }
      if (method === "PATCH") {
        const text = body.text ? String(body.text) : waiting.text;
        const next: HeldMessage = {
          ...waiting,
          text,
          content: { type: "text", text: text ?? "" },
          preview: text ?? "",
          status: "held",
          error: null,
          release_at: body.send_at ? String(body.send_at) : waiting.release_at,
        };
        this.#wait(room, next);
        this.#emit("message.updated", { message: next });
        return ok(next);
      }
      if (how === "retry") {
        this.#drop(room, id);
        this.release(room, waiting);
        return ok(room.messages.at(-1));
      }
    }
    const message = room.messages.find((m) => m.id === id);
    if (!message) {
      return method === "DELETE" ? refused(409, "message_not_retryable", "This message has just been sent.") : null;
    }
    if (method === "DELETE") return refused(409, "message_not_retryable", "This message has just been sent.");
    if (how === "pin" || how === "unpin") {
      const next = { ...message, pinned: how === "pin" };
      this.#rooms.put(room, next);
      this.#rooms.change(room, { pinned_notes: room.messages.filter((m) => m.pinned).length });
      return ok({ ...room.conversation, unread: 0, mentioned: false, scheduled: 0 });
    }
    if (how === "feedback" && method === "GET") return ok({ items: this.#feedback.filter((f) => f.message.id === id) });
    if (how === "feedback") {
      const feedback: Feedback = {
        id: randomUUID(),
        author_id: message.author.id ?? me.id,
        message: said(room, message),
        by: this.admin ? { id: "u-ewa", name: "Ewa Halska" } : { id: me.id, name: me.name },
        text: String(body.text),
        created_at: iso(0),
      };
      this.#feedback.push(feedback);
      this.#rooms.put(room, { ...message, feedback_count: (message.feedback_count ?? 0) + 1 });
      return ok(feedback, 201);
    }
    return null;
  }

  #draft(room: Room, body: Record<string, unknown>): Answer {
    const key = `${room.conversation.id} ${String(body.kind)}`;
    const updated_at = iso(0);
    const draft = { text: String(body.text), reply_to: (body.reply_to as string | undefined) ?? null, updated_at };
    if (draft.text) this.#drafts.set(key, draft);
    else this.#drafts.delete(key);
    this.#emit("draft.changed", {
      conversation_id: room.conversation.id,
      kind: body.kind,
      ...draft,
      origin: body.origin ?? null,
    });
    return ok({ updated_at });
  }

  #fill(room: Room, id: string): Answer {
    const canned = this.canned.find((c) => c.id === id);
    if (!canned) return refused(404, "not_found", "There is no such response.");
    const { contact, number, channel } = room.conversation;
    const attributes = this.#details.get(contact.id)?.attributes ?? {};
    const known: Record<string, string | undefined> = {
      first_name: contact.name.split(" ")[0],
      name: contact.name,
      agent: me.name,
      agent_first_name: me.name.split(" ")[0],
      company: "Zelmira Pay",
      number: String(number),
      channel: channel.name,
      phone: contact.phone ?? undefined,
      ...Object.fromEntries(Object.entries(attributes).map(([key, value]) => [`attribute.${key}`, String(value)])),
    };
    const unfilled: string[] = [];
    const text = canned.text.replace(/\{([a-z_.]+)\}/g, (all, key: string) => {
      if (known[key] !== undefined) return known[key];
      unfilled.push(key);
      return all;
    });
    return ok({ text, unfilled, attachments: this.files((canned.attachments ?? []).map((one) => one.id)) });
  }

  #cannedList(method: string, id: string | undefined, query: URLSearchParams, body: Record<string, unknown>): Answer {
    if (method === "GET") {
      const team = query.get("team_id");
      return ok({ items: this.canned.filter((c) => this.admin || c.team_id === null || !team || c.team_id === team) });
    }
    const clash = this.canned.find((c) => c.shortcut === body.shortcut && c.id !== id);
    if (clash) return refused(409, "already_exists", `/${clash.shortcut} is taken already.`);
    if (method === "POST") {
      const attachments = this.files((body.media_ids as string[] | undefined) ?? []);
      const made = { id: randomUUID(), team_id: null, uses: 0, owner_id: null, ...body, attachments };
      const canned = made as unknown as Canned;
      this.canned.push(canned);
      return ok(canned, 201);
    }
    const at = this.canned.findIndex((c) => c.id === id);
    const old = this.canned[at];
    if (!old) return refused(404, "not_found", "There is no such response.");
    if (method === "DELETE") {
      this.canned.splice(at, 1);
      return none;
    }
    const attachments = body.media_ids ? this.files(body.media_ids as string[]) : (old.attachments ?? []);
    this.canned[at] = { ...old, ...body, attachments } as Canned;
    return ok(this.canned[at]);
  }

  #tagList(
    method: string,
    id: string | undefined,
    what: string | undefined,
    query: URLSearchParams,
    body: Record<string, unknown>,
  ): Answer {
    if (method === "GET") {
      const q = (query.get("q") ?? "").toLowerCase();
      const team = query.get("team_id");
      return ok({
        items: this.tags.filter(
          (t) => t.name.toLowerCase().includes(q) && (!team || t.team_id === null || t.team_id === team),
        ),
      });
    }
    const name = typeof body.name === "string" ? body.name : null;
    if (name && this.tags.some((t) => t.name.toLowerCase() === name.toLowerCase() && t.id !== id)) {
      return refused(409, "already_exists", `There is a tag called ${name} already.`);
    }
    if (method === "POST" && !id) {
      const tag = { id: randomUUID(), team_id: null, uses: 0, ...body } as unknown as TagView;
      this.tags.push(tag);
      this.#emit("tag.changed", { tag });
      return ok(tag, 201);
    }
    const tag = this.tags.find((t) => t.id === id);
    if (!tag) return refused(404, "not_found", "There is no such tag.");
    if (what === "merge") {
      const into = this.tags.find((t) => t.id === body.into) as TagView;
      into.uses += tag.uses;
      this.tags = this.tags.filter((t) => t !== tag);
      this.#retag(tag.id, into);
      this.#emit("tag.deleted", { id: tag.id });
      this.#emit("tag.changed", { tag: into });
      return ok(into);
    }
    if (method === "DELETE") {
      this.tags = this.tags.filter((t) => t !== tag);
      this.#retag(tag.id, null);
      this.#emit("tag.deleted", { id });
      return none;
    }
    Object.assign(tag, body);
    this.#retag(tag.id, tag);
    this.#emit("tag.changed", { tag });
    return ok(tag);
  }

  #retag(id: string, next: TagView | null) {
    for (const room of this.#rooms.all) {
      const { tags } = room.conversation;
      if (!tags.some((t) => t.id === id)) continue;
      const others = tags.filter((t) => t.id !== id && t.id !== next?.id);
      this.#rooms.change(room, {
        tags: next ? [...others, { id: next.id, name: next.name, color: next.color }] : others,
      });
    }
  }

  #tag(room: Room, id: string, on: boolean): Answer {
    const tag = this.tags.find((t) => t.id === id);
    if (!tag) return refused(404, "not_found", "There is no such tag.");
    const others = room.conversation.tags.filter((t) => t.id !== id);
    this.#rooms.change(room, { tags: on ? [...others, { id, name: tag.name, color: tag.color }] : others });
    this.#rooms.happened(room, on ? "tagged" : "untagged", { tag: { id, name: tag.name } });
    return ok({ ...room.conversation, unread: 0, mentioned: false, scheduled: 0 });
  }

  #attributeList(method: string, id: string | undefined, body: Record<string, unknown>): Answer {
    if (method === "GET") return ok({ items: this.attributes });
    if (this.attributes.some((a) => a.key === body.key && a.id !== id)) {
      return refused(409, "already_exists", "This key is taken already.");
    }
    if (method === "POST") {
      const made = { id: randomUUID(), choices: [], ...body } as unknown as ContactAttribute;
      this.attributes.push(made);
      return ok(made, 201);
    }
    const old = this.attributes.find((a) => a.id === id);
    if (!old) return refused(404, "not_found", "There is no such detail.");
    if (method === "DELETE") {
      this.attributes = this.attributes.filter((a) => a !== old);
      return none;
    }
    return ok(Object.assign(old, body));
  }

  #contact(method: string, id: string, what: string | undefined, body: Record<string, unknown>): Answer {
    const rooms = this.#rooms.all.filter((r) => r.conversation.contact.id === id);
    const [room] = rooms;
    if (!room) return refused(404, "not_found", "There is no such customer.");
    const kept = this.#details.get(id) ?? {};
    if (method === "PATCH") {
      if (body.email && !String(body.email).includes("@")) {
        return refused(422, "invalid", "Some fields are wrong.", {
          fields: [{ field: "email", message: "Enter an address like name@company.com." }],
        });
      }
      const attributes = { ...kept.attributes, ...(body.attributes as Contact["attributes"] | undefined) };
      for (const [key, value] of Object.entries(attributes)) if (value === null) delete attributes[key];
      this.#details.set(id, { ...kept, ...body, attributes } as Partial<Contact>);
    }
    if (what === "block" || what === "unblock") {
      this.#details.set(id, { ...kept, blocked: what === "block" });
      for (const r of rooms) {
        this.#rooms.change(r, { blocked: what === "block" });
        this.#rooms.happened(r, what === "block" ? "blocked" : "unblocked", {});
      }
    }
    const contact = this.#view(room);
    if (method !== "GET") {
      if (typeof body.name === "string") {
        for (const r of rooms) this.#rooms.change(r, { contact: { ...r.conversation.contact, name: body.name } });
      }
      this.#emit("contact.updated", { contact: this.#view(room) });
    }
    return ok(contact);
  }

  #view(room: Room): Contact {
    const { contact, channel, created_at } = room.conversation;
    const past =
      room === this.#rooms.all[0]
        ? ["Changed monthly sending limit", "Receipt for tax return", "How to add a new recipient"]
        : [];
    return {
      id: contact.id,
      name: contact.name,
      phone: contact.phone,
      username: contact.username,
      email: null,
      attributes: {},
      blocked: false,
      blocked_at: null,
      block_reason: null,
      identities: [
        {
          id: "identity-1",
          channel: { id: channel.id, kind: channel.kind, name: channel.name },
          external_id: contact.phone ?? "1784",
          created_at,
        },
      ],
      conversations: [
        {
          id: room.conversation.id,
          number: room.conversation.number,
          state: room.conversation.state,
          last_activity_at: room.conversation.last_activity_at,
          assignee: room.conversation.assignee,
          close_reason: null,
          preview: room.conversation.last_message?.preview ?? null,
        },
        ...past.map((preview, index) => ({
          id: this.#rooms.all[index + 1]?.conversation.id ?? "",
          number: 19_000 - index * 320,
          state: "closed" as const,
          last_activity_at: iso((44 + index * 40) * 24 * HOUR),
          assignee: devon,
          close_reason: { id: "reason-0", name: "Resolved" },
          preview,
        })),
      ],
      created_at: iso(240 * 24 * HOUR),
      ...this.#details.get(contact.id),
    } as Contact;
  }
}
