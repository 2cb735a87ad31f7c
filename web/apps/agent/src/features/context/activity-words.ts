import type { TimelineEntry } from "@max/api";
import { atTime } from "../../lib/time";
import { s } from "../../strings";
import { c } from "../../strings-context";

const { kinds, other, system } = c.activity;

/** The name of somebody or something in the data of an entry, whichever of these members holds it. */
function named(data: TimelineEntry["data"], ...members: string[]): string {
  const all = (data ?? {}) as Record<string, unknown>;
  for (const member of members) {
    const value = all[member];
    if (typeof value === "string" && value) return value;
    const name = (value as { name?: unknown } | null | undefined)?.name;
    if (typeof name === "string" && name) return name;
  }
  return "";
}

const priorityWords = (name: string) =>
  s.list.priority[name as keyof typeof s.list.priority]?.toLowerCase() || name || "normal";

/** What happened, as a sentence. A kind nobody knows here yet says its own name. */
export function activityWords({ kind, actor, data }: TimelineEntry): string {
  const who = actor?.name ?? system;
  switch (kind) {
    case "opened":
    case "woken":
      return kinds[kind]();
    case "assigned": {
      const to = named(data, "to", "assignee", "user");
      return actor ? kinds.assigned(who, to) : kinds.assignedBySystem(to);
    }
    case "transferred":
      return kinds.transferred(who, named(data, "to_team", "to", "team"));
    case "closed":
      return kinds.closed(who, named(data, "reason", "close_reason"));
    case "snoozed": {
      const until = Date.parse(named(data, "until", "snoozed_until"));
      return kinds.snoozed(who, Number.isNaN(until) ? "" : atTime(until));
    }
    case "priority_changed":
      return kinds.priority_changed(who, priorityWords(named(data, "to", "priority")));
    case "tagged":
    case "untagged":
      return kinds[kind](who, named(data, "tag", "name"));
    case "taken":
    case "unassigned":
    case "reopened":
    case "pinned":
    case "unpinned":
    case "blocked":
    case "unblocked":
      return kinds[kind](who);
    default:
      return other(who, kind);
  }
}
