import { cx } from "@max/ui";
import { useEffect, useState } from "react";
import { l } from "../../strings-login";

const EVERY = 30_000;
const PATIENCE = 5_000;

async function healthy(): Promise<boolean> {
  try {
    const response = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    return response.ok;
  } catch {
    return false;
  }
}

/** Whether MAX is there, as a dot with words. */
export function StatusDot() {
  const [state, setState] = useState<"wait" | "ok" | "bad">("wait");
  useEffect(() => {
    let gone = false;
    const look = async () => {
      const ok = await healthy();
      if (!gone) setState(ok ? "ok" : "bad");
    };
    void look();
    const timer = setInterval(() => void look(), EVERY);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, []);
  const words = { wait: l.statusWait, ok: l.statusOk, bad: l.statusBad }[state];
  const tone = { wait: "bg-text-3", ok: "bg-ok", bad: "bg-bad" }[state];
  return (
    <footer>
      <p role="status" className="flex items-center gap-1.5 text-xs text-text-3">
        <span aria-hidden="true" className={cx("size-[7px] rounded-full", tone)} />
        {words}
      </p>
    </footer>
  );
}
