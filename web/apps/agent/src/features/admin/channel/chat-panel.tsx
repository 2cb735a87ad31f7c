import { Input, Switch } from "@max/ui";
import { CopyField } from "../copy-field";
import { Section } from "../layout";
import { ch } from "../strings-chat";
import { Policy, SignCode, Snippet, TestPageLink } from "./chat-install";
import { LookFields } from "./chat-look";
import { ChatPreview } from "./chat-preview";
import { CHAT, type ChatForm, type Collect, callbackWrong, MOST_UPLOAD, megabytes } from "./chat-settings";
import { TextFields } from "./chat-texts";
import { Fold } from "./fold";
import { type ChannelForm, ChannelFrame } from "./frame";
import type { PanelProps } from "./kind";
import { OriginList } from "./origin-list";
import { PrechatEditor } from "./prechat-editor";

/** What a chat has beside what every channel has: how to install it, its look and words, what it asks and notes, and its keys. */
export function ChatPanel(props: PanelProps) {
  const { channel } = props;
  return (
    <ChannelFrame settings={CHAT} preview={(form) => <ChatPreview form={form} />} {...props}>
      {(form) => (
        <>
          <Section title={ch.install.title}>
            <Snippet channel={channel} />
            <TestPageLink channelId={channel.id} />
            <Policy webhookUrl={channel.webhook_url} />
          </Section>
          <div>
            <Parts form={form} webhookUrl={channel.webhook_url} />
            <Fold title={ch.keys.sign} testId="fold-sign">
              <SignCode channelId={channel.id} />
            </Fold>
          </div>
        </>
      )}
    </ChannelFrame>
  );
}

function Parts({ form, webhookUrl }: { form: ChannelForm<ChatForm>; webhookUrl: string }) {
  const { value, set, problem } = form;
  const refused = (...fields: string[]) => fields.some((field) => problem(`config.${field}`) !== undefined);
  const { collect } = value;
  return (
    <>
      <Fold title={ch.look.title} testId="fold-look" wrong={refused("title", "accent")}>
        <LookFields value={value} set={set} problem={problem} />
      </Fold>
      <Fold title={ch.sites.title} testId="fold-sites" wrong={refused("allowed_origins")}>
        <OriginList
          value={value.allowed_origins}
          error={problem("config.allowed_origins")}
          onChange={(next) => set("allowed_origins", next)}
        />
      </Fold>
      <Fold title={ch.texts.title} testId="fold-texts" wrong={refused("texts", "languages")}>
        <TextFields value={value} set={set} problem={problem} />
      </Fold>
      <Fold title={ch.form.title} testId="fold-form" wrong={refused("prechat")}>
        <PrechatEditor
          value={value.prechat}
          error={problem("config.prechat")}
          onChange={(next) => set("prechat", next)}
        />
      </Fold>
      <Fold title={ch.files.title} testId="fold-files" wrong={refused("upload")}>
        <Files form={form} />
      </Fold>
      <Fold title={ch.collect.title} testId="fold-collect">
        <p className="text-xs text-text-3">{ch.collect.hint}</p>
        <div>
          {(Object.keys(ch.collect.names) as (keyof Collect)[]).map((name) => (
            <Switch
              key={name}
              label={ch.collect.names[name]}
              checked={collect[name]}
              onChange={(on) => set("collect", { ...collect, [name]: on })}
            />
          ))}
        </div>
      </Fold>
      <Fold title={ch.app.title} testId="fold-app" wrong={refused("callback_url")}>
        <p className="text-xs text-text-3">{ch.app.hint}</p>
        <CopyField label={ch.app.deliver} value={webhookUrl} />
        <Callback form={form} />
      </Fold>
    </>
  );
}

function Files({ form: { value, set, problem } }: { form: ChannelForm<ChatForm> }) {
  const wrong = megabytes(value.upload_max) === null ? ch.files.wrong(MOST_UPLOAD) : undefined;
  return (
    <>
      <Switch label={ch.files.on} hint={ch.files.onHint} checked={value.upload} onChange={(on) => set("upload", on)} />
      {value.upload && (
        <Input
          label={ch.files.max}
          value={value.upload_max}
          inputMode="decimal"
          maxLength={6}
          autoComplete="off"
          error={wrong ?? problem("config.upload")}
          onChange={(event) => set("upload_max", event.target.value)}
          after={<span className="pe-1.5 text-xs text-text-3">{ch.files.unit}</span>}
        />
      )}
    </>
  );
}

/** Where MAX calls the company's app. */
export function Callback({ form: { value, set, problem } }: { form: ChannelForm<Pick<ChatForm, "callback_url">> }) {
  return (
    <Input
      label={ch.app.callback}
      hint={ch.app.callbackHint}
      value={value.callback_url}
      type="url"
      dir="ltr"
      maxLength={2_048}
      autoComplete="off"
      spellCheck={false}
      error={callbackWrong(value.callback_url) ?? problem("config.callback_url")}
      onChange={(event) => set("callback_url", event.target.value)}
    />
  );
}
