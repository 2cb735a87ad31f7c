import type { Conversation, Priority } from "@max/api";
import { cx, type PickerOption } from "@max/ui";
import { Menu, MenuChoice } from "@max/ui/menu";
import { Picker } from "@max/ui/picker";
import { ArrowRightLeft, Check, Flag, Tag, UserPlus, X } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import { useMe } from "../../app/services";
import { useShortcuts } from "../../app/shortcuts";
import { may } from "../../live/rights";
import { w } from "../../strings-work";
import { useColleagues } from "../conversation/assign";
import { CloseDialog } from "../conversation/close";
import { TransferMany } from "../conversation/transfer";
import { tagOption, useTags } from "../inbox/options";
import { type Action, startBulk, type Which } from "./job";

const { bulk: words } = w;
const PRIORITIES: readonly Priority[] = ["urgent", "high", "normal", "low"];
const noted = (note: string) => (note.trim() ? { note: note.trim() } : {});
type Opened = "assign" | "transfer" | "tag" | "priority" | "close" | null;

/**
 * What can be done with all that are selected, over the foot of the list. `all` stands for everything that the filter finds, where
 * that is more than the list shows.
 */
export function BulkBar(props: {
  selected: readonly Conversation[];
  /** All that match are meant; how many that are. */
  all: boolean;
  total: number;
  more: boolean;
  onAll: () => void;
  onClear: () => void;
  which: Which;
  /** The team they all are of, where it is one. */
  teamId: string | null;
  /** There is no room for words. */
  narrow?: boolean;
}) {
  const { selected, all, total, which, teamId, onClear } = props;
  const me = useMe();
  const [opened, setOpened] = useState<Opened>(null);
  const anchors = {
    assign: useRef<HTMLButtonElement>(null),
    transfer: useRef<HTMLButtonElement>(null),
    tag: useRef<HTMLButtonElement>(null),
    priority: useRef<HTMLButtonElement>(null),
    close: useRef<HTMLButtonElement>(null),
  };
  const n = all ? total : selected.length;
  // Where none of them is the reader's to change, a step is not offered; the rest each row decides.
  const some = (right: Parameters<typeof may>[1]) => selected.some((c) => may(me, right, c));
  const allowed: Record<Exclude<Opened, null>, boolean> = {
    assign: some("assign"),
    transfer: some("transfer"),
    tag: true,
    priority: some("priority"),
    close: some("close"),
  };
  const run = async (action: Action, args: Record<string, unknown>) => {
    if (await startBulk(action, args, which)) onClear();
  };
  const show = (what: Exclude<Opened, null>) => {
    if (!allowed[what]) return false;
    setOpened(what);
    return true;
  };
  useShortcuts({
    a: () => show("assign"),
    t: (event) => event.shiftKey && show("transfer"),
    l: () => show("tag"),
    p: () => show("priority"),
    e: (event) => !event.shiftKey && show("close"),
    escape: onClear,
  });

  const button = (what: Exclude<Opened, null>, icon: ReactNode, key: string) =>
    allowed[what] && (
      <span className="relative flex-none">
        <button
          ref={anchors[what]}
          type="button"
          data-testid={`bulk-${what}`}
          aria-haspopup={what === "priority" ? "menu" : "dialog"}
          aria-expanded={opened === what}
          data-tip={words[what]}
          data-tip-key={key}
          onClick={() => setOpened(opened === what ? null : what)}
          className="flex h-8 items-center gap-1.5 rounded-md px-2.5 text-sm font-medium hover:bg-white/10 aria-expanded:bg-white/15 phone:h-11 phone:flex-col phone:gap-0.5 phone:px-2 phone:text-2xs dark:hover:bg-black/10 dark:aria-expanded:bg-black/10 [&_.lucide]:size-4"
        >
          {icon}
          <span className={cx(props.narrow && "desk:sr-only")}>{words[what]}</span>
        </button>
        {what === "assign" && opened === "assign" && (
          <AssignMany
            label={words.assignTo(n)}
            teamId={teamId}
            anchor={anchors.assign}
            onClose={() => setOpened(null)}
            onPick={(user_id) => void run("assign", { user_id })}
          />
        )}
        {what === "tag" && opened === "tag" && (
          <TagMany
            anchor={anchors.tag}
            onClose={() => setOpened(null)}
            onPick={(tag_id) => void run("tag", { tag_id })}
          />
        )}
        {what === "priority" && opened === "priority" && (
          <Menu open onOpenChange={() => setOpened(null)} anchor={anchors.priority} label={words.priority}>
            <MenuChoice
              label={words.priority}
              value={"" as Priority}
              once
              onChange={(priority) => void run("priority", { priority })}
              options={PRIORITIES.map((value) => ({ value, label: w.filter.priorities[value] }))}
            />
          </Menu>
        )}
      </span>
    );

  return (
    <section
      aria-label={words.label}
      data-testid="bulk-bar"
      data-bulk
      className={cx(
        "absolute inset-x-0 bottom-3 z-(--z-sticky) mx-auto flex w-max max-w-[calc(100%-24px)] animate-pop flex-wrap items-center gap-0.5 rounded-lg bg-inverse p-1.5 text-inverse-text shadow-4",
        props.narrow && "desk:w-[calc(100%-24px)] desk:justify-between",
        "phone:inset-x-0 phone:bottom-0 phone:w-full phone:max-w-full phone:justify-between phone:rounded-b-none phone:pb-[max(10px,env(safe-area-inset-bottom))]",
      )}
    >
      <span role="status" className="num ps-2 pe-1.5 text-sm font-medium whitespace-nowrap">
        {all ? words.allSelected(total, props.more) : words.selected(selected.length)}
      </span>
      {!all && (total > selected.length || props.more) && (
        <button
          type="button"
          data-testid="bulk-all"
          onClick={props.onAll}
          className="num h-8 rounded-md px-2 text-sm font-medium underline underline-offset-2 hover:bg-white/10 phone:h-11 dark:hover:bg-black/10"
        >
          {words.selectAll(total, props.more)}
        </button>
      )}
      <span
        className={cx(
          "phone:order-last phone:flex phone:w-full phone:justify-between",
          props.narrow ? "order-last flex w-full justify-between px-1" : "desk:contents",
        )}
      >
        {button("assign", <UserPlus />, "A")}
        {button("transfer", <ArrowRightLeft />, "Shift T")}
        {button("tag", <Tag />, "L")}
        {button("priority", <Flag />, "P")}
        {button("close", <Check />, "E")}
      </span>
      <button
        type="button"
        aria-label={words.clear}
        data-tip={words.clear}
        data-tip-key="Esc"
        onClick={onClear}
        className="grid size-8 flex-none place-items-center rounded-md hover:bg-white/10 phone:size-11 dark:hover:bg-black/10"
      >
        <X />
      </button>
      {opened === "transfer" && (
        <TransferMany
          title={words.transferTitle(n)}
          teamId={teamId}
          toPerson={allowed.assign}
          onClose={() => setOpened(null)}
          onPick={(to, note) =>
            void ("team" in to
              ? run("transfer", { team_id: to.team.id, ...noted(note) })
              : run("assign", { user_id: to.person.id, ...noted(note) }))
          }
        />
      )}
      {opened === "close" && (
        <CloseDialog
          title={words.closeTitle(n)}
          onClose={() => setOpened(null)}
          onPick={(reason, note) => void run("close", { reason: reason.id, ...noted(note) })}
        />
      )}
    </section>
  );
}

interface Picks {
  anchor: React.RefObject<HTMLButtonElement | null>;
  onClose: () => void;
  onPick: (id: string) => void;
}

function AssignMany({ label, teamId, ...picks }: Picks & { label: string; teamId: string | null }) {
  return <Many {...picks} label={label} options={useColleagues(teamId).options} />;
}

function TagMany(picks: Picks) {
  return <Many {...picks} label={words.tag} options={useTags().map(tagOption)} />;
}

function Many(props: Picks & { label: string; options: readonly PickerOption[] }) {
  return (
    <Picker
      open
      onOpenChange={(open) => !open && props.onClose()}
      anchor={props.anchor}
      label={props.label}
      options={props.options}
      selected={[]}
      onPick={(option) => props.onPick(option.value)}
      searched
      wide
      search={props.label}
      empty={w.none}
    />
  );
}
