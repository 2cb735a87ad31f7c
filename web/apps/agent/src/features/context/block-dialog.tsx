import type { Contact } from "@max/api";
import { FieldError, Input, toast } from "@max/ui";
import { ConfirmDialog } from "@max/ui/confirm";
import { useState } from "react";
import { errorText } from "../../app/words";
import { c as words } from "../../strings-context";
import { setBlocked } from "./queries";

/** Says what blocking means before it is done. */
export function BlockDialog({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const block = async () => {
    setBusy(true);
    setError(null);
    try {
      await setBlocked(contact, true, reason.trim());
      toast(words.block.blocked(contact.name));
      onClose();
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  return (
    <ConfirmDialog
      open
      title={words.block.title(contact.name)}
      confirm={words.block.confirm}
      cancel={words.block.cancel}
      danger
      busy={busy}
      onCancel={onClose}
      onConfirm={() => void block()}
    >
      <p>{words.block.text}</p>
      <Input
        label={words.block.reason}
        value={reason}
        maxLength={200}
        dir="auto"
        onChange={(event) => setReason(event.target.value)}
      />
      <div role="alert" className="empty:hidden">
        {error !== null && <FieldError id="block-error">{words.block.failed(errorText(error))}</FieldError>}
      </div>
    </ConfirmDialog>
  );
}
