import { ApiError } from "@max/api";
import { Button, Checkbox, FieldError, Input } from "@max/ui";
import { Link, Navigate, useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useRef, useState } from "react";
import { session } from "../../app/services";
import { l } from "../../strings-login";
import { attempt } from "./attempt";
import { failureText, fieldText, lockedUntil } from "./errors";
import { LoginFrame, useCompany } from "./frame";
import { Locked, useLock } from "./locked";
import { PasswordInput } from "./password";

type Faults = { email?: string | undefined; password?: string | undefined; form?: string };

/** The way in: email and password. */
export function Login() {
  const router = useRouter();
  const company = useCompany();
  const { next } = useSearch({ from: "/login" });
  // Back from the second step, or from a link that set a password: what was entered is still there.
  const [email, setEmail] = useState(() => attempt.get()?.email ?? "");
  const [password, setPassword] = useState("");
  const [remember, setRemember] = useState(() => attempt.get()?.remember ?? true);
  const [busy, setBusy] = useState(false);
  const [faults, setFaults] = useState<Faults>({});
  const [until, setUntil] = useState<number | null>(null);
  const left = useLock(until);
  const [fresh] = useState(attempt.fresh);
  const form = useRef<HTMLFormElement>(null);

  if (session.state.status === "in" && !busy) return <Navigate to="/" replace />;

  const fail = (found: Faults) => {
    setFaults(found);
    const field = found.email ? "email" : "password";
    form.current?.querySelector<HTMLInputElement>(`input[name=${field}]`)?.focus();
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || left > 0) return;
    const address = email.trim();
    const missing: Faults = {
      ...(!address ? { email: l.emailMissing } : !/^\S+@\S+$/.test(address) ? { email: l.emailWrong } : {}),
      ...(!password ? { password: l.passwordMissing } : {}),
    };
    if (Object.keys(missing).length > 0) return fail(missing);
    setBusy(true);
    setFaults({});
    setUntil(null);
    const credentials = { email: address, password, remember };
    try {
      const me = await session.login(credentials);
      // Setting up what the role needs asks for the password again; it has just been typed.
      if (me.two_factor === "required") attempt.set(credentials);
      else attempt.clear();
      await router.navigate({ href: next ?? "/", replace: true });
    } catch (error) {
      if (error instanceof ApiError && (error.code === "totp_required" || error.code === "totp_wrong")) {
        attempt.set(credentials);
        await router.navigate({ to: "/login/2fa", search: next ? { next } : {} });
      } else fail(refused(error));
      setUntil(lockedUntil(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <LoginFrame page={l.page} title={l.title(company)} lead={fresh ? l.link.saved : l.lead}>
      <form ref={form} onSubmit={submit} noValidate className="mt-[26px] flex flex-col">
        <Input
          label={l.email}
          name="email"
          type="email"
          inputMode="email"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus={!email}
          data-testid="login-email"
          value={email}
          error={faults.email}
          onChange={(event) => {
            setEmail(event.target.value);
            // The lock may be that of the other account.
            setUntil(null);
          }}
        />
        <PasswordInput
          className="mt-4"
          label={l.password}
          name="password"
          autoComplete="current-password"
          autoFocus={Boolean(email)}
          data-testid="login-password"
          value={password}
          error={faults.password}
          onChange={(event) => setPassword(event.target.value)}
          aside={
            <Link to="/login/forgot" className="text-xs font-medium text-accent-text hover:underline">
              {l.forgot}
            </Link>
          }
        />
        <Checkbox className="mt-4" label={l.remember} shown name="remember" checked={remember} onChange={setRemember} />
        <div role="alert" className="mt-3 empty:mt-0">
          {faults.form && <FieldError id="login-error">{faults.form}</FieldError>}
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
          data-testid="login-submit"
          className="mt-4 w-full"
        >
          {l.submit}
        </Button>
        <p className="mt-4 text-center text-xs text-text-3">{l.next}</p>
      </form>
    </LoginFrame>
  );
}

function refused(error: unknown): Faults {
  if (!(error instanceof ApiError)) return { form: failureText(error) };
  if (error.status === 401) return { form: l.wrong };
  if (error.status === 429) return {};
  const found = { email: fieldText(error, "email"), password: fieldText(error, "password") };
  return found.email || found.password ? found : { form: failureText(error) };
}
