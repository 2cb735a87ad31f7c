import type { Conversation, User } from "@max/api";
import { Button, cx, IconButton, toast } from "@max/ui";
import { AtSign, Ban, Eye, Hourglass, Lock, Send, TriangleAlert } from "lucide-react";
import {
  type FormEvent,
  type KeyboardEvent,
  lazy,
  Suspense,
  useCallback,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";
import { live } from "../../app/live";
import { offerComposer } from "../../app/regions";
import { Soft, sturdy } from "../../lib/soft";
import { atTime } from "../../lib/time";
import { media, useMedia } from "../../lib/use-media";
import { t } from "../../strings-thread";
import { w } from "../../strings-writing";
import { slotOf, useAttached } from "../attachments/store";
import { type Kind as Structured, useKinds } from "../structured/kinds";
import { More } from "../structured/more";
import { restore, setDraft, useDraft, useDrafts } from "./drafts";
import { useDraftSync } from "./drafts-live";
import { Field, type FieldHandle } from "./field";
import { HeldUp } from "./held-up";
import { blanks, shown } from "./marks";
import type { SendOptions } from "./pending";
import { setReason, useSendPrefs } from "./prefs";
import { Blocked, Counter, QuoteChip, useReplyState, WindowStatus } from "./reply-state";
import { PhoneSend, PhoneTools, SendButton } from "./send-button";
import { seenIn, useStale } from "./stale";
import { useTypingEnds } from "./typing";
import { TypingBanner } from "./typing-banner";
import { undoLast } from "./undo";

const CloseDialog = lazy(() => import("../conversation/tools").then((module) => ({ default: module.CloseDialog })));
const TemplateDialog = lazy(() =>
  import("../templates/template-dialog").then((module) => ({ default: module.TemplateDialog })),
);
const LaterDialog = lazy(() => import("./later-dialog").then((module) => ({ default: module.LaterDialog })));
const StructuredDialog = lazy(() =>
  import("../structured/dialog").then((module) => ({ default: module.StructuredDialog })),
);
const Attach = lazy(sturdy(() => import("../attachments/attach").then(({ Attach }) => ({ default: Attach }))));
const Tray = lazy(sturdy(() => import("../attachments/tray").then(({ Tray }) => ({ default: Tray }))));

/** A way to send that waits for an answer to a question. */
type Way = { close: true } | { later: true } | { options: SendOptions };

/** Where the answer is written. */
export function Composer({ conversation: c, me }: { conversation: Conversation; me: User }) {
  const draft = useDraft(c.id);
  const phone = useMedia(media.phone);
  const touch = useMedia(media.touch);
  const area = useRef<HTMLTextAreaElement>(null);
  const field = useRef<FieldHandle>(null);
  const keep = useRef<HTMLButtonElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const id = useId();
  const note = draft.mode === "note";
  const text = note ? draft.note : draft.reply;
  const reply = useReplyState(c, me);
  // A reply may be written while the window is closed: it waits for the customer.
  const [rescuing, setRescuing] = useState(false);
  const waits = rescuing && !note && Boolean(reply.blocked?.template);
  const blocked = !note && !waits && reply.blocked;
  const { files, why } = useAttached(c.id, draft.mode);
  const empty = !text.trim() && files.length === 0;
  const over = [...(note ? shown(text).text : text)].length - c.channel.max_text_chars;
  const [dialog, setDialog] = useState<"reason" | "later" | "template" | "ask" | Structured | null>(null);
  const again = useDrafts((drafts) => (drafts.again?.conversationId === c.id ? drafts.again.said : undefined));
  useEffect(() => {
    if (again) setDialog(again.type);
  }, [again]);
  const kinds = useKinds(c.channel.id);
  const others = note || waits ? [] : kinds;
  const stale = useStale(c.id, me);
  /** The way of sending that waits until the writer has said whether to go on after all. */
  const [asking, setAsking] = useState<Way | null>(null);
  useDraftSync(c.id);
  useTypingEnds(c.id);

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

  const unfilled = note ? [] : blanks(text);
  const reason = empty
    ? t.composer.empty
    : over > 0
      ? t.composer.tooLong(over)
      : unfilled.length > 1
        ? w.send.fillInMany(unfilled.length)
        : unfilled[0]
          ? w.send.fillIn(unfilled[0].text)
          : (why ?? (waits && files.length > 1 ? t.rescue.oneFile : undefined));
  const { who, settle } = stale;
  useEffect(() => {
    if (draft.reply.trim()) return;
    settle();
    setAsking(null);
  }, [draft.reply, settle]);
  useEffect(() => {
    if (asking) keep.current?.focus();
  }, [asking]);

  const go = (options: SendOptions) => {
    const seen = seenIn(c.id);
    const how = note ? {} : { ...(options.sendAt ? {} : { hold: useSendPrefs.getState().hold }), ...options };
    const all = { ...how, ...(seen === undefined ? {} : { seen }) };
    const quote = note ? null : draft.quote;
    if (files.length === 0) live().outbox.add(c.id, draft.mode, text.trim(), quote, all);
    else {
      const to = { conversationId: c.id, channelId: c.channel.id, kind: draft.mode };
      import("../attachments/send")
        .then(({ sendFiles }) => sendFiles(to, text.trim(), quote, all))
        .catch(() => restore({ ...to, text: text.trim(), quote }));
    }
    setDraft(c.id, note ? { note: "" } : { reply: "", quote: null });
    settle();
    setAsking(null);
    setDialog(null);
    area.current?.focus();
  };
  /** Says why not, where it cannot be sent: a key press has no tooltip. */
  const ready = () => {
    if (blocked) return false;
    if (unfilled[0] && !note) {
      area.current?.setSelectionRange(unfilled[0].start, unfilled[0].end);
      area.current?.focus();
    }
    if (reason && !empty) toast(reason, "bad");
    return !reason;
  };
  const start = (way: Way, sure = false) => {
    if (!ready()) return;
    if (who && !note && !sure) return setAsking(way);
    setAsking(null);
    if (waits) return setDialog("ask");
    if ("options" in way) return go(way.options);
    if ("later" in way) return setDialog("later");
    const last = useSendPrefs.getState().reason;
    return last ? go({ thenClose: { reason: last.id } }) : setDialog("reason");
  };
  const send = (event?: FormEvent) => {
    event?.preventDefault();
    start({ options: {} });
  };
  const ways = {
    andClose: () => start({ close: true }),
    andCloseWith: () => (waits ? start({ close: true }) : ready() && setDialog("reason")),
    later: () => start({ later: true }),
  };
  const toField = () => area.current?.focus();
  const attach = (
    <Soft fallback={!phone && <span className="size-7" />}>
      <Attach
        conversationId={c.id}
        channelId={c.channel.id}
        kind={draft.mode}
        blocked={Boolean(blocked)}
        picker={picker}
        bare={phone || Boolean(blocked)}
        onAdded={toField}
      />
    </Soft>
  );
  const asked = useRef(false);
  useEffect(() => {
    // Back to writing, whatever had the focus when the question came up.
    const timer = asked.current && !dialog ? setTimeout(() => area.current?.focus()) : undefined;
    asked.current = dialog !== null;
    return () => clearTimeout(timer);
  }, [dialog]);

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const mod = event.ctrlKey || event.metaKey;
    if (event.key === "Enter" && (mod || (!event.shiftKey && !touch))) {
      event.preventDefault();
      if (mod && event.shiftKey && !note) ways.andClose();
      else send();
    } else if (event.key === "Escape" && draft.quote && !note) {
      event.preventDefault();
      setDraft(c.id, { quote: null });
    } else if (event.key === "z" && mod && !event.shiftKey && text === "" && undoLast(c.id)) {
      event.preventDefault();
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
    <>
      <TypingBanner conversationId={c.id} meId={me.id} />
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
          {(phone || blocked) && attach}
          {blocked ? (
            <Blocked
              title={blocked.title}
              draft={draft.reply}
              onTemplate={blocked.template ? () => setDialog("template") : undefined}
              onRescue={
                blocked.template && !c.reply_waits
                  ? () => {
                      setRescuing(true);
                      write("reply");
                    }
                  : undefined
              }
              waiting={c.reply_waits}
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
              {waits && (
                <p
                  role="status"
                  className="mx-2 mt-1.5 flex flex-wrap items-center gap-2 rounded-md bg-warn-tint px-2.5 py-1.5 text-xs text-warn-text [&_.lucide]:size-3.5"
                >
                  <Hourglass />
                  <span className="min-w-0 flex-1">{t.rescue.writing(c.contact.name)}</span>
                  <Button size="sm" onClick={() => setRescuing(false)}>
                    {t.rescue.cancel}
                  </Button>
                </p>
              )}
              {!note && !waits && <HeldUp conversationId={c.id} paused={c.channel.paused ?? null} />}
              {!note && draft.quote && (
                <QuoteChip quote={draft.quote} onCancel={() => setDraft(c.id, { quote: null })} />
              )}
              {!note && c.state === "closed" && (
                <p className="px-3.5 pt-2 text-xs text-text-3">{t.composer.closedConversation}</p>
              )}
              {!note && c.blocked && (
                <p className="flex items-center gap-1.5 px-3.5 pt-2 text-xs text-warn-text [&_.lucide]:size-3.5">
                  <Ban />
                  {w.blocked}
                </p>
              )}
              <Field
                ref={field}
                area={area}
                conversation={c}
                draft={draft}
                touch={touch}
                label={note ? t.composer.noteLabel : t.composer.label(c.contact.name)}
                placeholder={note ? t.composer.notePlaceholder : t.composer.placeholder(c.contact.name)}
                onKeyDown={onKeyDown}
                before={
                  phone && (
                    <PhoneTools
                      area={area}
                      note={note}
                      waits={waits}
                      send={ways}
                      attach={() => picker.current?.click()}
                      canned={() => field.current?.begin("/")}
                      mention={() => field.current?.begin("@")}
                      others={others}
                      other={setDialog}
                    />
                  )
                }
                after={phone && <PhoneSend note={note} waits={waits} reason={reason} />}
              />
              {files.length > 0 && (
                <Soft>
                  <Tray conversationId={c.id} channelId={c.channel.id} kind={draft.mode} onEmpty={toField} />
                </Soft>
              )}
              {unfilled.length > 0 && (
                <p role="status" className="px-3.5 pb-1 text-xs text-warn-text">
                  {w.send.blanks(unfilled.length)}
                </p>
              )}
              {asking && who && (
                <div
                  role="alert"
                  className="mx-2 mb-1 flex flex-wrap items-center gap-2 rounded-md bg-warn-tint px-2.5 py-1.5 text-xs text-warn-text [&_.lucide]:size-3.5"
                >
                  <TriangleAlert />
                  <span className="min-w-0 flex-1 font-medium">{w.stale.title(who)}</span>
                  <Button
                    ref={keep}
                    size="sm"
                    data-testid="stale-edit"
                    onClick={() => {
                      setAsking(null);
                      settle();
                      toField();
                    }}
                  >
                    {w.stale.edit}
                  </Button>
                  <Button size="sm" data-testid="stale-anyway" onClick={() => start(asking, true)}>
                    {w.stale.anyway}
                  </Button>
                </div>
              )}
              {!phone && (
                <div className="flex min-h-[38px] items-center gap-0.5 px-2 pt-1 pb-2">
                  {attach}
                  {others.length > 0 && <More kinds={others} onChoose={setDialog} />}
                  <IconButton
                    label={w.canned.open}
                    shortcut={w.canned.key}
                    data-testid="open-canned"
                    onClick={() => field.current?.begin("/")}
                  >
                    <span aria-hidden="true" className="text-[15px] font-medium">
                      /
                    </span>
                  </IconButton>
                  {note && (
                    <IconButton
                      label={w.mention.open}
                      shortcut={w.mention.key}
                      data-testid="open-mention"
                      onClick={() => field.current?.begin("@")}
                    >
                      <AtSign />
                    </IconButton>
                  )}
                  <span className="flex-1" />
                  <span className="me-2">
                    <Counter left={-over} />
                  </span>
                  <SendButton area={area} note={note} waits={waits} reason={reason} send={ways} />
                </div>
              )}
            </>
          )}
        </div>
      </form>
      {dialog && (
        <Suspense>
          {dialog === "reason" ? (
            <CloseDialog
              title={w.reason.title}
              lead={w.reason.lead}
              confirm={w.send.andClose}
              testId="send-close"
              last={useSendPrefs.getState().reason?.id ?? null}
              onClose={() => setDialog(null)}
              onPick={({ id, name }, said) => {
                setReason({ id, name });
                go({ thenClose: { reason: id, ...(said.trim() ? { note: said.trim() } : {}) } });
              }}
            />
          ) : dialog === "ask" ? (
            <TemplateDialog
              conversation={c}
              asks={{
                reply: {
                  text: text.trim() || (files[0]?.caption.trim() ?? ""),
                  quote: draft.quote?.id ?? null,
                  seen: seenIn(c.id),
                  media: files.flatMap(({ media: file }) => (file ? [file.id] : [])),
                },
                done: () => {
                  if (files.length > 0) {
                    void import("../attachments/upload").then(({ take }) => take(slotOf(c.id, "reply")));
                  }
                  setDraft(c.id, { reply: "", quote: null });
                  setRescuing(false);
                },
              }}
              onClose={() => setDialog(null)}
            />
          ) : dialog === "template" ? (
            <TemplateDialog conversation={c} onClose={() => setDialog(null)} />
          ) : dialog === "location" || dialog === "buttons" || dialog === "list" ? (
            <StructuredDialog
              kind={dialog}
              conversation={c}
              begin={again}
              onClose={() => {
                setDialog(null);
                useDrafts.setState({ again: null });
              }}
            />
          ) : (
            <LaterDialog
              conversation={c}
              onClose={() => setDialog(null)}
              onChosen={(at) => {
                go({ sendAt: new Date(at).toISOString() });
                toast(w.later.done(atTime(at)));
              }}
            />
          )}
        </Suspense>
      )}
    </>
  );
}
