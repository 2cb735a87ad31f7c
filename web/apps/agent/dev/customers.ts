import { randomUUID } from "node:crypto";
import type { Contact, ContactAttribute } from "@max/api";
import { type Answer, type Body, type Emit, HOUR, iso, none, ok, refused } from "./answers";
import type { Rooms } from "./rooms";
import { devon, me, type Room } from "./sample";

/** Customers, and what is kept of them. */
export class CustomersMock {
  readonly #emit: Emit;
  readonly #rooms: Rooms;
  readonly details = new Map<string, Partial<Contact>>();

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

  constructor(emit: Emit, rooms: Rooms) {
    this.#emit = emit;
    this.#rooms = rooms;
  }

  attributeList(method: string, id: string | undefined, body: Body): Answer {
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

  /** Whom nobody hears. */
  blocked(): Answer {
    const seen = new Set<string>();
    const items = this.#rooms.all
      .filter(({ conversation: { contact } }) => !seen.has(contact.id) && seen.add(contact.id))
      .map((room) => this.#view(room))
      .filter((contact) => contact.blocked)
      .map(({ id, name, phone, username, blocked_at, blocked_until, blocked_by, block_reason, came }) => ({
        id,
        name,
        phone,
        username,
        blocked_at: blocked_at ?? iso(HOUR),
        blocked_until,
        blocked_by,
        blocked_reason: block_reason,
        came,
      }));
    return ok({ items, next_cursor: null });
  }

  contact(method: string, id: string, what: string | undefined, body: Body): Answer {
    const rooms = this.#rooms.all.filter((r) => r.conversation.contact.id === id);
    const [room] = rooms;
    if (!room) return refused(404, "not_found", "There is no such customer.");
    const kept = this.details.get(id) ?? {};
    if (method === "PATCH") {
      if (body.email && !String(body.email).includes("@")) {
        return refused(422, "invalid", "Some fields are wrong.", {
          fields: [{ field: "email", message: "Enter an address like name@company.com." }],
        });
      }
      const attributes = { ...kept.attributes, ...(body.attributes as Contact["attributes"] | undefined) };
      for (const [key, value] of Object.entries(attributes)) if (value === null) delete attributes[key];
      this.details.set(id, { ...kept, ...body, attributes } as Partial<Contact>);
    }
    if (what === "block" || what === "unblock") {
      const how =
        what === "block"
          ? {
              blocked_at: iso(0),
              blocked_by: { id: me.id, name: me.name },
              block_reason: (body.reason as string | undefined) ?? null,
              came: 0,
            }
          : { blocked_at: null, blocked_until: null, blocked_by: null, block_reason: null };
      this.details.set(id, { ...kept, blocked: what === "block", ...how });
      for (const r of rooms) {
        this.#rooms.change(r, { blocked: what === "block" });
        this.#rooms.happened(r, what === "block" ? "blocked" : "unblocked", {});
      }
    }
    if (what === "bring-back") {
      const { came = 0 } = kept;
      this.details.set(id, { ...kept, came: 0 });
      return ok({ messages: came });
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
      blocked_until: null,
      blocked_by: null,
      came: 0,
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
      ...this.details.get(contact.id),
    } as Contact;
  }
}
