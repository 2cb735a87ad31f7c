import type { Sort } from "@max/api";
import { Button, cx, Input, PickerButton, type PickerOption, Switch } from "@max/ui";
import { Menu, MenuChoice } from "@max/ui/menu";
import { Popover } from "@max/ui/popover";
import { ChevronDown, X } from "lucide-react";
import { lazy, type ReactNode, type RefObject, Suspense, useId, useState } from "react";
import { useMe } from "../../app/services";
import type { Filter, Scope } from "../../live/views";
import { s } from "../../strings";
import { w } from "../../strings-work";
import {
  channelOption,
  personOption,
  tagOption,
  teamOption,
  useChannels,
  usePeople,
  useTags,
  useTeams,
} from "./options";
import { filterCount, tabOf } from "./place";

const ViewDialog = lazy(() => import("../views/dialog").then((module) => ({ default: module.ViewDialog })));

/** What filters work on. */
export interface Filtered {
  scope: Scope;
  filter: Filter;
  setFilter: (filter: Filter) => void;
}

interface Opens {
  place: Filtered;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  anchor: RefObject<HTMLElement | null>;
}

const STATES = ["new", "triage", "queued", "assigned", "snoozed", "closed"] as const;
const PRIORITIES = ["urgent", "high", "normal", "low"] as const;

/** The same filter without these. */
function without(filter: Filter, ...names: (keyof Filter)[]): Filter {
  return Object.fromEntries(Object.entries(filter).filter(([name]) => !names.includes(name as keyof Filter)));
}

/** Takes one of a comma list in or out; nothing left is no filter. */
function toggled(filter: Filter, name: "state" | "priority", value: string): Filter {
  const old = (filter[name] ?? "").split(",").filter((v) => v && v !== "any" && v !== "open");
  const next = old.includes(value) ? old.filter((v) => v !== value) : [...old, value];
  return { ...without(filter, name), ...(next.length > 0 ? { [name]: next.join(",") } : {}) };
}

/** What the list is narrowed by, all at once. Each change acts at once and stands in the address. */
export function FilterPanel({ place, ...opens }: Opens) {
  const { scope, filter, setFilter } = place;
  const [saving, setSaving] = useState(false);
  const choices = useFilterChoices();
  const pick = (name: "team_id" | "channel_id" | "assignee_id" | "tag", value: string | null) =>
    setFilter({ ...without(filter, name), ...(value ? { [name]: value } : {}) });
  const on = (name: "unread" | "waiting", value: boolean) =>
    setFilter({ ...without(filter, name), ...(value ? { [name]: true } : {}) });
  const queue = scope.view === "queue";
  return (
    <>
      <Popover {...opens} label={w.filter.title} width={328}>
        <div className="flex flex-col gap-3.5 p-3.5">
          <Words value={filter.q ?? ""} onChange={(q) => setFilter({ ...without(filter, "q"), ...(q ? { q } : {}) })} />
          {!queue && (
            <Chips
              label={w.filter.state}
              options={STATES.map((value) => ({ value, label: w.filter.states[value] }))}
              chosen={filter.state ?? ""}
              onToggle={(value) => setFilter(toggled(filter, "state", value))}
            />
          )}
          <Chips
            label={w.filter.priority}
            options={PRIORITIES.map((value) => ({ value, label: w.filter.priorities[value] }))}
            chosen={filter.priority ?? ""}
            onToggle={(value) => setFilter(toggled(filter, "priority", value))}
          />
          <div className="flex flex-col divide-y divide-line-subtle">
            {!scope.teamId && (
              <One
                label={w.filter.team}
                value={filter.team_id}
                options={choices.teams}
                onPick={(v) => pick("team_id", v)}
              />
            )}
            <One
              label={w.filter.channel}
              value={filter.channel_id}
              options={choices.channels}
              onPick={(v) => pick("channel_id", v)}
            />
            {shownAssignee(scope) && (
              <One
                label={w.filter.assignee}
                value={filter.assignee_id}
                options={choices.people}
                onPick={(v) => pick("assignee_id", v)}
              />
            )}
            <One label={w.filter.tag} value={filter.tag} options={choices.tags} onPick={(v) => pick("tag", v)} />
            <Switch
              className="min-h-10! py-1! [&_label]:font-normal"
              label={w.filter.unread}
              checked={filter.unread ?? false}
              onChange={(v) => on("unread", v)}
            />
            {!queue && (
              <Switch
                className="min-h-10! py-1! [&_label]:font-normal"
                label={w.filter.waiting}
                checked={filter.waiting ?? false}
                onChange={(v) => on("waiting", v)}
              />
            )}
          </div>
        </div>
        <div className="sticky bottom-0 flex items-center gap-2 border-t border-line-subtle bg-surface px-3.5 py-2.5">
          <Button
            size="sm"
            look="quiet"
            className="-ms-2 me-auto"
            disabled={filterCount(filter) === 0 && !filter.state && !filter.waiting}
            onClick={() => setFilter({})}
          >
            {w.filter.clear}
          </Button>
          <Button
            size="sm"
            data-testid="save-view"
            onClick={() => {
              opens.onOpenChange(false);
              setSaving(true);
            }}
          >
            {w.filter.save}
          </Button>
        </div>
      </Popover>
      {saving && (
        <Suspense>
          <ViewDialog view={null} scope={scope} onClose={() => setSaving(false)} />
        </Suspense>
      )}
    </>
  );
}

