import { body, type TimelineEntry } from "@max/api";
import { useQuery } from "@tanstack/react-query";
import {
  AlarmClock,
  ArrowRightLeft,
  Ban,
  Check,
  ChevronDown,
  Flag,
  Hand,
  MessageCirclePlus,
  Pin,
  RotateCcw,
  Tag,
  Undo2,
  UserPlus,
} from "lucide-react";
import { lazy, memo, type ReactNode, Suspense, useState } from "react";
import { api } from "../../app/services";
import { atTime, clockTime, fullTime } from "../../lib/time";
import { keys } from "../../live/keys";
import { s } from "../../strings";
import { w } from "../../strings-work";
import { happeningText, hasWhy } from "./happenings";

const WhyDialog = lazy(() => import("./tools").then((module) => ({ default: module.WhyDialog })));

const { timeline: words } = w;
/** So many in a row are one line, until somebody wants to see them. */
const MANY = 3;

/** What a kind of event looks like. */
export const ICONS: Record<TimelineEntry["kind"], ReactNode> = {
  opened: <MessageCirclePlus />,
  taken: <Hand />,
  assigned: <UserPlus />,
  unassigned: <Undo2 />,
  transferred: <ArrowRightLeft />,
  closed: <Check />,
  reopened: <RotateCcw />,
  snoozed: <AlarmClock />,
  woken: <AlarmClock />,
  priority_changed: <Flag />,
  tagged: <Tag />,
  untagged: <Tag />,
  pinned: <Pin />,
  unpinned: <Pin />,
  blocked: <Ban />,
  unblocked: <Ban />,
};

const NONE: readonly TimelineEntry[] = [];

/** What happened to a conversation; events keep it right. The thread does without while it has not come. */
export function useHappenings(id: string): readonly TimelineEntry[] {
  const query = useQuery({
    queryKey: keys.timeline(id),
    queryFn: async ({ signal }) =>
      body<{ items: TimelineEntry[] }>(
        await api.GET("/api/v1/conversations/{id}/timeline", { params: { path: { id } }, signal }),
      ).items,
  });
  return query.data ?? NONE;
}

/** What happened between two messages, a line each; many in a row as one line to open. */
export const Happened = memo(function Happened(props: {
  conversationId: string;
  all: readonly TimelineEntry[];
  meId: string;
}) {
  const { all, conversationId, meId } = props;
  const [open, setOpen] = useState(false);
  const [why, setWhy] = useState<string | null>(null);
  const many = all.length >= MANY;
  return (
    <div className="flex flex-col items-center py-0.5 text-xs text-text-3" data-testid="happened">
      {many && (
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="flex min-h-6 items-center gap-1 rounded-full px-2.5 font-medium hover:bg-hover phone:min-h-11"
        >
          {open ? words.hide : words.events(all.length)}
          <ChevronDown className={open ? "size-3! rotate-180" : "size-3!"} />
        </button>
      )}
      {(!many || open) &&
        all.map((entry) => (
          <p
            key={entry.id}
            data-testid="happening"
            data-kind={entry.kind}
            className="group flex max-w-full items-start gap-1.5 py-[3px] [&_.lucide]:mt-px [&_.lucide]:size-3.5 [&_.lucide]:flex-none"
          >
            {ICONS[entry.kind]}
            <span className="min-w-0">
              <bdi>{happeningText(entry, meId, atTime)}</bdi>
              {s.dot}
              <time dateTime={entry.at} data-tip={fullTime(Date.parse(entry.at))} className="num">
                {clockTime(Date.parse(entry.at))}
              </time>
              {hasWhy(entry.kind) && (
                <>
                  {s.dot}
                  <button
                    type="button"
                    data-testid="why"
                    onClick={() => setWhy(entry.at)}
                    className="rounded-xs underline decoration-dotted underline-offset-2 hover:text-text phone:-my-3 phone:py-3"
                  >
                    {words.why}
                  </button>
                </>
              )}
            </span>
          </p>
        ))}
      {why && (
        <Suspense>
          <WhyDialog id={conversationId} at={why} onClose={() => setWhy(null)} />
        </Suspense>
      )}
    </div>
  );
});
