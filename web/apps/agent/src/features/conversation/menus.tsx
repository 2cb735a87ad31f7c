import type { Conversation, Priority } from "@max/api";
import { Kbd, toast } from "@max/ui";
import { Menu, MenuChoice, MenuItem, MenuSeparator } from "@max/ui/menu";
import {
  AlarmClock,
  ArrowRightLeft,
  Check,
  Flag,
  History,
  Link as LinkIcon,
  MailOpen,
  RotateCcw,
  Undo2,
  UserPlus,
} from "lucide-react";
import type { RefObject } from "react";
import { useMe } from "../../app/services";
import { may } from "../../live/rights";
import { w } from "../../strings-work";
import { markUnread, prioritise, reopen, toQueue } from "./steps";

const { head: words } = w;
const PRIORITIES: readonly Priority[] = ["urgent", "high", "normal", "low"];

interface Opens {
  conversation: Conversation;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  anchor: RefObject<HTMLElement | null>;
}

export function PriorityMenu({ conversation: c, ...menu }: Opens) {
  return (
    <Menu {...menu} label={words.priority} side="bottom" align="end">
      <MenuChoice
        label={words.priority}
        value={c.priority}
        once
        onChange={(priority) => void prioritise(c, priority)}
        options={PRIORITIES.map((value) => ({
          value,
          label: w.filter.priorities[value],
          testId: `priority-${value}`,
        }))}
      />
    </Menu>
  );
}

/** Everything else that can be done, and on a phone what has no room in the head. */
export function MoreMenu(
  props: Opens & {
    phone: boolean;
    onAssign: () => void;
    onTransfer: () => void;
    onClose: () => void;
    onSnooze: () => void;
    onPriority: () => void;
    onHistory: () => void;
  },
) {
  const { conversation: c, phone, onAssign, onTransfer, onClose, onSnooze, onPriority, onHistory, ...menu } = props;
  const me = useMe();
  const closed = c.state === "closed";
  const hint = (key: string) => !phone && <Kbd>{key}</Kbd>;
  const mayAssign = may(me, "assign", c) || may(me, "transfer", c);
  return (
    <Menu {...menu} label={words.more} side="bottom" align="end">
      {phone && !closed && mayAssign && (
        <MenuItem icon={<UserPlus />} onSelect={onAssign}>
          {words.assign}
        </MenuItem>
      )}
      {phone && !closed && may(me, "transfer", c) && (
        <MenuItem icon={<ArrowRightLeft />} onSelect={onTransfer}>
          {words.transfer}
        </MenuItem>
      )}
      {phone && !closed && may(me, "close", c) && (
        <MenuItem icon={<Check />} onSelect={onClose}>
          {words.close}
        </MenuItem>
      )}
      {closed && may(me, "reopen", c) && (
        <MenuItem icon={<RotateCcw />} hint={hint("Shift E")} onSelect={() => void reopen(c)}>
          {words.reopen}
        </MenuItem>
      )}
      {!closed && may(me, "snooze", c) && (
        <MenuItem icon={<AlarmClock />} hint={hint("S")} testId="more-snooze" onSelect={onSnooze}>
          {words.snooze}
        </MenuItem>
      )}
      {!closed && may(me, "priority", c) && (
        <MenuItem icon={<Flag />} hint={hint("P")} testId="more-priority" onSelect={onPriority}>
          {words.priority}
        </MenuItem>
      )}
      {!closed && c.assignee && mayAssign && (
        <MenuItem icon={<Undo2 />} testId="more-queue" onSelect={() => void toQueue(c)}>
          {words.toQueue}
        </MenuItem>
      )}
      <MenuItem icon={<MailOpen />} hint={hint("U")} testId="more-unread" onSelect={() => void markUnread(c)}>
        {words.unread}
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={<History />} testId="more-history" onSelect={onHistory}>
        {words.history}
      </MenuItem>
      <MenuItem
        icon={<LinkIcon />}
        onSelect={() => {
          void navigator.clipboard
            ?.writeText(`${location.origin}/inbox/all/${c.id}`)
            .then(() => toast(words.copied))
            .catch(() => {});
        }}
      >
        {words.copyLink}
      </MenuItem>
    </Menu>
  );
}
