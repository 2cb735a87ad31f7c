import { Kbd } from "@max/ui";
import { Fragment } from "react";
import { k } from "../strings-keys";
import { useMe } from "./services";

const mod = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl";
const { items, groups } = k;

const GROUPS: readonly (readonly [string, readonly (readonly [string, readonly (readonly string[])[]])[]])[] = [
  [
    groups.move,
    [
      [items.next, [["J"], ["↓"]]],
      [items.previous, [["K"], ["↑"]]],
      [items.open, [["Enter"]]],
      [items.goInbox, [["G", "I"]]],
      [items.goQueue, [["G", "Q"]]],
      [items.goMentions, [["G", "N"]]],
      [items.goSnoozed, [["G", "Z"]]],
      [items.goAll, [["G", "A"]]],
      [items.goTeam, [["G", "1…9"]]],
      [items.goSettings, [["G", "S"]]],
      [items.goAdmin, [["G", "M"]]],
      [items.filter, [["F"]]],
      [items.tick, [["X"], ["Shift X"]]],
      [items.find, [["/"]]],
    ],
  ],
  [
    groups.act,
    [
      [items.reply, [["R"]]],
      [items.note, [["N"]]],
      [items.take, [["T"]]],
      [items.send, [["Enter"], [`${mod} Enter`]]],
      [items.sendClose, [[`${mod} Shift Enter`]]],
      [items.newline, [["Shift Enter"]]],
      [items.quote, [["R"]]],
      [items.canned, [["/"]]],
      [items.blank, [["Tab"]]],
      [items.mention, [["@"]]],
      [items.react, [["+"]]],
      [items.feedback, [["F"]]],
    ],
  ],
  [
    groups.work,
    [
      [items.assign, [["A"]]],
      [items.assignMe, [["Shift A"]]],
      [items.transfer, [["Shift T"]]],
      [items.close, [["E"]]],
      [items.reopen, [["Shift E"]]],
      [items.snooze, [["S"]]],
      [items.priority, [["P"]]],
      [items.tags, [["L"]]],
      [items.unread, [["U"]]],
      [items.undo, [["Z"], [`${mod} Z`]]],
    ],
  ],
  [
    groups.view,
    [
      [items.sidebar, [["["]]],
      [items.panel, [["]"]]],
      [items.customer, [["1"]]],
      [items.activity, [["3"]]],
      [items.regions, [["F6"]]],
      [items.escape, [["Esc"]]],
      [items.help, [["?"]]],
    ],
  ],
];

/** What only leads and admins have. */
const ADMIN = new Set<string>([items.goAdmin, items.find, items.feedback]);

/** All keys, by what they are for. */
export function ShortcutsList() {
  const admin = useMe().role !== "agent";
  return (
    <div className="grid gap-x-8 gap-y-5 desk:grid-cols-2">
      {GROUPS.map(([title, keys]) => (
        <section key={title} className="flex flex-col gap-1">
          <h3 className="mb-1 text-xs font-semibold">{title}</h3>
          {keys
            .filter(([label]) => admin || !ADMIN.has(label))
            .map(([label, ways]) => (
              <div key={label} className="flex min-h-6 items-center gap-3">
                <span className="flex-1 text-text-2">{label}</span>
                <span className="flex flex-none gap-1.5">
                  {ways.map((keys) => (
                    <span key={keys.join()} className="flex items-center gap-1">
                      {keys.map((key, index) => (
                        <Fragment key={key}>
                          {index > 0 && <span className="text-2xs text-text-3">{k.thenKey}</span>}
                          <Kbd>{key}</Kbd>
                        </Fragment>
                      ))}
                    </span>
                  ))}
                </span>
              </div>
            ))}
        </section>
      ))}
    </div>
  );
}
