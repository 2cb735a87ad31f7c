import type { Message } from "@max/api";
import { cx } from "@max/ui";
import { m } from "../../strings-media";
import { react, tally } from "./react";

/** What was put on a message, hung on its lower edge. Ours can be taken back by pressing it. */
export function Reactions({ message, out, canReact }: { message: Message; out: boolean; canReact: boolean }) {
  return (
    <ul
      data-testid="reactions"
      className={cx("relative -mt-1.5 flex max-w-full flex-wrap gap-1 px-2", out && "justify-end")}
    >
      {tally(message.reactions).map(({ emoji, names, own }) => {
        const who = m.react.by(emoji, names.join(", "));
        const look =
          "num inline-flex h-6 items-center gap-1 rounded-full border bg-surface px-1.5 text-xs leading-none shadow-1";
        const inner = (
          <>
            <span aria-hidden="true">{emoji}</span>
            {names.length > 1 && <span aria-hidden="true">{names.length}</span>}
          </>
        );
        return (
          <li key={emoji}>
            {own && canReact ? (
              <button
                type="button"
                aria-label={`${who}. ${m.react.remove(emoji)}`}
                aria-pressed
                data-tip={who}
                onClick={() => void react(message, null)}
                className={cx(
                  look,
                  "border-accent-line bg-accent-tint! hover:bg-accent-tint-2! phone:h-9 phone:px-2.5",
                )}
              >
                {inner}
              </button>
            ) : (
              <span role="img" aria-label={who} data-tip={who} className={cx(look, "border-line")}>
                {inner}
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}
