import { type Assignee, type Availability, body, type Conversation } from "@max/api";
import { Avatar, type PickerOption, Pill, PresenceDot } from "@max/ui";
import { Picker } from "@max/ui/picker";
import { useQuery } from "@tanstack/react-query";
import { Undo2 } from "lucide-react";
import type { RefObject } from "react";
import { api, useMe } from "../../app/services";
import { errorText } from "../../app/words";
import { usePresence } from "../../live/presence";
import { may } from "../../live/rights";
import { w } from "../../strings-work";
import { personOption, usePeople } from "../inbox/options";
import { queueQuery } from "../queue/queries";
import { assign, toQueue } from "./steps";

const QUEUE = "queue";
const { head: words } = w;

/** How soon whoever is there would take it: the available first, of those the least busy. */
const SOON: Record<Availability, number> = { online: 0, away: 1, busy: 2, offline: 3 };

/** A colleague in a list to give work to: whether they are there, and how much they have. */
export function colleagueOption(
  person: Pick<Assignee, "id" | "name" | "open_conversations"> & { photo_url?: string | null; reason?: string | null },
  state: Availability,
  least: boolean,
): PickerOption {
  return {
    value: person.id,
    label: person.name,
    reason: person.reason ?? undefined,
    mark: (
      <span className="relative flex flex-none">
        <Avatar id={person.id} name={person.name} photo={person.photo_url} size={28} />
        <PresenceDot state={state} label={w.presence[state]} corner />
      </span>
    ),
    end: (
      <span className="flex flex-none items-center gap-2">
        {least && <Pill tone="ok">{words.least}</Pill>}
        <span className="num text-xs text-text-3">{words.load(person.open_conversations)}</span>
      </span>
    ),
  };
}

/** Colleagues as options, whoever can best take it first. */
export function colleagueOptions<P extends Parameters<typeof colleagueOption>[0] & { presence: Availability }>(
  people: readonly P[],
  now: Readonly<Record<string, { state: Availability }>>,
): PickerOption[] {
  const known = people.map((person) => ({ person, state: now[person.id]?.state ?? person.presence }));
  const sorted = known.toSorted(
    (a, b) =>
      Number(Boolean(a.person.reason)) - Number(Boolean(b.person.reason)) ||
      SOON[a.state] - SOON[b.state] ||
      a.person.open_conversations - b.person.open_conversations ||
      a.person.name.localeCompare(b.person.name),
  );
  return sorted.map(({ person, state }, index) =>
    colleagueOption(person, state, index === 0 && state === "online" && !person.reason && sorted.length > 1),
  );
}

/** Colleagues to choose from, and what an empty list says. */
export interface Colleagues {
  options: readonly PickerOption[];
  pending: boolean;
  empty: string;
}

/** Whom one conversation can be given to, and who not and why. Asked again whenever somebody looks. */
export function useAssignees(c: Conversation, on: boolean): Colleagues {
  const me = useMe();
  const there = usePresence((state) => state.people);
  const people = useQuery({
    queryKey: ["assignees", c.id],
    queryFn: async ({ signal }) =>
      body<{ items: Assignee[] }>(
        await api.GET("/api/v1/conversations/{id}/assignees", { params: { path: { id: c.id } }, signal }),
      ).items,
    enabled: on,
    // How busy people are is not told by events.
    staleTime: 0,
  });
  return {
    options: colleagueOptions(people.data ?? [], there).map((option) =>
      option.value === me.id ? { ...option, hint: words.you } : option,
    ),
    pending: people.isPending,
    empty: people.isPending ? words.loading : people.isError ? errorText(people.error) : words.nobody,
  };
}

/** Whom several conversations can be given to: those of their team, where it is one. Each conversation decides for itself. */
export function useColleagues(teamId: string | null): Colleagues {
  const there = usePresence((state) => state.people);
  const queue = useQuery({ ...queueQuery(teamId ?? ""), enabled: teamId !== null });
  const people = usePeople();
  return {
    options: queue.data ? colleagueOptions(queue.data.agents, there) : people.map(personOption),
    pending: false,
    empty: words.nobody,
  };
}

/** Whom to give it to: type a name or pick; whoever is there and least busy stands first. */
export function AssignPicker(props: {
  conversation: Conversation;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  anchor: RefObject<HTMLElement | null>;
}) {
  const { conversation: c, open } = props;
  const me = useMe();
  const { options, pending, empty } = useAssignees(c, open);
  const back: PickerOption = { value: QUEUE, label: words.toQueue, mark: <Undo2 className="mx-1.5 text-text-2" /> };
  const canQueue = c.assignee && (may(me, "assign", c) || may(me, "transfer", c));
  return (
    <Picker
      key={String(open)}
      open={open}
      onOpenChange={props.onOpenChange}
      anchor={props.anchor}
      align="end"
      label={words.assignTo(c.contact.name)}
      options={canQueue ? [...options, back] : options}
      selected={c.assignee ? [c.assignee.id] : []}
      onPick={({ value, label }) => {
        if (value === QUEUE) void toQueue(c);
        else if (value !== c.assignee?.id) void assign(c, { id: value, name: label });
      }}
      searched
      wide
      busy={pending}
      search={words.find}
      empty={empty}
    />
  );
}
