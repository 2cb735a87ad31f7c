import { ApiError } from "@max/api";
import { Button, ErrorState } from "@max/ui";
import { useMe } from "../../app/services";
import { errorText } from "../../app/words";
import { s } from "../../strings";
import { Composer } from "../composer/composer";
import { useConversation } from "../inbox/queries";
import { ThreadHeader } from "./header";
import { Thread } from "./thread";

/** One conversation: who, what was said, and the place to answer. */
export function Conversation(props: {
  id: string;
  panelOpen: boolean;
  onTogglePanel: () => void;
  onBack?: () => void;
}) {
  const { id, onBack } = props;
  const me = useMe();
  const { data: conversation, error, refetch } = useConversation(id);

  // What somebody else took stays readable while it is open, so that nothing typed is lost.
  const taken = conversation?.assignee && conversation.assignee.id !== me.id;
  if (!conversation || (error && unavailable(error) && !taken)) {
    return (
      <section className="flex min-h-0 bg-surface" data-region="thread" tabIndex={-1}>
        {error && <NotHere error={error} onBack={onBack} retry={() => void refetch()} />}
      </section>
    );
  }
  return (
    <section
      aria-label={s.thread.label(conversation.contact.name)}
      className="flex min-h-0 min-w-0 flex-col bg-surface"
    >
      <ThreadHeader {...props} conversation={conversation} />
      <Thread conversation={conversation} me={me} />
      <Composer conversation={conversation} me={me} />
    </section>
  );
}

/** Not there, not ours, or no id at all: trying again would not help. */
function unavailable(error: unknown): boolean {
  return error instanceof ApiError && !error.transient && error.status !== 401;
}

function NotHere({ error, onBack, retry }: { error: unknown; onBack: (() => void) | undefined; retry: () => void }) {
  return unavailable(error) ? (
    <ErrorState title={s.thread.gone} action={onBack && <Button onClick={onBack}>{s.thread.back}</Button>}>
      {s.thread.goneText}
    </ErrorState>
  ) : (
    <ErrorState
      title={s.thread.failed}
      action={
        <Button size="sm" onClick={retry}>
          {s.tryNow}
        </Button>
      }
    >
      {errorText(error)}
    </ErrorState>
  );
}
