import type { Conversation } from "@max/api";
import { cx, IconButton } from "@max/ui";
import { PanelRight } from "lucide-react";
import { type KeyboardEvent, lazy, Suspense, useEffect, useId } from "react";
import { s } from "../../strings";
import { c as words } from "../../strings-context";
import { t } from "../../strings-thread";
import { useConversation } from "../inbox/queries";
import { CustomerTab } from "./customer";
import { showPast, showTab, type Tab, useTab } from "./tab";

const ActivityTab = lazy(() => import("./activity").then((module) => ({ default: module.ActivityTab })));
const PastConversation = lazy(() => import("./past").then((module) => ({ default: module.PastConversation })));

/** Who the customer is and what happened, beside the conversation. */
export function ContextPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { data } = useConversation(id);
  return (
    <aside
      aria-label={t.context.label}
      data-region="context"
      tabIndex={-1}
      className="flex min-h-0 flex-col border-s border-line-subtle bg-surface-2 outline-none"
    >
      {data && (
        <ContextContent
          key={id}
          conversation={data}
          end={
            <IconButton label={s.thread.hidePanel} shortcut="]" onClick={onClose}>
              <PanelRight />
            </IconButton>
          }
        />
      )}
    </aside>
  );
}

const TABS: readonly { tab: Tab; key: string }[] = [
  { tab: "customer", key: "1" },
  { tab: "activity", key: "3" },
];

/** The tabs with what they show, wherever there is room for them. */
export function ContextContent({ conversation: c, end }: { conversation: Conversation; end?: React.ReactNode }) {
  const { tab, past } = useTab();
  const id = useId();
  // It belongs to this customer; the next one has others.
  useEffect(() => () => showPast(null), []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    const next = tab === "customer" ? "activity" : "customer";
    showTab(next);
    document.getElementById(`${id}-${next}`)?.focus();
  };
  return (
    <>
      <div className="flex h-[52px] flex-none items-center gap-2 border-b border-line-subtle ps-4 pe-2.5">
        <div role="tablist" aria-label={words.tabsLabel} className="flex gap-0.5 rounded-md bg-sunken p-0.5">
          {TABS.map(({ tab: name, key }) => (
            <button
              key={name}
              id={`${id}-${name}`}
              type="button"
              role="tab"
              aria-selected={tab === name}
              aria-controls={`${id}-panel`}
              aria-keyshortcuts={key}
              data-tip-key={key}
              data-tip={words.tabs[name]}
              tabIndex={tab === name ? 0 : -1}
              onKeyDown={onKeyDown}
              onClick={() => showTab(name)}
              className={cx(
                "h-[26px] rounded-sm px-2.5 text-xs font-medium text-text-2 hover:text-text phone:h-9 phone:px-3.5",
                "aria-selected:bg-surface aria-selected:text-text aria-selected:shadow-1",
              )}
            >
              {words.tabs[name]}
            </button>
          ))}
        </div>
        <span className="flex-1" />
        {end}
      </div>
      <div
        id={`${id}-panel`}
        role="tabpanel"
        aria-labelledby={`${id}-${tab}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
        tabIndex={0}
        className="flex min-h-0 flex-1 flex-col overflow-y-auto focus-visible:-outline-offset-2"
      >
        <Suspense>
          {past && tab === "customer" ? (
            <PastConversation id={past} onBack={() => showPast(null)} />
          ) : tab === "customer" ? (
            <CustomerTab conversation={c} onOpenPast={showPast} />
          ) : (
            <ActivityTab id={c.id} contactId={c.contact.id} />
          )}
        </Suspense>
      </div>
    </>
  );
}
