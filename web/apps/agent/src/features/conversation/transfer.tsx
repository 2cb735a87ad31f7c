import type { Conversation, Named, Team } from "@max/api";
import { Button, FieldError, PickerButton, type PickerOption, Segmented } from "@max/ui";
import { Dialog } from "@max/ui/dialog";
import { TextArea } from "@max/ui/form";
import { ChevronDown } from "lucide-react";
import { type FormEvent, type ReactNode, useState } from "react";
import { useMe } from "../../app/services";
import { may } from "../../live/rights";
import { w } from "../../strings-work";
import { teamOption, useTeams } from "../inbox/options";
import { type Colleagues, useAssignees, useColleagues } from "./assign";
import { assign, transfer } from "./steps";

const { head: words } = w;

type Whom = "team" | "person";
/** Where it goes: into a team's queue, or to somebody. */
export type Target = { team: Team } | { person: Named };

/** One conversation: to a team, or to somebody who may have it. */
export function TransferOne({ conversation: c, onClose }: { conversation: Conversation; onClose: () => void }) {
  const me = useMe();
  const [asked, setAsked] = useState(false);
  const { options, ...people } = useAssignees(c, asked);
  return (
    <TransferDialog
      title={words.transferTitle(c.contact.name)}
      not={c.team?.id ?? null}
      // Agents hand on within a team; where there is none, nobody can be named.
      people={
        may(me, "assign", c) || c.team
          ? { ...people, options: options.filter(({ value }) => value !== c.assignee?.id) }
          : null
      }
      onWhom={(whom) => setAsked(asked || whom === "person")}
      onClose={onClose}
      onPick={(to, note) => void ("team" in to ? transfer(c, to.team, { note }) : assign(c, to.person, { note }))}
    />
  );
}

/** Several at once. `teamId`: the team they all are of, where it is one. */
export function TransferMany(props: {
  title: string;
  teamId: string | null;
  /** Whether somebody can be named. */
  toPerson: boolean;
  onClose: () => void;
  onPick: (to: Target, note: string) => void;
}) {
  const people = useColleagues(props.teamId);
  return (
    <TransferDialog
      title={props.title}
      not={props.teamId}
      people={props.toPerson ? people : null}
      onClose={props.onClose}
      onPick={props.onPick}
    />
  );
}

/** To whom, with a note for the colleagues there. `not`: the team it is in already. */
function TransferDialog(props: {
  title: string;
  not: string | null;
  people: Colleagues | null;
  onWhom?: (whom: Whom) => void;
  onClose: () => void;
  onPick: (to: Target, note: string) => void;
}) {
  const { people } = props;
  const teams = useTeams().filter((team) => team.id !== props.not);
  const [whom, setWhom] = useState<Whom>("team");
  const [teamId, setTeamId] = useState<string | null>(null);
  const [personId, setPersonId] = useState<string | null>(null);
  const [note, setNote] = useState("");
  const [missing, setMissing] = useState(false);
  const team = teams.find((t) => t.id === teamId);
  const person = people?.options.find((option) => option.value === personId && !option.reason);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (whom === "team" ? !team : !person) return setMissing(true);
    if (whom === "team" && team) props.onPick({ team: { id: team.id, name: team.name, color: team.color } }, note);
    if (whom === "person" && person) props.onPick({ person: { id: person.value, name: person.label } }, note);
    props.onClose();
  };
  return (
    <Dialog open onOpenChange={(open) => !open && props.onClose()} title={props.title} close={w.close}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-4 p-4">
        {people && (
          <Segmented
            label={words.transferWhom}
            value={whom}
            onChange={(next) => {
              setWhom(next);
              setMissing(false);
              props.onWhom?.(next);
            }}
            options={[
              { value: "team", label: words.toTeam, testId: "transfer-to-team" },
              { value: "person", label: words.toPerson, testId: "transfer-to-person" },
            ]}
            className="self-start phone:self-stretch"
          />
        )}
        <p className="text-sm text-text-2">{whom === "team" ? words.transferText : words.transferPersonText}</p>
        {whom === "team" || !people ? (
          <Pick
            key="team"
            label={words.team}
            choose={words.chooseTeam}
            options={teams.map(teamOption)}
            chosen={team && teamOption(team)}
            onPick={(option) => {
              setTeamId(option.value);
              setMissing(false);
            }}
            missing={missing}
            search={w.search}
            empty={w.none}
            testId="transfer-team"
            autoFocus
          />
        ) : (
          <Pick
            key="person"
            label={words.person}
            choose={words.choosePerson}
            options={people.options}
            chosen={person}
            onPick={(option) => {
              setPersonId(option.value);
              setMissing(false);
            }}
            missing={missing}
            search={words.find}
            empty={people.empty}
            busy={people.pending}
            testId="transfer-person"
          />
        )}
        <TextArea
          label={words.note}
          hint={words.noteHint}
          rows={3}
          value={note}
          onChange={(event) => setNote(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
          }}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={props.onClose}>{w.cancel}</Button>
          <Button type="submit" look="primary" data-testid="transfer-confirm">
            {words.transfer}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** One of a list, in a form: what is chosen stands in the button that opens it. */
function Pick(props: {
  label: string;
  choose: string;
  options: readonly PickerOption[];
  chosen: PickerOption | undefined;
  onPick: (option: PickerOption) => void;
  missing: boolean;
  search: string;
  empty: string;
  busy?: boolean;
  autoFocus?: boolean;
  testId: string;
}): ReactNode {
  const { chosen } = props;
  return (
    <div className="flex flex-col gap-1.5">
      <span className="text-sm font-medium">{props.label}</span>
      <PickerButton
        label={`${props.label}: ${chosen?.label ?? props.choose}`}
        options={props.options}
        selected={chosen ? [chosen.value] : []}
        onPick={props.onPick}
        search={props.search}
        empty={props.empty}
        busy={props.busy ?? false}
        testId={props.testId}
        autoFocus={props.autoFocus ?? false}
        className="flex min-h-[42px] w-full min-w-0 flex-1 items-center gap-2 rounded-md border border-line-control bg-surface px-[11px] py-1 text-md hover:bg-hover phone:text-lg"
      >
        {chosen?.mark}
        <span className="min-w-0 flex-1 truncate text-start" dir="auto">
          {chosen?.label ?? props.choose}
        </span>
        {chosen?.end}
        <ChevronDown className="text-text-3" />
      </PickerButton>
      <div role="alert" className="empty:hidden">
        {props.missing && <FieldError id={`${props.testId}-missing`}>{props.choose}</FieldError>}
      </div>
    </div>
  );
}
