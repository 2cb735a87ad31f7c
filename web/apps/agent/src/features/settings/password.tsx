import { Button, FieldError, toast } from "@max/ui";
import { type FormEvent, useRef, useState } from "react";
import { api, useMe } from "../../app/services";
import { span } from "../../lib/time";
import { a } from "../../strings-account";
import { failureText, fieldText, lockedUntil } from "../login/errors";
import { useLock } from "../login/locked";
import { NewPassword, PasswordInput, passwordFault } from "../login/password";
import { SettingsPage } from "./page";

const { password: words } = a;
type Faults = { current?: string | undefined; password?: string | undefined; form?: string };

/** A new password in place of the current one. */
export default function Password() {
  const me = useMe();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [faults, setFaults] = useState<Faults>({});
  const [until, setUntil] = useState<number | null>(null);
  const left = useLock(until);
  const form = useRef<HTMLFormElement>(null);

  const fail = (found: Faults) => {
    setFaults(found);
    const name = found.current ? "current-password" : found.password ? "new-password" : null;
    if (name) form.current?.querySelector<HTMLInputElement>(`input[name=${name}]`)?.focus();
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || left > 0) return;
    const found: Faults = {
      current: current ? undefined : words.currentMissing,
      password: passwordFault(password),
    };
    if (found.current || found.password) return fail(found);
    setBusy(true);
    setFaults({});
    setUntil(null);
    try {
      await api.POST("/api/v1/me/password", { body: { current, password } });
      setCurrent("");
      setPassword("");
      toast(words.done);
    } catch (error) {
      const locked = lockedUntil(error);
      const told: Faults = {
        current: fieldText(error, "current") && words.currentWrong,
        password: fieldText(error, "password"),
      };
      setUntil(locked);
      if (locked === null) fail(told.current || told.password ? told : { form: failureText(error) });
    } finally {
      setBusy(false);
    }
  };

  return (
    <SettingsPage title={words.page} lead={words.lead}>
      <form ref={form} onSubmit={submit} noValidate className="flex max-w-[368px] flex-col gap-4 py-6">
        {/* For password managers: whose password this is. */}
        <input type="email" name="username" autoComplete="username" readOnly hidden value={me.email} />
        <PasswordInput
          label={words.current}
          name="current-password"
          autoComplete="current-password"
          data-testid="current-password"
          value={current}
          error={faults.current}
          onChange={(event) => setCurrent(event.target.value)}
        />
        <NewPassword value={password} onChange={setPassword} error={faults.password} />
        <div role="alert" className="empty:hidden">
          {left > 0 ? (
            <FieldError id="password-error">{words.wait(span(left))}</FieldError>
          ) : (
            faults.form && <FieldError id="password-error">{faults.form}</FieldError>
          )}
        </div>
        <Button type="submit" look="primary" busy={busy} data-testid="password-submit" className="self-start">
          {words.submit}
        </Button>
      </form>
    </SettingsPage>
  );
}
