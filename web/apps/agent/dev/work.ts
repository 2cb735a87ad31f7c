import { randomUUID } from "node:crypto";
import type {
  AssignmentRecord,
  Availability,
  BulkDetails,
  CloseReason,
  Conversation,
  ListFilter,
  Message,
  Named,
  SavedView,
  SharedConversation,
  TimelineEntry,
  View,
} from "@max/api";
import { belongs, compare, waits } from "../src/live/belongs";
import { readFilter, savedScope } from "../src/live/views";
import { devon, me, type Room, reasons, tags, teams } from "./sample";

type Body = Record<string, unknown>;
type Answer = (status: number, value?: unknown) => void;
type Refuse = (status: number, code: string, detail: string, extra?: object) => void;

const MINUTE = 60_000;
const iso = (ago: number) => new Date(Date.now() - ago).toISOString();

/** Colleagues, whether they are there and how much they have besides what the sample shows. */
const PEOPLE: readonly (Named & { state: Availability; load: number })[] = [
  { ...devon, state: "online", load: 4 },
  { id: me.id, name: me.name, state: "online", load: 0 },
  { id: "u-hiro", name: "Hiro Kato", state: "online", load: 2 },
  { id: "u-bola", name: "Bola Taiwo", state: "busy", load: 9 },
  { id: "u-marcus", name: "Marcus Adeyemi", state: "online", load: 7 },
  { id: "u-yara", name: "Yara Pinto", state: "away", load: 5 },
  { id: "u-nils", name: "Nils Öberg", state: "offline", load: 1 },
];

/** What the mock around it offers. */
export interface World {
  rooms: Room[];
  emit: (kind: string, data: unknown) => void;
  change: (room: Room, change: Partial<SharedConversation>) => void;
  mine: (room: Room) => Conversation;
  note: (room: Room, text: string) => Message;
}

/**
 * Queues, steps with conversations, saved views, bulk steps and presence, as sample data. Taking the customer "Hanna Weiss" is lost to
 * Devon; a bulk step fails for every seventh conversation.
 */
export class Work {
  #reasons: CloseReason[] = [...reasons];
  #views: SavedView[] = [];
  readonly #timeline = new Map<string, TimelineEntry[]>();
  readonly #records = new Map<string, AssignmentRecord[]>();
  readonly #bulks = new Map<string, BulkDetails & { undo: (() => void)[] }>();

