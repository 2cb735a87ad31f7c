import type { Conversation } from "@max/api";
import { Dialog } from "@max/ui/dialog";
import { q } from "../../strings-structured";
import { ButtonsForm } from "./buttons-form";
import { type Kind, useCapabilities } from "./kinds";
import { ListForm } from "./list-form";
import { LocationForm } from "./location-form";
import type { Said } from "./said";

/** Where a place or a question with ready answers is written and sent. */
export function StructuredDialog(props: {
  kind: Kind;
  conversation: Pick<Conversation, "id" | "channel">;
  /** What it begins with, where that is of this kind. */
  begin: Said | undefined;
  onClose: () => void;
}) {
  const { kind, conversation, begin, onClose } = props;
  const limits = useCapabilities(conversation.channel.id)?.structured;
  const form = { conversation, onClose };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={q.title[kind]} close={q.close}>
      {kind === "location" && limits?.location && (
        <LocationForm {...form} begin={begin?.type === "location" ? begin : undefined} limits={limits.location} />
      )}
      {kind === "buttons" && limits?.buttons && (
        <ButtonsForm {...form} begin={begin?.type === "buttons" ? begin : undefined} limits={limits.buttons} />
      )}
      {kind === "list" && limits?.list && (
        <ListForm {...form} begin={begin?.type === "list" ? begin : undefined} limits={limits.list} />
      )}
    </Dialog>
  );
}
