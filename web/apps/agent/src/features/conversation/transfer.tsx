import type { Team } from "@max/api";
import { Button, FieldError, PickerButton } from "@max/ui";
import { Dialog } from "@max/ui/dialog";
import { TextArea } from "@max/ui/form";
import { ChevronDown } from "lucide-react";
import { type FormEvent, useState } from "react";
import { w } from "../../strings-work";
import { teamOption, useTeams } from "../inbox/options";

const { head: words } = w;

/** To which team, with a note for the colleagues there. `not`: the team it is in already. */
export function TransferDialog(props: {
  title: string;
  not: string | null;
  onClose: () => void;
  onPick: (team: Team, note: string) => void;
}) {
  const teams = useTeams().filter((team) => team.id !== props.not);
  const [teamId, setTeamId] = useState<string | null>(null);
  const [note, setNote] = useState("");
  const [missing, setMissing] = useState(false);
  const team = teams.find((t) => t.id === teamId);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!team) return setMissing(true);
    props.onPick({ id: team.id, name: team.name, color: team.color }, note);
    props.onClose();
  };
  return (
    <Dialog open onOpenChange={(open) => !open && props.onClose()} title={props.title} close={w.close}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-4 p-4">
        <p className="text-sm text-text-2">{words.transferText}</p>
        <div className="flex flex-col gap-1.5">
          <span className="text-sm font-medium">{words.team}</span>
          <PickerButton
            label={`${words.team}: ${team?.name ?? words.chooseTeam}`}
            options={teams.map(teamOption)}
            selected={teamId ? [teamId] : []}
            onPick={(option) => {
              setTeamId(option.value);
              setMissing(false);
            }}
            search={w.search}
            empty={w.none}
            testId="transfer-team"
            className="flex h-[42px] w-full min-w-0 flex-1 items-center gap-2 rounded-md border border-line-control bg-surface px-[11px] text-md hover:bg-hover phone:text-lg"
          >
            {team && teamOption(team).mark}
            <span className="min-w-0 flex-1 truncate text-start">{team?.name ?? words.chooseTeam}</span>
            <ChevronDown className="text-text-3" />
          </PickerButton>
          {missing && <FieldError id="transfer-missing">{words.chooseTeam}</FieldError>}
        </div>
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
