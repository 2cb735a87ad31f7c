import type { Conversation } from "@max/api";
import { Avatar, Button, cx, IconButton, Kbd, useIntent } from "@max/ui";
import { ArrowRightLeft, Check, ChevronDown, Ellipsis, RotateCcw, UserPlus } from "lucide-react";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useMe } from "../../app/services";
import { useShortcuts } from "../../app/shortcuts";
import { undoLast } from "../../lib/undo";
import { media, useMedia } from "../../lib/use-media";
import { usePresence } from "../../live/presence";
import { may } from "../../live/rights";
import { s } from "../../strings";
import { w } from "../../strings-work";
import { assign, close, markUnread, reopen } from "./steps";

const load = () => import("./tools");
const AssignPicker = lazy(() => load().then((module) => ({ default: module.AssignPicker })));
const CloseDialog = lazy(() => load().then((module) => ({ default: module.CloseDialog })));
const CloseMenu = lazy(() => load().then((module) => ({ default: module.CloseMenu })));
const MoreMenu = lazy(() => load().then((module) => ({ default: module.MoreMenu })));
const PriorityMenu = lazy(() => load().then((module) => ({ default: module.PriorityMenu })));
const SnoozeDialog = lazy(() => load().then((module) => ({ default: module.SnoozeDialog })));
const SnoozeMenu = lazy(() => load().then((module) => ({ default: module.SnoozeMenu })));
const TransferOne = lazy(() => load().then((module) => ({ default: module.TransferOne })));
const WhyDialog = lazy(() => load().then((module) => ({ default: module.WhyDialog })));

const { head: words } = w;

