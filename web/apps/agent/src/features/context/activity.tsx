import type { TimelineEntry } from "@max/api";
import { Button, EmptyState, ErrorState, Skeleton, useDelayed } from "@max/ui";
import {
  AlarmClock,
  ArrowRightLeft,
  Ban,
  CircleCheck,
  CircleDot,
  Flag,
  History,
  Pin,
  RotateCcw,
  Tag as TagIcon,
  UserCheck,
} from "lucide-react";
import type { ReactNode } from "react";
import { errorText } from "../../app/words";
import { clockTime, dayLabel, dayOf, fullTime } from "../../lib/time";
import { useNow } from "../../lib/use-now";
import { s } from "../../strings";
import { c as words } from "../../strings-context";
import { activityWords } from "./activity-words";
import { useTimeline } from "./queries";

const ICONS: Record<string, ReactNode> = {
  taken: <UserCheck />,
  assigned: <UserCheck />,
  transferred: <ArrowRightLeft />,
  closed: <CircleCheck />,
  reopened: <RotateCcw />,
  snoozed: <AlarmClock />,
  woken: <AlarmClock />,
  priority_changed: <Flag />,
  tagged: <TagIcon />,
  untagged: <TagIcon />,
  pinned: <Pin />,
  unpinned: <Pin />,
  blocked: <Ban />,
  unblocked: <Ban />,
};

/** What happened to the conversation, newest first, day by day. */
export function ActivityTab({ id }: { id: string }) {
  const query = useTimeline(id);
  const skeleton = useDelayed(query.isPending);
  const now = useNow(60_000);
  if (query.isPending) {
    return skeleton ? (
      <div className="flex flex-col gap-4 p-4">
        <Skeleton className="h-4 w-3/4" />
        <Skeleton className="h-4 w-2/3" />
        <Skeleton className="h-4 w-4/5" />
      </div>
    ) : null;
  }
  if (!query.data) {
    return (
      <ErrorState
        title={words.activity.failed}
        action={
          <Button size="sm" onClick={() => void query.refetch()}>
            {s.tryNow}
          </Button>
        }
      >
        {errorText(query.error)}
      </ErrorState>
    );
  }
  if (query.data.length === 0) return <EmptyState icon={<History />} title={words.activity.empty} />;
  const days = new Map<number, TimelineEntry[]>();
  for (const entry of query.data.toReversed()) {
    const day = dayOf(Date.parse(entry.at));
    days.set(day, [...(days.get(day) ?? []), entry]);
  }
  return [...days].map(([day, entries]) => (
    <section key={day} className="px-4 pt-3 pb-1">
      <h3 className="mb-1.5 text-xs font-semibold">{dayLabel(Date.parse(entries[0]?.at ?? ""), now)}</h3>
      <ol className="relative flex flex-col before:absolute before:inset-y-3 before:start-[9px] before:w-px before:bg-line-subtle">
        {entries.map((entry) => {
          const at = Date.parse(entry.at);
          return (
            <li key={entry.id} className="relative flex items-start gap-2.5 py-1.5">
              <span className="z-0 grid size-[19px] flex-none place-items-center rounded-full bg-sunken text-text-2 shadow-[0_0_0_3px_var(--surface-2)] [&_.lucide]:size-3">
                {ICONS[entry.kind] ?? <CircleDot />}
              </span>
              <span className="min-w-0 flex-1 leading-[1.4] [overflow-wrap:anywhere]" dir="auto">
                {activityWords(entry)}
              </span>
              <time dateTime={entry.at} data-tip={fullTime(at)} className="num flex-none text-xs text-text-3">
                {clockTime(at)}
              </time>
            </li>
          );
        })}
      </ol>
    </section>
  ));
}
