import { CircleAlert, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useEffect, useState } from "react";
import { cx } from "./cx";

/** Something is going on. The words beside it say what. */
export function Spinner({ className }: { className?: string }) {
  return (
    <span
      aria-hidden="true"
      className={cx(
        "inline-block size-3.5 flex-none animate-spin rounded-full border-2 border-current border-t-transparent opacity-70 motion-reduce:animate-none",
        className,
      )}
    />
  );
}

const BANNERS = {
  ok: "bg-ok-tint text-ok-text",
  warn: "bg-warn-tint text-warn-text",
  neutral: "bg-sunken text-text-2",
  accent: "bg-accent-tint text-accent-text",
  bad: "bg-bad-tint text-bad-text",
} as const;

/** A bar about the state of the whole screen. */
export function Banner(props: { tone: keyof typeof BANNERS; icon?: ReactNode; children: ReactNode; testId?: string }) {
  return (
    <div
      role="status"
      data-testid={props.testId}
      className={cx(
        "flex items-center gap-2 px-3.5 py-[7px] text-xs font-medium [&_.lucide]:size-3.5",
        BANNERS[props.tone],
      )}
    >
      {props.icon}
      <span className="min-w-0 flex-1">{props.children}</span>
    </div>
  );
}

function Notice(props: { icon: ReactNode; tile: string; title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="m-auto flex max-w-[300px] flex-col items-center gap-1 px-4 py-8 text-center leading-[1.45]">
      <span className={cx("mb-1.5 grid size-10 place-items-center rounded-lg [&_.lucide]:size-[18px]", props.tile)}>
        {props.icon}
      </span>
      <p className="text-sm font-semibold">{props.title}</p>
      {props.children && <p className="text-text-2">{props.children}</p>}
      {props.action && <div className="mt-2 flex gap-2">{props.action}</div>}
    </div>
  );
}

/** Nothing here: one line of fact, one thing to do. */
export function EmptyState(props: { icon: ReactNode; title: string; children?: ReactNode; action?: ReactNode }) {
  return <Notice {...props} tile="bg-accent-tint text-accent-text" />;
}

/** This part did not load: what happened, what we do, what you can do. */
export function ErrorState(props: { title: string; children?: ReactNode; action?: ReactNode }) {
  return <Notice {...props} icon={<TriangleAlert />} tile="bg-bad-tint text-bad-text" />;
}

/** True once `active` has lasted `delay` milliseconds, so that fast answers show no skeleton. */
export function useDelayed(active: boolean, delay = 150): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!active) return;
    const timer = setTimeout(() => setLate(true), delay);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [active, delay]);
  return active && late;
}

/** A grey stand-in of the given size. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden="true" className={cx("skl", className)} />;
}

/** What is wrong with a field. Name it in the field's `aria-describedby`. */
export function FieldError({ id, children }: { id: string; children: ReactNode }) {
  if (!children) return null;
  return (
    <p id={id} className="flex items-start gap-1.5 text-xs text-bad-text [&_.lucide]:mt-px [&_.lucide]:size-3.5">
      <CircleAlert />
      <span>{children}</span>
    </p>
  );
}