/** What can be done with the open conversation, at the end of its head, and the keys for it. */
export function HeadActions({ conversation: c }: { conversation: Conversation }) {
  const me = useMe();
  const phone = useMedia(media.phone);
  const assigning = useIntent(load);
  const closing = useIntent(load);
  const more = useIntent(load);
  const [menu, setMenu] = useState<"snooze" | "priority" | null>(null);
  const [dialog, setDialog] = useState<"close" | "transfer" | "time" | "why" | null>(null);
  const head = useRef<HTMLSpanElement>(null);
  const done = () => setDialog(null);
  // A key may be the first sign of intent, and what is typed after it belongs to the list it opens.
  useEffect(() => void load(), []);

  const open = c.state !== "closed";
  const mayAssign = open && (may(me, "assign", c) || (c.assignee !== null && may(me, "transfer", c)));
  const mayTransfer = open && may(me, "transfer", c);
  const mayClose = open && may(me, "close", c);
  const mayReopen = !open && may(me, "reopen", c);
  // A key that means nothing here stays free for others.
  const when = (allowed: boolean, run: () => void) => {
    // While rows are selected the keys are theirs.
    const mine = allowed && !document.querySelector("[data-bulk]");
    if (mine) run();
    return mine;
  };

  useShortcuts({
    a: (event) =>
      event.shiftKey
        ? when(open && c.assignee?.id !== me.id && (mayAssign || may(me, "take", c)), () => void assign(c, me))
        : when(mayAssign, () => assigning.setOpen(true)),
    t: (event) => (event.shiftKey ? when(mayTransfer, () => setDialog("transfer")) : false),
    e: (event) => (event.shiftKey ? when(mayReopen, () => void reopen(c)) : when(mayClose, () => setDialog("close"))),
    s: () => when(open && may(me, "snooze", c), () => setMenu("snooze")),
    p: () => when(open && may(me, "priority", c), () => setMenu("priority")),
    u: () => void markUnread(c),
    z: () => undoLast(),
  });

  return (
    <>
      <Viewers id={c.id} meId={me.id} shown={phone ? 1 : SHOWN} />
      <span className="relative flex flex-none">
        {c.assignee ? (
          <button
            ref={assigning.anchor}
            type="button"
            aria-label={c.assignee.id === me.id ? s.thread.yours : words.assignedTo(c.assignee.name)}
            data-tip={c.assignee.id === me.id ? s.thread.yours : s.list.assigned(c.assignee.name)}
            data-tip-key="A"
            data-testid="assign-button"
            aria-haspopup="dialog"
            disabled={!mayAssign}
            {...assigning.button}
            className="grid size-8 place-items-center rounded-full enabled:hover:bg-hover phone:size-11"
          >
            <Avatar id={c.assignee.id} name={c.assignee.name} size={24} />
          </button>
        ) : (
          mayAssign &&
          !phone && (
            <IconButton
              ref={assigning.anchor}
              label={words.assign}
              shortcut="A"
              data-testid="assign-button"
              aria-haspopup="dialog"
              {...assigning.button}
            >
              <UserPlus />
            </IconButton>
          )
        )}
        {assigning.asked && (
          <Suspense>
            <AssignPicker
              conversation={c}
              open={assigning.open}
              onOpenChange={assigning.setOpen}
              anchor={assigning.anchor}
            />
          </Suspense>
        )}
      </span>
      {mayTransfer && !phone && (
        <IconButton
          label={words.transfer}
          shortcut="Shift T"
          data-testid="transfer-button"
          onPointerEnter={() => void load()}
          onClick={() => setDialog("transfer")}
        >
          <ArrowRightLeft />
        </IconButton>
      )}
      <span className="relative flex flex-none" ref={head}>
        <IconButton
          ref={more.anchor}
          label={words.more}
          aria-haspopup="menu"
          data-testid="more-button"
          {...more.button}
        >
          <Ellipsis />
        </IconButton>
        {more.asked && (
          <Suspense>
            <MoreMenu
              conversation={c}
              phone={phone}
              open={more.open}
              onOpenChange={more.setOpen}
              anchor={more.anchor}
              onAssign={() => assigning.setOpen(true)}
              onTransfer={() => setDialog("transfer")}
              onClose={() => setDialog("close")}
              onSnooze={() => setMenu("snooze")}
              onPriority={() => setMenu("priority")}
              onHistory={() => setDialog("why")}
            />
          </Suspense>
        )}
        {menu && (
          <Suspense>
            {menu === "snooze" ? (
              <SnoozeMenu
                conversation={c}
                open
                onOpenChange={() => setMenu(null)}
                anchor={more.anchor}
                onPickTime={() => setDialog("time")}
              />
            ) : (
              <PriorityMenu conversation={c} open onOpenChange={() => setMenu(null)} anchor={more.anchor} />
            )}
          </Suspense>
        )}
      </span>
      {mayClose && !phone && (
        <span className="relative flex flex-none">
          <Button
            size="sm"
            data-testid="close-button"
            aria-keyshortcuts="E"
            data-tip={words.closeWith}
            data-tip-key="E"
            onPointerEnter={() => void load()}
            onClick={() => setDialog("close")}
            className="rounded-e-none"
          >
            <Check className="size-3.5!" />
            {words.close}
          </Button>
          <Button
            ref={closing.anchor}
            size="sm"
            aria-label={words.closeWith}
            aria-haspopup="menu"
            data-testid="close-reasons"
            {...closing.button}
            className="-ms-px rounded-s-none px-1.5!"
          >
            <ChevronDown className="size-3.5!" />
          </Button>
          {closing.asked && (
            <Suspense>
              <CloseMenu conversation={c} open={closing.open} onOpenChange={closing.setOpen} anchor={closing.anchor} />
            </Suspense>
          )}
        </span>
      )}
      {mayReopen && (
        <Button size="sm" data-testid="reopen-button" aria-keyshortcuts="Shift+E" onClick={() => void reopen(c)}>
          <RotateCcw className={cx("size-3.5!", phone && "hidden")} />
          {words.reopen}
          <Kbd className="phone:hidden">Shift E</Kbd>
        </Button>
      )}
      <Suspense>
        {dialog === "close" && (
          <CloseDialog
            title={words.closeTitle(c.contact.name)}
            onClose={done}
            onPick={(reason, note) => void close(c, reason, { note })}
          />
        )}
        {dialog === "transfer" && <TransferOne conversation={c} onClose={done} />}
        {dialog === "time" && <SnoozeDialog conversation={c} onClose={done} />}
        {dialog === "why" && <WhyDialog id={c.id} at={null} onClose={done} />}
      </Suspense>
    </>
  );
}

const SHOWN = 3;

/** Colleagues who look at the same conversation. */
function Viewers({ id, meId, shown }: { id: string; meId: string; shown: number }) {
  const room = usePresence((state) => state.rooms[id]);
  const others = room?.viewers.filter((viewer) => viewer.id !== meId) ?? [];
  if (others.length === 0) return null;
  const names = words.viewers(others.map((viewer) => viewer.name).join(s.and));
  return (
    <span role="img" aria-label={names} data-tip={names} data-testid="viewers" className="flex flex-none -space-x-1">
      {others.slice(0, shown).map((viewer) => (
        <Avatar
          key={viewer.id}
          id={viewer.id}
          name={viewer.name}
          size={24}
          className="shadow-[0_0_0_2px_var(--surface)]"
        />
      ))}
      {others.length > shown && (
        <span className="num grid size-6 place-items-center rounded-full bg-sunken text-2xs font-medium shadow-[0_0_0_2px_var(--surface)]">
          +{others.length - shown}
        </span>
      )}
    </span>
  );
}
