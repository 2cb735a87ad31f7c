import type { Conversation, User } from "@max/api";
import { Button, cx, IconButton, toast } from "@max/ui";
import { Clock, Hourglass, Lock, Reply, X } from "lucide-react";
import { useEffect, useRef } from "react";
import { useNow } from "../../lib/use-now";
import { t } from "../../strings-thread";
import { type WindowState, windowState } from "./window";

/** The counter shows up when this few are left. */
const COUNT_FROM = 300;

/** Whether a reply may go out, and what the window says. */
export function useReplyState(
  c: Conversation,
  me: User,
): { window: WindowState; blocked: { title: string; text: string; template?: boolean } | null } {
  const slow = useNow(30_000);
  const left = c.window_expires_at ? Date.parse(c.window_expires_at) - slow : 0;
  // By the second where it matters, including the moment it closes.
  const quick = useNow(left > 0 && left < 6 * 60_000 ? 1_000 : 30_000);
  const state = windowState(c.channel.reply_window_seconds != null, c.window_expires_at, quick);
  const name = c.contact.name;

  const last = state.kind === "open" && state.tone === "last";
  const told = useRef(false);
  const label = state.kind === "open" ? state.label : "";
  useEffect(() => {
    if (!last || told.current || c.assignee?.id !== me.id) return;
    told.current = true;
    toast(`${name}: ${label}`);
  }, [last, label, name, c.assignee, me.id]);

  if (c.assignee && c.assignee.id !== me.id && me.role === "agent") {
    return { window: state, blocked: { title: t.composer.takenBy(c.assignee.name), text: t.composer.takenText } };
  }
  if (state.kind === "closed") {
    return {
      window: state,
      blocked: {
        title: state.since === null ? t.composer.neverTitle : t.composer.closedTitle,
        text: t.composer.closedText(name),
        template: c.channel.can_send_templates,
      },
    };
  }
  return { window: state, blocked: null };
}

/** What the window says, beside the tabs. */
export function WindowStatus({ state }: { state: WindowState }) {
  if (state.kind === "none") return null;
  const closed = state.kind === "closed";
  const tone = closed
    ? "text-bad-text font-medium"
    : state.tone === "calm"
      ? "text-text-3"
      : "text-warn-text font-medium";
  return (
    <span
      role="timer"
      aria-live="off"
      className={cx("num flex items-center gap-[5px] text-xs [&_.lucide]:size-3.5", tone)}
    >
      {closed ? <Lock /> : <Clock />}
      {state.label}
    </span>
  );
}

/** Why no reply can be written. What had been written stays in sight, to be copied or kept as a note. */
export function Blocked(props: {
  title: string;
  draft: string;
  onNote: () => void;
  /** Opens the templates, where one may be sent all the same. */
  onTemplate: (() => void) | undefined;
  /** Lets a reply be written that waits for the customer. */
  onRescue: (() => void) | undefined;
  /** One waits already. */
  waiting: boolean;
  children: string;
}) {
  const { title, draft, onNote, onTemplate, onRescue, children } = props;
  return (
    <div className="flex flex-wrap items-end justify-end gap-x-4 gap-y-2 px-3.5 pt-2 pb-3 phone:flex-col phone:items-stretch">
      <div className="min-w-[min(320px,100%)] flex-1">
        <p className="font-medium">{title}</p>
        <p className="mt-0.5 max-w-[60ch] text-xs leading-normal text-text-3">{children}</p>
        {props.waiting && (
          <p className="mt-1 flex items-center gap-1.5 text-xs font-medium text-text-2">
            <Hourglass className="size-3.5" />
            {t.rescue.one}
          </p>
        )}
        {draft.trim() && (
          <>
            <p className="mt-2 text-xs font-medium text-text-2">{t.composer.yourDraft}</p>
            <p
              data-testid="kept-draft"
              dir="auto"
              className="mt-0.5 max-h-24 overflow-y-auto rounded-sm bg-sunken px-2 py-1 text-sm whitespace-pre-wrap [overflow-wrap:anywhere]"
            >
              {draft}
            </p>
          </>
        )}
      </div>
      {onTemplate && (
        <Button size="sm" look="primary" data-testid="open-templates" onClick={onTemplate}>
          {t.composer.sendTemplate}
        </Button>
      )}
      {onRescue && (
        <Button size="sm" data-testid="ask-to-reopen" onClick={onRescue}>
          <Hourglass className="size-3.5" />
          {t.rescue.begin}
        </Button>
      )}
      <Button size="sm" onClick={onNote} data-region-focus>
        <Lock className="size-3.5" />
        {draft.trim() ? t.composer.keepAsNote : t.composer.writeNote}
      </Button>
    </div>
  );
}

/** What the reply answers. */
export function QuoteChip({ quote, onCancel }: { quote: { name: string; preview: string }; onCancel: () => void }) {
  return (
    <div className="mx-2.5 mt-2 flex items-center gap-2 rounded-sm border-s-[3px] border-accent-line bg-sunken py-1 ps-2 pe-1 text-xs">
      <Reply className="size-3.5 text-text-3" />
      <span className="min-w-0 flex-1 leading-[1.35]">
        <span className="block font-medium text-accent-text">{t.composer.replyingTo(quote.name)}</span>
        <bdi className="block truncate text-text-2">{quote.preview}</bdi>
      </span>
      <IconButton label={t.composer.cancelReply} shortcut="Esc" onClick={onCancel}>
        <X className="size-3.5" />
      </IconButton>
    </div>
  );
}

/** How much room is left, once there is little. */
export function Counter({ left }: { left: number }) {
  if (left > COUNT_FROM) return null;
  return (
    <span className={cx("num text-xs", left < 0 ? "font-medium text-bad-text" : "text-text-3")}>
      {left < 0 ? t.composer.tooLong(-left) : t.composer.left(left)}
    </span>
  );
}
