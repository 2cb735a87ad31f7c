import type { OneTimeLink, User } from "@max/api";
import { Button, toast } from "@max/ui";
import { Link } from "@tanstack/react-router";
import { KeyRound, LogOut, ShieldOff } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { fullTime, sinceDate } from "../../lib/time";
import { useNow } from "../../lib/use-now";
import { Section } from "./layout";
import { LinkBox } from "./link-box";
import { TwoFactorMark } from "./people";
import { endSessions, makeLink, problemText, resetTwoFactor, saveUser } from "./queries";
import { a } from "./strings";

const ConfirmDialog = lazy(() => import("@max/ui/confirm").then((module) => ({ default: module.ConfirmDialog })));
const DeactivateDialog = lazy(() => import("./deactivate").then((module) => ({ default: module.DeactivateDialog })));

type Ask = "two-factor" | "sessions" | "deactivate" | null;

/** How somebody gets in: two-factor, sessions, links, and whether at all. */
export function UserAccess({ user, own }: { user: User; own: boolean }) {
  const now = useNow(60_000);
  const [ask, setAsk] = useState<Ask>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const [made, setMade] = useState<{ link: OneTimeLink; kind: "reset" | "invite" } | null>(null);
  const kind = user.status === "invited" ? "invite" : "reset";

  /** Does it, says how it went, and closes what asked. */
  const run = async (name: string, act: () => Promise<unknown>, done?: string) => {
    setBusy(name);
    try {
      await act();
      if (done) toast(done);
    } catch (error) {
      toast(problemText(error), "bad");
    } finally {
      setBusy(null);
      setAsk(null);
    }
  };
  const row = "flex flex-wrap items-center gap-2";
  const button = "[&_.lucide]:size-3.5";

  return (
    <Section title={a.user.access}>
      {user.status !== "deactivated" && (
        <>
          <p className="text-xs">
            <TwoFactorMark state={user.two_factor} long />
          </p>
          <div className={row}>
            <Button
              size="sm"
              className={button}
              busy={busy === "link"}
              data-testid="make-link"
              data-tip={a.user.linkWhy[kind]}
              aria-description={a.user.linkWhy[kind]}
              onClick={() => void run("link", async () => setMade({ link: await makeLink(user.id), kind }))}
            >
              <KeyRound />
              {a.user.link[kind]}
            </Button>
            {user.two_factor === "on" && (
              <Button size="sm" className={button} onClick={() => setAsk("two-factor")}>
                <ShieldOff />
                {a.user.resetTwoFactor}
              </Button>
            )}
            {user.status === "active" && (
              <Button size="sm" className={button} onClick={() => setAsk("sessions")}>
                <LogOut />
                {a.user.endSessions}
              </Button>
            )}
            <Button
              size="sm"
              look="danger"
              data-testid="deactivate"
              reason={own ? a.user.deactivateOwn : undefined}
              onClick={() => setAsk("deactivate")}
            >
              {a.user.deactivate}
            </Button>
          </div>
          {made && <LinkBox link={made.link} kind={made.kind} email={user.email} />}
        </>
      )}
      {user.status === "deactivated" && (
        <div className={row}>
          <Button
            size="sm"
            busy={busy === "reactivate"}
            data-testid="reactivate"
            onClick={() =>
              void run("reactivate", () => saveUser(user, { active: true }), a.user.reactivated(user.name))
            }
          >
            {a.user.reactivate}
          </Button>
        </div>
      )}
      <dl className="mt-1 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-xs">
        <dt className="text-text-3">{a.user.lastSeen}</dt>
        <dd className="num">{user.last_seen_at ? fullTime(Date.parse(user.last_seen_at)) : a.never}</dd>
        <dt className="text-text-3">{a.user.added}</dt>
        <dd className="num">{sinceDate(Date.parse(user.created_at), now)}</dd>
      </dl>
      <Link
        to="/admin/{-$page}/{-$id}"
        params={{ page: "audit", id: undefined }}
        search={{ subject: user.id }}
        className="w-max text-xs font-medium text-accent-text hover:underline"
      >
        {a.user.history}
      </Link>
      <Suspense>
        {ask === "two-factor" && (
          <ConfirmDialog
            open
            title={a.user.resetTwoFactorTitle(user.name)}
            confirm={a.user.resetTwoFactor}
            cancel={a.cancel}
            busy={busy !== null}
            onCancel={() => setAsk(null)}
            onConfirm={() =>
              void run("two-factor", () => resetTwoFactor(user.id), a.user.resetTwoFactorDone(user.name))
            }
          >
            {a.user.resetTwoFactorText(user.name)}
          </ConfirmDialog>
        )}
        {ask === "sessions" && (
          <ConfirmDialog
            open
            title={a.user.endSessionsTitle(user.name)}
            confirm={a.user.endSessions}
            cancel={a.cancel}
            busy={busy !== null}
            onCancel={() => setAsk(null)}
            onConfirm={() => void run("sessions", () => endSessions(user.id), a.user.endSessionsDone(user.name))}
          >
            {own ? a.user.endSessionsOwn : a.user.endSessionsText(user.name)}
          </ConfirmDialog>
        )}
        {ask === "deactivate" && <DeactivateDialog user={user} onClose={() => setAsk(null)} />}
      </Suspense>
    </Section>
  );
}
