import { ApiError } from "@max/api";
import { Button, ErrorState, IconButton, Skeleton, useDelayed } from "@max/ui";
import { useNavigate } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import { useMe } from "../../app/services";
import { errorText } from "../../app/words";
import { useNow } from "../../lib/use-now";
import { rows } from "../../live/pages";
import { s } from "../../strings";
import { c as words } from "../../strings-context";
import { type BubbleActions, EventLine, MessageBubble } from "../conversation/bubble";
import { NoteBlock } from "../conversation/note";
import { buildTimeline } from "../conversation/timeline";
import { useConversation, useMessages } from "../inbox/queries";

const ACTIONS: BubbleActions = { quote: undefined, resolve: undefined, jump: () => {} };

/** An earlier conversation of the customer, in place of their details. To read only: nothing is marked as read by it. */
export function PastConversation({ id, onBack }: { id: string; onBack: () => void }) {
  const me = useMe();
  const navigate = useNavigate();
  const conversation = useConversation(id);
  const query = useMessages(id);
  const skeleton = useDelayed(query.isPending);
  const now = useNow(60_000);
  const back = useRef<HTMLButtonElement>(null);
  const end = useRef<HTMLDivElement>(null);
  const messages = useMemo(() => rows(query.data).toReversed(), [query.data]);
  const entries = useMemo(() => buildTimeline(messages, [], null, now), [messages, now]);
  const ready = query.isSuccess;

  useEffect(() => back.current?.focus({ preventScroll: true }), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when they have come
  useEffect(() => {
    const element = end.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, [ready]);

  const c = conversation.data;
  const denied = query.error instanceof ApiError && (query.error.status === 404 || query.error.status === 403);
  return (
    <div className="flex min-h-0 flex-1 flex-col bg-surface">
      <div className="flex min-h-11 flex-none items-center gap-1 border-b border-line-subtle ps-1 pe-3">
        <IconButton ref={back} label={words.past.back} onClick={onBack}>
          <ChevronLeft className="rtl:-scale-x-100" />
        </IconButton>
        <span className="min-w-0 flex-1 leading-[1.3]">
          <span className="num block truncate text-sm font-medium">
            {c ? `${words.past.number(c.number)}${s.dot}${words.past.states[c.state]}` : ""}
          </span>
          <span className="block text-2xs text-text-3">{words.past.readOnly}</span>
        </span>
        {c && (
          <Button
            size="sm"
            onClick={() => void navigate({ to: "/inbox/$view/{-$id}", params: { view: "all", id: c.id } })}
          >
            {words.past.open}
          </Button>
        )}
      </div>
      <div ref={end} className="flex min-h-0 flex-1 flex-col gap-1 overflow-y-auto px-3 pt-2 pb-4">
        {query.isPending ? (
          skeleton && (
            <>
              <Skeleton className="h-10 w-2/3 rounded-[14px]" />
              <Skeleton className="h-8 w-1/2 self-end rounded-[14px]" />
            </>
          )
        ) : query.isError && messages.length === 0 ? (
          <ErrorState
            title={words.past.failed}
            action={
              !denied && (
                <Button size="sm" onClick={() => void query.refetch()}>
                  {s.tryNow}
                </Button>
              )
            }
          >
            {denied ? words.past.hidden : errorText(query.error)}
          </ErrorState>
        ) : (
          <>
            {query.hasNextPage && (
              <Button
                size="sm"
                look="quiet"
                className="self-center"
                busy={query.isFetchingNextPage}
                onClick={() => void query.fetchNextPage()}
              >
                {words.past.older}
              </Button>
            )}
            {entries.map((entry) => {
              switch (entry.type) {
                case "day":
                  return (
                    <p key={entry.key} className="mt-2 mb-1 text-center text-2xs font-medium text-text-3">
                      {entry.label}
                    </p>
                  );
                case "event":
                  return <EventLine key={entry.key} message={entry.message} />;
                case "note":
                  return <NoteBlock key={entry.key} message={entry.message} reader={me} rise={false} />;
                case "message":
                  return (
                    <MessageBubble
                      key={entry.key}
                      message={entry.message}
                      first={entry.first}
                      meta={entry.meta}
                      meId={me.id}
                      quotedName={null}
                      busy={false}
                      rise={false}
                      actions={ACTIONS}
                    />
                  );
                default:
                  return null;
              }
            })}
          </>
        )}
      </div>
    </div>
  );
}
