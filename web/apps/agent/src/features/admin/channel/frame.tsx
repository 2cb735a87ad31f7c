import { Input, SaveBar, toast } from "@max/ui";
import { Select } from "@max/ui/form";
import { type ReactNode, useState } from "react";
import { media, useMedia } from "../../../lib/use-media";
import { KindBadge } from "../channel-marks";
import { type ChannelChange, MOST_REOPEN_HOURS, saveChannel } from "../channels-data";
import { useDraft } from "../draft";
import { Panel, UnsavedGuard } from "../layout";
import { fieldProblem, problemText, useAllTeams } from "../queries";
import { a } from "../strings";
import { c } from "../strings-channels";
import { general } from "../tools";
import { HealthPart } from "./health";
import type { PanelProps } from "./kind";
import { OnOff } from "./on-off";
import { Secrets } from "./secrets";

/** What is edited of any channel. */
interface Common {
  name: string;
  team_id: string;
  reopen: string;
  language: string;
}

/** What a kind lets one edit of a channel's configuration. */
export interface Settings<T extends object> {
  read: (config: unknown) => T;
  /** Why it cannot be saved as it is. */
  wrong: (value: T) => string | undefined;
  /** The whole configuration, with what the form does not know as it was. */
  write: (value: T, config: unknown) => Record<string, unknown>;
  /** The server's names of fields that say themselves what it did not like. */
  fields: readonly string[];
}

/** The form, as the parts of a kind see it. */
export interface ChannelForm<T extends object> {
  value: T;
  set<K extends keyof T>(key: K, value: T[K]): void;
  /** What the server did not like of a field. */
  problem: (field: string) => string | undefined;
}

const NOTHING: Settings<object> = { read: () => ({}), wrong: () => undefined, write: () => ({}), fields: [] };

/** Whole hours within what the server takes; null otherwise. */
export function hoursOf(text: string): number | null {
  const hours = /^\d{1,6}$/.test(text.trim()) ? Number(text) : Number.NaN;
  return hours <= MOST_REOPEN_HOURS ? hours : null;
}

/** One channel: what it is called, whose it is, how it does, and between that what only its kind has. */
export function ChannelFrame<T extends object = object>({
  channel,
  kind,
  onClose,
  settings = NOTHING as unknown as Settings<T>,
  ...props
}: PanelProps & {
  settings?: Settings<T>;
  /** Stands beside the form where there is room, and before it where there is none. */
  preview?: (value: T) => ReactNode;
  children: (form: ChannelForm<T>) => ReactNode;
}) {
  const teams = useAllTeams();
  const roomy = useMedia(media.roomy);
  const draft = useDraft<Common & T>({
    name: channel.name,
    team_id: channel.team_id ?? "",
    reopen: String(channel.reopen_hours),
    language: channel.language ?? "",
    ...settings.read(channel.config),
  });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { name, team_id, reopen, language } = draft.value;
  const set = draft.set as <K extends keyof Common>(key: K, value: Common[K]) => void;
  const hours = hoursOf(reopen);
  const nameMissing = name.trim() === "" ? c.form.missing.name : undefined;
  const hoursWrong = hours === null ? c.panel.reopenWrong(MOST_REOPEN_HOURS) : undefined;

  const save = async () => {
    const { changes } = draft;
    const configured = Object.keys(changes).some((key) => !["name", "team_id", "reopen", "language"].includes(key));
    const change: ChannelChange = {
      ...(changes.name === undefined ? {} : { name: name.trim() }),
      ...(changes.team_id === undefined ? {} : { team_id: team_id || null }),
      ...(changes.language === undefined ? {} : { language: language.trim() || null }),
      ...(changes.reopen === undefined || hours === null ? {} : { reopen_hours: hours }),
      ...(configured ? { config: settings.write(draft.value, channel.config) } : {}),
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
  const preview = props.preview?.(draft.value);
  return (
    <Panel
      title={c.panel.title}
      onClose={onClose}
      testId="channel-panel"
      beside={roomy ? preview : undefined}
      bar={
        draft.count > 0 && (
          <SaveBar
            text={a.changes(draft.count)}
            error={general(
              error,
              problemText(error),
              ...["name", "team_id", "reopen_hours", "language"],
              ...settings.fields,
            )}
            save={a.save}
            cancel={a.cancel}
            busy={busy}
            reason={nameMissing ?? hoursWrong ?? settings.wrong(draft.value)}
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
      {!roomy && preview}
      <HealthPart channel={channel} kind={kind} />
      <Input
        label={c.form.name}
        value={name}
        maxLength={100}
        dir="auto"
        autoComplete="off"
        error={nameMissing ?? fieldProblem(error, "name")}
        onChange={(event) => set("name", event.target.value)}
      />
      <Select
        label={c.form.team}
        hint={c.form.teamHint}
        value={team_id}
        error={fieldProblem(error, "team_id")}
        onChange={(event) => set("team_id", event.target.value)}
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
        onChange={(event) => set("reopen", event.target.value)}
        after={<span className="pe-1.5 text-xs text-text-3">{c.panel.hours}</span>}
      />
      {kind.words.language && (
        <Input
          label={c.panel.language}
          value={language}
          maxLength={20}
          autoComplete="off"
          spellCheck={false}
          placeholder={kind.words.language.example}
          hint={kind.words.language.hint}
          error={fieldProblem(error, "language")}
          onChange={(event) => set("language", event.target.value)}
        />
      )}
      <OnOff channel={channel} />
      {props.children({
        value: draft.value,
        set: draft.set as ChannelForm<T>["set"],
        problem: (field) => fieldProblem(error, field),
      })}
      <Secrets channel={channel} kind={kind} />
    </Panel>
  );
}
