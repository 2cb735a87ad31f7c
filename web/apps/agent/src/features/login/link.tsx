import { ApiError, body, type LinkInfo } from "@max/api";
import { Button, ErrorState, Input, Skeleton, useDelayed } from "@max/ui";
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation, useRouter } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { publicApi, session } from "../../app/services";
import { s } from "../../strings";
import { l } from "../../strings-login";
import { attempt } from "./attempt";
import { failureText, fieldText } from "./errors";
import { Back } from "./forgot";
import { LoginForm, useTry } from "./form";
import { LoginFrame, useCompany } from "./frame";
import { NewPassword, passwordFault } from "./password";

const { link: words } = l;
type Purpose = LinkInfo["purpose"];

/** `/welcome#token`: somebody was invited and chooses their first password. */
export function Welcome() {
  return <LinkPage purpose="invite" />;
}

/** `/reset#token`: a new password in place of a forgotten one. */
export function Reset() {
  return <LinkPage purpose="reset" />;
}

const gone = (error: unknown) => error instanceof ApiError && (error.status === 410 || error.status === 422);

/** The token stands after the `#`, which browsers do not send anywhere. */
function LinkPage({ purpose }: { purpose: Purpose }) {
  const token = useLocation({ select: (location) => location.hash });
  return <LinkFor key={token} token={token} purpose={purpose} />;
}

function LinkFor({ token, purpose }: { token: string; purpose: Purpose }) {
  const company = useCompany();
  const [used, setUsed] = useState(false);
  const link = useQuery({
    queryKey: ["one-time-link", token],
    queryFn: async () => body<LinkInfo>(await publicApi.POST("/api/v1/auth/link", { body: { token } })),
    enabled: token !== "",
    gcTime: 0,
  });
  const late = useDelayed(link.isLoading);
  const page = purpose === "invite" ? words.welcomePage : words.resetPage;

  if (!token || used || gone(link.error)) {
    return (
      <LoginFrame
        page={page}
        title={words.goneTitle}
        lead={`${words.gone} ${purpose === "invite" ? words.goneWelcome : words.goneReset}`}
      >
        {purpose === "reset" && (
          <Link
            to="/login/forgot"
            data-testid="link-again"
            className="mt-5 grid h-10 place-items-center rounded-md bg-accent px-4 text-md font-medium text-accent-fg hover:bg-accent-hover phone:h-11"
          >
            {words.newLink}
          </Link>
        )}
        <Back />
      </LoginFrame>
    );
  }
  if (link.isPending) {
    return (
      <LoginFrame page={page} title={words.checking}>
        {late && (
          <div className="mt-6 flex flex-col gap-4">
            <Skeleton className="h-4 w-2/3" />
            <Skeleton className="h-[42px] w-full" />
            <Skeleton className="h-10 w-full" />
          </div>
        )}
      </LoginFrame>
    );
  }
  if (link.isError) {
    return (
      <LoginFrame page={page} title={words.failedTitle}>
        <ErrorState
          title={failureText(link.error)}
          action={
            <Button size="sm" onClick={() => void link.refetch()}>
              {s.tryAgain}
            </Button>
          }
        />
        <Back />
      </LoginFrame>
    );
  }
  const { name, purpose: real } = link.data;
  return (
    <LoginFrame
      page={page}
      title={real === "invite" ? words.welcomeTitle(name) : words.resetTitle}
      lead={real === "invite" ? words.welcomeLead(company) : words.resetLead(name)}
    >
      <Choose token={token} email={link.data.email} onGone={() => setUsed(true)} />
    </LoginFrame>
  );
}

function Choose(props: { token: string; email: string; onGone: () => void }) {
  const { token, email } = props;
  const router = useRouter();
  const [password, setPassword] = useState("");
  const [fault, setFault] = useState<{ password?: string; form?: string }>({});
  const step = useTry();
  const form = useRef<HTMLFormElement>(null);

  const wrong = (text: string) => {
    setFault({ password: text });
    form.current?.querySelector<HTMLInputElement>("input[name=new-password]")?.focus();
  };

  const submit = () => {
    if (step.blocked) return;
    const found = passwordFault(password);
    if (found) return wrong(found);
    setFault({});
    void step.run(
      async () => {
        await publicApi.POST("/api/v1/auth/link/password", { body: { token, password } });
        await enter({ email, password, remember: true });
      },
      (error, locked) => {
        const told = fieldText(error, "password");
        if (told) wrong(told);
        else if (gone(error)) props.onGone();
        else if (!locked) setFault({ form: failureText(error) });
      },
    );
  };

  /** The password is saved. Whatever stands in the way of signing in now, the sign-in screen can deal with. */
  const enter = async (credentials: { email: string; password: string; remember: boolean }) => {
    attempt.set(credentials, true);
    try {
      const me = await session.login(credentials);
      if (me.two_factor !== "required") attempt.clear();
      await router.navigate({ to: "/", replace: true });
    } catch (error) {
      const second = error instanceof ApiError && error.code === "totp_required";
      await router.navigate({ to: second ? "/login/2fa" : "/login", search: {}, replace: true });
    }
  };

  return (
    <LoginForm form={form} step={step} fault={fault.form} submit={words.submit} testId="link-submit" onSubmit={submit}>
      {/* A real field, so that password managers file the password under the right name. */}
      <Input label={words.account} name="email" type="email" autoComplete="username" readOnly value={email} />
      <NewPassword value={password} onChange={setPassword} error={fault.password} autoFocus />
    </LoginForm>
  );
}
