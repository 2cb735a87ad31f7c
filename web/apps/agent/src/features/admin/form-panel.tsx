import { ApiError } from "@max/api";
import { SaveBar, Skeleton } from "@max/ui";
import { Select } from "@max/ui/form";
import { type ReactNode, useState } from "react";
import { type Draft, useDraft } from "./draft";
import { Failed, Panel, UnsavedGuard } from "./layout";
import { useLeaving } from "./leaving";
import { problemText } from "./queries";
import { a } from "./strings";
import { b } from "./strings-tools";
import { GonePanel, general, useReach } from "./tools";

export interface Form<T extends object> extends Draft<T> {
  /** Something was typed that would be lost by going elsewhere. */
  dirty: boolean;
  /** It was tried once, so fields say what is missing. */
  tried: boolean;
  busy: boolean;
  /** Why the server refused the last try. */
  error: unknown;
  /** Goes elsewhere, once nothing can be lost by it. */
  leave: (id: string) => void;
  /** Tries it, unless something in the form is wrong. */
  submit: (wrong: boolean, task: () => Promise<void>) => Promise<void>;
  /** As it is stored. */
  undo: () => void;
}

/** A form in a panel over what is stored. `onLeave`: where to go with the id that `leave` was told. */
export function useForm<T extends object>(stored: T, onLeave: (id: string) => void): Form<T> {
  const draft = useDraft<T>(stored);
  const { leaving, leave } = useLeaving(onLeave);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  return {
    ...draft,
    dirty: draft.count > 0 && !leaving,
    tried,
    busy: busy || leaving,
    error,
    leave,
    submit: async (wrong, task) => {
      setTried(true);
      if (wrong) return;
      setBusy(true);
      setError(null);
      try {
        await task();
      } catch (refused) {
        setError(refused);
      }
      setBusy(false);
    },
    undo: () => {
      draft.reset();
      setTried(false);
      setError(null);
    },
  };
}

/** The panel around such a form: the bar to save it comes with the first change, and going elsewhere asks first. */
export function FormPanel<T extends object>(props: {
  title: string;
  testId: string;
  form: Form<T>;
  /** It is not there yet: what the button that makes it says. */
  create?: string | undefined;
  /** Why it cannot be saved as it is. */
  reason?: string | undefined;
  /** What of it is still under way: until then it cannot be saved, and going elsewhere would lose it. */
  waits?: string | undefined;
  /** Fields that say themselves what the server did not like. */
  fields: readonly string[];
  onSave: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const { form, create, fields, waits } = props;
  const dirty = form.dirty || waits !== undefined;
  return (
    <Panel
      title={props.title}
      onClose={props.onClose}
      testId={props.testId}
      bar={
        (create !== undefined || dirty) && (
          <SaveBar
            text={create === undefined ? a.changes(form.count) : ""}
            error={general(form.error, problemText(form.error), ...fields)}
            save={create ?? a.save}
            cancel={a.cancel}
            busy={form.busy}
            reason={(create === undefined ? props.reason : undefined) ?? waits}
            onSave={props.onSave}
            onCancel={create === undefined ? form.undo : props.onClose}
          />
        )
      }
    >
      <UnsavedGuard dirty={dirty} />
      {props.children}
    </Panel>
  );
}

/** A panel over something that is read first: meanwhile its outline, or why it did not come. */
export function LoadedPanel<T>(props: {
  title: string;
  query: { data: T | undefined; error: unknown; refetch: () => unknown };
  onClose: () => void;
  children: (data: T) => ReactNode;
}) {
  const { title, query, onClose } = props;
  if (query.data !== undefined) return props.children(query.data);
  // Not there, not an id at all, or none of the reader's business.
  if (query.error instanceof ApiError && [404, 422, 400, 403].includes(query.error.status))
    return <GonePanel title={title} onClose={onClose} />;
  return (
    <Panel title={title} onClose={onClose}>
      {query.error ? (
        <Failed what={title} error={query.error} retry={() => void query.refetch()} />
      ) : (
        <>
          <Skeleton className="h-10" />
          <Skeleton className="h-8 w-3/4" />
          <Skeleton className="h-20" />
        </>
      )}
    </Panel>
  );
}

/** Of which team something new is: an admin's may be for all. `null`: for every team. */
export function useOwner(chosen: string): string | null {
  const { admin, teams } = useReach();
  return chosen || (admin ? null : (teams[0]?.id ?? null));
}

/** Chooses the owner among the teams of the reader. */
export function OwnerSelect(props: {
  label: string;
  everyone?: string;
  value: string | null;
  onChange: (teamId: string) => void;
}) {
  const { admin, teams } = useReach();
  return (
    <Select label={props.label} value={props.value ?? ""} onChange={(event) => props.onChange(event.target.value)}>
      {admin && <option value="">{props.everyone ?? b.everyTeam}</option>}
      {teams.map((one) => (
        <option key={one.id} value={one.id}>
          {one.name}
        </option>
      ))}
    </Select>
  );
}
