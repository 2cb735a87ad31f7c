import { Kbd } from "@max/ui";
import { Dialog } from "@max/ui/dialog";
import { Fragment, useId } from "react";
import { useUi } from "../lib/ui-state";
import { s } from "../strings";
import { useMe } from "./services";

const mod = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl";
const { items, groups } = s.keys;

const GROUPS: readonly (readonly [string, readonly (readonly [string, readonly (readonly string[])[]])[]])[] = [
  [
    groups.move,
    [
      [items.next, [["J"], ["↓"]]],
      [items.previous, [["K"], ["↑"]]],
      [items.open, [["Enter"]]],
      [items.goInbox, [["G", "I"]]],
      [items.goQueue, [["G", "Q"]]],
      [items.goAll, [["G", "A"]]],
      [items.goAdmin, [["G", "M"]]],
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
      [items.newline, [["Shift Enter"]]],
      [items.quote, [["R"]]],
    ],
  ],
  [
    groups.view,
    [
      [items.sidebar, [["["]]],
      [items.panel, [["]"]]],
      [items.regions, [["F6"]]],
      [items.escape, [["Esc"]]],
      [items.help, [["?"]]],
    ],
  ],
];

/** What only the admin screens have. */
const ADMIN = new Set<string>([items.goAdmin, items.tick, items.find]);

/** All keys, and the switch that turns single keys off. */
export function ShortcutsDialog() {
  const { help, setHelp, singleKeys, setSingleKeys } = useUi();
  const id = useId();
  const admin = useMe().role === "admin";
  return (
    <Dialog open={help} onOpenChange={setHelp} title={s.keys.title} close={s.keys.close}>
      <div className="grid gap-x-8 gap-y-5 p-4 desk:grid-cols-2">
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
                            {index > 0 && <span className="text-2xs text-text-3">{s.keys.thenKey}</span>}
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
      <label htmlFor={id} className="flex items-center gap-3 border-t border-line-subtle p-4">
        <input
          id={id}
          type="checkbox"
          checked={singleKeys}
          onChange={(e) => setSingleKeys(e.target.checked)}
          className="size-4 accent-accent"
        />
        <span>
          <span className="font-medium">{s.keys.single}</span>
          <span className="block text-xs text-text-3">{s.keys.singleHint}</span>
        </span>
      </label>
    </Dialog>
  );
}
