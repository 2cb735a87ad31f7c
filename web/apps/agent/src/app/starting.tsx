import { Button, ErrorState, Logo, Skeleton } from "@max/ui";
import { useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { s } from "../strings";

/** The outline of the app while the session is looked up. */
export function Starting() {
  return (
    <div className="grid h-dvh grid-cols-1 desk:grid-cols-[56px_minmax(0,1fr)] desk:p-2 desk:ps-0">
      <div className="flex justify-center pt-2 phone:hidden">
        <Logo />
      </div>
      <div className="border-line bg-surface p-4 desk:rounded-lg desk:border">
        <Skeleton className="w-32" />
      </div>
    </div>
  );
}

const WAIT = 5;

/** The server did not answer while the session was looked up: tries again by itself. */
export function StartingFailed() {
  const router = useRouter();
  const [left, setLeft] = useState(WAIT);
  useEffect(() => {
    const timer = setInterval(() => setLeft((n) => n - 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (left > 0) return;
    setLeft(WAIT);
    void router.invalidate();
  }, [left, router]);
  return (
    <main className="grid h-dvh place-items-center">
      <ErrorState
        title={s.live.starting}
        action={
          <Button size="sm" onClick={() => void router.invalidate()}>
            {s.tryNow}
          </Button>
        }
      >
        {s.live.startingText} {s.retrying(Math.max(1, left))}
      </ErrorState>
    </main>
  );
}
