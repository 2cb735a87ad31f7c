import { Button, ErrorState, Skeleton, toast, useDelayed } from "@max/ui";
import type { ReactNode } from "react";
import { errorId, errorText } from "../../app/words";
import { s } from "../../strings";

/** A page of the settings: its name, what it is for, its parts. `foot` stays at the lower edge. */
export function SettingsPage(props: { title: string; lead: string; children: ReactNode; foot?: ReactNode }) {
  return (
    <>
      <div className="w-full max-w-[720px] flex-1 px-8 pt-6 pb-10 phone:px-4 phone:pt-2">
        <h1 className="text-xl font-semibold tracking-[-0.02em]">{props.title}</h1>
        <p className="mt-1 text-sm text-text-2">{props.lead}</p>
        {props.children}
      </div>
      {props.foot}
    </>
  );
}

/** Grey lines while something loads, after a moment. */
export function Loading() {
  const late = useDelayed(true);
  return (
    <div className="flex min-h-40 flex-col gap-4 py-6">
      {late && (
        <>
          <Skeleton className="h-12 w-full" />
          <Skeleton className="h-12 w-full" />
          <Skeleton className="h-12 w-2/3" />
        </>
      )}
    </div>
  );
}

/** Something did not load: why, and again. */
export function Failed({ title, error, retry }: { title: string; error: unknown; retry: () => void }) {
  const id = errorId(error);
  return (
    <ErrorState
      title={title}
      action={
        <>
          <Button size="sm" onClick={retry}>
            {s.tryAgain}
          </Button>
          {id && (
            <Button
              size="sm"
              look="quiet"
              onClick={() => void navigator.clipboard.writeText(id).then(() => toast(s.copied))}
            >
              {s.copyErrorId}
            </Button>
          )}
        </>
      }
    >
      {errorText(error)}
    </ErrorState>
  );
}
