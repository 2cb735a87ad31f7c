import { Button } from "@max/ui";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { problemText } from "./queries";
import { a } from "./strings";

const ConfirmDialog = lazy(() => import("@max/ui/confirm").then((module) => ({ default: module.ConfirmDialog })));

/** A question before something that cannot be undone, or that others will see (`calm`); says in place why it did not work. */
export function Ask(props: {
  title: string;
  text: ReactNode;
  confirm: string;
  calm?: boolean;
  run: () => Promise<void>;
  onClose: () => void;
}) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const run = async () => {
    setBusy(true);
    setError(null);
    try {
      await props.run();
    } catch (refused) {
      setError(problemText(refused));
      setBusy(false);
    }
  };
  return (
    <Suspense>
      <ConfirmDialog
        open
        danger={!props.calm}
        title={props.title}
        confirm={props.confirm}
        cancel={a.cancel}
        busy={busy}
        onCancel={props.onClose}
        onConfirm={() => void run()}
      >
        <div>{props.text}</div>
        <p role="alert" className="text-bad-text empty:hidden">
          {error}
        </p>
      </ConfirmDialog>
    </Suspense>
  );
}

/** A button that asks before it deletes. */
export function DeleteButton(props: {
  label: string;
  title: string;
  text: ReactNode;
  run: () => Promise<void>;
  testId: string;
}) {
  const [asked, setAsked] = useState(false);
  return (
    <div>
      <Button size="sm" look="danger" data-testid={props.testId} onClick={() => setAsked(true)}>
        {props.label}
      </Button>
      {asked && (
        <Ask
          title={props.title}
          text={props.text}
          confirm={props.label}
          run={props.run}
          onClose={() => setAsked(false)}
        />
      )}
    </div>
  );
}
