import type { ChannelRow } from "@max/api";
import type { Column } from "@max/ui";
import { MessageCircle } from "lucide-react";
import { Ago, Health, KindBadge, OnPill } from "./channel-marks";
import { AddChannel, ChannelPanel } from "./channel-panel";
import { useIngestHealth } from "./channels-data";
import { useAllTeams, useChannels } from "./queries";
import { c } from "./strings-channels";
import { ForTeam, GonePanel, ListPage, NEW } from "./tools";

/** Whether the words stand in the name, or in what the provider calls the number. */
export function matches(channel: ChannelRow, q: string, team: string | null): boolean {
  const config = channel.config as Record<string, unknown> | null;
  const words = [channel.name, config?.phone_number_id, config?.business_account_id].filter(
    (w) => typeof w === "string",
  );
  return (team === null || channel.team_id === team) && words.join("\n").toLocaleLowerCase().includes(q);
}

function Team({ id }: { id: string | null | undefined }) {
  const team = useAllTeams().find((one) => one.id === id);
  return team ? <ForTeam team={team} /> : <span className="text-xs text-text-3">{id ? "" : c.noTeam}</span>;
}

const COLUMNS: readonly Column<ChannelRow>[] = [
  {
    id: "name",
    head: c.list.columns.name,
    cell: (channel) => <bdi className="block truncate font-medium">{channel.name}</bdi>,
    sorted: "ascending",
  },
  {
    id: "kind",
    head: c.list.columns.kind,
    cell: (channel) => <KindBadge kind={channel.kind} />,
    className: "w-[122px] @max-[680px]:hidden",
  },
  {
    id: "team",
    head: c.list.columns.team,
    cell: (channel) => <Team id={channel.team_id} />,
    className: "w-[18%] @max-[560px]:hidden",
  },
  {
    id: "state",
    head: c.list.columns.state,
    cell: (channel) => <OnPill active={channel.active} />,
    className: "w-[72px]",
  },
  {
    id: "health",
    head: c.list.columns.health,
    cell: (channel) => <Health channel={channel} />,
    className: "w-[24%]",
  },
  {
    id: "last",
    head: c.list.columns.last,
    cell: (channel) => (
      <span className="num text-text-3">
        <Ago at={channel.last_delivery_at} />
      </span>
    ),
    className: "w-[112px] @max-[480px]:hidden",
    end: true,
  },
];

/** How often it is asked when deliveries came, in milliseconds. */
const LOOK = 30_000;

/** The numbers and accounts customers write to. */
export function ChannelsPage() {
  const query = useChannels();
  const health = useIngestHealth(LOOK);
  const rows = query.data?.map((channel): ChannelRow => {
    const known = health.data?.channels.find(({ id }) => id === channel.id);
    return known ? { ...channel, last_delivery_at: known.last_delivery_at } : channel;
  });
  return (
    <ListPage<ChannelRow>
      page="channels"
      words={c.list}
      icon={<MessageCircle />}
      query={{ ...query, data: rows }}
      columns={COLUMNS}
      matches={matches}
      byTeam
      card={(channel) => (
        <div className="flex flex-col gap-1">
          <span className="flex items-center gap-2">
            <bdi className="min-w-0 flex-1 truncate font-medium">{channel.name}</bdi>
            <OnPill active={channel.active} />
          </span>
          <span className="flex min-w-0 items-center gap-2 text-xs">
            <span className="min-w-0 flex-1">
              <Health channel={channel} />
            </span>
            <span className="num flex-none text-text-3">
              <Ago at={channel.last_delivery_at} />
            </span>
          </span>
        </div>
      )}
      panel={(id, close, open) => {
        if (id === NEW) return <AddChannel onClose={close} onOpen={open} />;
        const channel = rows?.find((one) => one.id === id);
        if (channel) return <ChannelPanel key={id} channel={channel} onClose={close} />;
        return query.isPending ? null : <GonePanel title={c.panel.gone} onClose={close} />;
      }}
    />
  );
}
