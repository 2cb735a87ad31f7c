import type { ContactActivity } from "@max/api";
import { Button, EmptyState, ErrorState, Skeleton, useDelayed } from "@max/ui";
import { CircleDot, History, Pencil } from "lucide-react";
import type { ReactNode } from "react";
import { useMe } from "../../app/services";
import { errorText } from "../../app/words";
import { atTime, clockTime, dayLabel, dayOf, fullTime } from "../../lib/time";
import { useNow } from "../../lib/use-now";
import { s } from "../../strings";
import { c as words } from "../../strings-context";
import { ICONS } from "../conversation/happened";
import { happeningText } from "../conversation/happenings";
import { useContactActivity, useTimeline } from "./queries";

interface Line {
  id: string;
  at: string;
  icon: ReactNode;
  words: string;
}

/** A change of a customer's details, as a sentence. */
export function contactWords({ kind, actor, data }: ContactActivity): string {
  const who = actor?.name ?? words.activity.customer;
  const to = typeof data.to === "string" || typeof data.to === "number" ? String(data.to) : "";
  const name = typeof data.name === "string" ? data.name : typeof data.key === "string" ? data.key : "";
  switch (kind) {
    case "renamed":
      return words.activity.renamed(who, to);
    case "email_changed":
      return words.activity.email(who, to);
    case "attribute_changed":
      return words.activity.attribute(who, name, to);
    default:
      return words.activity.other(who, kind);
  }
}

/** What happened to the conversation, newest first, day by day. */
export function ActivityTab({ id, contactId }: { id: string; contactId: string }) {
  const me = useMe();
  const query = useTimeline(id);
  const contact = useContactActivity(contactId);
  const skeleton = useDelayed(query.isPending);
  const now = useNow(60_000);
  if (query.isPending) {
    return skeleton ? (
      <div className="flex flex-col gap-4 p-4">
        <Skeleton className="h-4 w-3/4" />
        <Skeleton className="h-4 w-2/3" />
        <Skeleton className="h-4 w-4/5" />
      </div>
    ) : null;
  }
  if (!query.data) {
    return (
      <ErrorState
        title={words.activity.failed}
        action={
          <Button size="sm" onClick={() => void query.refetch()}>
            {s.tryNow}
          </Button>
        }
      >
        {errorText(query.error)}
      </ErrorState>
    );
  }
  const all: Line[] = [
    ...query.data.map((entry) => ({ ...entry, icon: ICONS[entry.kind], words: happeningText(entry, me.id, atTime) })),
    ...(contact.data ?? [])
      // The timeline tells of these as well.
      .filter(({ kind }) => kind !== "blocked" && kind !== "unblocked")
      .map((entry) => ({ ...entry, icon: <Pencil />, words: contactWords(entry) })),
  ].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  if (all.length === 0) return <EmptyState icon={<History />} title={words.activity.empty} />;
  const days = new Map<number, Line[]>();
  for (const entry of all) {
    const day = dayOf(Date.parse(entry.at));
    days.set(day, [...(days.get(day) ?? []), entry]);
  }
  return [...days].map(([day, entries]) => (
    <section key={day} className="px-4 pt-3 pb-1">
      <h3 className="mb-1.5 text-xs font-semibold">{dayLabel(Date.parse(entries[0]?.at ?? ""), now)}</h3>
      <ol className="relative flex flex-col before:absolute before:inset-y-3 before:start-[9px] before:w-px before:bg-line-subtle">
        {entries.map((entry) => {
          const at = Date.parse(entry.at);
          return (
            <li key={entry.id} className="relative flex items-start gap-2.5 py-1.5">
              <span className="z-0 grid size-[19px] flex-none place-items-center rounded-full bg-sunken text-text-2 shadow-[0_0_0_3px_var(--surface-2)] [&_.lucide]:size-3">
                {entry.icon ?? <CircleDot />}
              </span>
              <span className="min-w-0 flex-1 leading-[1.4] [overflow-wrap:anywhere]" dir="auto">
                {entry.words}
              </span>
              <time dateTime={entry.at} data-tip={fullTime(at)} className="num flex-none text-xs text-text-3">
                {clockTime(at)}
              </time>
            </li>
          );
        })}
      </ol>
    </section>
  ));
}
