import type { HeldMessage } from "@max/api";
import { cx, DeliveryTick, toast } from "@max/ui";
import { Clock, Hourglass, TriangleAlert } from "lucide-react";
import { lazy, memo, Suspense, useState } from "react";
import { live } from "../../app/live";
import { errorText } from "../../app/words";
import { now } from "../../lib/clock";
import { atTime } from "../../lib/time";
import { useNow } from "../../lib/use-now";
import { t } from "../../strings-thread";
import { w } from "../../strings-writing";
import { sendAnyway, sendNow, takeBack } from "../composer/held";
import { saidIn } from "../structured/said";
import { BUBBLE, LINK, META, Quote, shape } from "./bubble-parts";
import { MessageContent, Text } from "./content";
import { scheduled } from "./timeline";

const TemplateDialog = lazy(() =>
  import("../templates/template-dialog").then((module) => ({ default: module.TemplateDialog })),
);
const EditHeld = lazy(() => import("../composer/edit-held").then((module) => ({ default: module.EditHeld })));

/** A message of the reader's own that the server holds: for a moment, until a time, or because it could not go. */
export const HeldBubble = memo(function HeldBubble({ message, first }: { message: HeldMessage; first: boolean }) {
  const [busy, setBusy] = useState(false);
  const [editing, setEditing] = useState(false);
  const [asking, setAsking] = useState(false);
  const conversation = asking ? live().cache.conversation(message.conversation_id) : undefined;
  const failed = message.status === "failed";
  const later = scheduled(message);
  /** Words are changed where they wait; what has a form of its own is written anew in that. */
  const edit = () => (saidIn(message) ? act(() => takeBack(message, true)) : setEditing(true));
  const act = (what: () => Promise<unknown>) => {
    setBusy(true);
    what()
      .catch((error) => toast(errorText(error), "bad"))
      .finally(() => setBusy(false));
  };
  const link = (label: string, what: () => void, testId?: string) => (
    <>
      <span aria-hidden="true">·</span>
      <button type="button" data-testid={testId} disabled={busy} onClick={what} className={LINK}>
        {label}
      </button>
    </>
  );
  return (
    <article
      data-testid="message"
      data-message-id={message.id}
      data-direction="out"
      data-status={failed ? "failed" : "held"}
      tabIndex={-1}
      aria-label={`${t.delivery.you}: ${message.preview}`}
      className={cx(
        "grid max-w-[min(78%,620px)] animate-rise self-end rounded-md outline-offset-4 phone:max-w-[86%]",
        first && "mt-2.5",
      )}
    >
      <div
        className={cx(
          BUBBLE,
          shape(true, first),
          "justify-self-end",
          failed
            ? "border border-bad-line bg-bad-tint"
            : later
              ? "border border-dashed border-accent-line bg-surface text-text-2"
              : "bg-out-bg text-text/75",
        )}
      >
        {message.reply_to && <Quote name={null} preview={message.reply_to.preview} onJump={undefined} />}
        {message.attachments.length > 0 || message.content.type !== "text" ? (
          <MessageContent message={{ ...message, seq: 0 }} />
        ) : (
          <Text>{message.text ?? message.preview}</Text>
        )}
      </div>
      <div className={cx(META, "justify-end")}>
        {failed ? (
          <>
            <span className="flex items-center gap-1 text-bad-text">
              <TriangleAlert />
              {w.held.notSent(
                message.error?.code === "stale_view" ? w.held.somebodySpoke : (message.error?.message ?? ""),
              )}
            </span>
            {message.error?.code === "unanswered"
              ? link(t.rescue.askAgain, () => setAsking(true), "ask-again")
              : link(w.held.anyway, () => act(() => sendAnyway(message)), "send-anyway")}
            {link(w.held.edit, () => act(() => takeBack(message, true)))}
          </>
        ) : busy ? (
          <span className="flex items-center gap-1">{w.held.undoing}</span>
        ) : message.waits_for ? (
          <>
            <span>
              <Hourglass className="me-1 inline-block align-[-2px]" />
              {t.rescue.waits(atTime(Date.parse(message.expires_at ?? "")))}
            </span>
            {link(w.held.edit, edit, "edit-held")}
            {link(w.held.takeBack, () => act(() => takeBack(message, true)), "take-back")}
          </>
        ) : later ? (
          <>
            <Clock />
            <span>{w.held.sendsAt(atTime(Date.parse(message.release_at ?? "")))}</span>
            {link(w.held.sendNow, () => act(() => sendNow(message)), "send-now")}
            {link(w.held.edit, edit, "edit-held")}
            {link(w.held.takeBack, () => act(() => takeBack(message, true)), "take-back")}
          </>
        ) : (
          <Countdown until={Date.parse(message.release_at ?? "")}>
            {link(w.held.undo, () => act(() => takeBack(message, true)), "undo-send")}
          </Countdown>
        )}
      </div>
      {asking && conversation && (
        <Suspense>
          <TemplateDialog conversation={conversation} asks={{ message: message.id }} onClose={() => setAsking(false)} />
        </Suspense>
      )}
      {editing && (
        <Suspense>
          <EditHeld message={message} onClose={() => setEditing(false)} />
        </Suspense>
      )}
    </article>
  );
});

/** How long it can still be taken back; then it is on its way. */
export function Countdown({ until, children }: { until: number; children: React.ReactNode }) {
  // Drawn anew twice a second; what counts is the time of drawing.
  useNow(500);
  const left = Math.ceil((until - now()) / 1_000);
  if (left > 0) {
    return (
      <>
        <span role="timer" aria-live="off">
          {w.held.sendingIn(left)}
        </span>
        {children}
      </>
    );
  }
  return (
    <>
      {t.delivery.sending}
      <DeliveryTick state="sending" label={t.delivery.sending} />
    </>
  );
}
