import { body, type Channel, type Conversation, type Page, type TagView, type TeamView, type User } from "@max/api";
import { Avatar, ChannelIcon, namedColor, type PickerOption } from "@max/ui";
import { useQueries, useQuery } from "@tanstack/react-query";
import { api, queryClient, useMe } from "../../app/services";
import { keys } from "../../live/keys";
import type { Pages } from "../../live/pages";
import { usePresence } from "../../live/presence";
import { queueQuery } from "../queue/queries";

/** Lists of what one can filter by change rarely; they are read again when somebody looks after this long. */
const STALE = 60_000;

export function Square({ color }: { color: string }) {
  return (
    <span aria-hidden="true" style={{ background: namedColor(color) }} className="size-2 flex-none rounded-[3px]" />
  );
}

/** All teams there are. */
export function useTeams(enabled = true): readonly TeamView[] {
  const query = useQuery({
    queryKey: ["choices", "teams"],
    queryFn: async ({ signal }) =>
      body<Page<TeamView>>(await api.GET("/api/v1/teams", { params: { query: { limit: 200 } }, signal })).items,
    staleTime: STALE,
    enabled,
  });
  return query.data ?? [];
}

export const teamOption = ({ id, name, color }: { id: string; name: string; color: string }): PickerOption => ({
  value: id,
  label: name,
  mark: <Square color={color} />,
});

/** All tags, those of one's teams and those for everybody. */
export function useTags(enabled = true): readonly TagView[] {
  const query = useQuery({
    // The name tags have elsewhere, so that what changes there counts here.
    queryKey: ["tags", null],
    queryFn: async ({ signal }) => body<{ items: TagView[] }>(await api.GET("/api/v1/tags", { signal })).items,
    staleTime: STALE,
    enabled,
  });
  return query.data ?? [];
}

export const tagOption = ({ id, name, color }: { id: string; name: string; color: string }): PickerOption => ({
  value: id,
  label: name,
  mark: <Square color={color} />,
});

/** Conversations that are loaded somewhere: they name what else could not be listed. */
function loaded(): Conversation[] {
  return queryClient
    .getQueriesData<Pages<Conversation>>({ queryKey: keys.lists })
    .flatMap(([, data]) => data?.pages.flatMap((page) => page.items) ?? []);
}

const once = <T extends { id: string }>(all: readonly T[]): T[] => [
  ...new Map(all.map((one) => [one.id, one])).values(),
];

/** Channels: an admin may list them, others know those that their conversations came through. */
export function useChannels(): readonly { id: string; name: string; kind: string }[] {
  const admin = useMe().role === "admin";
  const query = useQuery({
    queryKey: ["choices", "channels"],
    queryFn: async ({ signal }) => body<Page<Channel>>(await api.GET("/api/v1/channels", { signal })).items,
    staleTime: STALE,
    enabled: admin,
  });
  return query.data ?? once(loaded().map((c) => c.channel));
}

export const channelOption = ({ id, name, kind }: { id: string; name: string; kind: string }): PickerOption => ({
  value: id,
  label: name,
  mark: <ChannelIcon kind={kind} />,
});

export interface Person {
  id: string;
  name: string;
  photo_url?: string | null;
}

/** Colleagues: an admin's are all, others' those of their teams and whoever has a conversation they see. */
export function usePeople(): readonly Person[] {
  const me = useMe();
  const admin = me.role === "admin";
  const all = useQuery({
    queryKey: ["choices", "people"],
    queryFn: async ({ signal }) =>
      body<Page<User>>(await api.GET("/api/v1/users", { params: { query: { status: "active", limit: 200 } }, signal }))
        .items,
    staleTime: STALE,
    enabled: admin,
  });
  const teams = useQueries({ queries: admin ? [] : me.teams.map((team) => queueQuery(team.id)) });
  const there = usePresence((state) => state.people);
  const people: Person[] = all.data ?? [
    ...teams.flatMap((team) => team.data?.agents ?? []),
    ...Object.values(there),
    ...loaded().flatMap((c) => (c.assignee ? [c.assignee] : [])),
  ];
  return once([...people, me]).toSorted((a, b) => a.name.localeCompare(b.name));
}

export const personOption = ({ id, name, photo_url }: Person): PickerOption => ({
  value: id,
  label: name,
  mark: <Avatar id={id} name={name} photo={photo_url} size={24} />,
});
