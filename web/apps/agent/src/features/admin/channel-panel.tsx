import type { ChannelCheck, ChannelRow } from "@max/api";
import { Button, Input, Pill, SaveBar, Switch, toast } from "@max/ui";
import { Select } from "@max/ui/form";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { atTime } from "../../lib/time";
import { Ask } from "./ask";
import { isSecret } from "./channel-form";
import { Ago, Checks, Health, KindBadge, pausedText, RefusedCalls, Standing } from "./channel-marks";
import {
  type ChannelChange,
  CREDENTIALS,
  type Credential,
  checkChannel,
  endPreviousSecret,
  lookAgain,
  MOST_REOPEN_HOURS,
  pauseChannel,
  probeChannel,
  proposeToken,
  replaceSecret,
  resumeChannel,
  saveChannel,
  testChannel,
} from "./channels-data";
import { CopyField } from "./copy-field";
import { useDraft } from "./draft";
import { Panel, Section, UnsavedGuard } from "./layout";
import { fieldProblem, problemText, useAllTeams } from "./queries";
import { SecretInput } from "./secret-input";
import { a } from "./strings";
import { c } from "./strings-channels";
import { general } from "./tools";

/** Whole hours within what the server takes; null otherwise. */
export function hoursOf(text: string): number | null {
  const hours = /^\d{1,6}$/.test(text.trim()) ? Number(text) : Number.NaN;
  return hours <= MOST_REOPEN_HOURS ? hours : null;
}

