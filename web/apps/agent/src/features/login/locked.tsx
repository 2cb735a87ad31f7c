import { Lock } from "lucide-react";
import { useEffect, useState } from "react";
import { span } from "../../lib/time";
import { l } from "../../strings-login";

/** How long a lock lasts yet, in milliseconds, each second anew; 0 when there is none or it is over. */
export function useLock(until: number | null): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (until === null) return;
    setNow(Date.now());
    const timer = setInterval(() => {
      setNow(Date.now());
      if (Date.now() >= until) clearInterval(timer);
    }, 1_000);
    return () => clearInterval(timer);
  }, [until]);
  return until === null ? 0 : Math.max(0, until - now);
}

/** Says that signing in is paused and counts down, then that it is open again. */
export function Locked({ left }: { left: number }) {
  if (left <= 0) {
    return (
      <p role="status" className="rounded-md bg-ok-tint px-3 py-2.5 text-ok-text">
        {l.locked.over}
      </p>
    );
  }
  // Read out once: a number that changes each second would not stop talking.
  return (
    <div data-testid="login-locked" className="flex gap-2.5 rounded-md bg-warn-tint px-3 py-2.5 text-warn-text">
      <Lock className="mt-0.5" />
      <div>
        <p role="alert" className="font-semibold">
          {l.locked.title}
        </p>
        <p className="num" role="timer" aria-live="off">
          {l.locked.text(span(Math.ceil(left / 1_000) * 1_000))}
        </p>
      </div>
    </div>
  );
}
