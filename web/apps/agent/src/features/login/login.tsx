import { ApiError } from "@max/api";
import { Checkbox, Input } from "@max/ui";
import { Link, Navigate, useRouter, useSearch } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { session } from "../../app/services";
import { l } from "../../strings-login";
import { attempt } from "./attempt";
import { failureText, fieldText } from "./errors";
import { LoginForm, useTry } from "./form";
import { LoginFrame, useCompany } from "./frame";
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
  const [faults, setFaults] = useState<Faults>({});
  const step = useTry();
  const [fresh] = useState(attempt.fresh);
  const form = useRef<HTMLFormElement>(null);

  if (session.state.status === "in" && !step.busy) return <Navigate to="/" replace />;

  const fail = (found: Faults) => {
    setFaults(found);
    const field = found.email ? "email" : "password";
    form.current?.querySelector<HTMLInputElement>(`input[name=${field}]`)?.focus();
  };

  const submit = () => {
    if (step.blocked) return;
    const address = email.trim();
    const missing: Faults = {
      ...(!address ? { email: l.emailMissing } : !/^\S+@\S+$/.test(address) ? { email: l.emailWrong } : {}),
      ...(!password ? { password: l.passwordMissing } : {}),
    };
    if (Object.keys(missing).length > 0) return fail(missing);
    setFaults({});
    const credentials = { email: address, password, remember };
    void step.run(
      async () => {
        const me = await session.login(credentials);
        // Setting up what the role needs asks for the password again; it has just been typed.
        if (me.two_factor === "required") attempt.set(credentials);
        else attempt.clear();
        await router.navigate({ href: next ?? "/", replace: true });
      },
      async (error) => {
        if (error instanceof ApiError && (error.code === "totp_required" || error.code === "totp_wrong")) {
          attempt.set(credentials);
          await router.navigate({ to: "/login/2fa", search: next ? { next } : {} });
        } else fail(refused(error));
      },
    );
  };

  return (
    <LoginFrame page={l.page} title={l.title(company)} lead={fresh ? l.link.saved : l.lead}>
      <LoginForm
        form={form}
        step={step}
        fault={faults.form}
        submit={l.submit}
        testId="login-submit"
        onSubmit={submit}
        after={<p className="text-center text-xs text-text-3">{l.next}</p>}
      >
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
            step.forget();
          }}
        />
        <PasswordInput
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
        <Checkbox label={l.remember} shown name="remember" checked={remember} onChange={setRemember} />
      </LoginForm>
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