/** One's own lists are by one's own name already, and nobody has what waits. */
const shownAssignee = ({ view }: Scope) => view === "all" || view === "team" || view === "mentions";

function useFilterChoices() {
  const me = useMe();
  const nobody: PickerOption = { value: "none", label: w.filter.nobody };
  const people = usePeople().map((person) =>
    person.id === me.id ? { ...personOption(person), hint: w.filter.me } : personOption(person),
  );
  return {
    teams: useTeams().map(teamOption),
    channels: useChannels().map(channelOption),
    tags: useTags().map(tagOption),
    people: [nobody, ...people],
  };
}

/** Words to look for; they act when the reader pauses. */
function Words({ value, onChange }: { value: string; onChange: (q: string) => void }) {
  const [typed, setTyped] = useState(value);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onChange(typed.trim());
      }}
    >
      <Input
        label={w.filter.words}
        type="search"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={() => typed.trim() !== value && onChange(typed.trim())}
      />
    </form>
  );
}

function Chips(props: {
  label: string;
  options: readonly { value: string; label: string }[];
  chosen: string;
  onToggle: (value: string) => void;
}) {
  const id = useId();
  const chosen = props.chosen.split(",");
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset draws its legend
    <div role="group" aria-labelledby={id}>
      <p id={id} className="mb-1.5 text-sm font-medium">
        {props.label}
      </p>
      <div className="flex flex-wrap gap-1.5">
        {props.options.map(({ value, label }) => (
          <button
            key={value}
            type="button"
            aria-pressed={chosen.includes(value)}
            onClick={() => props.onToggle(value)}
            className="h-7 rounded-full border border-line px-2.5 text-xs font-medium text-text-2 hover:bg-hover aria-pressed:border-accent-line aria-pressed:bg-accent-tint aria-pressed:text-accent-text phone:h-10 phone:px-3.5 phone:text-sm"
          >
            {label}
          </button>
        ))}
      </div>
    </div>
  );
}

