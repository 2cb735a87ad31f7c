import { Button, IconButton, Meter, Spinner } from "@max/ui";
import { Dialog } from "@max/ui/dialog";
import { Link } from "@tanstack/react-router";
import { Check, TriangleAlert, Undo2, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useUi } from "../../lib/ui-state";
import { s } from "../../strings";
import { w } from "../../strings-work";
import { type Action, under, undoBulk, useBulk } from "./job";

const { bulk: words } = w;
/** What went well goes away by itself. */
const STAYS = 10_000;

/** How far a step for many conversations is; at its end what was left as it is, and the way back. */
export function BulkProgress({ id }: { id: string }) {
  const bulk = useBulk(id);
  const setBulk = useUi((ui) => ui.setBulk);
  const [open, setOpen] = useState(false);
  const over = bulk !== undefined && !under(bulk.state);
  const trouble = bulk?.state === "undone" ? bulk.kept > 0 : (bulk?.failed ?? 0) > 0;
  const clean = over && !trouble;
  useEffect(() => {
    if (!clean || open) return;
    const timer = setTimeout(() => setBulk(null), STAYS);
    return () => clearTimeout(timer);
  }, [clean, open, setBulk]);
  if (!bulk) return null;
  const done = bulk.state === "undoing" ? bulk.undone + bulk.kept : bulk.done + bulk.failed;
  const total = bulk.state === "undoing" ? bulk.done : bulk.total;
  const what = bulk.state === "undoing" ? words.undoing : (words.actions[bulk.action as Action] ?? bulk.action);
  return (
    <section
      aria-label={what}
      data-testid="bulk-progress"
      className="fixed end-4 bottom-4 z-(--z-toast) flex w-[min(360px,calc(100vw-32px))] animate-pop flex-col gap-2 rounded-[10px] border border-line bg-surface p-3 shadow-3 phone:inset-x-4 phone:bottom-24 phone:w-auto"
    >
      <div className="flex items-start gap-2.5">
        <span className="mt-0.5 [&_.lucide]:size-4">
          {!over ? (
            <Spinner />
          ) : trouble ? (
            <TriangleAlert className="text-warn-text" />
          ) : bulk.state === "undone" ? (
            <Undo2 className="text-text-2" />
          ) : (
            <Check className="text-ok-text" />
          )}
        </span>
        <div role="status" className="num min-w-0 flex-1 text-sm">
          {!over && words.progress(what, done, total)}
          {bulk.state === "done" && <p className="font-medium">{words.done(bulk.done)}</p>}
          {bulk.state === "done" && bulk.failed > 0 && <p className="text-text-2">{words.failed(bulk.failed)}</p>}
          {bulk.state === "undone" && <p className="font-medium">{words.undone(bulk.undone)}</p>}
          {bulk.state === "undone" && bulk.kept > 0 && <p className="text-text-2">{words.kept(bulk.kept)}</p>}
        </div>
        {over && (
          <IconButton label={words.hide} className="-me-1 size-6!" onClick={() => setBulk(null)}>
            <X className="size-3.5!" />
          </IconButton>
        )}
      </div>
      {!over && <Meter value={done} max={total} label={what} />}
      {over && (bulk.state === "done" || trouble) && (
        <div className="flex gap-2">
          {trouble && bulk.failures.length > 0 && (
            <Button size="sm" data-testid="bulk-failures" onClick={() => setOpen(true)}>
              {words.show}
            </Button>
          )}
          {bulk.state === "done" && bulk.done > 0 && bulk.action !== "read" && (
            <Button size="sm" data-testid="bulk-undo" onClick={() => void undoBulk(id)}>
              {w.undo}
            </Button>
          )}
        </div>
      )}
      {open && (
        <Dialog open onOpenChange={setOpen} title={words.failures} close={w.close}>
          <ul className="flex flex-col divide-y divide-line-subtle px-4">
            {bulk.failures.map((failure) => (
              <li key={failure.conversation_id} className="flex gap-3 py-2.5 text-sm">
                <Link
                  to="/inbox/$view/{-$id}"
                  params={{ view: "all", id: failure.conversation_id }}
                  onClick={() => setOpen(false)}
                  className="num flex-none font-medium text-accent-text hover:underline"
                >
                  {failure.number === null || failure.number === undefined ? "–" : s.thread.number(failure.number)}
                </Link>
                <span className="min-w-0 text-text-2">{failure.detail}</span>
              </li>
            ))}
          </ul>
          {bulk.failed > bulk.failures.length && (
            <p className="num px-4 pb-4 text-sm text-text-3">
              {words.failuresMore(bulk.failed - bulk.failures.length)}
            </p>
          )}
        </Dialog>
      )}
    </section>
  );
}
