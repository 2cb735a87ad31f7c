import type { Channel, ChannelCheck } from "@max/api";
import { Button, cx, FieldError, IconButton, Input, Spinner } from "@max/ui";
import { Select } from "@max/ui/form";
import { Link } from "@tanstack/react-router";
import { CircleCheck, RefreshCw } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { Checks } from "../channel-marks";
import { checkChannel, createChannel, lookAgain, proposeToken, useIngestHealth } from "../channels-data";
import { CopyField } from "../copy-field";
import { Panel, UnsavedGuard } from "../layout";
import { problemText, useAllTeams } from "../queries";
import { SecretInput } from "../secret-input";
import { c } from "../strings-channels";
import type { AddProps } from "./kind";
import { FOOT, StepHead, Trail } from "./steps";
import {
  channelOf,
  FIELDS,
  type NumberField,
  type NumberForm,
  type Problems,
  problemsOf,
  refusedFields,
} from "./whatsapp-form";

const STEPS = ["details", "check", "webhook", "done"] as const;
type Step = (typeof STEPS)[number];
/** How often the first delivery is looked for, in milliseconds. */
const LOOK = 3_000;

const EMPTY: NumberForm = {
  name: "",
  team_id: "",
  phone_number_id: "",
  business_account_id: "",
  access_token: "",
  app_secret: "",
  verify_token: "",
  api_base: "",
};
const empty = (): NumberForm => ({ ...EMPTY, verify_token: proposeToken() });

/** A new number, step by step: nothing is saved before the provider has been asked. */
export function AddNumber(props: AddProps) {
  const [step, setStep] = useState<Step>("details");
  const [form, setForm] = useState(empty);
  const [refused, setRefused] = useState<Problems>({});
  const [made, setMade] = useState<Channel | null>(null);
  const [arrived, setArrived] = useState(false);
  const typed = FIELDS.some((field) => field !== "verify_token" && form[field] !== "");

  const backTo = (problems: Problems) => {
    setRefused(problems);
    setStep("details");
  };
  const again = () => {
    setForm(empty());
    setMade(null);
    setArrived(false);
    setRefused({});
    setStep("details");
  };
  return (
    <Panel title={c.steps.title} onClose={props.onClose} testId="add-number">
      <UnsavedGuard dirty={made === null && typed} />
      <Trail steps={STEPS} names={c.steps.names} step={step} />
      {step === "details" && (
        <Details
          form={form}
          refused={refused}
          onChange={(change) => {
            setForm((old) => ({ ...old, ...change }));
            setRefused((old) => Object.fromEntries(Object.entries(old).filter(([field]) => !(field in change))));
          }}
          onCancel={props.onClose}
          onNext={() => setStep("check")}
        />
      )}
      {step === "check" && (
        <CheckStep
          form={form}
          onBack={() => setStep("details")}
          onRefused={backTo}
          onMade={(channel) => {
            setMade(channel);
            setStep("webhook");
          }}
        />
      )}
      {step === "webhook" && made && (
        <Webhook
          channel={made}
          token={form.verify_token.trim()}
          onDone={(come) => {
            setArrived(come);
            setStep("done");
          }}
        />
      )}
      {step === "done" && made && (
        <Done channel={made} arrived={arrived} onOpen={() => props.onOpen(made.id)} onMore={again} />
      )}
    </Panel>
  );
}

