import { randomUUID } from "node:crypto";
import type { TagView } from "@max/api";
import { type Answer, type Body, type Emit, none, ok, refused } from "./answers";
import type { Rooms } from "./rooms";
import { type Room, tags } from "./sample";

/** Tags, and conversations with them. */
export class TagsMock {
  readonly #emit: Emit;
  readonly #rooms: Rooms;

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

  constructor(emit: Emit, rooms: Rooms) {
    this.#emit = emit;
    this.#rooms = rooms;
  }

  list(method: string, id: string | undefined, what: string | undefined, query: URLSearchParams, body: Body): Answer {
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

  put(room: Room, id: string, on: boolean): Answer {
    const tag = this.tags.find((t) => t.id === id);
    if (!tag) return refused(404, "not_found", "There is no such tag.");
    const others = room.conversation.tags.filter((t) => t.id !== id);
    this.#rooms.change(room, { tags: on ? [...others, { id, name: tag.name, color: tag.color }] : others });
    this.#rooms.happened(room, on ? "tagged" : "untagged", { tag: { id, name: tag.name } });
    return ok({ ...room.conversation, unread: 0, mentioned: false, scheduled: 0 });
  }
}
