import { ApiError } from "@max/api";
import { Input } from "@max/ui";
import { CodeInput } from "@max/ui/code-input";
import { Link, Navigate, useRouter, useSearch } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { session } from "../../app/services";
import { l } from "../../strings-login";
import { attempt } from "./attempt";
import { failureText } from "./errors";
import { LoginForm, useTry } from "./form";
import { LoginFrame } from "./frame";

const { code: words } = l;

/** The second step: a code from the authenticator app, or one of the recovery codes. */
export function LoginCode() {
  const router = useRouter();
  const { next } = useSearch({ from: "/login/2fa" });
  const [recovery, setRecovery] = useState(false);
  const [code, setCode] = useState("");
  const [fault, setFault] = useState<{ code?: string; form?: string }>({});
  const step = useTry();
  const form = useRef<HTMLFormElement>(null);
  const [credentials] = useState(attempt.get);
  const search = next ? { next } : {};

  // Reloaded, or come here by hand: there is nothing to send the code with.
  if (!credentials) return <Navigate to="/login" search={search} replace />;

  const wrong = (text: string) => {
    setFault({ code: text });
    form.current?.querySelector("input")?.focus();
  };

  const send = (totp: string) => {
    if (step.blocked) return;
    if (recovery ? totp.length < 10 : totp.length < 6) return wrong(recovery ? words.recoveryMissing : words.missing);
    setFault({});
    void step.run(
      async () => {
        await session.login({ ...credentials, totp });
        attempt.clear();
        await router.navigate({ href: next ?? "/", replace: true });
      },
      async (error) => {
        const refusal = error instanceof ApiError ? error.code : null;
        // The password was changed since the first step.
        if (refusal === "invalid_credentials") await router.navigate({ to: "/login", search, replace: true });
        else if (refusal === "totp_wrong" || refusal === "totp_required") {
          if (!recovery) setCode("");
          wrong(recovery ? words.recoveryWrong : words.wrong);
        } else if (refusal !== "too_many_requests") setFault({ form: failureText(error) });
      },
    );
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
      <LoginForm
        form={form}
        step={step}
        fault={fault.form}
        submit={words.submit}
        testId="login-code-submit"
        onSubmit={() => send(code.trim())}
        after={
          <div className="flex flex-col gap-2 text-center text-sm">
            <p className="text-text-2">
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
            {recovery && <p className="text-xs text-text-3">{words.noCodes}</p>}
            <p>
              <Link to="/login" search={search} className="font-medium text-accent-text hover:underline">
                {l.back}
              </Link>
            </p>
          </div>
        }
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
            onComplete={(digits) => send(digits)}
          />
        )}
      </LoginForm>
    </LoginFrame>
  );
}
