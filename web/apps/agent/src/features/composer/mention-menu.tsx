import { type Assignee, body, type Page, type Team } from "@max/api";
import { Avatar, namedColor, Spinner } from "@max/ui";
import { useQuery } from "@tanstack/react-query";
import { type Ref, useMemo } from "react";
import { api, useMe } from "../../app/services";
import { w } from "../../strings-writing";
import type { MentionTarget } from "./marks";
import { Hint, type Suggesting, Suggestions } from "./suggestions";

type Choice = MentionTarget & { photo?: string | null | undefined; color?: string };

const SHOWN = 30;

/** People and teams that fit what was typed after the at sign. */
export function MentionMenu(props: {
  ref?: Ref<Suggesting>;
  id: string;
  conversationId: string;
  query: string;
  onPick: (target: MentionTarget) => void;
  onActive: (optionId: string | null) => void;
}) {
  const me = useMe();
  const people = useQuery({
    queryKey: ["mentionable", props.conversationId],
    queryFn: async ({ signal }) =>
      body<{ items: Assignee[] }>(
        await api.GET("/api/v1/conversations/{id}/assignees", {
          params: { path: { id: props.conversationId } },
          signal,
        }),
      ).items,
    staleTime: 60_000,
  });
  const teams = useQuery({
    queryKey: ["team-names"],
    queryFn: async ({ signal }) =>
      body<Page<Team>>(await api.GET("/api/v1/teams", { params: { query: { limit: 200 } }, signal })).items,
    staleTime: 60_000,
  });
  const items = useMemo(() => {
    const all: Choice[] = [
      ...(people.data ?? [])
        .filter((person) => person.id !== me.id)
        .map(({ id, name, photo_url }) => ({ type: "user" as const, id, name, photo: photo_url ?? null })),
      ...(teams.data ?? []).map(({ id, name, color }) => ({ type: "team" as const, id, name, color })),
    ];
    return named(all, props.query).slice(0, SHOWN);
  }, [people.data, teams.data, me.id, props.query]);
  return (
    <Suggestions
      {...(props.ref ? { ref: props.ref } : {})}
      id={props.id}
      label={w.mention.label}
      items={items}
      busy={people.isPending}
      itemKey={(choice) => choice.id}
      onPick={({ type, id, name }) => props.onPick({ type, id, name })}
      onActive={(id) => props.onActive(id)}
      count={people.isPending ? w.mention.loading : w.mention.count(items.length)}
      instead={
        people.isPending ? (
          <Hint>
            <Spinner className="me-2 align-[-2px]" />
            {w.mention.loading}
          </Hint>
        ) : people.isError && items.length === 0 ? (
          <Hint>{w.mention.failed}</Hint>
        ) : items.length === 0 ? (
          <Hint>{w.mention.none(props.query)}</Hint>
        ) : undefined
      }
      option={(choice) => (
        <>
          {choice.type === "user" ? (
            <Avatar id={choice.id} name={choice.name} photo={choice.photo} size={20} />
          ) : (
            <span
              aria-hidden="true"
              style={{ background: namedColor(choice.color ?? "") }}
              className="mx-1.5 size-2 flex-none rounded-[3px]"
            />
          )}
          <span className="min-w-0 flex-1 truncate" dir="auto">
            {choice.name}
          </span>
          {choice.type === "team" && <span className="flex-none text-2xs text-text-3">{w.mention.team}</span>}
        </>
      )}
    />
  );
}

/** Those with a word that begins as typed come first, then those that have it anywhere. */
export function named<T extends { name: string }>(all: readonly T[], query: string): T[] {
  const words = query.trim().toLocaleLowerCase();
  const starts = (name: string) => name.startsWith(words) || name.includes(` ${words}`);
  const fitting = all.filter(({ name }) => name.toLocaleLowerCase().includes(words));
  return [
    ...fitting.filter(({ name }) => starts(name.toLocaleLowerCase())),
    ...fitting.filter(({ name }) => !starts(name.toLocaleLowerCase())),
  ];
}
