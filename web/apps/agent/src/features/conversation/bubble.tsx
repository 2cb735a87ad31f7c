import type { Message } from "@max/api";
import { Avatar, cx, type Delivery, DeliveryTick, IconButton } from "@max/ui";
import { CircleHelp, Clock, CloudOff, Info, MessageSquareQuote, Reply, TriangleAlert } from "lucide-react";
import { lazy, memo } from "react";
import { refusalText } from "../../app/words";
import { Soft, sturdy } from "../../lib/soft";
import { atTime, clockTime, fullTime } from "../../lib/time";
import { s } from "../../strings";
import { n } from "../../strings-notes";
import { t } from "../../strings-thread";
import { w } from "../../strings-writing";
import type { Pending } from "../composer/pending";
import { BUBBLE, firstName, LINK, META, Quote, shape } from "./bubble-parts";
import { loadRich, MessageContent, Text } from "./content";
import { Countdown } from "./held-bubble";
import { NoteHead } from "./note";
import { sentTime } from "./timeline";

const ReactTool = lazy(sturdy(() => import("../media/react-tool").then(({ ReactTool }) => ({ default: ReactTool }))));
const Reactions = lazy(sturdy(() => import("../media/reactions").then(({ Reactions }) => ({ default: Reactions }))));
const FileList = lazy(() => loadRich().then((module) => ({ default: module.FileList })));

export interface BubbleActions {
  /** Absent where the channel cannot quote. */
  quote: ((message: Message) => void) | undefined;
  /** Absent where it is only read. */
  resolve: ((message: Message, how: "retry" | "confirm") => void) | undefined;
  jump: (id: string) => void;
  /** Has a reply that failed wait for the customer; absent while the reply window is open. */
  rescue?: ((message: Message) => void) | undefined;
  /** Opens what leads say about a message. */
  feedback?: ((message: Message) => void) | undefined;
  /** The reader may say something about messages of colleagues. */
  judges?: boolean;
  /** Reactions may be given here now. */
  reacts?: boolean;
}

/** A message somebody sent. */
export const MessageBubble = memo(function MessageBubble(props: {
  message: Message;
  /** Photos that stand together, with this one as the last of them. */
  album?: readonly Message[] | undefined;
  first: boolean;
  meta: boolean;
  meId: string;
  /** Name of whoever wrote the quoted message, where it is known. */
  quotedName: string | null;
  busy: boolean;
  rise: boolean;
  actions: BubbleActions;
}) {
  const { message, first, actions } = props;
  const out = message.direction === "out";
  const trouble = message.status === "failed" || message.status === "unconfirmed";
  const judged = mayJudge(message, props.meId, actions);
  const feedback = message.feedback_count ?? 0;
  const bare = message.content.type === "media" && message.content.kind === "sticker" && !message.reply_to;
  return (
    <article
      data-testid="message"
      data-message-id={message.id}
      data-direction={message.direction}
      data-status={message.status}
      tabIndex={-1}
      aria-label={s.thread.spoken(authorName(message, props.meId), message.preview)}
      className={cx(
        "group/message grid max-w-[min(78%,620px)] gap-x-2.5 rounded-md outline-offset-4 phone:max-w-[86%]",
        out ? "self-end" : "grid-cols-[28px_minmax(0,auto)] self-start",
        first && "mt-2.5",
        props.rise && "animate-rise",
      )}
    >
      {!out && first && (
        <Avatar
          id={message.author.id ?? message.conversation_id}
          name={message.author.name}
          size={28}
          className="row-start-1"
        />
      )}
      <div className={cx("relative col-[-2/-1]", out ? "justify-self-end" : "justify-self-start")}>
        <div
          className={cx(
            BUBBLE,
            shape(out, first),
            message.status === "failed"
              ? "border border-bad-line bg-bad-tint"
              : message.status === "unconfirmed"
                ? "border border-warn-line bg-warn-tint"
                : bare
                  ? "px-0!"
                  : out
                    ? "bg-out-bg"
                    : "bg-in-bg",
          )}
        >
          {message.reply_to && (
            <Quote
              name={props.quotedName}
              preview={message.reply_to.preview}
              onJump={message.reply_to.id ? () => actions.jump(message.reply_to?.id as string) : undefined}
            />
          )}
          <MessageContent message={message} album={props.album} />
        </div>
        <div
          className={cx(
            "absolute top-1/2 flex -translate-y-1/2 gap-0.5 opacity-0 group-hover/message:opacity-100 group-focus-visible/message:opacity-100 focus-within:opacity-100 phone:invisible phone:group-focus-within/message:visible phone:group-focus-within/message:opacity-100",
            out ? "end-full me-1" : "start-full ms-1",
          )}
        >
          {actions.reacts && !out && !message.revoked_at && (
            <Soft>
              <ReactTool message={message} />
            </Soft>
          )}
          {judged && (
            <IconButton
              label={n.give}
              shortcut="F"
              tabIndex={-1}
              data-testid="feedback"
              onClick={() => actions.feedback?.(message)}
            >
              <MessageSquareQuote />
            </IconButton>
          )}
          {actions.quote && (
            <IconButton
              label={t.thread.reply}
              shortcut="R"
              tabIndex={-1}
              onClick={() => actions.quote?.(message)}
              className="phone:hidden"
            >
              <Reply />
            </IconButton>
          )}
        </div>
      </div>
      {message.reactions.length > 0 && (
        <div className="col-[-2/-1]">
          <Soft>
            <Reactions message={message} out={out} canReact={actions.reacts ?? false} />
          </Soft>
        </div>
      )}
      {(props.meta || trouble || feedback > 0) && (
        <div className={cx(META, "col-[-2/-1]", out && "justify-end")}>
          {message.status === "failed" ? (
            <FailedMeta
              message={message}
              busy={props.busy}
              retry={actions.resolve && (() => actions.resolve?.(message, "retry"))}
              rescue={actions.rescue && tooLate(message) ? () => actions.rescue?.(message) : undefined}
            />
          ) : message.status === "unconfirmed" ? (
            <UnconfirmedMeta
              busy={props.busy}
              resolve={actions.resolve && ((how) => actions.resolve?.(message, how))}
            />
          ) : (
            <>
              <time dateTime={message.created_at} data-tip={fullTime(sentTime(message))}>
                {out && message.author.id !== null ? `${firstName(message.author.name)} · ` : ""}
                {clockTime(sentTime(message))}
                {arrivedLate(message) && ` · ${t.thread.writtenAt(atTime(Date.parse(message.sent_at ?? "")))}`}
              </time>
              {out && <Tick status={message.status} />}
              {feedback > 0 && actions.feedback && (
                <button
                  type="button"
                  data-testid="feedback-count"
                  aria-label={n.count(feedback)}
                  data-tip={n.count(feedback)}
                  onClick={() => actions.feedback?.(message)}
                  className="ms-1 inline-flex items-center gap-1 rounded-xs px-1 font-medium text-accent-text hover:bg-hover phone:min-h-9"
                >
                  <MessageSquareQuote />
                  {feedback}
                </button>
              )}
            </>
          )}
        </div>
      )}
    </article>
  );
});

