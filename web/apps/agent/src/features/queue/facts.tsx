import type { Conversation, QueueDetail } from "@max/api";
import { cx } from "@max/ui";
import type { ReactNode } from "react";
import { shortSpan, span } from "../../lib/time";
import { useNow } from "../../lib/use-now";
import { usePresence } from "../../live/presence";
import { w } from "../../strings-work";

const { queue: words } = w;

/** How the queue stands, in four numbers. `whole`: the rows are all there are, so they say it themselves, to the second. */
export function QueueFacts(props: { queue: QueueDetail | undefined; items: readonly Conversation[]; whole: boolean }) {
  const { queue, items, whole } = props;
  const now = useNow(1_000);
  const there = usePresence((state) => state.people);
  const target = queue?.target_seconds ?? null;
  const starts = items.flatMap((c) => (c.waiting_since ? [Date.parse(c.waiting_since)] : []));
  const first = whole
    ? starts.length > 0
      ? Math.min(...starts)
      : null
    : queue?.longest_waiting_since
      ? Date.parse(queue.longest_waiting_since)
      : null;
  const over =
    target === null
      ? null
      : whole
        ? starts.filter((start) => now - start > target * 1000).length
        : (queue?.over_target ?? 0);
  const waiting = whole ? items.length : (queue?.waiting ?? items.length);
  const online = queue?.agents.filter((a) => (there[a.id]?.state ?? a.presence) === "online").length ?? 0;
  const longest = first === null ? null : now - first;
  const expected = queue?.expected_wait_seconds ?? null;
  return (
    <dl className="grid flex-none auto-cols-fr grid-flow-col border-b border-line-subtle phone:grid-flow-row phone:grid-cols-2">
      <Fact
        label={words.longest}
        tone={longest !== null && target !== null && longest > target * 1000 ? "bad" : undefined}
        value={longest === null ? "–" : span(longest)}
        note={longest === null ? words.noWait : undefined}
      />
      <Fact
        label={words.over}
        tone={over ? "bad" : undefined}
        value={over ?? "–"}
        note={target === null ? words.noTarget : `${words.ofWaiting(waiting)}, ${words.target(span(target * 1000))}`}
      />
      <Fact
        label={words.expected}
        value={expected === null ? "–" : shortSpan(Math.max(60, expected) * 1000)}
        note={expected === null ? words.unknown : words.expectedFor}
      />
      <Fact label={words.online} value={online} note={words.onlineOf(queue?.agents.length ?? 0)} />
    </dl>
  );
}

function Fact(props: { label: string; value: ReactNode; note?: string | undefined; tone?: "bad" | undefined }) {
  return (
    <div className="min-w-0 border-line-subtle px-5 py-3 not-first:border-s phone:px-4 phone:py-2.5 phone:odd:border-s-0 phone:nth-[n+3]:border-t">
      <dt className="truncate text-xs text-text-2">{props.label}</dt>
      <dd className="mt-1 flex items-baseline gap-1.5 whitespace-nowrap">
        <span
          className={cx("num text-[20px] font-semibold tracking-[-0.02em]", props.tone === "bad" && "text-bad-text")}
        >
          {props.value}
        </span>
        {props.note && <span className="num truncate text-xs text-text-3">{props.note}</span>}
      </dd>
    </div>
  );
}
