import type { Role, User } from "@max/api";
import { Button, cx, PickerButton, RadioCards } from "@max/ui";
import { Dialog } from "@max/ui/dialog";
import { ChevronDown, CircleAlert, CircleCheck } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { type BulkState, runBulk } from "./bulk";
import { ROLES } from "./filters";
import { BUTTON, teamOption } from "./pickers";
import { problemText, saveUser, setMember, useAllTeams } from "./queries";
import { a } from "./strings";

export type BulkAction = keyof typeof a.bulk.actions;

const ROLE_CARDS = ROLES.map((role) => ({ value: role, ...a.role[role] }));

/** One change to many people, with how far it is and who it did not work for. */
export function BulkDialog(props: {
  action: BulkAction;
  users: readonly User[];
  onClose: () => void;
  /** It ran; told for whom it did not work. */
  onDone: (failed: User[]) => void;
}) {
  const { action, onClose } = props;
  const teams = useAllTeams();
  // Those it began with: the table's selection changes meanwhile.
  const [users, setUsers] = useState(props.users);
  const [teamId, setTeamId] = useState<string | null>(null);
  const [role, setRole] = useState<Role | null>(null);
  const [state, setState] = useState<BulkState<User> | null>(null);
  const stop = useRef<AbortController>(null);
  useEffect(() => () => stop.current?.abort(), []);
  const team = teams.find((t) => t.id === teamId);

  const act = async (user: User): Promise<boolean> => {
    switch (action) {
      case "add":
      case "remove": {
        if (!team || user.teams.some((t) => t.id === team.id) === (action === "add")) return false;
        await setMember(team, user, action === "add");
        return true;
      }
      case "role":
        if (!role || user.role === role) return false;
        await saveUser(user, { role });
        return true;
      default: {
        const active = action === "reactivate";
        if (user.active === active) return false;
        await saveUser(user, { active });
        return true;
      }
    }
  };
  const run = async (rows: readonly User[]) => {
    stop.current = new AbortController();
    const end = await runBulk(rows, act, { onChange: setState, signal: stop.current.signal });
    props.onDone(end.failures.map((failure) => failure.row));
  };

  const choosing = action === "add" || action === "remove" ? !team : action === "role" ? !role : false;
  const reason = choosing ? (action === "role" ? a.bulk.roleMissing : a.bulk.teamMissing) : undefined;
  const foot = "sticky bottom-0 flex justify-end gap-2 border-t border-line-subtle bg-surface px-4 py-3";
  const end = () => {
    stop.current?.abort();
    onClose();
  };

  return (
    <Dialog open onOpenChange={(open) => !open && end()} title={a.bulk.title[action](users.length)} close={a.close}>
      {state ? (
        <>
          <Progress state={state} />
          <div className={foot}>
            {state.running ? (
              <Button onClick={() => stop.current?.abort()}>{a.bulk.stop}</Button>
            ) : (
              <>
                {state.failures.length > 0 && (
                  <Button
                    onClick={() => {
                      const again = state.failures.map((failure) => failure.row);
                      setUsers(again);
                      void run(again);
                    }}
                  >
                    {a.bulk.again}
                  </Button>
                )}
                <Button look="primary" onClick={onClose} data-testid="bulk-close">
                  {a.done}
                </Button>
              </>
            )}
          </div>
        </>
      ) : (
        <>
          <div className="flex flex-col gap-3 p-4">
            {(action === "deactivate" || action === "reactivate") && (
              <p className="leading-[1.5] text-text-2">{a.bulk.text[action]}</p>
            )}
            {(action === "add" || action === "remove") && (
              <PickerButton
                label={team ? `${a.bulk.team}: ${team.name}` : a.bulk.team}
                options={teams.map(teamOption)}
                selected={teamId ? [teamId] : []}
                onPick={(option) => setTeamId(option.value)}
                search={a.user.findTeam}
                empty={a.user.noSuchTeam}
                testId="bulk-team"
                className={cx(BUTTON, "h-9! w-full min-w-60")}
              >
                {team && teamOption(team).mark}
                <span className="min-w-0 flex-1 truncate text-start">{team?.name ?? a.bulk.team}</span>
                <ChevronDown />
              </PickerButton>
            )}
            {action === "role" && (
              <RadioCards label={a.user.role} value={role} options={ROLE_CARDS} onChange={setRole} />
            )}
            <ul className="flex max-h-40 flex-col gap-0.5 overflow-y-auto text-xs text-text-2">
              {users.map((user) => (
                <li key={user.id} className="truncate">
                  <bdi className="font-medium text-text">{user.name}</bdi> · {user.email}
                </li>
              ))}
            </ul>
          </div>
          <div className={foot}>
            <Button onClick={onClose}>{a.cancel}</Button>
            <Button
              look={action === "deactivate" ? "danger" : "primary"}
              reason={reason}
              data-testid="bulk-run"
              onClick={() => void run(users)}
            >
              {a.bulk.run[action]}
            </Button>
          </div>
        </>
      )}
    </Dialog>
  );
}

function Progress({ state }: { state: BulkState<User> }) {
  const done = state.total - state.left;
  return (
    <div className="flex flex-col gap-3 p-4">
      <div
        role="progressbar"
        aria-label={a.bulk.progress(done, state.total)}
        aria-valuemin={0}
        aria-valuemax={state.total}
        aria-valuenow={done}
        className="h-1.5 overflow-hidden rounded-full bg-press"
      >
        <div
          style={{ width: `${(100 * done) / Math.max(1, state.total)}%` }}
          className="h-full rounded-full bg-accent transition-[width]"
        />
      </div>
      <div role="status" className="num flex flex-col gap-1.5">
        {state.running ? (
          <p>{a.bulk.progress(done, state.total)}</p>
        ) : (
          <>
            {(state.changed > 0 || state.failures.length + state.same === 0) && (
              <p className="flex items-center gap-2">
                <CircleCheck className="text-ok" />
                {a.bulk.changed(state.changed)}
              </p>
            )}
            {state.same > 0 && <p className="ps-6 text-text-2">{a.bulk.same(state.same)}</p>}
            {state.left > 0 && <p className="ps-6 text-text-2">{a.bulk.stopped(state.left)}</p>}
          </>
        )}
        {state.failures.length > 0 && (
          <p className="flex items-center gap-2 font-medium">
            <CircleAlert className="text-bad" />
            {a.bulk.failedCount(state.failures.length)}
          </p>
        )}
      </div>
      {state.failures.length > 0 && (
        <ul className="flex flex-col text-xs" data-testid="bulk-failures">
          {state.failures.map(({ row, error }) => (
            <li key={row.id} className="border-t border-line-subtle py-1.5">
              <bdi className="block truncate font-medium">{row.name}</bdi>
              <span className="block text-bad-text">{problemText(error)}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
