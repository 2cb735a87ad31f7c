import type { Conversation } from "@max/api";
import { Button, Input } from "@max/ui";
import { Dialog } from "@max/ui/dialog";
import { Menu, MenuHead, MenuItem, MenuSeparator } from "@max/ui/menu";
import { AlarmClock, CalendarClock, MessageCircleReply, Sun } from "lucide-react";
import { type FormEvent, type RefObject, useState } from "react";
import { now } from "../../lib/clock";
import { atTime } from "../../lib/time";
import { w } from "../../strings-work";
import { fromField, presets, toField } from "../composer/when";
import { snooze, wake } from "./steps";

const { head: words } = w;
const DAY = 24 * 3_600_000;
const FARTHEST = 90 * DAY;

/** Until when it is put aside. */
export function SnoozeMenu(props: {
  conversation: Conversation;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  anchor: RefObject<HTMLElement | null>;
  onPickTime: () => void;
}) {
  const { conversation: c, onPickTime, ...menu } = props;
  return (
    <Menu {...menu} label={words.snoozeLabel} side="bottom" align="end">
      <MenuHead>
        <p className="text-2xs font-medium text-text-3">{words.snoozeLabel}</p>
      </MenuHead>
      {c.state === "snoozed" && (
        <>
          <MenuItem icon={<Sun />} testId="wake" onSelect={() => void wake(c)}>
            {words.wake}
          </MenuItem>
          <MenuSeparator />
        </>
      )}
      <MenuItem icon={<MessageCircleReply />} testId="snooze-reply" onSelect={() => void snooze(c, null)}>
        {words.untilReply}
      </MenuItem>
      {presets(now()).map(({ name, at }) => (
        <MenuItem
          key={name}
          icon={<AlarmClock />}
          testId={`snooze-${name}`}
          hint={<span className="num ps-4 text-xs text-text-3">{atTime(at)}</span>}
          onSelect={() => void snooze(c, at)}
        >
          {words.presets[name]}
        </MenuItem>
      ))}
      <MenuSeparator />
      <MenuItem icon={<CalendarClock />} testId="snooze-pick" onSelect={onPickTime}>
        {words.pick}
      </MenuItem>
    </Menu>
  );
}

/** A date and time of the reader's own choice. */
export function SnoozeDialog({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const [text, setText] = useState(() => toField(presets(now()).at(-1)?.at ?? now() + DAY));
  const [fault, setFault] = useState<string>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const at = fromField(text);
    if (at === null || at <= now()) return setFault(words.past);
    if (at > now() + FARTHEST) return setFault(words.far);
    void snooze(conversation, at);
    onClose();
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={words.pickTitle} close={w.close}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-4 p-4">
        <Input
          label={words.when}
          type="datetime-local"
          value={text}
          min={toField(now())}
          max={toField(now() + FARTHEST)}
          error={fault}
          onChange={(event) => {
            setText(event.target.value);
            setFault(undefined);
          }}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button type="submit" look="primary" data-testid="snooze-confirm">
            {words.snooze}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
