import { ApiError, type SavedView } from "@max/api";
import { Button, FieldError, Input, RadioCards, toast } from "@max/ui";
import { Dialog } from "@max/ui/dialog";
import { Select } from "@max/ui/form";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useMe } from "../../app/services";
import { errorText } from "../../app/words";
import type { Scope } from "../../live/views";
import { w } from "../../strings-work";
import { useTeams } from "../inbox/options";
import { createView, updateView } from "./store";

/** Gives a list a name and says who has it; a new view where `view` is null. */
export function ViewDialog(props: { view: SavedView | null; scope: Scope; onClose: () => void }) {
  const { view, scope, onClose } = props;
  const me = useMe();
  const navigate = useNavigate();
  const all = useTeams(me.role === "admin");
  const teams = me.role === "admin" ? all : me.teams;
  const [name, setName] = useState(view?.name ?? "");
  const [shared, setShared] = useState<SavedView["shared"]>(view?.shared ?? "private");
  const [teamId, setTeamId] = useState(view?.team_id ?? scope.teamId ?? scope.filter?.team_id ?? "");
  const [fault, setFault] = useState<{ name?: string; team?: string; form?: string }>({});
  const [busy, setBusy] = useState(false);

  // Agents keep views for themselves; whoever leads a team shares with it; admins with everybody.
  const options = [
    { value: "private", label: w.views.private, hint: w.views.privateHint } as const,
    ...(me.role === "agent" ? [] : [{ value: "team", label: w.views.team, hint: w.views.teamHint } as const]),
    ...(me.role === "admin"
      ? [{ value: "everybody", label: w.views.everybody, hint: w.views.everybodyHint } as const]
      : []),
  ];

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!name.trim()) return setFault({ name: w.views.needName });
    if (shared === "team" && !teamId) return setFault({ team: w.views.needTeam });
    setBusy(true);
    setFault({});
    const change = { name: name.trim(), shared, team_id: shared === "team" ? teamId : null };
    try {
      const saved = view ? await updateView(view, change) : await createView(scope, change);
      toast(view ? w.views.changed : w.views.saved(saved.name));
      onClose();
      if (!view) await navigate({ to: "/inbox/$view/{-$id}", params: { view: saved.id, id: undefined } });
    } catch (error) {
      const field = (named: string) =>
        error instanceof ApiError ? error.fields.find((f) => f.field === named)?.message : undefined;
      const of = { name: field("name"), team: field("team_id") };
      setFault({
        ...(of.name ? { name: of.name } : {}),
        ...(of.team ? { team: of.team } : {}),
        ...(of.name || of.team ? {} : { form: errorText(error) }),
      });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={view ? w.views.editTitle : w.views.newTitle}
      close={w.close}
    >
      <form onSubmit={submit} noValidate className="flex flex-col gap-4 p-4">
        <Input
          label={w.views.name}
          hint={w.views.nameHint}
          value={name}
          maxLength={60}
          error={fault.name}
          data-testid="view-name"
          onChange={(event) => setName(event.target.value)}
        />
        {options.length > 1 && (
          <RadioCards label={w.views.share} value={shared} options={options} onChange={setShared} />
        )}
        {shared === "team" && (
          <Select
            label={w.views.whichTeam}
            value={teamId}
            error={fault.team}
            onChange={(event) => setTeamId(event.target.value)}
          >
            <option value="" disabled>
              {w.views.needTeam}
            </option>
            {teams.map((team) => (
              <option key={team.id} value={team.id}>
                {team.name}
              </option>
            ))}
          </Select>
        )}
        <FieldError id="view-error">{fault.form}</FieldError>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button type="submit" look="primary" busy={busy} data-testid="view-save">
            {w.views.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
