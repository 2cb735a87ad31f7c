import { randomUUID } from "node:crypto";
import type { AssignmentRecord, CloseReason, Conversation, Named, TimelineEntry } from "@max/api";
import { type Body, iso, MINUTE } from "./answers";
import { Bulks } from "./bulk";
import { Lists, PEOPLE } from "./lists";
import { devon, me, type Room, reasons, teams } from "./sample";
import type { World } from "./world";

type Answer = (status: number, value?: unknown) => void;
type Refuse = (status: number, code: string, detail: string, extra?: object) => void;

/**
 * Queues, steps with conversations, saved views, bulk steps and presence, as sample data. Taking the customer "Hanna Weiss" is lost to
 * Devon; a bulk step fails for every seventh conversation.
 */
export class Work {
  #reasons: CloseReason[] = [...reasons];
  readonly #timeline = new Map<string, TimelineEntry[]>();
  readonly #records = new Map<string, AssignmentRecord[]>();

  readonly #lists: Lists;
  readonly #bulks: Bulks;

  constructor(readonly world: World) {
    this.#lists = new Lists(world);
    this.#bulks = new Bulks(
      world,
      (filter) => this.#lists.find(filter),
      (room, action, args) => {
        this.#step(
          room,
          action,
          args,
          () => true,
          () => {},
        );
      },
    );
  }

  /** What a socket hears when it connects. */
  signals(): object[] {
    const room = (name: string) => this.world.rooms.find((r) => r.conversation.contact.name === name);
    const amara = room("Amara Okafor");
    const tomas = room("Tomás Ferreira");
    return [
      { type: "presence", users: PEOPLE.filter((p) => p.state !== "offline").map(({ load: _, ...p }) => p) },
      ...(amara
        ? [
            {
              type: "conversation_presence",
              conversation_id: amara.conversation.id,
              viewers: [devon, { id: "u-yara", name: "Yara Pinto" }],
              typing: [],
            },
          ]
        : []),
      ...(tomas
        ? [
            {
              type: "conversation_presence",
              conversation_id: tomas.conversation.id,
              viewers: [devon],
              typing: [{ ...devon, kind: "reply" }],
            },
          ]
        : []),
    ];
  }

  /** Answers what belongs to the working day; false for everything else. */
  handle(method: string, path: string, body: Body, answer: Answer, refuse: Refuse): boolean {
    const done = (value: unknown, status = 200): true => {
      answer(status, value);
      return true;
    };
    const [, noun, id = "", what = ""] = path.split("/");
    if (path === "/conversations/counts") return done(this.#lists.counts());
    if (path === "/presence") {
      const users = PEOPLE.filter((p) => p.state !== "offline").map(({ load: _, ...p }) => p);
      const conversations = this.signals()
        .slice(1)
        .map(({ type: _, ...room }: object & { type?: string }) => room);
      return done({ users, conversations });
    }
    if (path === "/me/hand-over") {
      const own = this.#all().filter((r) => r.conversation.assignee?.id === me.id && r.conversation.state !== "closed");
      const heir = PEOPLE.find((p) => p.id === body.to);
      for (const room of own) this.#move(room, heir ?? null, "hand_over");
      return done({ moved: own.length });
    }
    if (noun === "close-reasons") return done(...this.#closeReasons(method, id, body));
    if (noun === "views") return this.#lists.savedViews(method, id, body, answer);
    if (noun === "bulk") return this.#bulks.handle(method, id, what, body, answer, refuse);
    if (noun === "queues") {
      const team = Object.values(teams).find((t) => t.id === id);
      if (!id) return done({ items: Object.values(teams).map((t) => this.#lists.queue(t.id)) });
      if (!team) {
        refuse(404, "not_found", "There is no such queue.");
        return true;
      }
      if (what === "take-next") {
        const [next] = this.#lists.inQueue(id);
        if (next) this.#move(next, me, "take_next");
        else refuse(404, "queue_empty", "Nothing waits in this queue. Well done.");
        return next ? done(this.world.mine(next)) : true;
      }
      if (method === "PATCH") this.#lists.targets.set(id, body.target_seconds as number | null);
      return done(this.#lists.queue(id));
    }
    if (noun !== "conversations" || !what) return false;
    const room = this.#all().find((r) => r.conversation.id === id);
    return room ? this.#step(room, what, body, done, refuse) : false;
  }

  #step(room: Room, what: string, body: Body, done: (value: unknown) => true, refuse: Refuse): boolean {
    const { world } = this;
    const c = room.conversation;
    if (body.note && what !== "messages") world.note(room, String(body.note));
    const now = () => done(world.mine(room));
    const line = (kind: TimelineEntry["kind"], data: object) => this.line(room, kind, data);
    switch (what) {
      case "timeline":
        return done({ items: this.#entries(room) });
      case "assignments":
        return done({ items: this.#records.get(c.id) ?? [this.#record(room, null, me, "taken", 19 * MINUTE)] });
      case "assignees":
        return done({
          items: PEOPLE.map((p) => ({
            id: p.id,
            name: p.name,
            photo_url: null,
            role: "agent",
            presence: p.state,
            open_conversations: this.#lists.load(p),
            eligible: p.id !== c.assignee?.id && p.id !== "u-nils",
            reason: p.id === c.assignee?.id ? "has it already" : p.id === "u-nils" ? "is not in this team" : null,
          })),
        });
      case "take":
        if (c.contact.name === "Hanna Weiss" && !c.assignee) {
          this.#move(room, devon, "taken");
          refuse(409, "conversation_taken", "Devon Kim has it.", { winner: devon });
          return true;
        }
        this.#move(room, me, "taken");
        return now();
      case "assign":
        this.#move(room, PEOPLE.find((p) => p.id === body.user_id) ?? null, "assigned");
        return now();
      case "transfer": {
        const team = Object.values(teams).find((t) => t.id === body.team_id) ?? teams.support;
        const to = PEOPLE.find((p) => p.id === body.user_id) ?? null;
        if (team.id === c.team?.id) this.#move(room, to, "transferred");
        else {
          world.change(room, { team, assignee: null, state: "queued", waiting_since: c.waiting_since ?? iso(0) });
          line("transferred", { from_team: c.team, to_team: team, from: c.assignee, to: null });
        }
        return now();
      }
      case "close": {
        const reason = this.#reasons.find((r) => r.id === body.reason);
        if (!reason) {
          refuse(422, "invalid", `Use one of: ${this.#reasons.map((r) => r.name).join(", ")}.`);
          return true;
        }
        world.change(room, {
          state: "closed",
          closed_at: iso(0),
          close_reason: { id: reason.id, name: reason.name },
          waiting_since: null,
        });
        line("closed", { reason: { id: reason.id, name: reason.name } });
        return now();
      }
      case "reopen":
        world.change(room, { state: c.assignee ? "assigned" : "queued", closed_at: null, close_reason: null });
        line("reopened", { by_customer: false, to: c.assignee });
        return now();
      case "snooze": {
        const until = (body.until as string | undefined) ?? null;
        world.change(room, { state: "snoozed", snoozed_until: until, snoozed_until_reply: until === null });
        line("snoozed", { until });
        return now();
      }
      case "unsnooze":
        world.change(room, {
          state: c.assignee ? "assigned" : "queued",
          snoozed_until: null,
          snoozed_until_reply: false,
        });
        line("woken", { by: "user", to: c.assignee });
        return now();
      case "priority":
        line("priority_changed", { from: c.priority, to: body.priority });
        world.change(room, { priority: body.priority as Conversation["priority"] });
        return now();
      case "unread":
        room.read = room.messages.filter((m) => m.direction === "in" && m.seq < Number(body.seq)).length;
        return now();
      default:
        return false;
    }
  }

  #move(room: Room, to: Named | null, rule: AssignmentRecord["rule"]) {
    const from = room.conversation.assignee;
    const next = to && { id: to.id, name: to.name };
    this.world.change(room, {
      assignee: next,
      state: next ? "assigned" : "queued",
      snoozed_until: null,
      snoozed_until_reply: false,
    });
    this.#records.set(room.conversation.id, [
      ...(this.#records.get(room.conversation.id) ?? []),
      this.#record(room, from, next, rule, 0),
    ]);
    const taken = rule === "taken" || rule === "take_next";
    this.line(room, taken ? "taken" : next ? "assigned" : "unassigned", { from, to: next, rule });
  }

  #record(
    room: Room,
    from: Named | null,
    to: Named | null,
    rule: AssignmentRecord["rule"],
    ago: number,
  ): AssignmentRecord {
    const at = this.#entries(room).findLast((e) => e.kind === "taken")?.at;
    return {
      at: ago > 0 && at ? at : iso(ago),
      from: from && { id: from.id, name: from.name },
      to: to && { id: to.id, name: to.name },
      by: { id: me.id, name: me.name },
      rule,
      eligible: PEOPLE.filter((p) => p.state === "online").map(({ id, name }) => ({ id, name })),
      excluded: [
        { id: "u-yara", name: "Yara Pinto", reason: "is away" },
        { id: "u-bola", name: "Bola Taiwo", reason: "is busy" },
        { id: "u-nils", name: "Nils Öberg", reason: "is not in this team" },
      ],
    };
  }

  line(room: Room, kind: TimelineEntry["kind"], data: object, actor: Named | null = { id: me.id, name: me.name }) {
    const entry: TimelineEntry = {
      id: randomUUID(),
      at: iso(0),
      after_seq: room.messages.length,
      kind,
      actor,
      data: data as TimelineEntry["data"],
    };
    this.#entries(room).push(entry);
    this.world.emit("timeline.added", { conversation_id: room.conversation.id, entry });
  }

  #entries(room: Room): TimelineEntry[] {
    const { id, team, assignee } = room.conversation;
    const known = this.#timeline.get(id);
    if (known) return known;
    const start = Date.parse(room.messages[0]?.created_at ?? iso(0));
    const entry = (
      kind: TimelineEntry["kind"],
      after_seq: number,
      actor: Named | null,
      data: object,
    ): TimelineEntry => ({
      id: randomUUID(),
      at: new Date(start + after_seq * 20_000).toISOString(),
      after_seq,
      kind,
      actor,
      data: data as TimelineEntry["data"],
    });
    const entries = [
      entry("opened", 0, null, { team }),
      ...(assignee ? [entry("taken", 1, assignee, { to: assignee, rule: "taken" })] : []),
      ...(room.conversation.contact.name === "Amara Okafor"
        ? [
            entry("priority_changed", 2, devon, { from: "normal", to: "high" }),
            entry("tagged", 2, devon, { tag: { name: "Delayed transfer" } }),
            entry("pinned", 3, devon, {}),
            entry("snoozed", 4, assignee, { until: null }),
            entry("woken", 5, null, { by: "customer" }),
          ]
        : []),
    ];
    this.#timeline.set(id, entries);
    return entries;
  }

  #closeReasons(method: string, id: string, body: Body): [unknown, number?] {
    if (method === "GET") return [{ items: this.#reasons }];
    if (method === "POST") {
      const name = String(body.name);
      const made: CloseReason = {
        id: randomUUID(),
        key: name.toLowerCase().replace(/\W+/g, "_"),
        name,
        active: true,
        position: this.#reasons.length,
      };
      this.#reasons.push(made);
      return [made, 201];
    }
    this.#reasons = this.#reasons.map((r) => (r.id === id ? { ...r, ...body } : r));
    const changed = this.#reasons.find((r) => r.id === id);
    if (typeof body.position === "number" && changed) {
      const others = this.#reasons.filter((r) => r.id !== id).toSorted((a, b) => a.position - b.position);
      this.#reasons = others.toSpliced(body.position, 0, changed).map((r, position) => ({ ...r, position }));
    }
    return [this.#reasons.find((r) => r.id === id)];
  }

  #all(): Room[] {
    return this.world.rooms;
  }
}
