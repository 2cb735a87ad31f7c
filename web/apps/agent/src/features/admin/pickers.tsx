import type { Team, User } from "@max/api";
import { Avatar, type ButtonProps, cx, FilterMenu, namedColor, PickerButton, type PickerOption } from "@max/ui";
import { Plus, X } from "lucide-react";
import { useEffect, useState } from "react";
import { TeamTag } from "./people";
import { useAllTeams, useFoundUsers, useUser } from "./queries";
import { a } from "./strings";

export const BUTTON =
  "inline-flex h-7 items-center gap-1.5 rounded-[7px] border border-line bg-surface px-2.5 text-xs font-medium shadow-1 hover:bg-hover phone:h-11 phone:px-4 phone:text-sm [&_.lucide]:size-3.5";

export const teamOption = (team: Team): PickerOption => ({
  value: team.id,
  label: team.name,
  mark: (
    <span
      aria-hidden="true"
      style={{ background: namedColor(team.color) }}
      className="size-2 flex-none rounded-[3px]"
    />
  ),
});

const personOption = (user: User): PickerOption => ({
  value: user.id,
  label: user.name,
  hint: user.email,
  mark: <Avatar id={user.id} name={user.name} photo={user.photo_url} size={24} />,
});

/** The server searches a moment after the last key. */
const PAUSE = 200;

/** People to choose from, found by the server as one types. */
function useSearch(without: readonly string[], status: "active" | null) {
  const [typed, setTyped] = useState("");
  const [q, setQ] = useState("");
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setQ(typed), PAUSE);
    return () => clearTimeout(timer);
  }, [typed]);
  const found = useFoundUsers(q, asked, status);
  const users = (found.data ?? []).filter((user) => !without.includes(user.id));
  return {
    users,
    picker: {
      options: users.map(personOption),
      onQuery: setTyped,
      onOpen: () => {
        setAsked(true);
        setTyped("");
      },
      busy: found.isFetching || typed !== q,
      search: a.user.find,
      empty: a.user.nobody,
    },
  };
}

/** A button to choose one person. `without`: who is no choice here. */
export function PersonButton(props: {
  label: string;
  without: readonly string[];
  status: "active" | null;
  selected: readonly string[];
  onPick: (user: User) => void;
  many?: boolean;
  testId?: string;
  className?: string;
  children: React.ReactNode;
}) {
  const { users, picker } = useSearch(props.without, props.status);
  return (
    <PickerButton
      label={props.label}
      selected={props.selected}
      onPick={(option) => {
        const user = users.find((u) => u.id === option.value);
        if (user) props.onPick(user);
      }}
      {...(props.many ? { many: true } : {})}
      {...(props.testId ? { testId: props.testId } : {})}
      {...picker}
      className={props.className ?? BUTTON}
    >
      {props.children}
    </PickerButton>
  );
}

/** A filter by one person. */
export function PersonFilter(props: { label: string; value: string | null; onChange: (id: string | null) => void }) {
  const { picker } = useSearch([], null);
  const user = useUser(props.value);
  return (
    <FilterMenu
      label={props.label}
      value={props.value}
      shown={user.data?.name}
      onChange={props.onChange}
      clear={a.clearFilter(props.label)}
      {...picker}
    />
  );
}

/** The teams somebody is in, each with its way out, and a button to add more. */
export function TeamsPicker(props: {
  label: string;
  value: readonly Team[];
  onChange: (teams: Team[]) => void;
  size?: ButtonProps["size"];
}) {
  const all = useAllTeams();
  const { value } = props;
  const toggle = (id: string) => {
    const team = all.find((t) => t.id === id);
    if (value.some((t) => t.id === id)) props.onChange(value.filter((t) => t.id !== id));
    else if (team) props.onChange([...value, { id, name: team.name, color: team.color }]);
  };
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1.5 text-sm font-medium">{props.label}</legend>
      <div className="flex min-h-9 flex-wrap items-center gap-1.5 rounded-md border border-line-control p-1.5">
        {value.map((team) => (
          <span key={team.id} className="inline-flex max-w-full items-center rounded-xs bg-sunken">
            <TeamTag team={team} className="h-6! pe-0!" />
            <button
              type="button"
              aria-label={a.user.removeTeam(team.name)}
              onClick={() => toggle(team.id)}
              className="grid size-6 flex-none place-items-center rounded-xs text-text-3 hover:text-text phone:size-9"
            >
              <X className="size-3!" />
            </button>
          </span>
        ))}
        <PickerButton
          label={a.user.addTeam}
          options={all.map(teamOption)}
          selected={value.map((t) => t.id)}
          onPick={(option) => toggle(option.value)}
          many
          search={a.user.findTeam}
          empty={a.user.noSuchTeam}
          testId="add-team"
          className={cx(
            "inline-flex h-6 items-center gap-1 rounded-xs px-1.5 text-xs font-medium text-accent-text hover:bg-accent-tint phone:h-9 [&_.lucide]:size-3",
          )}
        >
          <Plus />
          {a.user.addTeam}
        </PickerButton>
      </div>
    </fieldset>
  );
}