/** One of a list that loads, or any. */
function One(props: {
  label: string;
  value: string | undefined;
  options: readonly PickerOption[];
  onPick: (value: string | null) => void;
}) {
  const { label, value, options } = props;
  const picked = options.find((o) => o.value === value);
  return (
    <div className="flex min-h-10 items-center gap-3">
      <span className="flex-1">{label}</span>
      <PickerButton
        label={`${label}: ${picked?.label ?? (value ? w.filter.unknown : w.filter.any)}`}
        options={options}
        selected={value ? [value] : []}
        onPick={(option) => props.onPick(option.value === value ? null : option.value)}
        search={w.search}
        empty={w.none}
        className={cx(
          "flex h-7 max-w-44 items-center gap-1.5 rounded-sm px-2 text-sm hover:bg-hover phone:h-11",
          value ? "font-medium text-accent-text" : "text-text-3",
        )}
      >
        {picked?.mark}
        <span className="truncate">{picked?.label ?? (value ? w.filter.unknown : w.filter.any)}</span>
        <ChevronDown className="size-3! flex-none text-text-3" />
      </PickerButton>
      {value && (
        <button
          type="button"
          aria-label={w.filter.remove(label)}
          onClick={() => props.onPick(null)}
          className="-ms-2 grid size-6 flex-none place-items-center rounded-sm text-text-3 hover:bg-hover phone:size-11"
        >
          <X className="size-3!" />
        </button>
      )}
    </div>
  );
}

/** Each filter that is on, to see and to take away. */
export function FilterTokens({ place }: { place: Pick<Filtered, "filter" | "setFilter"> }) {
  const { filter, setFilter } = place;
  const { teams, channels, tags, people } = useFilterChoices();
  const name = (options: readonly PickerOption[], value: string) =>
    options.find((o) => o.value === value)?.label ?? w.filter.unknown;
  const words = (value: string, all: Readonly<Record<string, string>>) =>
    value
      .split(",")
      .map((v) => all[v] ?? v)
      .join(s.and);
  const state = filter.state && tabOf(filter) === null ? filter.state : null;
  const tokens: [keyof Filter, ReactNode][] = [
    ...(state
      ? [["state", words(state, { ...w.filter.states, any: w.filter.anyState, open: w.filter.openState })] as const]
      : []),
    ...(filter.waiting && tabOf(filter) === null ? [["waiting", w.filter.waiting] as const] : []),
    ...(filter.unread ? [["unread", w.filter.unread] as const] : []),
    ...(filter.priority ? [["priority", words(filter.priority, w.filter.priorities)] as const] : []),
    ...(filter.team_id ? [["team_id", name(teams, filter.team_id)] as const] : []),
    ...(filter.channel_id ? [["channel_id", name(channels, filter.channel_id)] as const] : []),
    ...(filter.assignee_id ? [["assignee_id", name(people, filter.assignee_id)] as const] : []),
    ...(filter.tag ? [["tag", name(tags, filter.tag)] as const] : []),
    ...(filter.q ? [["q", `“${filter.q}”`] as const] : []),
  ].map(([key, label]) => [key, label]);
  return (
    <ul aria-label={w.filter.tokens} className="flex flex-wrap gap-1.5 px-4 pb-2.5">
      {tokens.map(([key, label]) => (
        <li
          key={key}
          className="flex h-6 max-w-full items-center rounded-full bg-accent-tint ps-2.5 text-xs font-medium text-accent-text phone:h-9"
        >
          <bdi className="truncate">{label}</bdi>
          <button
            type="button"
            aria-label={w.filter.remove(String(label))}
            onClick={() => setFilter(without(filter, key))}
            className="grid size-6 flex-none place-items-center rounded-full hover:bg-accent-tint-2 phone:size-9"
          >
            <X className="size-3!" />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** In which order. */
export function SortMenu({ place, ...opens }: Opens) {
  const { scope, filter, setFilter } = place;
  const sort = filter.sort ?? (scope.view === "queue" ? "priority" : "newest");
  const own: Sort = scope.view === "queue" ? "priority" : "newest";
  // What is closed waits for nobody.
  const sorts: readonly Sort[] =
    tabOf(filter) === "closed" ? ["newest", "oldest"] : ["newest", "oldest", "waiting", "priority"];
  return (
    <Menu {...opens} label={s.list.sort} side="bottom" align="end">
      <MenuChoice
        label={s.list.sort}
        value={sort}
        once
        onChange={(value) => setFilter({ ...without(filter, "sort"), ...(value === own ? {} : { sort: value }) })}
        options={sorts.map((value) => ({ value, label: s.list.sorts[value], testId: `sort-${value}` }))}
      />
    </Menu>
  );
}
