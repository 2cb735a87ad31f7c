import type { ChannelHealth } from "@max/api";
import { Button, cx } from "@max/ui";
import { CircleCheck, CircleX, TriangleAlert } from "lucide-react";
import { Ago, Health } from "./channel-marks";
import { useIngestHealth } from "./channels-data";
import { j } from "./strings-journal";

/** How often it is looked at while it is on screen, in milliseconds. */
const LOOK = 30_000;

const CHIP =
  "inline-flex h-7 flex-none items-center gap-1.5 rounded-[7px] border border-line bg-surface px-2.5 text-xs hover:bg-hover aria-pressed:border-accent-line aria-pressed:bg-accent-tint phone:h-11 [&_.lucide]:size-3.5";

/** Above the journal: what nobody could make sense of, and when each channel was last heard. */
export function HealthStrip(props: {
  fate: string | null;
  channel: string | null;
  onDead: () => void;
  onChannel: (id: string) => void;
}) {
  const health = useIngestHealth(LOOK);
  const { data } = health;
  if (!data) {
    if (!health.error) return <div className="h-[45px] flex-none phone:h-[61px]" />;
    return (
      <div role="status" className="flex flex-none items-center gap-2 px-5 pt-2.5 text-xs text-text-2 phone:px-4">
        {j.health.failed}
        <Button size="sm" look="quiet" onClick={() => void health.refetch()}>
          {j.health.retry}
        </Button>
      </div>
    );
  }
  return (
    <section
      aria-label={j.health.label}
      data-testid="ingest-health"
      className="flex flex-none items-center gap-2 px-5 pt-2.5 desk:flex-wrap phone:overflow-x-auto phone:px-4 phone:pb-2 phone:[scrollbar-width:none]"
    >
      {data.dead > 0 ? (
        <button
          type="button"
          aria-label={j.health.deadFilter(data.dead)}
          aria-pressed={props.fate === "dead"}
          data-testid="dead-letters"
          onClick={props.onDead}
          className={cx(CHIP, "num font-medium text-bad-text")}
        >
          <CircleX />
          {j.health.dead(data.dead)}
        </button>
      ) : (
        <span className="inline-flex h-7 flex-none items-center gap-1 text-xs text-ok-text [&_.lucide]:size-3.5">
          <CircleCheck />
          {j.health.noDead}
        </span>
      )}
      {data.waiting > 0 && (
        <span className="num inline-flex h-7 flex-none items-center gap-1 text-xs text-warn-text [&_.lucide]:size-3.5">
          <TriangleAlert />
          {j.health.waiting(data.waiting)}
        </span>
      )}
      {data.channels.map((channel) => (
        <ChannelChip
          key={channel.id}
          channel={channel}
          on={props.channel === channel.id}
          onClick={() => props.onChannel(channel.id)}
        />
      ))}
    </section>
  );
}

function ChannelChip({ channel, on, onClick }: { channel: ChannelHealth; on: boolean; onClick: () => void }) {
  const well = channel.active && channel.health === "ok";
  return (
    <button
      type="button"
      aria-pressed={on}
      data-tip={j.health.day(channel.deliveries_24h)}
      onClick={onClick}
      className={CHIP}
    >
      <bdi className="max-w-40 truncate font-medium">{channel.name}</bdi>
      {!well && (
        <span className="max-w-56 truncate">
          <Health channel={channel} />
        </span>
      )}
      <span className="num text-text-3">
        {channel.last_delivery_at && `${j.health.last} `}
        <Ago at={channel.last_delivery_at} />
      </span>
    </button>
  );
}
