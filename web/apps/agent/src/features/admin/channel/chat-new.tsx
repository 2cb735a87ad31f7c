import { ApiError, type Channel } from "@max/api";
import { Button, FieldError, Input } from "@max/ui";
import { Select } from "@max/ui/form";
import { type FormEvent, type ReactNode, useState } from "react";
import { media, useMedia } from "../../../lib/use-media";
import { createChannel } from "../channels-data";
import { CopyField } from "../copy-field";
import { Panel, UnsavedGuard } from "../layout";
import { fieldProblem, problemText, useAllTeams } from "../queries";
import { c } from "../strings-channels";
import { ch } from "../strings-chat";
import { Policy, Snippet, TestPageLink } from "./chat-install";
import { makeSigningSecret } from "./chat-keys";
import { LookFields } from "./chat-look";
import { Callback } from "./chat-panel";
import { ChatPreview } from "./chat-preview";
import { accentWrong, type ChatForm, callbackWrong, EMPTY, originWrong, write } from "./chat-settings";
import type { ChannelForm } from "./frame";
import type { AddProps } from "./kind";
import { OriginList } from "./origin-list";
import { FOOT, StepHead, Trail } from "./steps";

const STEPS = ["details", "look", "sites", "install"] as const;
type Step = (typeof STEPS)[number];

interface NewChat extends ChatForm {
  name: string;
  team_id: string;
}

const empty = (): NewChat => ({ ...EMPTY, name: "", team_id: "", allowed_origins: [""] });

/** On which step somebody enters what the server did not like. */
const STEP_OF: Record<string, Step> = {
  name: "details",
  team_id: "details",
  "config.title": "look",
  "config.accent": "look",
};

/** A new chat, step by step: saved once all is entered, with a secret that is made here and shown once. */
export function AddChat(props: AddProps) {
  const roomy = useMedia(media.roomy);
  const [step, setStep] = useState<Step>("details");
  const [form, setForm] = useState(empty);
  const [error, setError] = useState<unknown>(null);
  const [made, setMade] = useState<{ channel: Channel; secret: string } | null>(null);
  const dirty = made === null && (form.name !== "" || form.title !== "");

  const fields: ChannelForm<NewChat> = {
    value: form,
    set: (key, value) => {
      setForm((old) => ({ ...old, [key]: value }));
      setError(null);
    },
    problem: (field) => fieldProblem(error, field),
  };
  const create = async () => {
    const secret = makeSigningSecret();
    setError(null);
    const { name, team_id, ...chat } = form;
    try {
      const channel = await createChannel("chat", {
        name: name.trim(),
        team_id: team_id || null,
        config: write(chat, {}),
        credentials: { signing_secret: secret },
      });
      setMade({ channel, secret });
      setStep("install");
    } catch (refused) {
      setError(refused);
      const field = refused instanceof ApiError ? refused.fields.find((one) => STEP_OF[one.field])?.field : undefined;
      if (field) setStep(STEP_OF[field] as Step);
    }
  };
  const preview = step === "look" ? <ChatPreview form={form} /> : undefined;
  return (
    <Panel title={ch.steps.title} onClose={props.onClose} testId="add-chat" beside={roomy ? preview : undefined}>
      <UnsavedGuard dirty={dirty} />
      <Trail steps={STEPS} names={ch.steps.names} step={step} />
      {step === "details" && <Details form={fields} onBack={props.onClose} onNext={() => setStep("look")} />}
      {step === "look" && (
        <StepForm
          title={ch.steps.names.look}
          wrong={accentWrong(form.accent)}
          onBack={() => setStep("details")}
          onNext={() => setStep("sites")}
        >
          <LookFields {...fields} />
          {!roomy && preview}
        </StepForm>
      )}
      {step === "sites" && (
        <StepForm
          title={ch.steps.names.sites}
          wrong={
            form.allowed_origins.map((one) => originWrong(one, form.allowed_origins)).find(Boolean) ??
            callbackWrong(form.callback_url)
          }
          error={error}
          next={ch.steps.create}
          onBack={() => setStep("look")}
          onNext={create}
        >
          <OriginList
            value={form.allowed_origins}
            error={fields.problem("config.allowed_origins")}
            onChange={(next) => fields.set("allowed_origins", next)}
          />
          <Callback form={fields} />
        </StepForm>
      )}
      {step === "install" && made && (
        <Install
          {...made}
          onOpen={() => props.onOpen(made.channel.id)}
          onMore={() => {
            setForm(empty());
            setMade(null);
            setStep("details");
          }}
        />
      )}
    </Panel>
  );
}

