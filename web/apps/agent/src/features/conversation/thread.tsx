import type { Conversation, Message, User } from "@max/api";
import { Button, ErrorState, Skeleton, Spinner, toast, useDelayed } from "@max/ui";
import { ArrowDown, Layers } from "lucide-react";
import {
  type KeyboardEvent,
  lazy,
  Suspense,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { announceMessage } from "../../app/announce";
import { live } from "../../app/live";
import { compose } from "../../app/regions";
import { useLink } from "../../app/services";
import { errorText } from "../../app/words";
import { useNow } from "../../lib/use-now";
import { rows } from "../../live/pages";
import { s } from "../../strings";
import { t } from "../../strings-thread";
import { restore, setDraft } from "../composer/drafts";
import { useHeld } from "../composer/held";
import { type Pending, usePending } from "../composer/pending";
import { markSeen } from "../composer/stale";
import { undo } from "../composer/undo";
import { useMessages } from "../inbox/queries";
import { markRead, resolveMessage } from "../inbox/take";
import { mayReact } from "../media/may-react";
import { togglePin } from "../notes/pin";
import { authorName, type BubbleActions, EventLine, MessageBubble, mayJudge, PendingBubble } from "./bubble";
import { LINK } from "./bubble-parts";
import { loadRich } from "./content";
import { Happened, useHappenings } from "./happened";
import { type ThreadEntry, withHappenings } from "./happenings";
import { HeldBubble } from "./held-bubble";
import { NoteBlock } from "./note";
import { useAttention, useSeek, useThreadScroll } from "./scroll";
import { buildTimeline, firstUnread } from "./timeline";

const FeedbackDialog = lazy(() =>
  import("../notes/feedback-dialog").then((module) => ({ default: module.FeedbackDialog })),
);

const TemplateDialog = lazy(() =>
  import("../templates/template-dialog").then((module) => ({ default: module.TemplateDialog })),
);

/** Whether free text may not be sent now. */
const windowShut = ({ channel, window_expires_at: until }: Conversation, now: number) =>
  channel.reply_window_seconds != null && (until === null || Date.parse(until) <= now);

/** A pause before telling the server, so that a burst is one call. */
const READ_AFTER = 300;

/** What was said, oldest at the top. */
export function Thread({ conversation, me }: { conversation: Conversation; me: User }) {
  const query = useMessages(conversation.id);
  const pending = usePending(conversation.id);
  const held = useHeld(conversation.id);
  const online = useLink((state) => state.online);
  const skeleton = useDelayed(query.isPending);
  const now = useNow(60_000);
  const messages = useMemo(() => rows(query.data).toReversed(), [query.data]);
  const attentive = useAttention();

  const newFrom = useNewDivider(conversation, messages, attentive);
  const happened = useHappenings(conversation.id);
  const older = query.hasNextPage;
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const said = useMemo(
    () => buildTimeline(messages, pending, newFrom, now, held, unfolded),
    [messages, pending, newFrom, now, held, unfolded],
  );
  // A flood may be longer than anybody wants to load by scrolling: what came before it is asked for.
  const folded = said.find((entry) => entry.type !== "day" && entry.type !== "new");
  const dammed = older && folded?.type === "folded";
  const entries = useMemo(() => withHappenings(said, happened, older, now), [said, happened, older, now]);
  const ids = useMemo(() => new Map(messages.map((m) => [m.id, m])), [messages]);

  const scroll = useThreadScroll({
    first: messages[0]?.id ?? null,
    last: entries.at(-1)?.key ?? null,
    ready: query.isSuccess,
    own: pending.at(-1)?.clientId ?? null,
    onTop: () => {
      if (older && !dammed && !query.isFetchingNextPage && !query.isFetchNextPageError) void query.fetchNextPage();
    },
  });

  useEffect(() => {
    // While the messages are on their way: what came later than they would push them about.
    loadRich().catch(() => {});
  }, []);
  useSeenMark(conversation.id, messages, scroll.atEnd);
  useReadMark(conversation, messages, attentive && scroll.atEnd && query.isSuccess);
  const arrived = useArrivals(messages, scroll.atEnd, me.id);

  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  const resolve = useCallback((message: Message, how: "retry" | "confirm") => {
    setBusy((set) => new Set(set).add(message.id));
    resolveMessage(message, how)
      .catch((error) => toast(errorText(error), "bad"))
      .finally(() => setBusy((set) => new Set([...set].filter((id) => id !== message.id))));
  }, []);
  const quote = useCallback(
    (message: Message) => {
      setDraft(conversation.id, {
        quote: { id: message.id, name: authorName(message, me.id), preview: message.preview },
      });
      compose("reply");
    },
    [conversation.id, me.id],
  );
  const canQuote = conversation.channel.can_quote;
  const reacts = mayReact(conversation, me, now);
  const seek = useSeek(query, messages, scroll.jump);
  const [judged, setJudged] = useState<Message | null>(null);
  const [rescued, setRescued] = useState<Message | null>(null);
  const shut =
    conversation.channel.can_send_templates && conversation.state !== "closed" && windowShut(conversation, now);
  const actions: BubbleActions = useMemo(
    () => ({
      quote: canQuote ? quote : undefined,
      resolve,
      jump: seek,
      rescue: shut ? setRescued : undefined,
      feedback: setJudged,
      judges: me.role !== "agent",
      reacts,
    }),
    [canQuote, quote, resolve, seek, me.role, reacts, shut],
  );

  const retry = useCallback((item: Pending) => live().outbox.retry(item), []);
  const edit = useCallback((item: Pending) => {
    restore(item);
    live().outbox.remove(item);
    compose(item.kind);
  }, []);

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const focused = (event.target as HTMLElement).closest<HTMLElement>("[data-message-id]");
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      const all = [...event.currentTarget.querySelectorAll<HTMLElement>("article[data-message-id]")];
      const at = focused ? all.indexOf(focused) : all.length;
      all[Math.min(all.length - 1, Math.max(0, at + (event.key === "ArrowUp" ? -1 : 1)))]?.focus();
    } else if (event.key === "f" && focused) {
      const message = ids.get(focused.dataset.messageId ?? "");
      if (!message || !(mayJudge(message, me.id, actions) || (message.feedback_count ?? 0) > 0)) return;
      event.preventDefault();
      setJudged(message);
    } else if (event.key === "+" && focused) {
      event.preventDefault();
      focused.querySelector<HTMLElement>("[data-react]")?.click();
    } else if (event.key === "r" && focused) {
      const message = ids.get(focused.dataset.messageId ?? "");
      if (message?.kind !== "reply" || !canQuote) return;
      event.preventDefault();
      quote(message);
    }
  };

  const draw = (entry: ThreadEntry) => {
    switch (entry.type) {
      case "day":
        return <Divider key={entry.key}>{entry.label}</Divider>;
      case "new":
        return (
          <Divider key={entry.key} fresh>
            {t.thread.fresh}
          </Divider>
        );
      case "happened":
        return <Happened key={entry.key} conversationId={conversation.id} all={entry.all} meId={me.id} />;
      case "event":
        return <EventLine key={entry.key} message={entry.message} />;
      case "folded":
        return (
          <Folded
            key={entry.key}
            count={entry.messages.length}
            more={dammed && entry === folded}
            loading={query.isFetchingNextPage}
            onOpen={() => setUnfolded((ids) => new Set([...ids, ...entry.messages.map(({ id }) => id)]))}
            onBefore={() => void query.fetchNextPage()}
          />
        );
      case "note":
        return (
          <NoteBlock
            key={entry.key}
            message={entry.message}
            reader={me}
            rise={arrived.has(entry.message.id)}
            pin={togglePin}
          />
        );
      case "message":
        return (
          <MessageBubble
            key={entry.key}
            message={entry.message}
            album={entry.album}
            first={entry.first}
            meta={entry.meta}
            meId={me.id}
            quotedName={quotedName(entry.message, ids, me.id)}
            busy={busy.has(entry.message.id)}
            rise={arrived.has(entry.message.id)}
            actions={actions}
          />
        );
      case "pending":
        return (
          <PendingBubble
            key={entry.key}
            pending={entry.pending}
            first={entry.first}
            online={online}
            retry={retry}
            edit={edit}
            undo={undo}
          />
        );
      case "held":
        return <HeldBubble key={entry.key} message={entry.message} first={entry.first} />;
    }
  };

  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <div
        ref={scroll.scroller}
        role="log"
        aria-live="off"
        aria-label={s.thread.log}
        aria-busy={query.isFetching}
        data-region="thread"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
        tabIndex={0}
        onKeyDown={onKeyDown}
        className="min-h-0 flex-1 overflow-y-auto overscroll-contain [overflow-anchor:none] focus-visible:-outline-offset-2"
      >
        <div ref={scroll.content} className="flex min-h-full flex-col justify-end gap-1 px-5 pt-3 pb-3.5 phone:px-3.5">
          {query.isPending ? (
            skeleton && <ThreadSkeleton />
          ) : query.isError && messages.length === 0 ? (
            <ErrorState
              title={s.thread.failed}
              action={
                <Button size="sm" onClick={() => void query.refetch()}>
                  {s.tryNow}
                </Button>
              }
            >
              {errorText(query.error)}
            </ErrorState>
          ) : (
            <>
              {query.isFetchingNextPage && (
                <p className="flex items-center justify-center gap-2 py-2 text-xs text-text-3">
                  <Spinner />
                  {t.thread.older}
                </p>
              )}
              {query.isFetchNextPageError && (
                <p className="flex items-center justify-center gap-2 py-2 text-xs text-text-2">
                  {t.thread.olderFailed}
                  <Button size="sm" onClick={() => void query.fetchNextPage()}>
                    {s.tryAgain}
                  </Button>
                </p>
              )}
              {entries.map(draw)}
            </>
          )}
        </div>
      </div>
      {rescued && (
        <Suspense>
          <TemplateDialog conversation={conversation} asks={{ message: rescued.id }} onClose={() => setRescued(null)} />
        </Suspense>
      )}
      {judged && (
        <Suspense>
          <FeedbackDialog message={judged} onClose={() => setJudged(null)} />
        </Suspense>
      )}
      {!scroll.atEnd && (
        <button
          type="button"
          onClick={scroll.toEnd}
          className="num absolute inset-x-0 bottom-3 z-(--z-sticky) mx-auto flex h-7 w-max animate-pop items-center gap-1.5 rounded-full border border-line bg-surface px-3 text-xs font-medium text-text shadow-3 hover:bg-hover phone:h-10"
        >
          <ArrowDown className="size-3.5" />
          {arrived.unseen > 0 ? t.thread.latestNew(arrived.unseen) : t.thread.latest}
        </button>
      )}
    </div>
  );
}

