import type { ChannelCheck, ChannelHealth, ChannelRow } from "@max/api";
import { ChannelIcon, Pill } from "@max/ui";
import { CircleCheck, CirclePause, TriangleAlert } from "lucide-react";
import { atTime, shortAgo } from "../../lib/time";
import { useNow } from "../../lib/use-now";
import { c } from "./strings-channels";

export const kindName = (kind: string): string => c.kinds[kind] ?? kind;

/** Through which provider. */
export function KindBadge({ kind }: { kind: string }) {
  return (
    <Pill tone="line" icon={<ChannelIcon kind={kind} className="size-3" />} className="h-5! max-w-full px-2! text-xs!">
      {kindName(kind)}
    </Pill>
  );
}

export function OnPill({ active }: { active: boolean }) {
  return (
    <Pill tone={active ? "ok" : "neutral"} className="h-5! px-2! text-xs!">
      {active ? c.on : c.off}
    </Pill>
  );
}

/** How a channel is, in words; `long`: with what to do. */
export function Health({
  channel,
  long,
}: {
  channel: Pick<ChannelRow, "active" | "health" | "health_detail"> &
    Partial<Pick<ChannelRow, "health_words" | "paused_at" | "warnings">>;
  long?: boolean;
}) {
  if (!channel.active) return <span className="text-text-3">{c.offHealth}</span>;
  if (channel.health === "ok" && channel.paused_at) {
    return (
      <span className="inline-flex items-center gap-1 text-warn-text [&_.lucide]:size-3.5">
        <CirclePause />
        {c.paused}
      </span>
    );
  }
  if (channel.health === "ok" && (channel.warnings?.length ?? 0) > 0) {
    return (
      <span className="inline-flex items-center gap-1 text-warn-text [&_.lucide]:size-3.5">
        <TriangleAlert />
        {c.warned(channel.warnings?.length ?? 0)}
      </span>
    );
  }
  if (channel.health === "ok") {
    return (
      <span className="inline-flex items-center gap-1 text-ok-text [&_.lucide]:size-3.5">
        <CircleCheck />
        {c.healthy}
      </span>
    );
  }
  const words = channel.health_words || channel.health_detail || c.trouble;
  return (
    <span className="flex min-w-0 items-start gap-1 text-warn-text [&_.lucide]:mt-0.5 [&_.lucide]:size-3.5 [&_.lucide]:flex-none">
      <TriangleAlert />
      <span className={long ? "min-w-0 break-words" : "min-w-0 truncate"} {...(long ? {} : { "data-tip": words })}>
        {words}
      </span>
    </span>
  );
}

/** What the provider says against it, and what it allows and thinks of it. */
export function Standing({ channel, says }: { channel: ChannelRow; says: string }) {
  const facts = [
    channel.number,
    channel.quality && (c.quality[channel.quality] ?? channel.quality),
    channel.daily_limit !== null && channel.daily_limit !== undefined && c.dailyLimit(channel.daily_limit),
    channel.throughput && c.throughput(channel.throughput),
  ].filter(Boolean);
  return (
    <>
      {(channel.warnings ?? []).map((warning) => (
        <p
          key={warning.code + warning.since}
          data-testid="channel-warning"
          className="flex items-start gap-1.5 rounded-md bg-warn-tint px-2.5 py-2 text-xs text-warn-text [&_.lucide]:mt-px [&_.lucide]:size-3.5 [&_.lucide]:flex-none"
        >
          <TriangleAlert />
          <span className="min-w-0 flex-1 break-words" dir="auto">
            {warning.words}
            {warning.detail && (
              <span className="block font-normal">
                {says} <bdi>{warning.detail}</bdi>
              </span>
            )}
          </span>
        </p>
      ))}
      {facts.length > 0 && (
        <p className="num text-xs text-text-2" data-testid="channel-standing">
          {facts.join(" · ")}
        </p>
      )}
    </>
  );
}

/** Calls at its address that were not taken, and why. */
export function RefusedCalls({ refused }: { refused: ChannelHealth["refused"] }) {
  if (!refused || refused.length === 0) return null;
  return (
    <ul aria-label={c.refused.title} className="flex flex-col gap-1 text-xs text-text-2" data-testid="refused-calls">
      <li aria-hidden="true" className="font-medium text-text">
        {c.refused.title}
      </li>
      {refused.map((one) => (
        <li key={one.reason} className="min-w-0 break-words">
          <span className="num">{c.refused.count(one.count_24h)}</span> {c.refused.reasons[one.reason] ?? one.reason}{" "}
          <span className="text-text-3">
            {c.refused.last} <Ago at={one.last_at} />
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Why nothing is sent, and what ends that. */
export function pausedText(channel: Pick<ChannelRow, "paused_at" | "paused_by" | "paused_reason">): string {
  const at = atTime(Date.parse(channel.paused_at ?? ""));
  const who = channel.paused_by ? c.pausedBy(channel.paused_by, at) : c.pausedByMax(at);
  return [who, channel.paused_by && channel.paused_reason ? `“${channel.paused_reason}”` : ""]
    .filter(Boolean)
    .join(" ");
}

/** How long ago, in words. */
export function Ago({ at }: { at: string | null | undefined }) {
  const now = useNow(30_000);
  if (at === undefined) return "";
  return at ? shortAgo(Math.min(now, Date.parse(at)), now) : c.silent;
}

/** What the provider answered, a line for each thing asked. */
export function Checks({ checks, says }: { checks: readonly ChannelCheck[]; says: string }) {
  return (
    <ul className="overflow-hidden rounded-md border border-line" data-testid="checks">
      {checks.map((check) => (
        <li
          key={check.check}
          className="flex items-start gap-2 border-line-subtle px-2.5 py-2 not-first:border-t [&>.lucide]:mt-0.5 [&>.lucide]:size-4 [&>.lucide]:flex-none"
        >
          {check.ok ? <CircleCheck className="text-ok-text" /> : <TriangleAlert className="text-warn-text" />}
          <span className="min-w-0 flex-1">
            <span className="flex gap-1.5 font-medium">
              <span className="flex-1">{c.check.names[check.check] ?? check.check}</span>
              <span className={check.ok ? "text-xs text-ok-text" : "text-xs text-warn-text"}>
                {check.ok ? c.check.ok : c.check.notOk}
              </span>
            </span>
            <span className="block break-words text-text-2">{check.words}</span>
            {check.detail && !check.ok && (
              <span className="block text-xs break-words text-text-3">
                {says} <bdi>{check.detail}</bdi>
              </span>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
