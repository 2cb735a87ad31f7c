import { dismissToast, toast } from "@max/ui";

/** How long the last action can be taken back by its key, as long as its toast stands. */
const WINDOW = 5_000;

let last: { id: number; at: number; run: () => void } | null = null;

/** Says what was done, with a way to take it back: in the toast, or by the Z key. */
export function offerUndo(text: string, label: string, run: () => void): void {
  const once = () => {
    if (last?.id === id) last = null;
    run();
  };
  const id = toast(text, "ok", { label, run: once });
  last = { id, at: Date.now(), run: once };
}

/** Takes back the last action. False when there is none, or its time is over. */
export function undoLast(): boolean {
  if (!last || Date.now() - last.at > WINDOW) return false;
  const { id, run } = last;
  dismissToast(id);
  run();
  return true;
}
