import type { Conversation, User } from "@max/api";
import { Button, cx, IconButton, Kbd, toast } from "@max/ui";
import { ArrowUp, Clock, CornerDownLeft, Eye, Lock, Reply, Send, X } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useCallback, useEffect, useId, useLayoutEffect, useRef } from "react";
import { offerComposer } from "../../app/regions";
import { live } from "../../app/services";
import { media, useMedia } from "../../lib/use-media";
import { useNow } from "../../lib/use-now";
import { t } from "../../strings-thread";
import { setDraft, useDraft } from "./drafts";
import { type WindowState, windowState } from "./window";

/** The counter shows up when this few are left. */
const COUNT_FROM = 300;
const MAX_LINES = 10;

/** Where the answer is written. */
export function Composer({ conversation: c, me }: { conversation: Conversation; me: User }) {
  const draft = useDraft(c.id);
  const phone = useMedia(media.phone);
  const touch = useMedia(media.touch);
  const area = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const note = draft.mode === "note";
  const text = note ? draft.note : draft.reply;
  const reply = useReplyState(c, me);
  const blocked = !note && reply.blocked;
  const over = [...text].length - c.channel.max_text_chars;

  const write = useCallback(
    (mode: "reply" | "note") => {
      setDraft(c.id, { mode });
      // The text area may only appear with the new mode.
      requestAnimationFrame(() => {
        const element = area.current;
        element?.focus();
        element?.setSelectionRange(element.value.length, element.value.length);
      });
    },
    [c.id],
  );
  useEffect(() => offerComposer(write), [write]);
  useGrow(area, text, blocked ? "closed" : draft.mode);

  const reason = !text.trim() ? t.composer.empty : over > 0 ? t.composer.tooLong(over) : undefined;
  const send = (event?: FormEvent) => {
    event?.preventDefault();
    if (reason || blocked) return;
    live().outbox.add(c.id, draft.mode, text.trim(), note ? null : draft.quote);
    setDraft(c.id, note ? { note: "" } : { reply: "", quote: null });
    area.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey || (!event.shiftKey && !touch))) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape" && draft.quote && !note) {
      event.preventDefault();
      setDraft(c.id, { quote: null });
    }
  };
  const onTabKey = (event: KeyboardEvent) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    const mode = note ? "reply" : "note";
    setDraft(c.id, { mode });
    document.getElementById(`${id}-${mode}`)?.focus();
  };

  const tab = (mode: "reply" | "note", label: string, icon: React.ReactNode) => (
    <button
      id={`${id}-${mode}`}
      type="button"
      role="tab"
      aria-selected={draft.mode === mode}
      aria-controls={`${id}-panel`}
      tabIndex={draft.mode === mode ? 0 : -1}
      onKeyDown={onTabKey}
      onClick={() => write(mode)}
      className={cx(
        "inline-flex h-[26px] items-center gap-1.5 rounded-sm px-[9px] text-xs font-medium text-text-3 hover:text-text aria-selected:text-text phone:h-10 phone:px-3 [&_.lucide]:size-3.5",
        note ? "aria-selected:bg-surface/60" : "aria-selected:bg-sunken",
      )}
    >
      {icon}
      {label}
    </button>
  );

  return (
    <form
      aria-label={t.composer.region}
      data-region="composer"
      onSubmit={send}
      className={cx(
        "mx-4 mb-4 flex-none rounded-lg border shadow-2 phone:mx-0 phone:mb-0 phone:rounded-none phone:border-x-0 phone:border-b-0 phone:pb-[env(safe-area-inset-bottom)] phone:shadow-none desk:focus-within:border-accent-line desk:focus-within:shadow-[0_0_0_3px_var(--accent-tint),var(--shadow-2)]",
        note ? "border-note-line bg-note-bg" : "border-line bg-surface",
      )}
    >
      <div className="flex flex-wrap items-center gap-0.5 px-2 pt-1.5">
        <div role="tablist" aria-label={t.composer.region} className="flex gap-0.5">
          {tab("reply", t.composer.reply, <Send />)}
          {tab("note", t.composer.note, <Lock />)}
        </div>
        <span className="ms-auto flex items-center gap-2 pe-1">
          {phone && !blocked && <Counter left={-over} />}
          {note ? (
            <span className="flex items-center gap-[5px] text-xs text-note-text [&_.lucide]:size-3.5">
              <Eye />
              {t.composer.noteHint}
            </span>
          ) : (
            <WindowStatus state={reply.window} />
          )}
        </span>
      </div>

      <div id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-${draft.mode}`}>
        {blocked ? (
          <Blocked
            title={blocked.title}
            draft={draft.reply}
            onNote={() => {
              // The words already written come along, unless a note has been begun.
              if (draft.reply.trim() && !draft.note.trim()) setDraft(c.id, { note: draft.reply });
              write("note");
            }}
          >
            {blocked.text}
          </Blocked>
        ) : (
          <>
            {!note && draft.quote && <QuoteChip quote={draft.quote} onCancel={() => setDraft(c.id, { quote: null })} />}
            {!note && c.state === "closed" && (
              <p className="px-3.5 pt-2 text-xs text-text-3">{t.composer.closedConversation}</p>
            )}
            <div className="phone:flex phone:items-end phone:gap-2 phone:px-3 phone:pt-1 phone:pb-2">
              <textarea
                ref={area}
                data-testid="composer-text"
                data-region-focus
                rows={2}
                dir="auto"
                enterKeyHint={touch ? "enter" : "send"}
                value={text}
                aria-label={note ? t.composer.noteLabel : t.composer.label(c.contact.name)}
                placeholder={note ? t.composer.notePlaceholder : t.composer.placeholder(c.contact.name)}
                onChange={(event) =>
                  setDraft(c.id, note ? { note: event.target.value } : { reply: event.target.value })
                }
                onKeyDown={onKeyDown}
                className="block w-full resize-none bg-transparent px-3.5 pt-[9px] pb-1.5 text-md leading-normal outline-none phone:min-w-0 phone:flex-1 phone:rounded-[18px] phone:border phone:border-line-control phone:bg-surface phone:py-2.5 phone:text-lg"
              />
              {phone && (
                <button
                  type="submit"
                  data-testid="composer-send"
                  aria-label={note ? t.composer.addNote : t.composer.send}
                  aria-disabled={reason !== undefined}
                  className="grid size-11 flex-none place-items-center rounded-full bg-accent text-accent-fg aria-disabled:opacity-50"
                >
                  <ArrowUp className="size-5" />
                </button>
              )}
            </div>
            {!phone && (
              <div className="flex items-center gap-2 px-2 pt-1 pb-2">
                <span className="flex-1" />
                <Counter left={-over} />
                <Button
                  type="submit"
                  size="sm"
                  look={note ? "inverse" : "primary"}
                  data-testid="composer-send"
                  reason={reason}
                >
                  {note ? t.composer.addNote : t.composer.send}
                  {!note && (
                    <Kbd onFill>
                      <CornerDownLeft className="size-3" />
                    </Kbd>
                  )}
                </Button>
              </div>
            )}
          </>
        )}
      </div>
    </form>
  );
}

/** Whether a reply may go out, and what the window says. */
function useReplyState(
  c: Conversation,
  me: User,
): { window: WindowState; blocked: { title: string; text: string } | null } {
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
      },
    };
  }
  return { window: state, blocked: null };
}

function WindowStatus({ state }: { state: WindowState }) {
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
function Blocked(props: { title: string; draft: string; onNote: () => void; children: string }) {
  const { title, draft, onNote, children } = props;
  return (
    <div className="flex items-end gap-4 px-3.5 pt-2 pb-3 phone:flex-col phone:items-stretch">
      <div className="min-w-0 flex-1">
        <p className="font-medium">{title}</p>
        <p className="mt-0.5 max-w-[60ch] text-xs leading-normal text-text-3">{children}</p>
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
      <Button size="sm" onClick={onNote} data-region-focus>
        <Lock className="size-3.5" />
        {draft.trim() ? t.composer.keepAsNote : t.composer.writeNote}
      </Button>
    </div>
  );
}

function QuoteChip({ quote, onCancel }: { quote: { name: string; preview: string }; onCancel: () => void }) {
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

function Counter({ left }: { left: number }) {
  if (left > COUNT_FROM) return null;
  return (
    <span className={cx("num text-xs", left < 0 ? "font-medium text-bad-text" : "text-text-3")}>
      {left < 0 ? t.composer.tooLong(-left) : t.composer.left(left)}
    </span>
  );
}

/** Two lines tall at least, growing with the text up to ten. */
function useGrow(area: React.RefObject<HTMLTextAreaElement | null>, text: string, mode: string) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text and the mode are what change the height
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    const line = Number.parseFloat(getComputedStyle(element).lineHeight) || 21;
    element.style.height = "auto";
    const limit = line * MAX_LINES + 16;
    element.style.height = `${Math.min(element.scrollHeight, limit)}px`;
    element.style.overflowY = element.scrollHeight > limit ? "auto" : "hidden";
  }, [area, text, mode]);
}
