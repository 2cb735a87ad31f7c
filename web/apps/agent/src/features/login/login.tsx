import { ApiError, NetworkError } from "@max/api";
import { Button, FieldError, IconButton, Input, Logo, Tooltips } from "@max/ui";
import { Navigate, useRouter, useSearch } from "@tanstack/react-router";
import { Eye, EyeOff } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { session } from "../../app/services";
import { s } from "../../strings";
import { LoginArt } from "./art";
import { StatusDot } from "./status";

/** The way in: email and password. */
export function Login() {
  const router = useRouter();
  const { next } = useSearch({ from: "/login" });
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [errors, setErrors] = useState<{ email?: string; password?: string; form?: string }>({});
  const form = useRef<HTMLFormElement>(null);

  useEffect(() => {
    document.title = s.title(s.login.submit, 0);
  }, []);

  if (session.state.status === "in" && !busy) return <Navigate to="/" replace />;

  const fail = (found: typeof errors) => {
    setErrors(found);
    const field = found.email ? "email" : "password";
    form.current?.querySelector<HTMLInputElement>(`input[name=${field}]`)?.focus();
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    const address = email.trim();
    const missing = {
      ...(!address ? { email: s.login.emailMissing } : !/^\S+@\S+$/.test(address) ? { email: s.login.emailWrong } : {}),
      ...(!password ? { password: s.login.passwordMissing } : {}),
    };
    if (Object.keys(missing).length > 0) return fail(missing);
    setBusy(true);
    setErrors({});
    try {
      await session.login(address, password);
      await router.navigate({ href: next ?? "/", replace: true });
    } catch (error) {
      fail(loginErrors(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className="grid h-dvh grid-cols-1 bg-surface wide:grid-cols-[minmax(480px,44%)_1fr] wide:bg-canvas">
      <div className="flex min-h-0 flex-col overflow-y-auto bg-surface px-12 py-8 phone:px-6">
        <header className="flex items-center gap-2.5">
          <Logo />
          <span className="text-lg font-semibold">{s.product}</span>
        </header>
        <main className="m-auto w-full max-w-[368px] py-8">
          <form ref={form} onSubmit={submit} noValidate aria-labelledby="login-title" className="flex flex-col">
            <h1 id="login-title" className="text-[26px] leading-[1.2] font-semibold tracking-[-0.025em]">
              {s.login.title}
            </h1>
            <p className="mt-1.5 mb-[26px] text-md text-text-2">{s.login.lead}</p>
            <Input
              label={s.login.email}
              name="email"
              type="email"
              inputMode="email"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              autoFocus
              data-testid="login-email"
              value={email}
              error={errors.email}
              onChange={(event) => setEmail(event.target.value)}
            />
            <Input
              className="mt-4"
              label={s.login.password}
              name="password"
              type={shown ? "text" : "password"}
              autoComplete="current-password"
              autoCapitalize="none"
              spellCheck={false}
              data-testid="login-password"
              value={password}
              error={errors.password}
              onChange={(event) => setPassword(event.target.value)}
              after={
                <IconButton label={shown ? s.login.hide : s.login.show} onClick={() => setShown(!shown)}>
                  {shown ? <EyeOff /> : <Eye />}
                </IconButton>
              }
            />
            <div role="alert" className="mt-3 empty:mt-0">
              {errors.form && <FieldError id="login-error">{errors.form}</FieldError>}
            </div>
            <Button
              type="submit"
              look="primary"
              size="lg"
              busy={busy}
              data-testid="login-submit"
              className="mt-5 w-full"
            >
              {s.login.submit}
            </Button>
          </form>
        </main>
        <StatusDot />
      </div>
      <LoginArt />
      <Tooltips />
    </div>
  );
}

function loginErrors(error: unknown): { email?: string; password?: string; form?: string } {
  if (error instanceof NetworkError) return { form: s.login.unreachable };
  if (!(error instanceof ApiError)) return { form: s.login.failed };
  if (error.status === 401) return { form: s.login.wrong };
  if (error.status === 429) return { form: s.login.tooMany(error.retryAfter ? `${error.retryAfter}s` : null) };
  const found = Object.fromEntries(
    error.fields.filter((f) => f.field === "email" || f.field === "password").map((f) => [f.field, f.message]),
  );
  return Object.keys(found).length > 0 ? found : { form: s.login.failed };
}
