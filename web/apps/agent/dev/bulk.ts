import { randomUUID } from "node:crypto";
import type { BulkDetails, ListFilter } from "@max/api";
import { type Body, iso } from "./answers";
import { type Room, tags } from "./sample";
import type { World } from "./world";

type Bulk = BulkDetails & { undo: (() => void)[] };
type Answer = (status: number, value?: unknown) => void;
type Refuse = (status: number, code: string, detail: string) => void;

/** Steps with many conversations, one after the other; every seventh fails. */
export class Bulks {
  readonly #bulks = new Map<string, Bulk>();

  constructor(
    readonly world: World,
    readonly find: (filter: ListFilter) => Room[],
    readonly step: (room: Room, action: string, args: Body) => void,
  ) {}

  handle(method: string, id: string, what: string, body: Body, answer: Answer, refuse: Refuse): true {
    const known = this.#bulks.get(id);
    if (method === "GET") {
      if (known) answer(200, known);
      else refuse(404, "not_found", "There is no such bulk.");
      return true;
    }
    if (what === "undo" && known) {
      known.state = "undoing";
      this.#tick(known, known.undo, () => {
        known.undone += 1;
      });
      answer(200, known);
      return true;
    }
    const rooms = body.ids
      ? this.world.rooms.filter((r) => (body.ids as string[]).includes(r.conversation.id))
      : this.find(body.filter as ListFilter);
    const bulk: Bulk = {
      id: randomUUID(),
      action: String(body.action),
      state: "running",
      total: rooms.length,
      done: 0,
      failed: 0,
      undone: 0,
      kept: 0,
      created_at: iso(0),
      finished_at: null,
      failures: [],
      undo: [],
    };
    this.#bulks.set(bulk.id, bulk);
    answer(201, bulk);
    const args = body.args as Body;
    this.#tick(
      bulk,
      rooms.map((room, index) => () => {
        const before = { ...room.conversation };
        if (index % 7 === 6) {
          bulk.failed += 1;
          bulk.failures.push({
            conversation_id: before.id,
            number: before.number,
            undo: false,
            code: "conversation_taken",
            detail: "Devon Kim took it a moment before.",
          });
          return;
        }
        if (bulk.action === "tag") {
          const tag = tags.find((t) => t.id === args.tag_id);
          if (tag) this.world.change(room, { tags: [...before.tags, tag] });
        } else this.step(room, bulk.action, args);
        bulk.done += 1;
        bulk.undo.push(() => this.world.change(room, before));
      }),
      () => {},
    );
    return true;
  }

  /** One after the other, telling how far it is. */
  #tick(bulk: Bulk, steps: (() => void)[], each: () => void) {
    const left = [...steps];
    const tell = () => {
      const { undo: _, failures: __, created_at: ___, finished_at: ____, ...data } = bulk;
      this.world.emit("bulk.progress", data);
    };
    const next = () => {
      for (const step of left.splice(0, 2)) {
        step();
        each();
      }
      if (left.length === 0) {
        bulk.state = bulk.state === "undoing" ? "undone" : "done";
        bulk.finished_at = iso(0);
      }
      tell();
      if (left.length > 0) setTimeout(next, 250);
    };
    setTimeout(next, 250);
  }
}
