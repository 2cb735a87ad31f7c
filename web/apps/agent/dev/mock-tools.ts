import { randomUUID } from "node:crypto";
import type { Feedback, HeldMessage, Message } from "@max/api";
import { type Answer, type Body, type Emit, HOUR, iso, none, ok, refused } from "./answers";
import { CannedMock } from "./canned";
import { CustomersMock } from "./customers";
import type { Rooms } from "./rooms";
import { me, type Room } from "./sample";
import { TagsMock } from "./tags";

const said = ({ conversation }: Room, { id, preview, seq }: Message): Feedback["message"] => ({
  conversation_id: conversation.id,
  conversation_number: conversation.number,
  id,
  preview,
  seq,
});
/** Tags, notes, customers, canned responses, drafts and messages that wait, as the server would answer about them. */
export class ToolsMock {
  readonly #emit: Emit;
  readonly #rooms: Rooms;
  readonly held = new Map<string, HeldMessage[]>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #drafts = new Map<string, { text: string; reply_to: string | null; updated_at: string }>();
  readonly #feedback: Feedback[] = [];
  /** Who asks: an admin sees and may more. */
  admin = false;
  readonly #tags: TagsMock;
  readonly canned = new CannedMock();
  readonly #customers: CustomersMock;

  constructor(emit: Emit, rooms: Rooms) {
    this.#emit = emit;
    this.#rooms = rooms;
    this.#tags = new TagsMock(emit, rooms);
    this.#customers = new CustomersMock(emit, rooms);
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
    const flooding = this.#rooms.all.find((r) => r.conversation.folded_count > 0);
    if (flooding) {
      flooding.conversation = { ...flooding.conversation, blocked: true };
      this.#customers.details.set(flooding.conversation.contact.id, {
        blocked: true,
        blocked_at: iso(HOUR / 6),
        blocked_until: iso(-23 * HOUR),
        block_reason: "flood",
        came: 42,
      });
    }
    this.#customers.details.set(amara.conversation.contact.id, {
      email: "amara.okafor@example.com",
      attributes: { customer_id: "zp_90418", sent: 38420, language: "English", vip: true },
    });
  }

  /** The answer to a call this mock knows. */
  handle(method: string, path: string, query: URLSearchParams, body: Body): Answer | null {
    const [, noun, id, what, sub, how] = decodeURIComponent(path).split("/");
    if (noun === "contacts" && what === "activity") return ok({ items: [], next_cursor: null });
    if (noun === "tags") return this.#tags.list(method, id, what, query, body);
    if (noun === "contact-attributes") return this.#customers.attributeList(method, id, body);
    if (noun === "canned") return this.canned.list(method, id, query, body, this.admin);
    if (path === "/me/drafts") {
      const items = [...this.#drafts].map(([key, { text, updated_at }]) => {
        const [conversation_id, kind] = key.split(" ");
        return { conversation_id, kind, preview: text.replace(/\s+/g, " ").slice(0, 120), updated_at };
      });
      return ok({ items });
    }
    if (path === "/me/feedback") return ok({ items: this.#feedback.toReversed(), next_cursor: null });
    if (noun === "contacts" && !id && query.get("blocked") === "true") return this.#customers.blocked();
    if (noun === "contacts" && id) return this.#customers.contact(method, id, what, body);
    const room = noun === "conversations" ? this.#rooms.all.find((r) => r.conversation.id === id) : undefined;
    if (!room) return null;
    if (what === "held") return ok({ items: this.held.get(room.conversation.id) ?? [] });
    if (what === "pins") return ok({ items: room.messages.filter((m) => m.pinned) });
    if (what === "drafts") {
      const draft = (kind: string) => this.#drafts.get(`${room.conversation.id} ${kind}`) ?? null;
      return ok({ reply: draft("reply"), note: draft("note") });
    }
    if (what === "draft") return this.#draft(room, body);
    if (what === "canned" && sub) {
      const attributes = this.#customers.details.get(room.conversation.contact.id)?.attributes ?? {};
      return this.canned.fill(room, sub, attributes);
    }
    if (what === "tags" && sub) return this.#tags.put(room, sub, method === "PUT");
    if (what === "messages" && sub) return this.#message(method, room, sub, how, body);
    return null;
  }

  /** Holds what is to wait; null when it may go at once. */
  hold(room: Room, body: Body, part: Omit<Partial<Message>, "seq">): HeldMessage | null {
    const seconds = Number(body.hold_seconds ?? 0);
    if (!seconds && !body.send_at) return null;
    const at = body.send_at ? Date.parse(String(body.send_at)) : Date.now() + seconds * 1_000;
    return this.#keep(room, { ...part, release_at: new Date(at).toISOString() });
  }

  /** Has a reply wait for the customer. */
  waits(room: Room, part: Omit<Partial<Message>, "seq">): HeldMessage {
    const waiting = this.#keep(room, {
      ...part,
      release_at: null,
      waits_for: "customer",
      expires_at: iso(-7 * 24 * HOUR),
    });
    this.#rooms.change(room, { reply_waits: true });
    return waiting;
  }

  /** The customer has written: what waited for that goes. */
  answered(room: Room) {
    for (const message of this.held.get(room.conversation.id) ?? []) {
      if (!message.waits_for) continue;
      this.#drop(room, message.id);
      this.release(room, { ...message, waits_for: null, expires_at: null });
    }
    this.#rooms.change(room, { reply_waits: false });
  }

  #keep(room: Room, part: Omit<Partial<HeldMessage>, "seq">): HeldMessage {
    const message = {
      ...room.messages[0],
      id: randomUUID(),
      error: null,
      sent_at: null,
      reply_to: null,
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
      attachments: [],
      ...part,
      conversation_id: room.conversation.id,
      seq: null,
      status: "held",
      created_at: new Date().toISOString(),
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
    if (message.status !== "held" || message.waits_for) return;
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

  #message(method: string, room: Room, id: string, how: string | undefined, body: Body): Answer | null {
    const waiting = this.held.get(room.conversation.id)?.find((m) => m.id === id);
    if (waiting) {
      if (method === "DELETE") {
        this.#drop(room, id);
        if (waiting.waits_for) this.#rooms.change(room, { reply_waits: false });
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
      this.#emit("feedback.created", { feedback });
      return ok(feedback, 201);
    }
    return null;
  }

  #draft(room: Room, body: Body): Answer {
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
}