/** Where the "New" divider stands: at the first unread on opening, or at the first that came while nobody looked. */
function useNewDivider(conversation: Conversation, messages: Message[], attentive: boolean): string | null {
  const [from, setFrom] = useState<string | null>(null);
  const opened = useRef(false);
  const seen = useRef(0);
  useLayoutEffect(() => {
    const newest = messages.at(-1);
    if (!newest) return;
    if (!opened.current) {
      opened.current = true;
      setFrom(firstUnread(messages, conversation.unread));
    } else if (!attentive && newest.seq > seen.current) {
      const first = messages.find((m) => m.seq > seen.current && m.direction === "in");
      if (first) setFrom((old) => (old && messages.some((m) => m.id === old && m.seq > seen.current) ? old : first.id));
    }
    if (attentive || seen.current === 0) seen.current = newest.seq;
  }, [messages, conversation.unread, attentive]);
  return from;
}

/** What the reader has had before their eyes: all that was there on opening, and what came while the end was in sight. */
function useSeenMark(id: string, messages: Message[], atEnd: boolean) {
  const seq = messages.at(-1)?.seq ?? 0;
  const opened = useRef(false);
  useEffect(() => {
    if (seq === 0 || (opened.current && !atEnd)) return;
    opened.current = true;
    markSeen(id, seq);
  }, [id, seq, atEnd]);
}