function Details(props: {
  form: NumberForm;
  refused: Problems;
  onChange: (change: Partial<NumberForm>) => void;
  onCancel: () => void;
  onNext: () => void;
}) {
  const { form, refused } = props;
  const teams = useAllTeams();
  const box = useRef<HTMLFormElement>(null);
  const [tried, setTried] = useState(false);
  const [advanced, setAdvanced] = useState(form.api_base !== "");
  const wrong = problemsOf(form);
  const error = (field: NumberField) => (tried ? wrong[field] : undefined) ?? refused[field];
  const toFirst = (problems: Problems) => {
    const first = FIELDS.find((field) => problems[field]);
    if (first) box.current?.querySelector<HTMLElement>(`[name="${first}"]`)?.focus();
    return first !== undefined;
  };
  // Sent back by the server: to the field it is about.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, on coming back
  useEffect(() => {
    toFirst(refused);
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!toFirst(wrong)) props.onNext();
  };
  const set = (field: NumberField) => (value: string) => props.onChange({ [field]: value });
  const text = (field: NumberField, label: string, hint: string) => (
    <Input
      label={label}
      hint={hint}
      name={field}
      value={form[field]}
      error={error(field)}
      autoComplete="off"
      spellCheck={false}
      onChange={(event) => set(field)(event.target.value)}
      {...(field === "name" ? { maxLength: 100, dir: "auto" } : { dir: "ltr", maxLength: 300 })}
      {...(field.endsWith("_id") ? { inputMode: "numeric" as const } : {})}
    />
  );
  return (
    <form ref={box} noValidate onSubmit={submit} className="flex flex-1 flex-col gap-4">
      {text("name", c.form.name, c.form.nameHint)}
      <Select
        label={c.form.team}
        name="team_id"
        hint={c.form.teamHint}
        error={error("team_id")}
        value={form.team_id}
        onChange={(event) => set("team_id")(event.target.value)}
      >
        <option value="">{c.form.teamNone}</option>
        {teams.map((team) => (
          <option key={team.id} value={team.id}>
            {team.name}
          </option>
        ))}
      </Select>
      <div>
        <h3 className="text-md font-semibold">{c.form.fromMeta}</h3>
        <p className="text-xs text-text-3">{c.form.fromMetaHint}</p>
      </div>
      {text("phone_number_id", c.form.phoneId, c.form.phoneIdHint)}
      {text("business_account_id", c.form.accountId, c.form.accountIdHint)}
      <SecretInput
        label={c.form.token}
        name="access_token"
        hint={c.form.tokenHint}
        value={form.access_token}
        error={error("access_token")}
        onChange={set("access_token")}
      />
      <SecretInput
        label={c.form.secret}
        name="app_secret"
        hint={c.form.secretHint}
        value={form.app_secret}
        error={error("app_secret")}
        onChange={set("app_secret")}
      />
      <Input
        label={c.form.verify}
        name="verify_token"
        hint={c.form.verifyHint}
        value={form.verify_token}
        error={error("verify_token")}
        dir="ltr"
        maxLength={200}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => set("verify_token")(event.target.value)}
        after={
          <IconButton label={c.form.another} onClick={() => set("verify_token")(proposeToken())}>
            <RefreshCw />
          </IconButton>
        }
      />
      <details
        open={advanced || Boolean(error("api_base"))}
        onToggle={(event) => setAdvanced(event.currentTarget.open)}
      >
        <summary className="mb-2 cursor-pointer text-sm font-medium text-text-2">{c.form.advanced}</summary>
        {text("api_base", c.form.apiBase, c.form.apiBaseHint)}
      </details>
      <div className={FOOT}>
        <Button onClick={props.onCancel}>{c.steps.cancel}</Button>
        <Button type="submit" look="primary" data-testid="to-check">
          {c.steps.next}
        </Button>
      </div>
    </form>
  );
}

