import { ApiError, body, type TotpSetup } from "@max/api";
import { Button, FieldError, Skeleton } from "@max/ui";
import { CodeInput } from "@max/ui/code-input";
import { Copy } from "lucide-react";
import { type FormEvent, type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { api } from "../../app/services";
import { span } from "../../lib/time";
import { media, useMedia } from "../../lib/use-media";
import { a } from "../../strings-account";
import { failureText, fieldText, lockedUntil } from "../login/errors";
import { useLock } from "../login/locked";
import { PasswordInput } from "../login/password";
import { copy, RecoveryCodes } from "./codes";

const { twoFactor: words } = a;

type Stage =
  | { step: 1; busy: boolean }
  | { step: 2; setup: TotpSetup; busy: boolean }
  | { step: 3; codes: readonly string[] };

/** Who it is, the key for the app, a first code, and the recovery codes. */
export function TwoFactorSetup(props: {
  email: string;
  /** The password, where it has just been typed. */
  known?: string | undefined;
  /** It is on. The codes are still to be read. */
  onConfirmed: () => void;
  onDone: () => void;
  doneLabel: string;
  /** Leaves without setting up; not offered where it is required. */
  cancel?: ReactNode;
}) {
  const { known, onConfirmed, onDone } = props;
  const [stage, setStage] = useState<Stage>({ step: 1, busy: known !== undefined });
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [fault, setFault] = useState<{ field?: string; form?: string }>({});
  const [until, setUntil] = useState<number | null>(null);
  const left = useLock(until);
  const form = useRef<HTMLFormElement>(null);

  const fail = useCallback((error: unknown, field: string, wrong: string) => {
    setUntil(lockedUntil(error));
    if (lockedUntil(error) !== null) return setFault({});
    setFault(fieldText(error, field) !== undefined ? { field: wrong } : { form: failureText(error) });
    requestAnimationFrame(() => form.current?.querySelector("input")?.focus());
  }, []);

  const begin = useCallback(
    async (secret: string) => {
      setStage({ step: 1, busy: true });
      setFault({});
      try {
        const setup = body<TotpSetup>(await api.POST("/api/v1/me/totp", { body: { password: secret } }));
        setStage({ step: 2, setup, busy: false });
      } catch (error) {
        setStage({ step: 1, busy: false });
        // Another tab was faster.
        if (error instanceof ApiError && error.code === "already_exists") return onDone();
        fail(error, "password", words.passwordWrong);
      }
    },
    [fail, onDone],
  );

  // A second key would make the first one worthless, so this runs once even where effects run twice.
  const begun = useRef(false);
  useEffect(() => {
    if (known === undefined || begun.current) return;
    begun.current = true;
    void begin(known);
  }, [known, begin]);

  const confirm = async (digits: string, setup: TotpSetup) => {
    if (left > 0) return;
    setStage({ step: 2, setup, busy: true });
    setFault({});
    try {
      const made = body<{ recovery_codes: string[] }>(
        await api.POST("/api/v1/me/totp/confirm", { body: { code: digits } }),
      );
      setStage({ step: 3, codes: made.recovery_codes });
      onConfirmed();
    } catch (error) {
      setStage({ step: 2, setup, busy: false });
      setCode("");
      fail(error, "code", words.codeWrong);
    }
  };

  if (stage.step === 3) {
    return (
      <RecoveryCodes codes={stage.codes} email={props.email}>
        <Button look="primary" data-testid="codes-done" onClick={onDone}>
          {props.doneLabel}
        </Button>
      </RecoveryCodes>
    );
  }

  const trouble = (
    <div role="alert" className="empty:hidden">
      {left > 0 ? (
        <FieldError id="setup-error">{a.password.wait(span(left))}</FieldError>
      ) : (
        fault.form && <FieldError id="setup-error">{fault.form}</FieldError>
      )}
    </div>
  );

  if (stage.step === 1) {
    if (known !== undefined && stage.busy) {
      return <Skeleton className="h-[180px] w-[180px] rounded-lg" />;
    }
    return (
      <form
        ref={form}
        noValidate
        className="flex max-w-[368px] flex-col gap-4"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          if (stage.busy || left > 0) return;
          if (password) void begin(password);
          else {
            setFault({ field: words.passwordMissing });
            form.current?.querySelector("input")?.focus();
          }
        }}
      >
        <Head step={1} title={words.confirmWho} />
        <PasswordInput
          label={words.password}
          name="password"
          autoComplete="current-password"
          data-testid="setup-password"
          autoFocus
          value={password}
          error={fault.field}
          onChange={(event) => setPassword(event.target.value)}
        />
        {trouble}
        <div className="flex gap-2">
          <Button type="submit" look="primary" busy={stage.busy} data-testid="setup-continue">
            {words.continue}
          </Button>
          {props.cancel}
        </div>
      </form>
    );
  }

  const { setup } = stage;
  return (
    <form
      ref={form}
      noValidate
      className="flex flex-col gap-5"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (stage.busy) return;
        if (code.length === 6) void confirm(code, setup);
        else {
          setFault({ field: words.codeMissing });
          form.current?.querySelector("input")?.focus();
        }
      }}
    >
      <Scan setup={setup} />
      <CodeInput
        label={words.codeLabel}
        hint={words.codeHint}
        value={code}
        error={fault.field}
        testId="setup-code"
        autoFocus
        onChange={(digits) => {
          setCode(digits);
          if (digits) setFault({});
        }}
        onComplete={(digits) => {
          if (!stage.busy) void confirm(digits, setup);
        }}
      />
      {trouble}
      <div className="flex gap-2">
        <Button type="submit" look="primary" busy={stage.busy} data-testid="setup-confirm">
          {words.verify}
        </Button>
        {props.cancel}
      </div>
    </form>
  );
}

function Head({ step, title }: { step: number; title: string }) {
  return (
    <div>
      <p className="text-xs text-text-3">{words.step(step)}</p>
      <h2 className="mt-0.5 text-lg font-semibold">{title}</h2>
    </div>
  );
}

/** The key, to scan or to type. */
function Scan({ setup }: { setup: TotpSetup }) {
  const phone = useMedia(media.phone);
  // In fours, as the apps show it.
  const grouped = setup.secret.match(/.{1,4}/g)?.join(" ") ?? setup.secret;
  return (
    <>
      <div>
        <Head step={2} title={words.scan} />
        <p className="mt-1 text-sm text-text-2">{words.scanText}</p>
      </div>
      <div className="flex flex-wrap items-center gap-5">
        {/* Black on white in both themes: cameras want it so. As an image, nothing inside it can run. */}
        <img
          src={`data:image/svg+xml,${encodeURIComponent(setup.qr_svg)}`}
          alt={words.qr}
          className="size-[180px] rounded-lg border border-line bg-white p-2.5"
        />
        <div className="flex min-w-0 flex-1 basis-[220px] flex-col items-start gap-2">
          <p className="text-sm text-text-2">{words.cannotScan}</p>
          <code data-testid="setup-secret" className="font-mono text-md leading-relaxed break-words select-all">
            {grouped}
          </code>
          <Button size="sm" onClick={() => void copy(setup.secret)}>
            <Copy className="size-3.5" />
            {words.copyKey}
          </Button>
          {phone && (
            <a href={setup.uri} className="py-2 text-sm font-medium text-accent-text hover:underline">
              {words.openApp}
            </a>
          )}
        </div>
      </div>
    </>
  );
}
