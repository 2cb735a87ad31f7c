import type { User } from "@max/api";
import { Avatar, RadioCards, Spinner, toast } from "@max/ui";
import { ConfirmDialog } from "@max/ui/confirm";
import { ChevronDown } from "lucide-react";
import { useState } from "react";
import { BUTTON, PersonButton } from "./pickers";
import { problemText, saveUser, useWorkload } from "./queries";
import { a } from "./strings";

/** Asks before somebody loses their way in, and who takes over what they have in hand. */
export function DeactivateDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const workload = useWorkload(user.id);
  const [to, setTo] = useState<"queue" | "colleague">("queue");
  const [colleague, setColleague] = useState<User | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const open = workload.data ?? 0;
  const asks = open > 0 || workload.isError;

  const deactivate = async () => {
    setBusy(true);
    setError(null);
    try {
      await saveUser(user, {
        active: false,
        ...(asks && to === "colleague" && colleague ? { hand_over_to: colleague.id } : {}),
      });
      toast(a.user.deactivated(user.name));
      onClose();
    } catch (refused) {
      setError(problemText(refused));
      setBusy(false);
    }
  };

  return (
    <ConfirmDialog
      open
      danger
      title={a.user.deactivateTitle(user.name)}
      confirm={a.user.deactivate}
      cancel={a.cancel}
      busy={busy}
      reason={
        workload.isPending
          ? a.user.workloadBusy
          : asks && to === "colleague" && !colleague
            ? a.user.colleagueMissing
            : undefined
      }
      onCancel={onClose}
      onConfirm={() => void deactivate()}
    >
      <p>{a.user.deactivateText(user.name)}</p>
      {workload.isPending ? (
        <p className="flex items-center gap-2">
          <Spinner />
          {a.user.workloadBusy}
        </p>
      ) : !asks ? (
        <p>{a.user.workloadNone}</p>
      ) : (
        <div className="flex flex-col gap-2 text-text">
          {workload.isError && <p className="text-text-2">{a.user.workloadFailed}</p>}
          <RadioCards
            label={a.user.workload(open)}
            quiet={workload.isError}
            value={to}
            options={[
              { value: "queue", label: a.user.toQueue, hint: a.user.toQueueHint },
              { value: "colleague", label: a.user.toColleague, hint: a.user.toColleagueHint },
            ]}
            onChange={setTo}
          />
          {to === "colleague" && (
            <PersonButton
              label={colleague ? `${a.user.colleague}: ${colleague.name}` : a.user.colleague}
              without={[user.id]}
              status="active"
              selected={colleague ? [colleague.id] : []}
              onPick={setColleague}
              testId="hand-over"
              className={`${BUTTON} h-9! w-full`}
            >
              {colleague && <Avatar id={colleague.id} name={colleague.name} photo={colleague.photo_url} size={20} />}
              <span className="min-w-0 flex-1 truncate text-start">
                {colleague ? <bdi>{colleague.name}</bdi> : a.user.colleague}
              </span>
              <ChevronDown />
            </PersonButton>
          )}
        </div>
      )}
      <p role="alert" className="text-bad-text empty:hidden">
        {error}
      </p>
    </ConfirmDialog>
  );
}