function CheckStep(props: {
  form: NumberForm;
  onBack: () => void;
  onRefused: (problems: Problems) => void;
  onMade: (channel: Channel) => void;
}) {
  const { form, onRefused } = props;
  const [checks, setChecks] = useState<ChannelCheck[] | null>(null);
  const [busy, setBusy] = useState<"check" | "save" | null>(null);
  const [error, setError] = useState<string | null>(null);

  /** What is said of fields belongs beside them. */
  const explain = (refused: unknown, words: string) => {
    const fields = refusedFields(refused);
    if (Object.keys(fields).length > 0) onRefused(fields);
    else setError(words);
  };
  const check = async () => {
    setBusy("check");
    setError(null);
    setChecks(null);
    try {
      const { config, credentials } = channelOf(form);
      setChecks(await checkChannel({ kind: "whatsapp", config, credentials }));
    } catch (refused) {
      explain(refused, c.check.failed(problemText(refused)));
    } finally {
      setBusy(null);
    }
  };
  const save = async () => {
    setBusy("save");
    setError(null);
    try {
      props.onMade(await createChannel("whatsapp", channelOf(form)));
    } catch (refused) {
      setBusy(null);
      explain(refused, problemText(refused));
    }
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: on coming to this step
  useEffect(() => void check(), []);

  const open = checks?.filter((one) => !one.ok).length ?? 0;
  const fine = checks !== null && open === 0;
  return (
    <>
      <StepHead>{c.check.title}</StepHead>
      <p role="status" className="flex items-center gap-2 text-text-2">
        {busy === "check" ? (
          <>
            <Spinner /> {c.check.running}
          </>
        ) : (
          checks && (fine ? c.check.allOk : c.check.some(open))
        )}
      </p>
      {checks && <Checks checks={checks} says={c.check.says} />}
      <div role="alert" className="empty:hidden">
        {error && <FieldError id="check-error">{error}</FieldError>}
      </div>
      {!fine && busy === null && <p className="text-xs text-text-3">{c.check.anywayHint}</p>}
      <div className={FOOT}>
        <Button onClick={props.onBack}>{c.steps.back}</Button>
        {!fine && (
          <Button
            busy={busy === "save"}
            data-testid="save-anyway"
            disabled={busy === "check"}
            onClick={() => void save()}
          >
            {c.check.createAnyway}
          </Button>
        )}
        {fine ? (
          <Button look="primary" busy={busy === "save"} data-testid="save-channel" onClick={() => void save()}>
            {c.check.create}
          </Button>
        ) : (
          <Button look="primary" busy={busy === "check"} data-testid="check-again" onClick={() => void check()}>
            {c.check.again}
          </Button>
        )}
      </div>
    </>
  );
}

function Webhook(props: { channel: Channel; token: string; onDone: (arrived: boolean) => void }) {
  const { channel } = props;
  const [seen, setSeen] = useState(false);
  const health = useIngestHealth(LOOK, !seen);
  const arrived = seen || Boolean(health.data?.channels.find((one) => one.id === channel.id)?.last_delivery_at);
  useEffect(() => {
    if (!arrived) return;
    setSeen(true);
    lookAgain();
  }, [arrived]);
  return (
    <>
      <StepHead>{c.webhook.title}</StepHead>
      <p className="text-text-2">{c.webhook.saved(channel.name)}</p>
      <ol className="flex list-decimal flex-col gap-1.5 ps-5 text-text-2">
        {c.webhook.steps.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ol>
      <CopyField label={c.webhook.url} value={channel.webhook_url} />
      <CopyField label={c.webhook.token} value={props.token} hint={c.webhook.tokenOnce} />
      <div
        role="status"
        data-testid="first-delivery"
        className={cx(
          "flex items-start gap-2 rounded-md px-2.5 py-2 [&_.lucide]:size-4 [&>*]:mt-0.5",
          arrived ? "bg-ok-tint text-ok-text" : "bg-sunken text-text-2",
        )}
      >
        {arrived ? <CircleCheck /> : <Spinner />}
        <span className="mt-0! min-w-0 font-medium">
          {arrived ? c.webhook.arrived : c.webhook.waiting}
          {!arrived && (
            <span className="block text-xs font-normal">
              {health.error ? c.webhook.unknown(problemText(health.error)) : c.webhook.waitingHint}
            </span>
          )}
        </span>
      </div>
      <div className={FOOT}>
        <Button look={arrived ? "primary" : "default"} data-testid="finish" onClick={() => props.onDone(arrived)}>
          {arrived ? c.webhook.finish : c.webhook.later}
        </Button>
      </div>
    </>
  );
}

function Done(props: { channel: Channel; arrived: boolean; onOpen: () => void; onMore: () => void }) {
  const { channel, arrived } = props;
  return (
    <>
      <StepHead>{arrived ? c.done.title(channel.name) : c.done.waiting(channel.name)}</StepHead>
      <p className="text-text-2">{arrived ? c.done.text : c.done.waitingText}</p>
      {arrived && (
        <Link
          to="/admin/{-$page}/{-$id}"
          params={{ page: "journal", id: undefined }}
          search={{ channel: channel.id }}
          className="self-start font-medium text-accent-text hover:underline"
        >
          {c.done.journal}
        </Link>
      )}
      <div className={FOOT}>
        <Button onClick={props.onMore}>{c.done.more}</Button>
        <Button look="primary" data-testid="open-channel" onClick={props.onOpen}>
          {c.done.open}
        </Button>
      </div>
    </>
  );
}
