import { Dialog } from "@max/ui/dialog";
import { t } from "../../strings-thread";
import { useConversation } from "../inbox/queries";
import { ContextContent } from "./panel";

/** Customer details over the thread, where there is no room beside it. */
export function ContextSheet({ id, onClose }: { id: string; onClose: () => void }) {
  const { data } = useConversation(id);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t.context.customer}
      close={t.context.close}
      shape="side"
    >
      {data && <ContextContent key={id} conversation={data} />}
    </Dialog>
  );
}
