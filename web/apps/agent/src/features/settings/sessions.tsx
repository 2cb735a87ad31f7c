import { ApiError, body, type DeviceSession, type Page } from "@max/api";
import { Button, Pill, toast } from "@max/ui";
import { Dialog } from "@max/ui/dialog";
import { type InfiniteData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Monitor, Smartphone } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { api, useSignIns } from "../../app/services";
import { errorText } from "../../app/words";
import { fullTime, shortAgo } from "../../lib/time";
import { useNow } from "../../lib/use-now";
import { a } from "../../strings-account";
import { Failed, Loading, SettingsPage } from "./page";

const { sessions: words } = a;
const KEY = ["sessions"];
type Pages = InfiniteData<Page<DeviceSession>>;

/** Where one is signed in; any of it can be ended. */
export default function Sessions() {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [ending, setEnding] = useState<string | null>(null);
  const list = useInfiniteQuery({
    queryKey: KEY,
    queryFn: async ({ pageParam, signal }) =>
      body<Page<DeviceSession>>(
        await api.GET("/api/v1/me/sessions", {
          params: { query: { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    // No events tell of uses, so each visit asks anew.
    staleTime: 0,
  });
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const others = items.filter((session) => !session.current).length;
  const head = useRef<HTMLDivElement>(null);

  // Whoever looks here has seen the notices; another sign-in while they look belongs into the list.
  const signIns = useSignIns((state) => state.seen.length);
  const { refetch } = list;
  useEffect(() => {
    if (signIns === 0) return;
    useSignIns.setState({ seen: [] });
    void refetch();
  }, [signIns, refetch]);

  const keep = (stays: (session: DeviceSession) => boolean) =>
    client.setQueryData<Pages>(KEY, (data) =>
      data ? { ...data, pages: data.pages.map((page) => ({ ...page, items: page.items.filter(stays) })) } : data,
    );

  const end = async (session: DeviceSession) => {
    if (ending) return;
    setEnding(session.id);
    try {
      await api.DELETE("/api/v1/me/sessions/{id}", { params: { path: { id: session.id } } });
    } catch (error) {
      // Already over is as good.
      if (!(error instanceof ApiError && error.status === 404)) {
        setEnding(null);
        toast(errorText(error), "bad");
        return;
      }
    }
    setEnding(null);
    keep((other) => other.id !== session.id);
    toast(words.ended(session.device));
    head.current?.focus();
  };

  const endOthers = async () => {
    if (ending) return;
    setEnding("others");
    try {
      await api.POST("/api/v1/me/sessions/end-others");
      keep((session) => session.current);
      toast(words.endedOthers);
      setAsking(false);
      void list.refetch();
    } catch (error) {
      toast(errorText(error), "bad");
    } finally {
      setEnding(null);
    }
  };

  return (
    <SettingsPage title={words.page} lead={words.lead}>
      <div className="mt-4 flex flex-wrap items-center gap-3">
        {others > 0 && (
          <Button look="danger" data-testid="end-others" onClick={() => setAsking(true)}>
            {words.endOthers}
          </Button>
        )}
        <Link
          to="/settings/{-$page}"
          params={{ page: "password" }}
          className="py-1.5 text-sm font-medium text-accent-text hover:underline"
        >
          {words.changePassword}
        </Link>
      </div>
      <div ref={head} tabIndex={-1} className="outline-none">
        {list.isPending ? (
          <Loading />
        ) : list.isError && items.length === 0 ? (
          <Failed title={a.failed(words.page)} error={list.error} retry={() => void list.refetch()} />
        ) : (
          <>
            <ul aria-label={words.page} className="mt-4 overflow-hidden rounded-lg border border-line">
              {items.map((session) => (
                <Row key={session.id} session={session} busy={ending === session.id} onEnd={() => void end(session)} />
              ))}
            </ul>
            {others === 0 && <p className="mt-3 text-sm text-text-3">{words.onlyOne}</p>}
            {list.hasNextPage && (
              <Button className="mt-3" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {words.more}
              </Button>
            )}
          </>
        )}
      </div>
      {asking && (
        <Dialog open onOpenChange={setAsking} title={words.endOthersTitle} close={a.close}>
          <p className="p-4 text-sm text-text-2">{words.endOthersText}</p>
          <div className="flex justify-end gap-2 px-4 pb-4">
            <Button onClick={() => setAsking(false)}>{a.cancel}</Button>
            <Button
              look="danger"
              busy={ending === "others"}
              data-testid="end-others-confirm"
              onClick={() => void endOthers()}
            >
              {words.endOthers}
            </Button>
          </div>
        </Dialog>
      )}
    </SettingsPage>
  );
}

function Row({ session, busy, onEnd }: { session: DeviceSession; busy: boolean; onEnd: () => void }) {
  const now = useNow(30_000);
  const used = Date.parse(session.last_used_at);
  const begun = Date.parse(session.created_at);
  const Icon = /Android|iPhone|iPad|iOS/i.test(session.device) ? Smartphone : Monitor;
  const ago = shortAgo(used, now);
  return (
    <li
      data-testid="session"
      className="flex min-h-16 items-center gap-3.5 border-b border-line-subtle px-4 py-3 last:border-0"
    >
      <span className="grid size-9 flex-none place-items-center rounded-lg bg-sunken text-text-2">
        <Icon className="size-[18px]" />
      </span>
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5 font-medium">
          {session.device}
          {session.current && <Pill tone="ok">{words.current}</Pill>}
        </p>
        <p className="num text-xs text-text-3">
          <bdi>{session.address}</bdi>
          {" · "}
          <time dateTime={session.last_used_at} data-tip={fullTime(used)}>
            {session.current || now - used < 60_000
              ? words.usedNow
              : words.used(/\d[mh]$/.test(ago) ? words.ago(ago) : ago)}
          </time>
          {" · "}
          <time dateTime={session.created_at} data-tip={fullTime(begun)}>
            {words.since(shortAgo(begun, now))}
          </time>
        </p>
      </div>
      {!session.current && (
        <Button size="sm" busy={busy} aria-label={words.endOne(session.device)} onClick={onEnd}>
          {words.end}
        </Button>
      )}
    </li>
  );
}
