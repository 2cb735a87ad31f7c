import { Button, ErrorState, Input, Skeleton, useDelayed } from "@max/ui";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useRef, useState } from "react";
import { publicApi } from "../../app/services";
import { s } from "../../strings";
import { l } from "../../strings-login";
import { failureText, fieldText } from "./errors";
import { LoginForm, useTry } from "./form";
import { LoginFrame } from "./frame";
import { signInOptions } from "./options";

const { forgotten: words } = l;

/** A forgotten password: a link by e-mail where MAX can send one, else whom to ask. */
export function Forgot() {
  const options = useQuery(signInOptions);
  const late = useDelayed(options.isPending);
  const [sentTo, setSentTo] = useState<string | null>(null);
  if (options.isPending) {
    return (
      <LoginFrame page={words.page} title={words.title}>
        {late && <Skeleton className="mt-4 h-4 w-3/4" />}
      </LoginFrame>
    );
  }
  if (options.isError && !options.data) {
    return (
      <LoginFrame page={words.page} title={words.title}>
        <ErrorState
          title={failureText(options.error)}
          action={
            <Button size="sm" onClick={() => void options.refetch()}>
              {s.tryAgain}
            </Button>
          }
        />
        <Back />
      </LoginFrame>
    );
  }
  if (!options.data?.password_reset_by_email) {
    return (
      <LoginFrame
        page={words.page}
        title={words.adminTitle}
        lead={words.admin(options.data?.company_name || s.product)}
      >
        <Back />
      </LoginFrame>
    );
  }
  if (sentTo) {
    return (
      <LoginFrame page={words.page} title={words.sentTitle} lead={<span role="status">{words.sent(sentTo)}</span>}>
        <p className="mt-3 text-sm text-text-2">{words.sentMore}</p>
        <Button className="mt-5" size="lg" onClick={() => setSentTo(null)}>
          {words.again}
        </Button>
        <Back />
      </LoginFrame>
    );
  }
  return (
    <LoginFrame page={words.page} title={words.title} lead={words.lead}>
      <Ask onSent={setSentTo} />
      <Back />
    </LoginFrame>
  );
}

function Ask({ onSent }: { onSent: (email: string) => void }) {
  const [email, setEmail] = useState("");
  const [fault, setFault] = useState<{ email?: string; form?: string }>({});
  const step = useTry();
  const form = useRef<HTMLFormElement>(null);

  const fail = (found: typeof fault) => {
    setFault(found);
    form.current?.querySelector("input")?.focus();
  };
  const submit = () => {
    if (step.blocked) return;
    const address = email.trim();
    if (!address) return fail({ email: l.emailMissing });
    if (!/^\S+@\S+$/.test(address)) return fail({ email: l.emailWrong });
    setFault({});
    void step.run(
      async () => {
        await publicApi.POST("/api/v1/auth/password/forgot", { body: { email: address } });
        onSent(address);
      },
      (error, locked) => {
        const told = fieldText(error, "email");
        if (!locked) fail(told ? { email: told } : { form: failureText(error) });
      },
    );
  };
  return (
    <LoginForm
      form={form}
      step={step}
      fault={fault.form}
      submit={words.submit}
      testId="forgot-submit"
      onSubmit={submit}
    >
      <Input
        label={l.email}
        name="email"
        type="email"
        inputMode="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
        data-testid="forgot-email"
        value={email}
        error={fault.email}
        onChange={(event) => setEmail(event.target.value)}
      />
    </LoginForm>
  );
}

/** The way back to the first step. */
export function Back({ children }: { children?: ReactNode }) {
  return (
    <p className="mt-5 text-center text-sm">
      <Link to="/login" className="font-medium text-accent-text hover:underline">
        {children ?? l.back}
      </Link>
    </p>
  );
}
