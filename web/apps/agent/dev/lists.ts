import { randomUUID } from "node:crypto";
import type { Availability, ListFilter, Named, SavedView, View } from "@max/api";
import { belongs, compare, waits } from "../src/live/belongs";
import { readFilter, savedScope } from "../src/live/views";
import type { Body } from "./answers";
import { devon, me, type Room, tags, teams } from "./sample";
import type { World } from "./world";

/** Colleagues, whether they are there and how much they have besides what the sample shows. */
export const PEOPLE: readonly (Named & { state: Availability; load: number })[] = [
  { ...devon, state: "online", load: 4 },
  { id: me.id, name: me.name, state: "online", load: 0 },
  { id: "u-hiro", name: "Hiro Kato", state: "online", load: 2 },
  { id: "u-bola", name: "Bola Taiwo", state: "busy", load: 9 },
  { id: "u-marcus", name: "Marcus Adeyemi", state: "online", load: 7 },
  { id: "u-yara", name: "Yara Pinto", state: "away", load: 5 },
  { id: "u-nils", name: "Nils Öberg", state: "offline", load: 1 },
];

/** What is in which list: queues, saved views, the numbers beside them. */
export class Lists {
  #views: SavedView[] = [];
  /** How long customers should wait, by team; ten minutes unless said. */
  readonly targets = new Map<string, number | null>();

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

  savedViews(method: string, id: string, body: Body, answer: (status: number, value?: unknown) => void): true {
    const counted = (view: SavedView) => ({ ...view, count: this.find(view.filter).length, more: false });
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

  load(person: { id: string; load: number }): number {
    const own = this.world.rooms.filter(
      (r) => r.conversation.assignee?.id === person.id && r.conversation.state !== "closed",
    );
    return person.id === me.id ? own.length : person.load;
  }

  find(filter: ListFilter): Room[] {
    const scope = savedScope({ filter, sort: "newest" });
    return this.world.rooms.filter((r) => belongs(this.world.mine(r), scope, me));
  }

  inQueue(teamId: string): Room[] {
    const scope = { view: "queue", teamId } as const;
    const order = compare(scope);
    return this.world.rooms
      .filter((r) => belongs(r.conversation, scope, me))
      .toSorted((a, b) => order?.(this.world.mine(a), this.world.mine(b)) ?? 0);
  }

  queue(teamId: string) {
    const waiting = this.inQueue(teamId);
    const target = this.targets.has(teamId) ? (this.targets.get(teamId) ?? null) : 600;
    const starts = waiting.flatMap((r) => r.conversation.waiting_since ?? []).toSorted();
    return {
      team: Object.values(teams).find((t) => t.id === teamId),
      waiting: waiting.length,
      longest_waiting_since: starts[0] ?? null,
      over_target: target === null ? 0 : starts.filter((at) => Date.now() - Date.parse(at) > target * 1_000).length,
      target_seconds: target,
      expected_wait_seconds: waiting.length * 65,
      agents_online: PEOPLE.filter((p) => p.state === "online").length,
      agents: PEOPLE.map((p) => ({ id: p.id, name: p.name, presence: p.state, open_conversations: this.load(p) })),
    };
  }

  counts() {
    const own = this.world.rooms.filter((r) => r.conversation.assignee?.id === me.id);
    const open = own.filter((r) => r.conversation.state === "assigned");
    return {
      mine_open: open.length,
      mine_unread: open.filter((r) => r.conversation.inbound_count > r.read).length,
      snoozed: own.filter((r) => r.conversation.state === "snoozed").length,
      mentions: this.world.rooms.filter((r) => r.mentioned).length,
      queues: Object.values(teams).map((team) => ({
        team_id: team.id,
        waiting: this.world.rooms.filter(({ conversation: c }) => !c.assignee && waits(c) && c.team?.id === team.id)
          .length,
        more: false,
      })),
      saved: this.#views.map((view) => ({ id: view.id, count: this.find(view.filter).length, more: false })),
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
