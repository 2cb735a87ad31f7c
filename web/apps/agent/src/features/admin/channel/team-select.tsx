import { Select } from "@max/ui/form";
import { useAllTeams } from "../queries";
import { c } from "../strings-channels";

/** The team whose queue a channel's conversations join, or none. */
export function TeamSelect(props: { value: string; error: string | undefined; onChange: (teamId: string) => void }) {
  const teams = useAllTeams();
  return (
    <Select
      label={c.form.team}
      name="team_id"
      hint={c.form.teamHint}
      value={props.value}
      error={props.error}
      onChange={(event) => props.onChange(event.target.value)}
    >
      <option value="">{c.form.teamNone}</option>
      {teams.map((team) => (
        <option key={team.id} value={team.id}>
          {team.name}
        </option>
      ))}
    </Select>
  );
}
