import type { Conversation } from "@max/api";
import { Avatar, Count, cx, namedColor, Pill, Tag } from "@max/ui";
import { AlarmClock, Check, Clock, Hourglass, Layers, TriangleAlert } from "lucide-react";
import { memo } from "react";
import { atTime, fullTime, shortAgo, shortSpan } from "../../lib/time";
import { useNow } from "../../lib/use-now";
import { useTypist, useWriting } from "../../live/presence";
import { s } from "../../strings";
import { useDraftPreview } from "../composer/drafts";

/** Waiting this long is worth amber. */
const LONG_WAIT = 15 * 60_000;
/** A shorter wait is not worth a mark. */
const WAIT = 60_000;
const HOUR = 60 * 60_000;

/** Somebody still has to answer the customer. */
const waits = (c: Conversation) => c.waiting_since !== null && c.state !== "closed" && c.state !== "snoozed";

/** One conversation in a list. */
export const ConversationRow = memo(function ConversationRow(props: {
  conversation: Conversation;
  meId: string;
  selected: boolean;
  /** The one stop of the Tab key in the list. */
  current: boolean;
  shared: boolean;
  phone: boolean;
  /** Without the third line. */
  compact: boolean;
  position: number;
  size: number;
  /** Whether it is ticked; null while nothing is. */
  ticked: boolean | null;
  onTick: (id: string, range: boolean) => void;
  onOpen: (id: string) => void;
  onFocus: (id: string) => void;
}) {
  const { conversation: c, meId, selected, current, shared, phone } = props;
  const now = useNow(30_000);
  const draft = useDraftPreview(c.id);
  const typist = useTypist(c.id, meId);
  const writing = useWriting(c.id);
  const unread = c.unread > 0;
  const at = Date.parse(c.last_activity_at);
  const waited = c.waiting_since ? now - Date.parse(c.waiting_since) : null;
  const showDraft = draft !== null && !selected;
  const prefix = typist || writing ? "" : showDraft ? s.list.draft : prefixOf(c, meId);
  // Free text may be sent for less than an hour: whoever has it should hurry.
  const left =
    c.channel.reply_window_seconds != null && c.window_expires_at ? Date.parse(c.window_expires_at) - now : 0;
  const closes = left > 0 && left < HOUR && waits(c) ? s.list.closes(shortSpan(left)) : null;
  const preview = typist
    ? (typist.kind === "note" ? s.list.noting : s.list.replying)(typist.name.split(" ")[0] ?? "")
    : writing
      ? s.list.writing
      : showDraft
        ? draft
        : (c.last_message?.preview ?? s.list.nothing);

  return (
    <div
      id={`row-${c.id}`}
      role="option"
      aria-selected={selected}
      {...(props.ticked === null ? {} : { "aria-checked": props.ticked })}
      aria-posinset={props.position}
      aria-setsize={props.size}
      aria-label={[
        c.contact.name,
        unread ? s.list.unread(c.unread) : "",
        c.reply_waits ? s.list.replyWaits : "",
        closes ?? "",
        c.folded_count > 0 ? s.list.folded(c.folded_count) : "",
        [prefix, preview].filter(Boolean).join(" "),
        c.channel.name,
        waited === null || waited < WAIT ? "" : s.list.waitingFor(shortSpan(waited)),
        shared && c.assignee ? s.list.assigned(c.assignee.name) : "",
        shortAgo(at, now),
      ]
        .filter(Boolean)
        .join(s.and)}
      tabIndex={current ? 0 : -1}
      data-testid="conversation-row"
      data-conversation-id={c.id}
      {...(current ? { "data-region-focus": true } : {})}
      onClick={(event) => {
        const box = (event.target as Element).closest("[data-tick]");
        if (box || event.shiftKey) props.onTick(c.id, event.shiftKey);
        else props.onOpen(c.id);
      }}
      onFocus={() => props.onFocus(c.id)}
      onKeyDown={(event) => {
        if (event.key === " ") {
          event.preventDefault();
          props.onOpen(c.id);
        }
      }}
      className={cx(
        "group relative grid h-full select-none grid-cols-[32px_minmax(0,1fr)] gap-x-3 border-b border-line-subtle bg-(--rowbg) ps-4 pe-3.5 pt-2.5 focus-visible:-outline-offset-2 phone:grid-cols-[40px_minmax(0,1fr)] phone:pe-4 phone:pt-3",
        selected || props.ticked
          ? "[--rowbg:var(--accent-tint)] before:absolute before:inset-y-0 before:start-0 before:bg-accent"
          : "[--rowbg:var(--surface)] hover:[--rowbg:var(--hover)]",
        selected && "before:w-[3px]",
      )}
    >
      {/* A pointer finds the box where the avatar is; the keyboard has X. */}
      <span data-tick className="relative h-max">
        <Avatar
          id={c.contact.id}
          name={c.contact.name}
          size={phone ? 40 : 32}
          channel={c.channel.kind}
          className={cx(props.ticked === null ? !phone && "[span:hover>&]:invisible" : "invisible")}
        />
        <span
          aria-hidden="true"
          className={cx(
            "absolute inset-0 m-auto grid size-4 place-items-center rounded-xs border-[1.5px]",
            props.ticked ? "border-accent bg-accent text-accent-fg" : "border-line-control bg-surface",
            props.ticked === null && "opacity-0",
            props.ticked === null && !phone && "[span:hover>&]:opacity-100",
          )}
        >
          {props.ticked && <Check className="size-3! stroke-[3]!" />}
        </span>
      </span>
      <div className="min-w-0">
        <div className="flex h-[18px] items-center gap-1.5 phone:h-[21px] phone:text-[15px]">
          <bdi className={cx("truncate", unread ? "font-semibold" : "font-medium")}>{c.contact.name}</bdi>
          {(c.priority === "urgent" || c.priority === "high") && (
            <Pill tone={c.priority === "urgent" ? "bad" : "warn"} icon={<TriangleAlert />}>
              {s.list.priority[c.priority]}
            </Pill>
          )}
          <time
            dateTime={c.last_activity_at}
            data-tip={fullTime(at)}
            className={cx(
              "num ms-auto text-xs whitespace-nowrap",
              unread ? "font-semibold text-accent-text" : "text-text-3",
            )}
          >
            {shortAgo(at, now)}
          </time>
        </div>
        <div
          className={cx(
            "mt-px flex h-[19px] items-center gap-1.5 phone:h-[21px] phone:text-md",
            unread ? "font-medium" : "text-text-2",
          )}
        >
          {prefix && (
            <span
              className={cx("-me-0.5 flex-none", showDraft ? "font-medium text-bad-text" : "font-normal text-text-3")}
            >
              {`${prefix} `}
            </span>
          )}
          {/* Cut off at its own end, in whichever direction it reads. */}
          <bdi className={cx("truncate", (typist || writing) && "text-accent-text")}>{preview}</bdi>
          <span className="ms-auto flex flex-none items-center gap-1 empty:hidden">
            {c.folded_count > 0 && (
              <span
                data-testid="folded-count"
                data-tip={s.list.folded(c.folded_count)}
                className="num flex items-center gap-0.5 text-2xs text-text-3 [&_.lucide]:size-3"
              >
                <Layers />+{c.folded_count}
              </span>
            )}
            <Count value={c.unread} label={s.list.unread(c.unread)} />
          </span>
        </div>
        {!props.compact && (
          <div className="mt-[5px] flex h-5 min-w-0 items-center gap-2 phone:h-[22px]">
            {c.team && c.tags.length === 0 && <Tag color={namedColor(c.team.color)}>{c.team.name}</Tag>}
            {c.tags.slice(0, 2).map((tag) => (
              // A long one leaves room for the next.
              <Tag
                key={tag.id}
                color={namedColor(tag.color)}
                className={cx(c.tags.length > 1 && "max-w-28 phone:max-w-36")}
              >
                {tag.name}
              </Tag>
            ))}
            {c.tags.length > 2 && <span className="num text-2xs text-text-3">+{c.tags.length - 2}</span>}
            <span className="ms-auto flex items-center gap-1.5">
              {closes && (
                <Pill tone="warn" icon={<Hourglass />}>
                  {closes}
                </Pill>
              )}
              {c.reply_waits && (
                <Pill tone="line" icon={<Hourglass />}>
                  {s.list.replyWaitsShort}
                </Pill>
              )}
              {c.state === "closed" && <Pill tone="line">{c.close_reason?.name ?? s.list.closed}</Pill>}
              {c.state === "snoozed" && (
                <Pill tone="line" icon={<AlarmClock />}>
                  {c.snoozed_until ? s.list.until(atTime(Date.parse(c.snoozed_until))) : s.list.untilReply}
                </Pill>
              )}
              {shared && c.assignee && (
                <Avatar id={c.assignee.id} name={c.assignee.name} size={20} label={s.list.assigned(c.assignee.name)} />
              )}
              {waited !== null && waited >= WAIT && c.state !== "closed" && c.state !== "snoozed" && (
                <Pill tone={waited > LONG_WAIT ? "warn" : "neutral"} icon={<Clock />}>
                  {s.list.waitingShort(shortSpan(waited))}
                </Pill>
              )}
            </span>
          </div>
        )}
      </div>
    </div>
  );
});

/** Who wrote the last message, where it was not the customer. */
function prefixOf(c: Conversation, meId: string): string {
  const last = c.last_message;
  if (!last || last.direction === "in") return "";
  if (last.kind === "note") return s.list.note;
  return last.author_id === meId || !last.author_name
    ? s.list.you
    : s.list.author(last.author_name.split(" ")[0] ?? "");
}
