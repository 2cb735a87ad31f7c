import type { ChannelCheck, ChannelRow } from "@max/api";
import { Button, Input, toast } from "@max/ui";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Ask } from "../ask";
import { Ago, Checks, Health, pausedText } from "../channel-marks";
import { checkChannel, lookAgain, pauseChannel, probeChannel, resumeChannel } from "../channels-data";
import { Section } from "../layout";
import { problemText } from "../queries";
import { c } from "../strings-channels";
import type { ChannelKind } from "./kind";

/** How it does, whether it sends, and when it was last heard of. */
export function HealthPart({ channel, kind }: { channel: ChannelRow; kind: ChannelKind }) {
  const [checks, setChecks] = useState<ChannelCheck[] | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const check = async () => {
    setBusy(true);
    setError(null);
    try {
      const { id, config } = channel;
      setChecks(await checkChannel({ kind: channel.kind, config, credentials: {}, channel_id: id }));
      lookAgain();
    } catch (refused) {
      setChecks(null);
      setError(c.check.failed(problemText(refused)));
    } finally {
      setBusy(false);
    }
  };
  const open = checks?.filter((one) => !one.ok).length ?? 0;
  return (
    <Section
      title={c.panel.health}
      action={
        <Button size="sm" busy={busy} data-testid="check-channel" onClick={() => void check()}>
          {checks ? c.check.again : c.panel.check}
        </Button>
      }
    >
      <Health channel={channel} long />
      <Pausing channel={channel} probe={kind.words.probe} />
      <p className="text-xs text-text-3">
        {channel.last_delivery_at && <LastDelivery at={channel.last_delivery_at} />}
        {channel.last_delivery_at === null && c.panel.noDelivery}{" "}
        <Link
          to="/admin/{-$page}/{-$id}"
          params={{ page: "journal", id: undefined }}
          search={{ channel: channel.id }}
          className="font-medium text-accent-text hover:underline"
        >
          {c.panel.journal}
        </Link>
      </p>
      <p role="status" className="text-xs text-text-2 empty:hidden">
        {checks && (open === 0 ? c.check.allOk : c.check.some(open))}
      </p>
      {checks && <Checks checks={checks} says={kind.words.says} />}
      <p role="alert" className="text-xs text-bad-text empty:hidden">
        {error}
      </p>
    </Section>
  );
}

/** Whether it sends, who says so, and the way to change it. */
function Pausing({ channel, probe }: { channel: ChannelRow; probe: string }) {
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState<"resume" | "probe" | null>(null);
  const [reason, setReason] = useState("");
  if (!channel.active) return null;
  const run = async (what: "resume" | "probe") => {
    setBusy(what);
    try {
      const next = await (what === "resume" ? resumeChannel(channel) : probeChannel(channel));
      toast(
        next.paused_at ? c.panel.stillPaused : next.health === "ok" ? c.panel.sends(channel.name) : c.panel.stillIll,
      );
    } catch (refused) {
      toast(c.panel.switchFailed(problemText(refused)), "bad");
    } finally {
      setBusy(null);
    }
  };
  return (
    <div className="flex flex-col gap-2">
      {channel.paused_at && (
        <p data-testid="paused" className="rounded-md bg-warn-tint px-2.5 py-2 text-xs text-warn-text" dir="auto">
          {pausedText(channel)}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        {(channel.paused_at || channel.health !== "ok") && (
          <Button size="sm" busy={busy === "probe"} data-testid="probe-channel" onClick={() => void run("probe")}>
            {probe}
          </Button>
        )}
        {channel.paused_at ? (
          <Button
            size="sm"
            look="primary"
            busy={busy === "resume"}
            data-testid="resume-channel"
            onClick={() => void run("resume")}
          >
            {c.panel.resume}
          </Button>
        ) : (
          <Button size="sm" data-testid="pause-channel" onClick={() => setAsked(true)}>
            {c.panel.pause}
          </Button>
        )}
      </div>
      {asked && (
        <Ask
          calm
          title={c.panel.pauseTitle(channel.name)}
          text={
            <span className="flex flex-col gap-3">
              {c.panel.pauseText}
              <Input
                label={c.panel.pauseReason}
                value={reason}
                maxLength={200}
                dir="auto"
                onChange={(event) => setReason(event.target.value)}
              />
            </span>
          }
          confirm={c.panel.pause}
          onClose={() => setAsked(false)}
          run={async () => {
            await pauseChannel(channel, reason.trim());
            setAsked(false);
          }}
        />
      )}
    </div>
  );
}

function LastDelivery({ at }: { at: string }) {
  return (
    <>
      {c.panel.lastDelivery} <Ago at={at} />
    </>
  );
}
