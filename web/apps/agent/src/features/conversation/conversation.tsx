import { ApiError } from "@max/api";
import { Button, ErrorState } from "@max/ui";
import { useMe } from "../../app/services";
import { useShortcuts } from "../../app/shortcuts";
import { errorText } from "../../app/words";
import { s } from "../../strings";
import { t } from "../../strings-thread";
import { Composer } from "../composer/composer";
import { undoLast } from "../composer/undo";
import { showTab, type Tab } from "../context/tab";
import { useConversation } from "../inbox/queries";
import { PinnedStrip } from "../notes/pinned-strip";
import { TagLayer } from "../tags/layer";
import { openTags } from "../tags/open";
import { ThreadHeader } from "./header";
import { Thread } from "./thread";
import { CustomerWriting } from "./writing";

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

  const show = (tab: Tab) => {
    showTab(tab);
    if (!props.panelOpen) props.onTogglePanel();
  };
  useShortcuts({
    // While rows are selected the key is theirs.
    l: () => !document.querySelector("[data-bulk]") && openTags(),
    z: () => undoLast(id),
    1: () => show("customer"),
    3: () => show("activity"),
  });

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
      aria-label={t.thread.label(conversation.contact.name)}
      className="relative flex min-h-0 min-w-0 flex-col bg-surface"
    >
      <ThreadHeader {...props} conversation={conversation} />
      <TagLayer conversation={conversation} />
      <PinnedStrip conversation={conversation} reader={me} />
      <Thread conversation={conversation} me={me} />
      <CustomerWriting conversation={conversation} />
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
    <ErrorState title={t.thread.gone} action={onBack && <Button onClick={onBack}>{s.thread.back}</Button>}>
      {t.thread.goneText}
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
