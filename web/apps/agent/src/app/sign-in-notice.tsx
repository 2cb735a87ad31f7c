import { body, type DeviceSession, type Page } from "@max/api";
import { Button } from "@max/ui";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ShieldAlert } from "lucide-react";
import { useEffect } from "react";
import { shortAgo } from "../lib/time";
import { useNow } from "../lib/use-now";
import { a } from "../strings-account";
import { api, useMe, useSignIns } from "./services";

const { signIn: words } = a;
const putAway = () => useSignIns.setState({ seen: [] });

/** Somebody signed in to this account elsewhere: was it you? Stays until it is answered. */
export function SignInNotice() {
  const me = useMe();
  const seen = useSignIns((state) => state.seen);
  const navigate = useNavigate();
  const now = useNow(30_000);
  const latest = seen.at(-1);
  // Tabs of one browser share a session, and its own beginning is no news.
  const own = useQuery({
    queryKey: ["sessions", "own", latest?.session_id],
    queryFn: async () =>
      body<Page<DeviceSession>>(await api.GET("/api/v1/me/sessions", { params: { query: { limit: 1 } } })),
    enabled: latest !== undefined && me.notifications.sign_ins,
  });
  const known = own.data?.items.find((session) => session.current)?.id === latest?.session_id;
  const dropped = !me.notifications.sign_ins || (own.isSuccess && known);
  useEffect(() => {
    if (latest && dropped) putAway();
  }, [latest, dropped]);
  if (!latest || dropped || own.isPending) return null;

  const at = Date.parse(latest.at);
  const ago = shortAgo(at, now);
  const when = now - at < 60_000 ? words.now : /\d[mh]$/.test(ago) ? a.sessions.ago(ago) : ago;
  return (
    <div
      role="status"
      data-testid="sign-in-notice"
      className="flex flex-wrap items-center gap-x-3 gap-y-1.5 bg-warn-tint px-3.5 py-2 text-xs font-medium text-warn-text"
    >
      <p className="num flex min-w-0 flex-1 basis-[260px] items-start gap-2">
        <ShieldAlert className="size-3.5!" />
        <span>
          {words.text(latest.device, latest.address, when)} <b className="font-semibold">{words.ask}</b>
        </span>
      </p>
      <span className="flex flex-wrap gap-2">
        <Button size="sm" data-testid="sign-in-known" onClick={putAway}>
          {words.yes}
        </Button>
        <Button
          size="sm"
          data-testid="sign-in-unknown"
          onClick={() => {
            putAway();
            void navigate({ to: "/settings/{-$page}", params: { page: "sessions" } });
          }}
        >
          {words.no}
        </Button>
      </span>
    </div>
  );
}
