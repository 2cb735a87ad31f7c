import type { ChannelRow } from "@max/api";
import { Switch, toast } from "@max/ui";
import { useState } from "react";
import { Ask } from "../ask";
import { saveChannel } from "../channels-data";
import { problemText } from "../queries";
import { c } from "../strings-channels";

/** Whether it receives and sends at all. */
export function OnOff({ channel }: { channel: ChannelRow }) {
  const [asked, setAsked] = useState(false);
  const [pending, setPending] = useState(false);
  const on = async () => {
    setPending(true);
    try {
      await saveChannel(channel, { active: true });
      toast(c.panel.switchedOn(channel.name));
    } catch (refused) {
      toast(c.panel.switchFailed(problemText(refused)), "bad");
    } finally {
      setPending(false);
    }
  };
  return (
    <>
      <Switch
        label={c.panel.active}
        hint={c.panel.activeHint}
        checked={channel.active || pending}
        aria-busy={pending}
        data-testid="channel-active"
        onChange={(next) => (next ? void on() : setAsked(true))}
      />
      {asked && (
        <Ask
          title={c.panel.offTitle(channel.name)}
          text={c.panel.offText}
          confirm={c.panel.offConfirm}
          onClose={() => setAsked(false)}
          run={async () => {
            await saveChannel(channel, { active: false });
            setAsked(false);
            toast(c.panel.switchedOff(channel.name));
          }}
        />
      )}
    </>
  );
}
