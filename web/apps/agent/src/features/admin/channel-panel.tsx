import type { ChannelRow } from "@max/api";
import { ChannelIcon } from "@max/ui";
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import type { AddProps } from "./channel/kind";
import { KINDS, kindOf } from "./channel/kinds";
import { Panel } from "./layout";
import { c } from "./strings-channels";

/** One channel, as its kind shows it. */
export function ChannelPanel({ channel, onClose }: { channel: ChannelRow; onClose: () => void }) {
  const kind = kindOf(channel.kind);
  return <kind.Panel channel={channel} kind={kind} onClose={onClose} />;
}

/** A new channel: of which kind, then that kind's own steps. */
export function AddChannel(props: AddProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  if (chosen !== null) {
    const { Add } = kindOf(chosen);
    return <Add {...props} />;
  }
  return (
    <Panel title={c.choose.title} onClose={props.onClose} testId="add-channel">
      <p className="text-text-2">{c.choose.lead}</p>
      <ul className="overflow-hidden rounded-[10px] border border-line">
        {Object.entries(KINDS).map(([name, kind]) => (
          <li key={name} className="border-line-subtle not-first:border-t">
            <button
              type="button"
              data-testid={`choose-${name}`}
              onClick={() => setChosen(name)}
              className="flex w-full items-center gap-3 px-3 py-3 text-start transition-colors hover:bg-hover focus-visible:-outline-offset-2"
            >
              <ChannelIcon kind={name} className="size-5" />
              <span className="min-w-0 flex-1">
                <span className="block font-medium">{kind.name}</span>
                <span className="block text-xs text-text-3">{kind.text}</span>
              </span>
              <ChevronRight className="size-4 flex-none text-text-3 rtl:-scale-x-100" />
            </button>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
