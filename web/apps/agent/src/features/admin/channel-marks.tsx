import type { ChannelCheck, ChannelRow } from "@max/api";
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
    Partial<Pick<ChannelRow, "health_words" | "paused_at">>;
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
