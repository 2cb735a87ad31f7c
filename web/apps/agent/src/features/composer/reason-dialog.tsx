import { Button, RadioCards, Spinner } from "@max/ui";
import { Dialog } from "@max/ui/dialog";
import { useState } from "react";
import { errorText } from "../../app/words";
import { s } from "../../strings";
import { w } from "../../strings-writing";
import { useCloseReasons } from "../conversation/reasons";
import { setReason, useSendPrefs } from "./prefs";

/** Asks why a conversation is done, for sending and closing at once. The answer is kept for next time. */
export function ReasonDialog({ onClose, onChosen }: { onClose: () => void; onChosen: (id: string) => void }) {
  const { reasons: all, pending, error, retry } = useCloseReasons();
  const last = useSendPrefs((prefs) => prefs.reason);
  const [picked, setPicked] = useState(last?.id ?? null);
  const chosen = all.find((reason) => reason.id === picked) ?? all[0];
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={w.reason.title} close={w.close}>
      <form
        className="flex flex-col gap-4 p-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!chosen) return;
          setReason({ id: chosen.id, name: chosen.name });
          onChosen(chosen.id);
        }}
      >
        <p className="text-sm text-text-2">{w.reason.lead}</p>
        {error ? (
          <p className="flex items-center gap-3 text-sm text-bad-text">
            <span className="min-w-0 flex-1">
              {w.reason.failed}. {errorText(error)}
            </span>
            <Button size="sm" onClick={retry}>
              {s.tryAgain}
            </Button>
          </p>
        ) : pending ? (
          <Spinner />
        ) : all.length === 0 ? (
          <p className="text-sm text-text-2">{w.reason.none}</p>
        ) : (
          <RadioCards
            label={w.reason.label}
            quiet
            value={chosen?.id ?? null}
            options={all.map((reason) => ({ value: reason.id, label: reason.name }))}
            onChange={setPicked}
          />
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button type="submit" look="primary" data-testid="send-close" disabled={!chosen}>
            {w.send.andClose}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
