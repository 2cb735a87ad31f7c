import type { CloseReason, Conversation } from "@max/api";
import { Button, Kbd, Spinner } from "@max/ui";
import { Dialog } from "@max/ui/dialog";
import { TextArea } from "@max/ui/form";
import { Menu, MenuHead, MenuItem } from "@max/ui/menu";
import { type FormEvent, type RefObject, useState } from "react";
import { errorText } from "../../app/words";
import { s } from "../../strings";
import { w } from "../../strings-work";
import { lastReason, rememberReason, useCloseReasons } from "./reasons";
import { close } from "./steps";

const { head: words } = w;

/** Asks why: a reason has to be picked, a note may be left. The reason of the last time is chosen already, so Enter will do. */
export function CloseDialog(props: {
  title: string;
  /** What is asked for, where the title does not say it all. */
  lead?: string;
  /** What the button says that does it. */
  confirm?: string;
  testId?: string;
  /** The reason of the last time, where it is kept apart. */
  last?: string | null;
  onClose: () => void;
  onPick: (reason: CloseReason, note: string) => void;
}) {
  const { reasons, pending, error, retry } = useCloseReasons();
  const [picked, setPicked] = useState<string | null>(() => (props.last === undefined ? lastReason() : props.last));
  const [note, setNote] = useState("");
  const chosen = reasons.find((reason) => reason.id === picked) ?? reasons[0];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!chosen) return;
    if (props.last === undefined) rememberReason(chosen.id);
    props.onPick(chosen, note);
    props.onClose();
  };
  return (
    <Dialog open onOpenChange={(open) => !open && props.onClose()} title={props.title} close={w.close}>
      <form
        onSubmit={submit}
        onKeyDown={(event) => {
          const field = (event.target as HTMLElement).tagName === "TEXTAREA";
          if (event.key === "Enter" && (!field || event.ctrlKey || event.metaKey)) {
            if ((event.target as HTMLElement).tagName !== "BUTTON") submit(event);
          }
          const reason = field ? undefined : reasons[Number(event.key) - 1];
          if (reason) setPicked(reason.id);
        }}
        className="flex flex-col gap-4 p-4"
      >
        {props.lead && <p className="text-sm text-text-2">{props.lead}</p>}
        {error ? (
          <p className="flex items-center gap-3 text-sm text-bad-text" role="alert">
            <span className="min-w-0 flex-1">
              {words.reasonsFailed} {errorText(error)}
            </span>
            <Button size="sm" onClick={retry}>
              {s.tryAgain}
            </Button>
          </p>
        ) : pending ? (
          <span className="grid h-24 place-items-center">
            <Spinner />
          </span>
        ) : reasons.length === 0 ? (
          <p className="text-sm text-text-2">{words.noReasons}</p>
        ) : (
          <fieldset>
            <legend className="mb-1.5 text-sm font-medium">{words.reason}</legend>
            <div className="grid gap-1.5 desk:grid-cols-2">
              {reasons.map((reason, index) => (
                <label
                  key={reason.id}
                  className="flex min-h-10 cursor-pointer items-center gap-2.5 rounded-md border border-line px-3 text-sm has-checked:border-accent has-checked:bg-accent-tint has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus phone:min-h-11"
                >
                  <input
                    type="radio"
                    name="reason"
                    aria-label={reason.name}
                    autoFocus={reason.id === chosen?.id}
                    checked={reason.id === chosen?.id}
                    onChange={() => setPicked(reason.id)}
                    className="size-4 flex-none appearance-none rounded-full border border-line-control bg-surface outline-none checked:border-[5px] checked:border-accent"
                  />
                  <span className="min-w-0 flex-1 truncate">{reason.name}</span>
                  {index < 9 && <Kbd className="phone:hidden">{index + 1}</Kbd>}
                </label>
              ))}
            </div>
          </fieldset>
        )}
        <TextArea
          label={words.note}
          hint={words.noteHint}
          rows={2}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={props.onClose}>{w.cancel}</Button>
          <Button type="submit" look="primary" data-testid={props.testId ?? "close-confirm"} disabled={!chosen}>
            {props.confirm ?? words.close}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Picks the reason at once, without a dialog. */
export function CloseMenu(props: {
  conversation: Conversation;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  anchor: RefObject<HTMLElement | null>;
}) {
  const { conversation, ...menu } = props;
  const { reasons } = useCloseReasons();
  return (
    <Menu {...menu} label={words.closeWith} side="bottom" align="end">
      <MenuHead>
        <p className="text-2xs font-medium text-text-3">{words.closeWith}</p>
        {reasons.length === 0 && <p className="mt-1 text-xs text-text-2">{words.noReasons}</p>}
      </MenuHead>
      {reasons.map((reason) => (
        <MenuItem
          key={reason.id}
          onSelect={() => {
            rememberReason(reason.id);
            void close(conversation, reason);
          }}
        >
          {reason.name}
        </MenuItem>
      ))}
    </Menu>
  );
}
