import type { Channel } from "@max/api";
import { Banner, Button, toast } from "@max/ui";
import { Link } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import { useEffect, useState } from "react";
import { resumeChannel } from "../admin/channels-data";
import { problemText, useChannels } from "../admin/queries";
import { c } from "../admin/strings-channels";

/** One trouble of one channel: another one is news again. */
const trouble = (channel: Channel) => `${channel.id} ${channel.health_code ?? ""} ${channel.paused_at ?? ""}`;

/** Does not send what it should. */
const ill = (channel: Channel) => channel.active && (channel.health !== "ok" || Boolean(channel.paused_at));

/** Tells admins, wherever they are, of channels that do not send. */
export function ChannelTrouble() {
  const channels = useChannels().data;
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    if (!channels) return;
    // What is over and comes back is news, though it looks the same.
    const still = new Set(channels.filter(ill).map(trouble));
    setDismissed((all) =>
      [...all].every((one) => still.has(one)) ? all : new Set([...all].filter((one) => still.has(one))),
    );
  }, [channels]);
  const bad = channels?.filter((one) => ill(one) && !dismissed.has(trouble(one))) ?? [];
  return bad.map((channel) => (
    <One
      key={channel.id}
      channel={channel}
      onDismiss={() => setDismissed((all) => new Set(all).add(trouble(channel)))}
    />
  ));
}

function One({ channel, onDismiss }: { channel: Channel; onDismiss: () => void }) {
  const [busy, setBusy] = useState(false);
  const resume = async () => {
    setBusy(true);
    try {
      await resumeChannel(channel);
    } catch (error) {
      toast(c.banner.failed(problemText(error)), "bad");
    } finally {
      setBusy(false);
    }
  };
  const words = channel.health_words ?? channel.health_detail;
  return (
    <Banner tone={channel.health === "ok" ? "warn" : "bad"} icon={<TriangleAlert />} testId="banner-channel">
      <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="min-w-[min(280px,100%)] flex-1" dir="auto">
          {channel.health !== "ok" && words ? c.banner.trouble(channel.name, words) : c.banner.paused(channel.name)}
          {channel.health_code && <span className="num ms-1.5 font-normal">{channel.health_code}</span>}
        </span>
        <span className="flex flex-none items-center gap-2">
          <Link
            to="/admin/{-$page}/{-$id}"
            params={{ page: "channels", id: channel.id }}
            className="font-medium underline underline-offset-2"
          >
            {c.banner.open}
          </Link>
          {channel.paused_at && (
            <Button size="sm" busy={busy} data-testid="banner-resume" onClick={() => void resume()}>
              {c.banner.resume}
            </Button>
          )}
          <Button size="sm" look="quiet" onClick={onDismiss}>
            {c.banner.dismiss}
          </Button>
        </span>
      </span>
    </Banner>
  );
}