  constructor(readonly world: World) {
    const view = (name: string, filter: ListFilter, more: Partial<SavedView> = {}): SavedView => ({
      id: randomUUID(),
      name,
      shared: "private",
      team_id: null,
      owner: { id: me.id, name: me.name },
      filter,
      sort: "newest",
      may_edit: true,
      ...more,
    });
    this.#views = [
      view("Delayed transfers", { view: "all", state: "open", tag: tags[0]?.id ?? null }),
      view(
        "Urgent in Support",
        { view: "all", state: "open", team_id: teams.support.id, priority: "urgent,high" },
        { shared: "team", team_id: teams.support.id, owner: { id: "u-sofia", name: "Sofia Nunes" }, may_edit: false },
      ),
    ];
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
    if (path === "/conversations/counts") return done(this.#counts());
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
    if (noun === "views") return this.#savedViews(method, id, body, answer);
    if (noun === "bulk") return this.#bulk(method, id, what, body, answer, refuse);
    if (noun === "queues") {
      const team = Object.values(teams).find((t) => t.id === id);
      if (!id) return done({ items: Object.values(teams).map((t) => this.#queue(t.id)) });
      if (!team) {
        refuse(404, "not_found", "There is no such queue.");
        return true;
      }
      if (what === "take-next") {
        const [next] = this.#inQueue(id);
        if (next) this.#move(next, me, "take_next");
        else refuse(404, "queue_empty", "Nothing waits in this queue. Well done.");
        return next ? done(this.world.mine(next)) : true;
      }
      return done(this.#queue(id));
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
            open_conversations: this.#load(p),
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

  #savedViews(method: string, id: string, body: Body, answer: Answer): true {
    const counted = (view: SavedView) => ({ ...view, count: this.#find(view.filter).length, more: false });
    if (method === "GET") answer(200, { items: this.#views.map(counted) });
    else if (method === "DELETE") {
      this.#views = this.#views.filter((v) => v.id !== id);
      this.world.emit("view.deleted", { id });
      answer(204);
    } else {
      const old = this.#views.find((v) => v.id === id);
      const blank = { shared: "private", team_id: null, sort: "newest", owner: me, may_edit: true };
      const view = { ...(old ?? { id: randomUUID(), ...blank }), ...body } as SavedView;
      this.#views = [...this.#views.filter((v) => v.id !== view.id), view];
      this.world.emit("view.changed", { view });
      answer(old ? 200 : 201, counted(view));
    }
    return true;
  }

  #bulk(method: string, id: string, what: string, body: Body, answer: Answer, refuse: Refuse): true {
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
      ? this.#all().filter((r) => (body.ids as string[]).includes(r.conversation.id))
      : this.#find(body.filter as ListFilter);
    const bulk: BulkDetails & { undo: (() => void)[] } = {
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
    const nothing: Refuse = () => {};
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
        } else this.#step(room, bulk.action, args, () => true, nothing);
        bulk.done += 1;
        bulk.undo.push(() => this.world.change(room, before));
      }),
      () => {},
    );
    return true;
  }

  /** One after the other, telling how far it is. */
  #tick(bulk: BulkDetails & { undo: (() => void)[] }, steps: (() => void)[], each: () => void) {
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

  #all(): Room[] {
    return this.world.rooms;
  }

  #load(person: { id: string; load: number }): number {
    const own = this.#all().filter(
      (r) => r.conversation.assignee?.id === person.id && r.conversation.state !== "closed",
    );
    return person.id === me.id ? own.length : person.load;
  }

  #find(filter: ListFilter): Room[] {
    const scope = savedScope({ filter, sort: "newest" });
    return this.#all().filter((r) => belongs(this.world.mine(r), scope, me));
  }

  #inQueue(teamId: string): Room[] {
    const scope = { view: "queue", teamId } as const;
    const order = compare(scope);
    return this.#all()
      .filter((r) => belongs(r.conversation, scope, me))
      .toSorted((a, b) => order?.(this.world.mine(a), this.world.mine(b)) ?? 0);
  }

  #queue(teamId: string) {
    const waiting = this.#inQueue(teamId);
    const starts = waiting.flatMap((r) => r.conversation.waiting_since ?? []).toSorted();
    return {
      team: Object.values(teams).find((t) => t.id === teamId),
      waiting: waiting.length,
      longest_waiting_since: starts[0] ?? null,
      over_target: starts.filter((at) => Date.now() - Date.parse(at) > 10 * MINUTE).length,
      target_seconds: 600,
      expected_wait_seconds: waiting.length * 65,
      agents_online: PEOPLE.filter((p) => p.state === "online").length,
      agents: PEOPLE.map((p) => ({ id: p.id, name: p.name, presence: p.state, open_conversations: this.#load(p) })),
    };
  }

  #counts() {
    const own = this.#all().filter((r) => r.conversation.assignee?.id === me.id);
    const open = own.filter((r) => r.conversation.state === "assigned");
    return {
      mine_open: open.length,
      mine_unread: open.filter((r) => r.conversation.inbound_count > r.read).length,
      snoozed: own.filter((r) => r.conversation.state === "snoozed").length,
      mentions: this.#all().filter((r) => r.mentioned).length,
      queues: Object.values(teams).map((team) => ({
        team_id: team.id,
        waiting: this.#all().filter(({ conversation: c }) => !c.assignee && waits(c) && c.team?.id === team.id).length,
        more: false,
      })),
      saved: this.#views.map((view) => ({ id: view.id, count: this.#find(view.filter).length, more: false })),
      more: false,
    };
  }
}

/** The list a query asks for. */
export function scopeOf(query: URLSearchParams) {
  const view = (query.get("view") ?? "all") as View;
  const filter = readFilter(Object.fromEntries(query));
  const ofTeam = ["queue", "team"].includes(view);
  const { team_id, ...rest } = filter;
  return {
    view,
    teamId: ofTeam ? (team_id ?? null) : null,
    filter: { ...rest, ...(ofTeam || !team_id ? {} : { team_id }), state: filter.state ?? "any" },
  };
}
