import { Button } from "@max/ui";
import { Dialog } from "@max/ui/dialog";
import { useBlocker } from "@tanstack/react-router";
import { a } from "../../strings-account";

/** Asks before a page with unsaved changes is left, within the app and by closing the tab. */
export function LeaveGuard({ unsaved }: { unsaved: boolean }) {
  const blocker = useBlocker({
    // Signing out takes the page away in any case.
    shouldBlockFn: ({ next }) => unsaved && !/^\/(login|two-factor)/.test(next.pathname),
    enableBeforeUnload: unsaved,
    withResolver: true,
  });
  if (blocker.status !== "blocked") return null;
  return (
    <Dialog open onOpenChange={(open) => !open && blocker.reset()} title={a.leave.title} close={a.close}>
      <p className="p-4 text-sm text-text-2">{a.leave.text}</p>
      <div className="flex justify-end gap-2 px-4 pb-4">
        <Button look="danger" data-testid="leave-discard" onClick={blocker.proceed}>
          {a.leave.discard}
        </Button>
        <Button look="primary" onClick={blocker.reset}>
          {a.leave.stay}
        </Button>
      </div>
    </Dialog>
  );
}
