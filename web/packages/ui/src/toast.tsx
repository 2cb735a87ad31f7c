import { Check, TriangleAlert, X } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";
import { cx } from "./cx";

export interface ToastMessage {
  id: number;
  tone: "ok" | "bad";
  text: string;
  /** What can be done about it. */
  action?: { label: string; run: () => void } | undefined;
}

const SHOWN = 3;
const LIFE = { ok: 5_000, bad: 10_000 };

let shown: readonly ToastMessage[] = [];
let next = 1;
const listeners = new Set<() => void>();

function change(toasts: readonly ToastMessage[]) {
  shown = toasts;
  for (const listener of listeners) listener();
}

/** Says something in the corner for five seconds; a failure for ten. */
export function toast(text: string, tone: ToastMessage["tone"] = "ok", action?: ToastMessage["action"]): number {
  const same = shown.filter((t) => t.text !== text);
  const id = next++;
  change([...same, { id, tone, text, action }].slice(-SHOWN));
  return id;
}

/** Puts a toast away. */
export function dismissToast(id: number): void {
  change(shown.filter((t) => t.id !== id));
}

/** Where toasts appear. One per page. */
export function Toaster({ dismiss, className }: { dismiss: string; className?: string }) {
  const toasts = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shown,
  );
  return (
    <div
      className={cx(
        "pointer-events-none fixed z-(--z-toast) flex w-[min(380px,calc(100vw-32px))] flex-col gap-2 phone:inset-x-4 phone:top-3 desk:bottom-4",
        className,
      )}
    >
      {/* Two regions: a failure interrupts, anything else waits its turn. */}
      <div role="status" className="contents">
        {toasts
          .filter((t) => t.tone === "ok")
          .map((t) => (
            <ToastBox key={t.id} toast={t} dismiss={dismiss} />
          ))}
      </div>
      <div role="alert" className="contents">
        {toasts
          .filter((t) => t.tone === "bad")
          .map((t) => (
            <ToastBox key={t.id} toast={t} dismiss={dismiss} />
          ))}
      </div>
    </div>
  );
}

function ToastBox({ toast, dismiss }: { toast: ToastMessage; dismiss: string }) {
  useEffect(() => {
    const timer = setTimeout(() => dismissToast(toast.id), LIFE[toast.tone]);
    return () => clearTimeout(timer);
  }, [toast]);
  return (
    <div className="pointer-events-auto flex animate-pop items-center gap-2.5 rounded-[10px] bg-inverse px-3 py-2.5 text-sm text-inverse-text shadow-3">
      {toast.tone === "ok" ? <Check className="text-ok" /> : <TriangleAlert className="text-bad" />}
      <span className="min-w-0 flex-1">{toast.text}</span>
      {toast.action && (
        <button
          type="button"
          data-testid="toast-action"
          className="h-7 rounded-xs px-1.5 font-semibold underline underline-offset-2 hover:opacity-80 phone:h-9"
          onClick={() => {
            dismissToast(toast.id);
            toast.action?.run();
          }}
        >
          {toast.action.label}
        </button>
      )}
      <button
        type="button"
        aria-label={dismiss}
        className="grid size-6 place-items-center rounded-xs opacity-70 hover:opacity-100"
        onClick={() => dismissToast(toast.id)}
      >
        <X />
      </button>
    </div>
  );
}