/** Whether the reader may say something about a message: leads, about those of their colleagues. */
export function mayJudge(message: Message, meId: string, actions: BubbleActions): boolean {
  const { author } = message;
  return Boolean(actions.judges && actions.feedback && author.type === "user" && author.id && author.id !== meId);
}

/** Words or files that did not go because the reply window had closed. */
export const tooLate = (message: Message): boolean =>
  ["text", "media"].includes(message.content.type) && message.error?.reason === "window_closed";

function Tick({ status }: { status: Message["status"] }) {
  const state: Delivery = status === "sent" || status === "delivered" || status === "read" ? status : "sending";
  return <DeliveryTick state={state} label={t.delivery[state]} />;
}

function FailedMeta(props: {
  message: Message;
  busy: boolean;
  retry: (() => void) | undefined;
  rescue: (() => void) | undefined;
}) {
  const { message, busy } = props;
  // Its words wait elsewhere by now.
  const rescued = message.error?.code === "rescued";
  const retry = rescued ? undefined : props.retry;
  const rescue = rescued ? undefined : props.rescue;
  const reason = message.error?.message;
  return (
    // Running text, so that a long reason wraps under its bubble and the button stays with the last words.
    <span className="text-end leading-[1.35] wrap-anywhere text-bad-text">
      <TriangleAlert className="me-1 inline-block align-[-2px]" />
      {reason ? t.delivery.failedFor(reason) : t.delivery.failed}{" "}
      {retry && (
        <span className="whitespace-nowrap">
          <span aria-hidden="true">· </span>
          <button type="button" data-testid="retry-send" disabled={busy} onClick={retry} className={LINK}>
            {busy ? t.delivery.retrying : t.delivery.retry}
          </button>
        </span>
      )}
      {rescue && (
        <span className="whitespace-nowrap">
          {" "}
          <span aria-hidden="true">· </span>
          <button type="button" data-testid="rescue" disabled={busy} onClick={rescue} className={LINK}>
            {t.rescue.askFor}
          </button>
        </span>
      )}
    </span>
  );
}

function UnconfirmedMeta(props: { busy: boolean; resolve: ((how: "retry" | "confirm") => void) | undefined }) {
  const { busy, resolve } = props;
  const words = (
    <span className="flex items-center gap-1 text-warn-text">
      <CircleHelp />
      {t.delivery.unconfirmed}
    </span>
  );
  if (!resolve) return words;
  return (
    <>
      {words}
      <span aria-hidden="true">·</span>
      <button type="button" data-testid="send-again" disabled={busy} onClick={() => resolve("retry")} className={LINK}>
        {t.delivery.sendAgain}
      </button>
      <span aria-hidden="true">·</span>
      <button
        type="button"
        data-testid="it-arrived"
        disabled={busy}
        onClick={() => resolve("confirm")}
        className={LINK}
      >
        {t.delivery.arrived}
      </button>
    </>
  );
}

