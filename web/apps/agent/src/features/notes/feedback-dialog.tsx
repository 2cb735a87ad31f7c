import { body, type Feedback, type Message } from "@max/api";
import { Avatar, Button, FieldError, Skeleton, toast, useDelayed } from "@max/ui";
import { Dialog } from "@max/ui/dialog";
import { TextArea } from "@max/ui/form";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, queryClient, useMe } from "../../app/services";
import { errorText } from "../../app/words";
import { fullTime } from "../../lib/time";
import { s } from "../../strings";
import { n } from "../../strings-notes";
import { feedbackKey, loadFeedback, showCount, withFeedback } from "./feedback-live";

/** What leads say about one message: they write it, its author reads it, nobody else sees it. */
export function FeedbackDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const me = useMe();
  const own = message.author.id === me.id;
  const key = feedbackKey(message.id);
  const params = { path: { id: message.conversation_id, message_id: message.id } };
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => loadFeedback(message, signal),
    staleTime: 0,
    enabled: own || (message.feedback_count ?? 0) > 0,
  });
  const skeleton = useDelayed(query.isLoading);
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const items = query.data ?? [];
  const give = async () => {
    if (!text.trim()) return;
    setBusy(true);
    setError(null);
    try {
      const made = body<Feedback>(
        await api.POST("/api/v1/conversations/{id}/messages/{message_id}/feedback", {
          params,
          body: { text: text.trim() },
        }),
      );
      queryClient.setQueryData<Feedback[]>(key, (all) => withFeedback(all, made));
      showCount(message, (message.feedback_count ?? 0) + 1);
      toast(n.thanks);
      onClose();
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={own ? n.own : n.title(message.author.name)}
      close={n.close}
    >
      <div className="flex flex-col gap-4 p-4">
        <blockquote
          dir="auto"
          className="max-h-28 overflow-y-auto rounded-md bg-out-bg px-3 py-2 text-sm whitespace-pre-wrap [overflow-wrap:anywhere]"
        >
          {message.text ?? message.preview}
        </blockquote>
        {query.isError && (
          <p className="flex items-center gap-3 text-sm text-bad-text">
            <span className="min-w-0 flex-1">
              {n.failed}. {errorText(query.error)}
            </span>
            <Button size="sm" onClick={() => void query.refetch()}>
              {s.tryAgain}
            </Button>
          </p>
        )}
        {skeleton && <Skeleton className="h-10" />}
        <FeedbackList items={items} />
        {!own && (
          <form
            className="flex flex-col gap-3"
            onSubmit={(event) => {
              event.preventDefault();
              void give();
            }}
          >
            <TextArea
              label={n.label}
              hint={n.hint(message.author.name)}
              rows={3}
              maxLength={2_000}
              value={text}
              onChange={(event) => setText(event.target.value)}
              onKeyDown={(event) => {
                if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
                event.preventDefault();
                void give();
              }}
            />
            <div role="alert" className="empty:hidden">
              {error !== null && <FieldError id="feedback-error">{errorText(error)}</FieldError>}
            </div>
            <Button
              type="submit"
              look="primary"
              className="self-end"
              busy={busy}
              data-testid="give-feedback"
              reason={text.trim() ? undefined : n.empty}
            >
              {n.send}
            </Button>
          </form>
        )}
        {own && <p className="text-xs text-text-3">{n.ownHint}</p>}
      </div>
    </Dialog>
  );
}

/** Feedback, oldest first, with who gave it. */
export function FeedbackList({ items }: { items: readonly Feedback[] }) {
  if (items.length === 0) return null;
  return (
    <ul className="flex flex-col gap-3">
      {items.map((feedback) => (
        <li key={feedback.id} className="flex gap-2.5">
          <Avatar id={feedback.by.id} name={feedback.by.name} size={28} />
          <div className="min-w-0 flex-1">
            <p className="flex min-w-0 items-baseline gap-2 text-xs">
              <b className="truncate font-semibold" dir="auto">
                {feedback.by.name}
              </b>
              <time dateTime={feedback.created_at} className="num flex-none text-text-3">
                {fullTime(Date.parse(feedback.created_at))}
              </time>
            </p>
            <p dir="auto" className="text-sm whitespace-pre-wrap [overflow-wrap:anywhere]">
              {feedback.text}
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}
