import { ApiError } from "@max/api";
import { Button, FieldError, Input } from "@max/ui";
import { CodeInput } from "@max/ui/code-input";
import { Link, Navigate, useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useRef, useState } from "react";
import { session } from "../../app/services";
import { l } from "../../strings-login";
import { attempt } from "./attempt";
import { failureText, lockedUntil } from "./errors";
import { LoginFrame } from "./frame";
import { Locked, useLock } from "./locked";

const { code: words } = l;

/** The second step: a code from the authenticator app, or one of the recovery codes. */
export function LoginCode() {
  const router = useRouter();
  const { next } = useSearch({ from: "/login/2fa" });
  const [recovery, setRecovery] = useState(false);
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<{ code?: string; form?: string }>({});
  const [until, setUntil] = useState<number | null>(null);
  const left = useLock(until);
  const form = useRef<HTMLFormElement>(null);
  const [credentials] = useState(attempt.get);
  const search = next ? { next } : {};

  // Reloaded, or come here by hand: there is nothing to send the code with.
  if (!credentials) return <Navigate to="/login" search={search} replace />;

  const wrong = (text: string) => {
    setFault({ code: text });
    form.current?.querySelector("input")?.focus();
  };

  const send = async (totp: string) => {
    if (busy || left > 0) return;
    if (recovery ? totp.length < 10 : totp.length < 6) return wrong(recovery ? words.recoveryMissing : words.missing);
    setBusy(true);
    setFault({});
    setUntil(null);
    try {
      await session.login({ ...credentials, totp });
      attempt.clear();
      await router.navigate({ href: next ?? "/", replace: true });
    } catch (error) {
      const refusal = error instanceof ApiError ? error.code : null;
      if (refusal === "invalid_credentials") {
        // The password was changed since the first step.
        await router.navigate({ to: "/login", search, replace: true });
        return;
      }
      setUntil(lockedUntil(error));
      if (refusal === "totp_wrong" || refusal === "totp_required") {
        if (!recovery) setCode("");
        wrong(recovery ? words.recoveryWrong : words.wrong);
      } else if (refusal !== "too_many_requests") setFault({ form: failureText(error) });
    } finally {
      setBusy(false);
    }
  };

  const swap = () => {
    setRecovery(!recovery);
    setCode("");
    setFault({});
    requestAnimationFrame(() => form.current?.querySelector("input")?.focus());
  };

  return (
    <LoginFrame
      page={words.page}
      title={recovery ? words.recoveryTitle : words.title}
      lead={recovery ? words.recoveryLead : words.lead}
    >
      <form
        ref={form}
        noValidate
        className="mt-[26px] flex flex-col"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void send(code.trim());
        }}
      >
        {recovery ? (
          <Input
            label={words.recoveryLabel}
            name="recovery-code"
            autoComplete="off"
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            placeholder="xxxxx-xxxxx"
            data-testid="login-recovery"
            value={code}
            error={fault.code}
            onChange={(event) => setCode(event.target.value)}
          />
        ) : (
          <CodeInput
            label={words.label}
            hint={words.hint}
            value={code}
            error={fault.code}
            autoFocus
            testId="login-code"
            onChange={(digits) => {
              setCode(digits);
              if (digits) setFault({});
            }}
            onComplete={(digits) => void send(digits)}
          />
        )}
        <div role="alert" className="mt-3 empty:mt-0">
          {fault.form && <FieldError id="code-error">{fault.form}</FieldError>}
        </div>
        {until !== null && (
          <div className="mt-3">
            <Locked left={left} />
          </div>
        )}
        <Button
          type="submit"
          look="primary"
          size="lg"
          busy={busy}
          reason={left > 0 ? l.locked.reason : undefined}
          data-testid="login-code-submit"
          className="mt-5 w-full"
        >
          {words.submit}
        </Button>
        <p className="mt-4 text-center text-sm text-text-2">
          {!recovery && `${words.lost} `}
          <button
            type="button"
            data-testid="login-swap"
            onClick={swap}
            className="font-medium text-accent-text hover:underline"
          >
            {recovery ? words.useApp : words.useRecovery}
          </button>
        </p>
        {recovery && <p className="mt-2 text-center text-xs text-text-3">{words.noCodes}</p>}
        <p className="mt-2 text-center text-sm">
          <Link to="/login" search={search} className="font-medium text-accent-text hover:underline">
            {l.back}
          </Link>
        </p>
      </form>
    </LoginFrame>
  );
}
