import type { ChannelRow } from "@max/api";
import { Button, Input } from "@max/ui";
import { type FormEvent, useState } from "react";
import { testChannel } from "../channels-data";
import { CopyField } from "../copy-field";
import { Section } from "../layout";
import { fieldProblem, problemText } from "../queries";
import { c } from "../strings-channels";
import { ChannelFrame } from "./frame";
import type { PanelProps } from "./kind";

/** What a number has beside what every channel has: a message to try it, where Meta delivers, what it is there. */
export function WhatsAppPanel(props: PanelProps) {
  const { channel } = props;
  return (
    <ChannelFrame {...props}>
      {() => (
        <>
          <Trial channel={channel} />
          <Section title={c.panel.webhook}>
            <p className="text-xs text-text-3">{c.panel.webhookHint}</p>
            <CopyField label={c.webhook.url} value={channel.webhook_url} />
          </Section>
          <Account config={channel.config} />
        </>
      )}
    </ChannelFrame>
  );
}

/** A message to oneself, to see that sending works. */
function Trial({ channel }: { channel: ChannelRow }) {
  const [to, setTo] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | undefined>(undefined);
  const [done, setDone] = useState<string | null>(null);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (!to.trim()) return setError(c.panel.trialMissing);
    setBusy(true);
    setError(undefined);
    setDone(null);
    try {
      const template = await testChannel(channel, to.trim());
      setDone(template ? c.panel.trialTemplate(template) : c.panel.trialText);
    } catch (refused) {
      setError(fieldProblem(refused, "to") ?? problemText(refused));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Section title={c.panel.trial}>
      <form noValidate onSubmit={(event) => void send(event)} className="flex flex-col gap-2">
        <Input
          label={c.panel.trialTo}
          hint={c.panel.trialHint}
          type="tel"
          value={to}
          maxLength={30}
          autoComplete="tel"
          error={error}
          onChange={(event) => setTo(event.target.value)}
        />
        <div className="flex items-center justify-end gap-2">
          <span role="status" className="min-w-0 flex-1 text-xs text-ok-text">
            {done}
          </span>
          <Button size="sm" type="submit" busy={busy} data-testid="test-channel">
            {c.panel.trialSend}
          </Button>
        </div>
      </form>
    </Section>
  );
}

const CONFIG: readonly [string, string][] = [
  ["phone_number_id", c.form.phoneId],
  ["business_account_id", c.form.accountId],
  ["api_base", c.form.apiBase],
];

/** What the channel is at its provider; none of it is secret. */
function Account({ config }: { config: unknown }) {
  const values = (config ?? {}) as Record<string, unknown>;
  const facts = CONFIG.filter(([key]) => typeof values[key] === "string" && values[key] !== "");
  if (facts.length === 0) return null;
  return (
    <Section title={c.panel.account}>
      <dl className="flex flex-col gap-2">
        {facts.map(([key, label]) => (
          <div key={key}>
            <dt className="text-xs text-text-3">{label}</dt>
            <dd className="num break-all">{String(values[key])}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
