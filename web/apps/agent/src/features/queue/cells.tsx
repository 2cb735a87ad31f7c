import { Avatar, Button, ChannelIcon, cx, namedColor, Pill, Tag } from "@max/ui";
import { Clock, TriangleAlert } from "lucide-react";
import { useMe } from "../../app/services";
import { shortSpan, span } from "../../lib/time";
import { useNow } from "../../lib/use-now";
import { useTypist } from "../../live/presence";
import { s } from "../../strings";
import { w } from "../../strings-work";
import type { QueueRow } from "./screen";

const { queue: words } = w;
type Cell = { row: QueueRow };

export function Position({ row }: Cell) {
  return (
    <span className="num text-text-3" data-tip={words.position(row.position)}>
      {row.position}
    </span>
  );
}

export function Customer({ row: { conversation: c } }: Cell) {
  const typist = useTypist(c.id, useMe().id);
  return (
    <span className="flex min-w-0 items-center gap-3">
      <Avatar id={c.contact.id} name={c.contact.name} size={28} />
      <span className="min-w-0 leading-[1.35]">
        <span className="flex items-center gap-1.5">
          <bdi className="truncate font-medium">{c.contact.name}</bdi>
          {(c.priority === "urgent" || c.priority === "high") && (
            <Pill tone={c.priority === "urgent" ? "bad" : "warn"} icon={<TriangleAlert />}>
              {s.list.priority[c.priority]}
            </Pill>
          )}
        </span>
        <span
          className={cx("block w-fit max-w-full truncate text-xs", typist ? "text-accent-text" : "text-text-3")}
          dir="auto"
        >
          {typist
            ? (typist.kind === "note" ? s.list.noting : s.list.replying)(typist.name.split(" ")[0] ?? "")
            : (c.last_message?.preview ?? s.list.nothing)}
        </span>
      </span>
    </span>
  );
}

export function Channel({ row: { conversation: c } }: Cell) {
  return (
    <span className="flex min-w-0 items-center gap-1.5 text-text-2">
      <ChannelIcon kind={c.channel.kind} />
      <span className="truncate">{c.channel.name}</span>
    </span>
  );
}

export function Tags({ row: { conversation: c } }: Cell) {
  const [first] = c.tags;
  if (!first) return null;
  return (
    <span className="flex min-w-0 items-center gap-1.5">
      <Tag color={namedColor(first.color)} className="h-5 rounded-xs bg-sunken px-1.5 text-text-2!">
        {first.name}
      </Tag>
      {c.tags.length > 1 && <span className="num text-2xs text-text-3">+{c.tags.length - 1}</span>}
    </span>
  );
}

/** How long the customer waits, to the second while that says something. */
export function Wait({ row: { conversation: c, over } }: Cell) {
  const now = useNow(1_000);
  if (!c.waiting_since) return null;
  return (
    <span className={cx("num whitespace-nowrap", over ? "font-semibold text-bad-text" : "text-text-2")}>
      {span(now - Date.parse(c.waiting_since))}
      {over && <span className="sr-only">{`${s.and}${words.overMark}`}</span>}
    </span>
  );
}

export function Expected({ row }: Cell) {
  if (row.expected === null) return <span className="text-text-3">–</span>;
  return <Pill icon={<Clock />}>{shortSpan(row.expected)}</Pill>;
}

export function TakeButton({ row }: Cell) {
  return (
    <Button
      size="sm"
      look={row.position === 1 ? "primary" : "default"}
      data-testid="queue-take"
      aria-label={words.takeOf(row.conversation.contact.name)}
      onClick={row.onTake}
    >
      {words.take}
    </Button>
  );
}

/** A row on a phone. */
export function QueueCard({ row }: Cell) {
  return (
    <div className="flex items-center gap-3">
      <span className="min-w-0 flex-1">
        <Customer row={row} />
      </span>
      <span className="flex flex-none flex-col items-end gap-0.5 text-xs">
        <Wait row={row} />
        <span className="num text-text-3">{`#${row.position}`}</span>
      </span>
      <TakeButton row={row} />
    </div>
  );
}