/** Tells the server what has been seen: open, in front, and scrolled to the end. */
function useReadMark(conversation: Conversation, messages: Message[], seen: boolean) {
  const seq = messages.at(-1)?.seq ?? 0;
  // A note that names the reader is news too, though the customer said nothing.
  const due = seen && (conversation.unread > 0 || conversation.mentioned) && seq > 0;
  const latest = useRef(conversation);
  latest.current = conversation;
  const inbound = conversation.inbound_count;
  // What could not be told while the line was down is told when it is back.
  const live = useLink((state) => state.link === "live");
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new inbound message is a new reason
  useEffect(() => {
    if (!due) return;
    const timer = setTimeout(() => void markRead(latest.current, seq).catch(() => {}), READ_AFTER);
    return () => clearTimeout(timer);
  }, [due, seq, inbound, live]);
}

/** Messages that came in while this is open: announced, drawn with a little rise, counted while scrolled up. */
function useArrivals(messages: Message[], atEnd: boolean, meId: string) {
  const newest = messages.at(-1)?.seq ?? 0;
  const known = useRef(0);
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const [unseen, setUnseen] = useState(0);
  useLayoutEffect(() => {
    const before = known.current;
    known.current = Math.max(before, newest);
    if (before === 0 || newest <= before) return;
    const arrivals = messages.filter((m) => m.seq > before && m.author.id !== meId && !m.folded);
    if (arrivals.length === 0) return;
    for (const m of arrivals) if (m.author.type !== "system") announceMessage(m.author.name, m.preview);
    setFresh(new Set(arrivals.map((m) => m.id)));
    setUnseen((n) => n + arrivals.length);
  }, [messages, newest, meId]);
  useEffect(() => {
    if (atEnd) setUnseen(0);
  }, [atEnd]);
  return { has: (id: string) => fresh.has(id), unseen: atEnd ? 0 : unseen };
}

