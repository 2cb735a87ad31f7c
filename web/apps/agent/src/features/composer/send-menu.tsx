import { Kbd } from "@max/ui";
import { Menu, MenuItem, MenuSeparator } from "@max/ui/menu";
import { AtSign, CheckCheck, Clock, ListChecks, Paperclip, Slash } from "lucide-react";
import type { RefObject } from "react";
import { m } from "../../strings-media";
import { w } from "../../strings-writing";
import type { Kind } from "../structured/kinds";
import { StructuredItems } from "../structured/menu";
import { useSendPrefs } from "./prefs";

export interface SendActions {
  andClose: () => void;
  /** Asks for the reason, whatever was chosen last. */
  andCloseWith: () => void;
  later: () => void;
}

/** What this channel takes beside words and files. */
interface Others {
  others: readonly Kind[];
  other: (kind: Kind) => void;
}

const mod = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘ ⇧ ⏎" : "Ctrl ⇧ ⏎";

/** Other ways to send than at once; on a phone also what stands in the row of tools elsewhere. */
export function SendMenu(props: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  anchor: RefObject<HTMLElement | null>;
  send: SendActions | null;
  tools?: { attach: () => void; canned: () => void; mention: (() => void) | null } & Others;
}) {
  const { send, tools } = props;
  const reason = useSendPrefs((prefs) => prefs.reason);
  return (
    <Menu open={props.open} onOpenChange={props.onOpenChange} anchor={props.anchor} label={w.more}>
      {tools && (
        <>
          <MenuItem icon={<Paperclip />} testId="menu-attach" onSelect={tools.attach}>
            {m.attach.open}
          </MenuItem>
          <MenuItem icon={<Slash />} testId="menu-canned" onSelect={tools.canned}>
            {w.canned.open}
          </MenuItem>
          {tools.mention && (
            <MenuItem icon={<AtSign />} testId="menu-mention" onSelect={tools.mention}>
              {w.mention.open}
            </MenuItem>
          )}
          <StructuredItems kinds={tools.others} onChoose={tools.other} />
          {send && <MenuSeparator />}
        </>
      )}
      {send && (
        <>
          <MenuItem
            icon={<CheckCheck />}
            testId="menu-send-close"
            hint={<Kbd className="phone:hidden">{mod}</Kbd>}
            onSelect={send.andClose}
          >
            {reason ? w.send.andCloseAs(reason.name) : w.send.andClose}
          </MenuItem>
          {reason && (
            <MenuItem icon={<ListChecks />} testId="menu-send-close-with" onSelect={send.andCloseWith}>
              {w.send.andCloseWith}
            </MenuItem>
          )}
          <MenuItem icon={<Clock />} testId="menu-send-later" onSelect={send.later}>
            {w.send.later}
          </MenuItem>
        </>
      )}
    </Menu>
  );
}
