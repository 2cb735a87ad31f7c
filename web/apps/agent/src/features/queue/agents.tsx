import type { QueueDetail } from "@max/api";
import { Avatar, Meter, PresenceDot } from "@max/ui";
import { usePresence } from "../../live/presence";
import { w } from "../../strings-work";

const { queue: words } = w;
/** Bars are drawn against at least this many, so that one conversation does not look like a full plate. */
const PLATE = 8;
const ORDER = { online: 0, busy: 1, away: 2, offline: 3 } as const;

/** Those who are there first, of them the busiest. */
function useAgents(queue: QueueDetail | undefined) {
  const there = usePresence((state) => state.people);
  return (queue?.agents ?? [])
    .map((agent) => ({ ...agent, state: there[agent.id]?.state ?? agent.presence }))
    .toSorted(
      (a, b) =>
        ORDER[a.state] - ORDER[b.state] || b.open_conversations - a.open_conversations || a.name.localeCompare(b.name),
    );
}

/** Who is there for the queue, and how much each has: beside its rows, where there is room. */
export function Agents({ queue }: { queue: QueueDetail | undefined }) {
  return (
    <aside
      aria-label={words.agents}
      data-region="context"
      tabIndex={-1}
      className="flex w-[280px] flex-none flex-col overflow-y-auto border-s border-line-subtle bg-surface-2 outline-none [--rowbg:var(--surface-2)]"
    >
      <div className="flex h-[52px] flex-none items-center gap-2 border-b border-line-subtle px-4">
        <h2 className="font-semibold">{words.agents}</h2>
        <AgentsLine queue={queue} />
      </div>
      <AgentsList queue={queue} />
    </aside>
  );
}

/** How many are there. */
export function AgentsLine({ queue }: { queue: QueueDetail | undefined }) {
  const agents = useAgents(queue);
  const count = (state: string) => agents.filter((agent) => agent.state === state).length;
  return <span className="num truncate text-xs text-text-3">{words.agentsLine(count("online"), count("away"))}</span>;
}

/** Each with a bar of how much they have. */
export function AgentsList({ queue }: { queue: QueueDetail | undefined }) {
  const agents = useAgents(queue);
  const most = Math.max(PLATE, ...agents.map((agent) => agent.open_conversations));
  if (queue && agents.length === 0) return <p className="p-4 text-sm text-text-2">{words.noAgents}</p>;
  return (
    <ul className="flex flex-col gap-4 p-4">
      {agents.map((agent) => (
        <li key={agent.id} className="flex items-center gap-3">
          <span className="relative flex flex-none">
            <Avatar id={agent.id} name={agent.name} size={28} />
            <PresenceDot state={agent.state} label={w.presence[agent.state]} corner />
          </span>
          <span className="min-w-0 flex-1">
            <span className="mb-1 flex items-baseline gap-2">
              <span className="min-w-0 flex-1 truncate font-medium" dir="auto">
                {agent.name}
              </span>
              <span className="num text-xs text-text-2">{agent.open_conversations}</span>
            </span>
            <Meter
              value={agent.open_conversations}
              max={most}
              label={words.load(agent.name, agent.open_conversations)}
              tone={agent.open_conversations >= most && most > PLATE ? "warn" : "accent"}
            />
          </span>
        </li>
      ))}
    </ul>
  );
}
