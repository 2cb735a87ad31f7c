import type { Conversation } from "@max/api";
import { Avatar, Button, ChannelIcon, IconButton, Kbd, Pill } from "@max/ui";
import { AlarmClock, ChevronLeft, PanelRight, TriangleAlert } from "lucide-react";
import { atTime } from "../../lib/time";
import { s } from "../../strings";
import { useTake } from "../inbox/take";
import { HeadActions } from "./actions";

/** Who this is, by which way they write, and who answers. */
export function ThreadHeader(props: {
  conversation: Conversation;
  panelOpen: boolean;
  onTogglePanel: () => void;
  onBack?: () => void;
}) {
  const { conversation: c, onBack } = props;
  const take = useTake();
  // Alone on the screen it is the page's own heading.
  const Heading = onBack ? "h1" : "h2";
  return (
    <header className="flex min-h-[52px] flex-none items-center gap-2 border-b border-line-subtle ps-5 pe-3 phone:min-h-14 phone:ps-1 phone:pe-1">
      {onBack && (
        <>
          <IconButton label={s.thread.back} onClick={onBack}>
            <ChevronLeft className="size-5 rtl:-scale-x-100" />
          </IconButton>
          <Avatar id={c.contact.id} name={c.contact.name} size={36} channel={c.channel.kind} />
        </>
      )}
      <div className="min-w-0 flex-1 leading-[1.3] phone:ms-2">
        <div className="flex items-center gap-1.5">
          <Heading className="truncate text-md font-semibold phone:text-[15px]" dir="auto">
            {c.contact.name}
          </Heading>
          {c.state === "closed" && <Pill tone="line">{c.close_reason?.name ?? s.list.closed}</Pill>}
          {c.state === "snoozed" && (
            <Pill tone="line" icon={<AlarmClock />}>
              {c.snoozed_until ? s.list.until(atTime(Date.parse(c.snoozed_until))) : s.list.untilReply}
            </Pill>
          )}
          {(c.priority === "urgent" || c.priority === "high") && (
            <Pill tone={c.priority === "urgent" ? "bad" : "warn"} icon={<TriangleAlert />}>
              {s.list.priority[c.priority]}
            </Pill>
          )}
        </div>
        <p className="flex items-center gap-1 text-xs text-text-3">
          {!onBack && <ChannelIcon kind={c.channel.kind} />}
          <span className="num truncate">
            {[c.channel.name, c.team?.name, s.thread.number(c.number)].filter(Boolean).join(s.dot)}
          </span>
        </p>
      </div>
      <HeadActions conversation={c} />
      {!c.assignee && c.state !== "closed" && (
        <Button
          size="sm"
          look="primary"
          data-testid="take-button"
          busy={take.isPending}
          onClick={() => take.mutate(c.id)}
          aria-keyshortcuts="T"
        >
          {take.isPending ? s.thread.taking : s.thread.take}
          <Kbd onFill className="phone:hidden">
            {s.thread.takeKey}
          </Kbd>
        </Button>
      )}
      {!props.panelOpen && (
        <IconButton label={s.thread.showPanel} shortcut="]" onClick={props.onTogglePanel}>
          <PanelRight />
        </IconButton>
      )}
    </header>
  );
}
