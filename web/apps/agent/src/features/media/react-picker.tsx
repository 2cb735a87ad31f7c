import type { Message } from "@max/api";
import { cx } from "@max/ui";
import { Popover } from "@max/ui/popover";
import { Ellipsis } from "lucide-react";
import { type KeyboardEvent, type RefObject, useState } from "react";
import { m } from "../../strings-media";
import { MORE, QUICK } from "./emoji";
import { react } from "./react";

const COLUMNS = 7;

/** The emoji to choose from: six, and some more on demand. The arrows move through them as they stand. */
export function ReactPicker(props: {
  message: Message;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  anchor: RefObject<HTMLElement | null>;
}) {
  const { message } = props;
  const [all, setAll] = useState(false);
  const own = message.reactions.find(({ by }) => by === "user")?.emoji;
  const shown = all ? [...QUICK, ...MORE] : QUICK;
  const choose = (emoji: string) => {
    props.onOpenChange(false);
    void react(message, emoji === own ? null : emoji);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>("button")];
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    const forward = getComputedStyle(event.currentTarget).direction === "rtl" ? -1 : 1;
    const to = {
      ArrowRight: at + forward,
      ArrowLeft: at - forward,
      ArrowDown: at + COLUMNS,
      ArrowUp: at - COLUMNS,
      Home: 0,
      End: buttons.length - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    buttons[to]?.focus();
  };
  return (
    <Popover
      open={props.open}
      onOpenChange={props.onOpenChange}
      anchor={props.anchor}
      label={m.react.label}
      width={COLUMNS * 36 + 12}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: buttons, not form fields */}
      <div role="group" aria-label={m.react.label} onKeyDown={onKeyDown} className="grid grid-cols-7 p-1.5">
        {shown.map(([emoji, name]) => (
          <button
            key={emoji}
            type="button"
            aria-label={name}
            aria-pressed={emoji === own}
            data-tip={name}
            onClick={() => choose(emoji)}
            className={cx(
              "grid size-9 place-items-center rounded-sm text-[20px] leading-none hover:bg-hover",
              emoji === own && "bg-accent-tint-2",
            )}
          >
            {emoji}
          </button>
        ))}
        {!all && (
          <button
            type="button"
            aria-label={m.react.more}
            data-tip={m.react.more}
            onClick={(event) => {
              const grid = event.currentTarget.parentElement;
              setAll(true);
              requestAnimationFrame(() => grid?.querySelectorAll("button")[QUICK.length]?.focus());
            }}
            className="grid size-9 place-items-center rounded-sm text-text-2 hover:bg-hover"
          >
            <Ellipsis />
          </button>
        )}
      </div>
    </Popover>
  );
}
