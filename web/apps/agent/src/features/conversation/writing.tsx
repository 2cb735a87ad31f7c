import type { Conversation } from "@max/api";
import { useWriting } from "../../live/presence";
import { t } from "../../strings-thread";

/** That the customer is writing. It is said once to who listens; the moving dots are for who looks. */
export function CustomerWriting({ conversation: c }: { conversation: Conversation }) {
  const writing = useWriting(c.id);
  return (
    <p
      role="status"
      data-testid="customer-writing"
      className="flex flex-none items-center gap-2 px-5 pb-1.5 text-xs text-text-3 empty:hidden phone:px-3.5"
    >
      {writing && (
        <>
          <span aria-hidden="true" className="flex gap-[3px]">
            {[0, 1, 2].map((dot) => (
              <span
                key={dot}
                style={{ animationDelay: `${dot * 160}ms` }}
                className="size-[5px] animate-pulse rounded-full bg-text-3 motion-reduce:animate-none"
              />
            ))}
          </span>
          <span className="min-w-0 truncate" dir="auto">
            {t.thread.writing(c.contact.name)}
          </span>
        </>
      )}
    </p>
  );
}
