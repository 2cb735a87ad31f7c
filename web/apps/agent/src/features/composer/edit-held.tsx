import type { HeldMessage } from "@max/api";
import { Button, FieldError } from "@max/ui";
import { Dialog } from "@max/ui/dialog";
import { TextArea } from "@max/ui/form";
import { useState } from "react";
import { errorText } from "../../app/words";
import { t } from "../../strings-thread";
import { w } from "../../strings-writing";
import { changeHeld } from "./held";
import { blanks } from "./marks";
import { TimeField, timeProblem } from "./time-field";
import { fromField, toField } from "./when";

/** Changes the words or the time of a message that waits. */
export function EditHeld({ message, onClose }: { message: HeldMessage; onClose: () => void }) {
  // What waits for the customer has no time.
  const [stored] = useState(() => (message.release_at ? toField(Date.parse(message.release_at)) : ""));
  const [text, setText] = useState(message.text ?? "");
  const [time, setTime] = useState(stored);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const blank = blanks(text)[0];
  const words =
    !text.trim() && message.attachments.length === 0 ? t.composer.empty : blank ? w.send.fillIn(blank.text) : undefined;
  const at = fromField(time);
  const when = time === stored || message.waits_for ? undefined : timeProblem(at);
  const save = async () => {
    setTried(true);
    if (words || when) return;
    setBusy(true);
    setError(null);
    try {
      await changeHeld(message, {
        ...(text.trim() === message.text ? {} : { text: text.trim() }),
        ...(message.waits_for || time === stored || at === null ? {} : { send_at: new Date(at).toISOString() }),
      });
      onClose();
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={message.waits_for ? w.held.editWaiting : w.held.editTitle}
      close={w.close}
    >
      <form
        className="flex flex-col gap-4 p-4"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <TextArea
          label={w.held.text}
          rows={5}
          value={text}
          error={tried ? words : undefined}
          onChange={(event) => setText(event.target.value)}
        />
        {!message.waits_for && (
          <TimeField label={w.held.time} value={time} error={tried ? when : undefined} onChange={setTime} />
        )}
        <div role="alert" className="empty:hidden">
          {error !== null && <FieldError id="held-error">{errorText(error)}</FieldError>}
        </div>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button type="submit" look="primary" busy={busy} data-testid="save-held">
            {w.held.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