/** A message that has not reached the server yet. */
export const PendingBubble = memo(function PendingBubble(props: {
  pending: Pending;
  first: boolean;
  online: boolean;
  retry: (pending: Pending) => void;
  edit: (pending: Pending) => void;
  undo: (pending: Pending) => void;
}) {
  const { pending, first } = props;
  const refused = pending.state === "refused";
  const stalled = pending.state === "waiting" || (pending.state === "queued" && !props.online);
  const held = pending.kind === "reply" && (pending.options.hold || pending.options.sendAt);
  const undo = (
    <button type="button" data-testid="undo-send" onClick={() => props.undo(pending)} className={LINK}>
      {w.held.undo}
    </button>
  );
  const meta = (
    <div className={cx(META, "justify-end")}>
      {pending.refusal ? (
        <>
          <span className="flex items-center gap-1 text-bad-text">
            <TriangleAlert />
            {s.refused.notSent(refusalText(pending.refusal))}
          </span>
          <span aria-hidden="true">·</span>
          <button type="button" data-testid="retry-send" onClick={() => props.retry(pending)} className={LINK}>
            {pending.refusal.code === "stale_view" ? w.held.anyway : t.delivery.retry}
          </button>
          <span aria-hidden="true">·</span>
          <button type="button" onClick={() => props.edit(pending)} className={LINK}>
            {t.delivery.edit}
          </button>
        </>
      ) : pending.undone ? (
        w.held.undoing
      ) : stalled ? (
        <>
          <CloudOff />
          {props.online ? t.delivery.queuedServer : t.delivery.queuedOffline}
          {held && (
            <>
              <span aria-hidden="true">·</span>
              {undo}
            </>
          )}
        </>
      ) : pending.options.sendAt ? (
        <>
          <Clock />
          {w.held.sendsAt(atTime(Date.parse(pending.options.sendAt)))}
        </>
      ) : pending.options.hold ? (
        <Countdown until={pending.createdAt + pending.options.hold * 1_000}>
          <span aria-hidden="true">·</span>
          {undo}
        </Countdown>
      ) : (
        <>
          {t.delivery.sending}
          <DeliveryTick state="sending" label={t.delivery.sending} />
        </>
      )}
    </div>
  );
  const marks = {
    "data-testid": "message",
    "data-message-id": pending.clientId,
    "data-direction": "out",
    "data-status": refused ? "failed" : stalled ? "offline" : "sending",
  };
  if (pending.kind === "note") {
    return (
      <article {...marks} className="mt-2.5 mb-1 animate-rise">
        <div
          className={cx(
            "rounded-md border border-note-line bg-note-bg px-3 pt-[9px] pb-2.5 text-sm leading-normal",
            !refused && "opacity-70",
          )}
        >
          <NoteHead name={s.thread.you} />
          <PendingFiles pending={pending} />
          {pending.text && <Text>{pending.text}</Text>}
        </div>
        {meta}
      </article>
    );
  }
  return (
    <article
      {...marks}
      className={cx("grid max-w-[min(78%,620px)] animate-rise self-end phone:max-w-[86%]", first && "mt-2.5")}
    >
      <div
        className={cx(
          BUBBLE,
          shape(true, first),
          "justify-self-end",
          refused ? "border border-bad-line bg-bad-tint" : "bg-out-bg text-text/75",
        )}
      >
        {pending.quote && <Quote name={pending.quote.name} preview={pending.quote.preview} onJump={undefined} />}
        <PendingFiles pending={pending} />
        {pending.text && <Text>{pending.text}</Text>}
      </div>
      {meta}
    </article>
  );
});

function PendingFiles({ pending }: { pending: Pending }) {
  if (!pending.media?.length) return null;
  return (
    <Soft fallback={pending.media.map((media) => media.name).join(", ")}>
      <FileList media={pending.media} messageId={pending.clientId} conversationId={pending.conversationId} />
    </Soft>
  );
}

/** Something that happened, as a line in the middle. */
export const EventLine = memo(function EventLine({ message }: { message: Message }) {
  const { content, author } = message;
  const words =
    content.type === "revoke"
      ? t.thread.deleted(author.name)
      : content.type === "reaction"
        ? content.emoji
          ? t.thread.reacted(author.name, content.emoji)
          : t.thread.unreacted(author.name)
        : message.preview;
  return (
    <p
      data-testid="message"
      data-message-id={message.id}
      data-direction={message.direction}
      data-status={message.status}
      className="flex items-center gap-1.5 self-center py-[3px] text-xs text-text-3 [&_.lucide]:size-3.5"
    >
      <Info />
      <span>
        <bdi>{words}</bdi>
        {s.dot}
        <time dateTime={message.created_at} className="num">
          {clockTime(sentTime(message))}
        </time>
      </span>
    </p>
  );
});

/** Who wrote, as the reader would say it. */
export function authorName(message: Message, meId: string): string {
  if (message.author.type === "system") return s.thread.system;
  return message.author.id === meId ? s.thread.you : message.author.name;
}

/** Whether it took more than a minute from the customer to here. */
function arrivedLate(message: Message): boolean {
  if (message.direction === "out" || !message.sent_at) return false;
  return Math.abs(sentTime(message) - Date.parse(message.sent_at)) > 60_000;
}
