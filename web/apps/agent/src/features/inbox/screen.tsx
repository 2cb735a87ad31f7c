import type { Conversation as ConversationData } from "@max/api";
import { Button, EmptyState, toast } from "@max/ui";
import { useNavigate } from "@tanstack/react-router";
import { Bookmark, MessageSquare } from "lucide-react";
import { lazy, Suspense, useCallback } from "react";
import { compose, focusRegion } from "../../app/regions";
import { queryClient } from "../../app/services";
import { useShortcuts } from "../../app/shortcuts";
import { useUi } from "../../lib/ui-state";
import { media, useMedia } from "../../lib/use-media";
import { keys } from "../../live/keys";
import { s } from "../../strings";
import { List } from "./list";
import { useInboxPlace } from "./place";

// The list shows first; the rest follows at once where it is asked for, else when the browser has time.
const loadPane = () => import("./pane");
const Conversation = lazy(() => loadPane().then((module) => ({ default: module.Conversation })));
const ContextPanel = lazy(() => loadPane().then((module) => ({ default: module.ContextPanel })));
if (/^\/\w+\/[^/]+\/./.test(location.pathname)) void loadPane();
else (globalThis.requestIdleCallback ?? setTimeout)(() => void loadPane());

const loadTake = () => import("./take");

const ContextSheet = lazy(() => import("../context/sheet").then((module) => ({ default: module.ContextSheet })));

/** List, conversation and customer: beside each other where there is room, one at a time on a phone. */
export function InboxScreen() {
  const place = useInboxPlace();
  const { scope, id, open } = place;
  const navigate = useNavigate();
  const phone = useMedia(media.phone);
  const wide = useMedia(media.wide);
  const { panel, setPanel, sheet, setSheet } = useUi();

  const next = useCallback(async () => {
    try {
      const { takeNext } = await loadTake();
      const conversation = await takeNext();
      if (!conversation) toast(s.list.empty.queue.title);
      else void navigate({ to: "/inbox/$view/{-$id}", params: { view: "mine", id: conversation.id } });
    } catch {
      toast(s.thread.takeFailed, "bad");
    }
  }, [navigate]);

  const home = () => void navigate({ to: "/inbox/$view/{-$id}", params: { view: "mine", id: undefined } });
  const togglePanel = () => (wide ? setPanel(!panel) : setSheet(!sheet));
  useShortcuts({
    t: () => {
      const open = id ? queryClient.getQueryData<ConversationData>(keys.conversation(id)) : undefined;
      if (open && !open.assignee && open.state !== "closed") void loadTake().then(({ takeIt }) => takeIt(open.id));
      else void next();
    },
    f: () => document.querySelector<HTMLElement>("[data-filter-button]")?.click(),
    r: () => (id ? compose("reply") : false),
    n: () => (id ? compose("note") : false),
    "]": () => (id ? togglePanel() : false),
    escape: () => {
      if (sheet) setSheet(false);
      else if (phone && id) open(null);
      else if (!focusRegion("list")) return false;
      return undefined;
    },
  });

  const showPanel = wide && panel && id;
  return (
    <main
      className="grid min-h-0 flex-1 grid-cols-1 grid-rows-[minmax(0,1fr)] desk:grid-cols-[minmax(264px,336px)_minmax(420px,1fr)]"
      style={showPanel ? { gridTemplateColumns: "336px minmax(420px, 1fr) 324px" } : {}}
    >
      {(!phone || !id) &&
        (scope ? (
          <List place={{ ...place, scope }} onTakeNext={next} />
        ) : (
          <section className="flex min-h-0 bg-surface" aria-label={place.title}>
            {place.gone && (
              <EmptyState
                icon={<Bookmark />}
                title={s.list.gone}
                action={
                  <Button size="sm" onClick={home}>
                    {s.list.showMine}
                  </Button>
                }
              >
                {s.list.goneText}
              </EmptyState>
            )}
          </section>
        ))}
      {id ? (
        <Suspense fallback={<div className="bg-surface" />}>
          <Conversation
            key={id}
            id={id}
            {...(phone ? { onBack: () => open(null) } : {})}
            panelOpen={wide ? panel : sheet}
            onTogglePanel={togglePanel}
          />
        </Suspense>
      ) : (
        !phone && (
          <section className="flex min-h-0 bg-surface">
            <EmptyState icon={<MessageSquare />} title={s.thread.pick}>
              {s.thread.pickText}
            </EmptyState>
          </section>
        )
      )}
      {showPanel && (
        <Suspense fallback={<div className="border-s border-line-subtle bg-surface-2" />}>
          <ContextPanel id={id} onClose={() => setPanel(false)} />
        </Suspense>
      )}
      {!wide && id && sheet && (
        <Suspense>
          <ContextSheet id={id} onClose={() => setSheet(false)} />
        </Suspense>
      )}
    </main>
  );
}
