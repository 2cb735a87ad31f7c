import { ApiError, body } from "@max/api";
import { Button, cx, FieldError, Input, toast } from "@max/ui";
import { Dialog } from "@max/ui/dialog";
import { FormSection } from "@max/ui/form";
import { ShieldAlert, ShieldCheck } from "lucide-react";
import { type FormEvent, useCallback, useRef, useState } from "react";
import { refreshMe } from "../../app/me";
import { api, useMe } from "../../app/services";
import { span } from "../../lib/time";
import { a } from "../../strings-account";
import { failureText, fieldText, lockedUntil } from "../login/errors";
import { useLock } from "../login/locked";
import { PasswordInput } from "../login/password";
import { RecoveryCodes } from "../two-factor/codes";
import { TwoFactorSetup } from "../two-factor/setup";
import { SettingsPage } from "./page";

const { twoFactor: words } = a;
/** This few codes are worth a word. */
const FEW = 3;

/** A second factor: set it up, make new recovery codes, turn it off. */
export default function TwoFactor() {
  const me = useMe();
  const [view, setView] = useState<"state" | "setup" | "off" | "codes">("state");
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const back = useCallback(() => {
    setCodes(null);
    setView("state");
    void refreshMe();
  }, []);
  const cancel = <Button onClick={back}>{a.cancel}</Button>;

  if (codes) {
    return (
      <SettingsPage title={words.page} lead={words.lead}>
        <div className="py-6">
          <RecoveryCodes codes={codes} email={me.email}>
            <Button look="primary" data-testid="codes-done" onClick={back}>
              {a.done}
            </Button>
          </RecoveryCodes>
        </div>
      </SettingsPage>
    );
  }
  if (view === "setup") {
    return (
      <SettingsPage title={words.page} lead={words.lead}>
        <div className="py-6">
          <TwoFactorSetup
            email={me.email}
            onConfirmed={() => void refreshMe()}
            onDone={() => {
              back();
              toast(words.turnedOn);
            }}
            doneLabel={a.done}
            cancel={cancel}
          />
        </div>
      </SettingsPage>
    );
  }

  const on = me.two_factor === "on";
  const few = on && me.recovery_codes_left <= FEW;
  return (
    <SettingsPage title={words.page} lead={words.lead}>
      <div
        className={cx(
          "mt-6 flex items-center gap-4 rounded-lg border border-line px-4 py-4 phone:flex-wrap",
          on ? "bg-ok-tint" : "bg-warn-tint",
        )}
      >
        {on ? <ShieldCheck className="size-6 text-ok-text" /> : <ShieldAlert className="size-6 text-warn-text" />}
        <div className="min-w-0 flex-1">
          <p data-testid="two-factor-state" className="font-semibold">
            {on ? words.on : words.off}
          </p>
          <p className="text-sm text-text-2">{on ? words.onText : words.offText}</p>
        </div>
        {on ? (
          <Button data-testid="two-factor-off" onClick={() => setView("off")}>
            {words.turnOff}
          </Button>
        ) : (
          <Button look="primary" data-testid="two-factor-setup" onClick={() => setView("setup")}>
            {words.turnOn}
          </Button>
        )}
      </div>
      {on && (
        <FormSection title={words.codes}>
          <div className="flex flex-wrap items-center gap-4">
            <p className={cx("num min-w-0 flex-1 basis-[240px] text-sm", few ? "text-warn-text" : "text-text-2")}>
              {me.recovery_codes_left === 0 ? words.codesNone : words.codesLeft(me.recovery_codes_left)}
            </p>
            <Button data-testid="new-codes" onClick={() => setView("codes")}>
              {words.newCodes}
            </Button>
          </div>
        </FormSection>
      )}
      {view === "off" && (
        <Confirm
          title={words.turnOffTitle}
          text={words.turnOffText}
          action={words.turnOff}
          withCode
          danger
          onClose={back}
          run={async (password, code) => {
            await api.POST("/api/v1/me/totp/disable", { body: { password, code } });
            toast(words.turnedOff);
            back();
          }}
        />
      )}
      {view === "codes" && (
        <Confirm
          title={words.newCodesTitle}
          text={words.newCodesText}
          action={words.newCodes}
          onClose={back}
          run={async (password) => {
            const made = body<{ recovery_codes: string[] }>(
              await api.POST("/api/v1/me/totp/recovery-codes", { body: { password } }),
            );
            setView("state");
            setCodes(made.recovery_codes);
          }}
        />
      )}
    </SettingsPage>
  );
}

/** Asks for the password, and a code where it takes one, before something that weakens the account. */
function Confirm(props: {
  title: string;
  text: string;
  action: string;
  withCode?: boolean;
  danger?: boolean;
  onClose: () => void;
  run: (password: string, code: string) => Promise<void>;
}) {
  const { withCode } = props;
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [faults, setFaults] = useState<{ password?: string | undefined; code?: string | undefined; form?: string }>({});
  const [until, setUntil] = useState<number | null>(null);
  const left = useLock(until);
  const form = useRef<HTMLFormElement>(null);

  const fail = (found: typeof faults) => {
    setFaults(found);
    const name = found.password ? "password" : found.code ? "code" : null;
    if (name) form.current?.querySelector<HTMLInputElement>(`input[name=${name}]`)?.focus();
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || left > 0) return;
    const found = {
      password: password ? undefined : words.passwordMissing,
      code: withCode && !code.trim() ? words.codeMissing : undefined,
    };
    if (found.password || found.code) return fail(found);
    setBusy(true);
    setFaults({});
    setUntil(null);
    try {
      await props.run(password, code.trim());
    } catch (error) {
      setBusy(false);
      const locked = lockedUntil(error);
      setUntil(locked);
      if (locked !== null) return;
      if (error instanceof ApiError && error.code === "two_factor_required") return fail({ form: words.needed });
      const told = {
        password: fieldText(error, "password") && words.passwordWrong,
        code: fieldText(error, "code") && words.codeWrong,
      };
      fail(told.password || told.code ? told : { form: failureText(error) });
    }
  };
  return (
    <Dialog open onOpenChange={(open) => !open && props.onClose()} title={props.title} close={a.close}>
      <form ref={form} onSubmit={submit} noValidate className="flex flex-col gap-4 p-4">
        <p className="text-sm text-text-2">{props.text}</p>
        <PasswordInput
          label={words.password}
          name="password"
          autoComplete="current-password"
          data-testid="confirm-password"
          value={password}
          error={faults.password}
          onChange={(event) => setPassword(event.target.value)}
        />
        {withCode && (
          <Input
            label={words.code}
            name="code"
            autoComplete="one-time-code"
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            data-testid="confirm-code"
            value={code}
            error={faults.code}
            onChange={(event) => setCode(event.target.value)}
          />
        )}
        <div role="alert" className="empty:hidden">
          {left > 0 ? (
            <FieldError id="confirm-error">{a.password.wait(span(left))}</FieldError>
          ) : (
            faults.form && <FieldError id="confirm-error">{faults.form}</FieldError>
          )}
        </div>
        <div className="flex justify-end gap-2">
          <Button onClick={props.onClose}>{a.cancel}</Button>
          <Button type="submit" look={props.danger ? "danger" : "primary"} busy={busy} data-testid="confirm-submit">
            {props.action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