function quotedName(message: Message, ids: Map<string, Message>, meId: string): string | null {
  const quoted = message.reply_to?.id ? ids.get(message.reply_to.id) : undefined;
  return quoted ? authorName(quoted, meId) : null;
}

/** What a flood brought, in one line. */
function Folded(props: { count: number; more: boolean; loading: boolean; onOpen: () => void; onBefore: () => void }) {
  return (
    <div
      data-testid="folded"
      className="my-1 flex flex-wrap items-center gap-2 self-start rounded-md border border-line bg-surface-2 px-3 py-1.5 text-xs text-text-2 [&_.lucide]:size-3.5"
    >
      <Layers />
      <span className="num font-medium">{t.folded.count(props.count, props.more)}</span>
      <button type="button" data-testid="unfold" onClick={props.onOpen} className={LINK}>
        {t.folded.show}
      </button>
      {props.more && (
        <button type="button" disabled={props.loading} onClick={props.onBefore} className={LINK}>
          {props.loading ? t.thread.older : t.folded.before}
        </button>
      )}
    </div>
  );
}

function Divider({ fresh, children }: { fresh?: boolean; children: string }) {
  const line = `h-px flex-1 ${fresh ? "bg-bad-line" : "bg-line-subtle"}`;
  return (
    <div
      {...(fresh ? { "data-new": true } : {})}
      className={`mt-2 mb-1.5 flex w-full items-center gap-2.5 text-2xs font-medium ${fresh ? "text-bad-text" : "text-text-3"}`}
    >
      <span className={line} />
      {children}
      <span className={line} />
    </div>
  );
}

function ThreadSkeleton() {
  return (
    <div aria-hidden="true" className="flex flex-col gap-3">
      <Skeleton className="h-14 w-[56%] rounded-[14px]" />
      <Skeleton className="h-9 w-[38%] self-end rounded-[14px]" />
      <Skeleton className="h-9 w-[48%] rounded-[14px]" />
      <Skeleton className="h-14 w-[60%] self-end rounded-[14px]" />
    </div>
  );
}
