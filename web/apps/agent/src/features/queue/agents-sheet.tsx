import type { QueueDetail } from "@max/api";
import { Dialog } from "@max/ui/dialog";
import { w } from "../../strings-work";
import { AgentsLine, AgentsList } from "./agents";

/** Who is there for the queue, over its rows: for a phone, and wherever there is no room beside them. */
export function AgentsSheet({ queue, onClose }: { queue: QueueDetail | undefined; onClose: () => void }) {
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={w.queue.agents} close={w.close} shape="side">
      <div data-testid="agents-sheet" className="[--rowbg:var(--surface)]">
        <p className="px-4 pt-3">
          <AgentsLine queue={queue} />
        </p>
        <AgentsList queue={queue} />
      </div>
    </Dialog>
  );
}