/** One channel: what it is called, whose it is, how it does. */
export function ChannelPanel({ channel, onClose }: { channel: ChannelRow; onClose: () => void }) {
  const teams = useAllTeams();
  const draft = useDraft({
    name: channel.name,
    team_id: channel.team_id ?? "",
    reopen: String(channel.reopen_hours),
    language: channel.language ?? "",
  });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { name, team_id, reopen, language } = draft.value;
  const hours = hoursOf(reopen);
  const nameMissing = name.trim() === "" ? c.form.missing.name : undefined;
  const hoursWrong = hours === null ? c.panel.reopenWrong(MOST_REOPEN_HOURS) : undefined;

  const save = async () => {
    const change: ChannelChange = {
      ...(draft.changes.name === undefined ? {} : { name: name.trim() }),
      ...(draft.changes.team_id === undefined ? {} : { team_id: team_id || null }),
      ...(draft.changes.language === undefined ? {} : { language: language.trim() || null }),
      ...(draft.changes.reopen === undefined || hours === null ? {} : { reopen_hours: hours }),
    };
    setBusy(true);
    setError(null);
    try {
      await saveChannel(channel, change);
      draft.reset();
      toast(a.saved);
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Panel
      title={c.panel.title}
      onClose={onClose}
      testId="channel-panel"
      bar={
        draft.count > 0 && (
          <SaveBar
            text={a.changes(draft.count)}
            error={general(error, problemText(error), "name", "team_id", "reopen_hours", "language")}
            save={a.save}
            cancel={a.cancel}
            busy={busy}
            reason={nameMissing ?? hoursWrong}
            onSave={() => void save()}
            onCancel={() => {
              draft.reset();
              setError(null);
            }}
          />
        )
      }
    >
      <UnsavedGuard dirty={draft.count > 0} />
      <div>
        <KindBadge kind={channel.kind} />
      </div>
      <HealthPart channel={channel} />
      <Input
        label={c.form.name}
        value={name}
        maxLength={100}
        dir="auto"
        autoComplete="off"
        error={nameMissing ?? fieldProblem(error, "name")}
        onChange={(event) => draft.set("name", event.target.value)}
      />
      <Select
        label={c.form.team}
        hint={c.form.teamHint}
        value={team_id}
        error={fieldProblem(error, "team_id")}
        onChange={(event) => draft.set("team_id", event.target.value)}
      >
        <option value="">{c.form.teamNone}</option>
        {teams.map((team) => (
          <option key={team.id} value={team.id}>
            {team.name}
          </option>
        ))}
      </Select>
      <Input
        label={c.panel.reopen}
        value={reopen}
        inputMode="numeric"
        maxLength={6}
        autoComplete="off"
        hint={c.panel.reopenHint}
        error={hoursWrong ?? fieldProblem(error, "reopen_hours")}
        onChange={(event) => draft.set("reopen", event.target.value)}
        after={<span className="pe-1.5 text-xs text-text-3">{c.panel.hours}</span>}
      />
      <Input
        label={c.panel.language}
        value={language}
        maxLength={20}
        autoComplete="off"
        spellCheck={false}
        placeholder="en_US"
        hint={c.panel.languageHint}
        error={fieldProblem(error, "language")}
        onChange={(event) => draft.set("language", event.target.value)}
      />
      <OnOff channel={channel} />
      <Trial channel={channel} />
      <Section title={c.panel.webhook}>
        <p className="text-xs text-text-3">{c.panel.webhookHint}</p>
        <CopyField label={c.webhook.url} value={channel.webhook_url} />
      </Section>
      <Credentials channel={channel} />
      <Account config={channel.config} />
    </Panel>
  );
}

function HealthPart({ channel }: { channel: ChannelRow }) {
  const [checks, setChecks] = useState<ChannelCheck[] | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const check = async () => {
    setBusy(true);
    setError(null);
    try {
      const config = channel.config as Record<string, string>;
      setChecks(await checkChannel({ kind: channel.kind, config, credentials: {}, channel_id: channel.id }));
      lookAgain();
    } catch (refused) {
      setChecks(null);
      setError(c.check.failed(problemText(refused)));
    } finally {
      setBusy(false);
    }
  };
  const open = checks?.filter((one) => !one.ok).length ?? 0;
  return (
    <Section
      title={c.panel.health}
      action={
        <Button size="sm" busy={busy} data-testid="check-channel" onClick={() => void check()}>
          {checks ? c.check.again : c.panel.check}
        </Button>
      }
    >
      <Health channel={channel} long />
      <Standing channel={channel} />
      <Pausing channel={channel} />
      <RefusedCalls refused={channel.refused} />
      <p className="text-xs text-text-3">
        {channel.last_delivery_at && <LastDelivery at={channel.last_delivery_at} />}
        {channel.last_delivery_at === null && c.panel.noDelivery}{" "}
        <Link
          to="/admin/{-$page}/{-$id}"
          params={{ page: "journal", id: undefined }}
          search={{ channel: channel.id }}
          className="font-medium text-accent-text hover:underline"
        >
          {c.panel.journal}
        </Link>
      </p>
      <p role="status" className="text-xs text-text-2 empty:hidden">
        {checks && (open === 0 ? c.check.allOk : c.check.some(open))}
      </p>
      {checks && <Checks checks={checks} />}
      <p role="alert" className="text-xs text-bad-text empty:hidden">
        {error}
      </p>
    </Section>
  );
}

/** Whether it sends, who says so, and the way to change it. */
function Pausing({ channel }: { channel: ChannelRow }) {
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState<"resume" | "probe" | null>(null);
  const [reason, setReason] = useState("");
  if (!channel.active) return null;
  const run = async (what: "resume" | "probe") => {
    setBusy(what);
    try {
      const next = await (what === "resume" ? resumeChannel(channel) : probeChannel(channel));
      toast(
        next.paused_at ? c.panel.stillPaused : next.health === "ok" ? c.panel.sends(channel.name) : c.panel.stillIll,
      );
    } catch (refused) {
      toast(c.panel.switchFailed(problemText(refused)), "bad");
    } finally {
      setBusy(null);
    }
  };
  return (
    <div className="flex flex-col gap-2">
      {channel.paused_at && (
        <p data-testid="paused" className="rounded-md bg-warn-tint px-2.5 py-2 text-xs text-warn-text" dir="auto">
          {pausedText(channel)}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        {(channel.paused_at || channel.health !== "ok") && (
          <Button size="sm" busy={busy === "probe"} data-testid="probe-channel" onClick={() => void run("probe")}>
            {c.panel.probe}
          </Button>
        )}
        {channel.paused_at ? (
          <Button
            size="sm"
            look="primary"
            busy={busy === "resume"}
            data-testid="resume-channel"
            onClick={() => void run("resume")}
          >
            {c.panel.resume}
          </Button>
        ) : (
          <Button size="sm" data-testid="pause-channel" onClick={() => setAsked(true)}>
            {c.panel.pause}
          </Button>
        )}
      </div>
      {asked && (
        <Ask
          calm
          title={c.panel.pauseTitle(channel.name)}
          text={
            <span className="flex flex-col gap-3">
              {c.panel.pauseText}
              <Input
                label={c.panel.pauseReason}
                value={reason}
                maxLength={200}
                dir="auto"
                onChange={(event) => setReason(event.target.value)}
              />
            </span>
          }
          confirm={c.panel.pause}
          onClose={() => setAsked(false)}
          run={async () => {
            await pauseChannel(channel, reason.trim());
            setAsked(false);
          }}
        />
      )}
    </div>
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
    <p className="flex flex-wrap items-center gap-2 pb-1.5 text-xs text-text-3">
      <span className="min-w-0 flex-1">{c.panel.previous(atTime(Date.parse(until)))}</span>
      <Button size="sm" look="quiet" busy={busy} data-testid="end-secret" onClick={() => void end()}>
        {c.panel.endPrevious}
      </Button>
    </p>
  );
}

function LastDelivery({ at }: { at: string }) {
  return (
    <>
      {c.panel.lastDelivery} <Ago at={at} />
    </>
  );
}

function OnOff({ channel }: { channel: ChannelRow }) {
  const [asked, setAsked] = useState(false);
  const [pending, setPending] = useState(false);
  const on = async () => {
    setPending(true);
    try {
      await saveChannel(channel, { active: true });
      toast(c.panel.switchedOn(channel.name));
    } catch (refused) {
      toast(c.panel.switchFailed(problemText(refused)), "bad");
    } finally {
      setPending(false);
    }
  };
  return (
    <>
      <Switch
        label={c.panel.active}
        hint={c.panel.activeHint}
        checked={channel.active || pending}
        aria-busy={pending}
        data-testid="channel-active"
        onChange={(next) => (next ? void on() : setAsked(true))}
      />
      {asked && (
        <Ask
          title={c.panel.offTitle(channel.name)}
          text={c.panel.offText}
          confirm={c.panel.offConfirm}
          onClose={() => setAsked(false)}
          run={async () => {
            await saveChannel(channel, { active: false });
            setAsked(false);
            toast(c.panel.switchedOff(channel.name));
          }}
        />
      )}
    </>
  );
}

function Credentials({ channel }: { channel: ChannelRow }) {
  const [open, setOpen] = useState<Credential | null>(null);
  return (
    <Section title={c.panel.credentials}>
      <p className="text-xs text-text-3">{c.panel.credentialsHint}</p>
      <ul className="overflow-hidden rounded-md border border-line">
        {CREDENTIALS.map((name) => {
          const set = channel.credentials_set.includes(name);
          const label = c.credentials[name];
          return (
            <li key={name} className="border-line-subtle px-2.5 py-1.5 not-first:border-t">
              {name === "app_secret" && channel.previous_secret_until && (
                <Previous channel={channel} until={channel.previous_secret_until} />
              )}
              {open === name ? (
                <Replace channel={channel} name={name} onClose={() => setOpen(null)} />
              ) : (
                <span className="flex items-center gap-2">
                  <span className="min-w-0 flex-1 truncate">{label}</span>
                  <Pill tone={set ? "ok" : "warn"}>{set ? c.panel.set : c.panel.notSet}</Pill>
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

function Replace({ channel, name, onClose }: { channel: ChannelRow; name: Credential; onClose: () => void }) {
  const proposed = name === "verify_token";
  const label = c.credentials[name];
  const [value, setValue] = useState(proposed ? proposeToken : "");
  const [overlap, setOverlap] = useState(channel.credentials_set.includes(name));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | undefined>(undefined);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const next = value.trim();
    if (!isSecret(next)) return setError(next === "" ? c.panel.empty : c.form.signs);
    setBusy(true);
    setError(undefined);
    try {
      if (name === "app_secret" && overlap) await replaceSecret(channel, name, next);
      else await saveChannel(channel, { credentials: { [name]: next } });
      toast(c.panel.replaced(label));
      onClose();
    } catch (refused) {
      setError(fieldProblem(refused, `credentials.${name}`) ?? problemText(refused));
      setBusy(false);
    }
  };
  return (
    <form noValidate onSubmit={(event) => void save(event)} className="flex flex-col gap-2 py-1">
      {proposed ? (
        <CopyField label={c.panel.newOne(label)} value={value} {...hintOf(name)} />
      ) : (
        <SecretInput
          label={c.panel.newOne(label)}
          value={value}
          autoFocus
          error={error}
          onChange={setValue}
          {...hintOf(name)}
        />
      )}
      {name === "app_secret" && channel.credentials_set.includes(name) && (
        <Switch label={c.panel.overlap} hint={c.panel.overlapHint} checked={overlap} onChange={setOverlap} />
      )}
      {proposed && error && <p className="text-xs text-bad-text">{error}</p>}
      <div className="flex justify-end gap-2">
        <Button size="sm" onClick={onClose}>
          {a.cancel}
        </Button>
        <Button size="sm" type="submit" look="primary" busy={busy} data-testid="replace-credential">
          {c.panel.replaceOne(label)}
        </Button>
      </div>
    </form>
  );
}

function hintOf(name: Credential): { hint?: string } {
  const hint = c.panel.replaceHints[name];
  return hint ? { hint } : {};
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
