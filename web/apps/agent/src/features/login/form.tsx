import { Button, FieldError } from "@max/ui";
import { type ReactNode, type RefObject, useState } from "react";
import { l } from "../../strings-login";
import { lockedUntil } from "./errors";
import { Locked, useLock } from "./locked";

/** One step of signing in under way: whether it is at the server, and how long the account is locked after too many tries. */
export function useTry() {
  const [busy, setBusy] = useState(false);
  const [until, setUntil] = useState<number | null>(null);
  const left = useLock(until);
  return {
    busy,
    until,
    left,
    /** Nothing can be sent now. */
    blocked: busy || left > 0,
    /** The lock may be that of another account. */
    forget: () => setUntil(null),
    run: async (task: () => Promise<void>, refused: (error: unknown, locked: boolean) => void | Promise<void>) => {
      setBusy(true);
      setUntil(null);
      try {
        await task();
      } catch (error) {
        const lock = lockedUntil(error);
        setUntil(lock);
        await refused(error, lock !== null);
      } finally {
        setBusy(false);
      }
    },
  };
}

/** The form of one step: its fields, why the last try failed, a lock that counts down, and the button. */
export function LoginForm(props: {
  form: RefObject<HTMLFormElement | null>;
  step: ReturnType<typeof useTry>;
  /** What is wrong where no field is to blame. */
  fault: string | undefined;
  submit: string;
  testId: string;
  onSubmit: () => void;
  /** Below the button. */
  after?: ReactNode;
  children: ReactNode;
}) {
  const { step } = props;
  return (
    <form
      ref={props.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        props.onSubmit();
      }}
      className="mt-[26px] flex flex-col gap-4"
    >
      {props.children}
      <div role="alert" className="empty:hidden">
        {props.fault && <FieldError id={`${props.testId}-fault`}>{props.fault}</FieldError>}
      </div>
      {step.until !== null && <Locked left={step.left} />}
      <Button
        type="submit"
        look="primary"
        size="lg"
        busy={step.busy}
        reason={step.left > 0 ? l.locked.reason : undefined}
        data-testid={props.testId}
        className="w-full"
      >
        {props.submit}
      </Button>
      {props.after}
    </form>
  );
}