/** A step that can be left once nothing in it is wrong. */
function StepForm(props: {
  title: string;
  /** Why it cannot be left, in the words that stand beside the field. */
  wrong: string | undefined;
  /** What the server said, where no field says it. */
  error?: unknown;
  back?: string;
  next?: string;
  quiet?: boolean;
  onBack: () => void;
  onNext: () => void | Promise<void>;
  children: ReactNode;
}) {
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (props.wrong) return;
    setBusy(true);
    try {
      await props.onNext();
    } finally {
      setBusy(false);
    }
  };
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-1 flex-col gap-4">
      <StepHead quiet={props.quiet === true}>{props.title}</StepHead>
      {props.children}
      <div role="alert" className="empty:hidden">
        {props.error ? <FieldError id="step-error">{problemText(props.error)}</FieldError> : null}
      </div>
      <div className={FOOT}>
        <Button onClick={props.onBack}>{props.back ?? c.steps.back}</Button>
        <Button type="submit" look="primary" busy={busy} reason={props.wrong} data-testid="chat-next">
          {props.next ?? ch.steps.next}
        </Button>
      </div>
    </form>
  );
}

function Details(props: { form: ChannelForm<NewChat>; onBack: () => void; onNext: () => void }) {
  const { value, set, problem } = props.form;
  const teams = useAllTeams();
  const [tried, setTried] = useState(false);
  const missing = value.name.trim() === "" ? c.form.missing.name : undefined;
  return (
    <StepForm
      title={ch.steps.names.details}
      quiet
      wrong={undefined}
      back={c.steps.cancel}
      onBack={props.onBack}
      onNext={() => {
        setTried(true);
        if (!missing) props.onNext();
      }}
    >
      <Input
        label={c.form.name}
        hint={ch.steps.nameHint}
        value={value.name}
        maxLength={100}
        dir="auto"
        autoComplete="off"
        error={(tried ? missing : undefined) ?? problem("name")}
        onChange={(event) => set("name", event.target.value)}
      />
      <Select
        label={c.form.team}
        hint={c.form.teamHint}
        value={value.team_id}
        error={problem("team_id")}
        onChange={(event) => set("team_id", event.target.value)}
      >
        <option value="">{c.form.teamNone}</option>
        {teams.map((team) => (
          <option key={team.id} value={team.id}>
            {team.name}
          </option>
        ))}
      </Select>
    </StepForm>
  );
}

function Install(props: { channel: Channel; secret: string; onOpen: () => void; onMore: () => void }) {
  const { channel } = props;
  return (
    <>
      <StepHead>{ch.steps.installTitle(channel.name)}</StepHead>
      <p className="text-text-2">{ch.steps.installText}</p>
      <Snippet channel={channel} />
      <CopyField label={ch.keys.signing} value={props.secret} hint={ch.keys.signingOnce} />
      <TestPageLink channelId={channel.id} />
      <Policy webhookUrl={channel.webhook_url} />
      <div className={FOOT}>
        <Button onClick={props.onMore}>{ch.steps.more}</Button>
        <Button look="primary" data-testid="open-channel" onClick={props.onOpen}>
          {ch.steps.open}
        </Button>
      </div>
    </>
  );
}
