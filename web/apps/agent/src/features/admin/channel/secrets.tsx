import type { ChannelRow } from "@max/api";
import { Button, Pill, Switch, toast } from "@max/ui";
import { type FormEvent, useState } from "react";
import { atTime } from "../../../lib/time";
import { endPreviousSecret, replaceSecret, saveChannel } from "../channels-data";
import { Section } from "../layout";
import { fieldProblem, problemText } from "../queries";
import { a } from "../strings";
import { c } from "../strings-channels";
import type { ChannelKind, SecretKind } from "./kind";

/** What a channel has of secrets, and the way to replace each. */
export function Secrets({ channel, kind }: { channel: ChannelRow; kind: ChannelKind }) {
  const [open, setOpen] = useState<string | null>(null);
  if (kind.secrets.length === 0) return null;
  return (
    <Section title={c.panel.credentials}>
      <p className="text-xs text-text-3">{c.panel.credentialsHint}</p>
      {channel.previous_secret_until && <Previous channel={channel} until={channel.previous_secret_until} />}
      <ul className="overflow-hidden rounded-md border border-line">
        {kind.secrets.map((secret) => {
          const { name, label } = secret;
          const set = channel.credentials_set.includes(name);
          return (
            <li key={name} className="border-line-subtle px-2.5 py-1.5 not-first:border-t">
              {open === name ? (
                <Replace
                  channel={channel}
                  secret={secret}
                  overlapHint={kind.words.overlap}
                  onClose={() => setOpen(null)}
                />
              ) : (
                <span className="flex items-center gap-2">
                  <span className="min-w-0 flex-1 truncate">{label}</span>
                  <Pill tone={set ? "ok" : secret.optional ? "neutral" : "warn"}>
                    {set ? c.panel.set : c.panel.notSet}
                  </Pill>
                  <Button
                    size="sm"
                    look="quiet"
                    aria-label={set ? c.panel.replaceOne(label) : c.panel.setOne(label)}
                    onClick={() => setOpen(name)}
                  >
                    {set ? c.panel.replace : c.panel.setIt}
                  </Button>
                </span>
              )}
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

function Replace(props: { channel: ChannelRow; secret: SecretKind; overlapHint: string; onClose: () => void }) {
  const { channel, secret, onClose } = props;
  const { name, label, Field } = secret;
  const known = channel.credentials_set.includes(name);
  const [value, setValue] = useState(secret.first ?? "");
  const [overlap, setOverlap] = useState(known);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | undefined>(undefined);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const next = value.trim();
    const wrong = next === "" ? c.panel.empty : secret.wrong(next);
    if (wrong) return setError(wrong);
    setBusy(true);
    setError(undefined);
    try {
      if (secret.overlaps && overlap) await replaceSecret(channel, name, next);
      else await saveChannel(channel, { credentials: { [name]: next } });
      toast(c.panel.replaced(label));
      onClose();
    } catch (refused) {
      const field = fieldProblem(refused, `credentials.${name}`) ?? fieldProblem(refused, "value");
      setError(field ?? problemText(refused));
      setBusy(false);
    }
  };
  return (
    <form noValidate onSubmit={(event) => void save(event)} className="flex flex-col gap-2 py-1">
      <Field
        label={c.panel.newOne(label)}
        value={value}
        error={error}
        onChange={setValue}
        {...(secret.hint ? { hint: secret.hint } : {})}
      />
      {secret.overlaps && known && (
        <Switch label={c.panel.overlap} hint={props.overlapHint} checked={overlap} onChange={setOverlap} />
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <Button size="sm" onClick={onClose}>
          {a.cancel}
        </Button>
        <Button size="sm" type="submit" look="primary" busy={busy} data-testid="replace-credential">
          {known ? c.panel.replaceOne(label) : c.panel.setOne(label)}
        </Button>
      </div>
    </form>
  );
}

/** The secret that was replaced still holds, for calls that were signed before the change reached everybody. */
function Previous({ channel, until }: { channel: ChannelRow; until: string }) {
  const [busy, setBusy] = useState(false);
  const end = async () => {
    setBusy(true);
    try {
      await endPreviousSecret(channel);
    } catch (refused) {
      toast(c.panel.switchFailed(problemText(refused)), "bad");
    } finally {
      setBusy(false);
    }
  };
  return (
    <p className="flex flex-wrap items-center gap-2 text-xs text-text-3">
      <span className="min-w-0 flex-1">{c.panel.previous(atTime(Date.parse(until)))}</span>
      <Button size="sm" look="quiet" busy={busy} data-testid="end-secret" onClick={() => void end()}>
        {c.panel.endPrevious}
      </Button>
    </p>
  );
}
