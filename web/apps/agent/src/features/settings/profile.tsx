import type { Me, MeChanges } from "@max/api";
import { Input, namedColor, SaveBar, Tag, toast } from "@max/ui";
import { FormSection, Select, TextArea } from "@max/ui/form";
import { type FormEvent, useEffect, useMemo, useRef, useState } from "react";
import { saveMe } from "../../app/me";
import { useMe } from "../../app/services";
import { errorText } from "../../app/words";
import { useNow } from "../../lib/use-now";
import { s } from "../../strings";
import { a } from "../../strings-account";
import { fieldText } from "../login/errors";
import { LeaveGuard } from "./leave";
import { SettingsPage } from "./page";
import { Photo } from "./photo";

const { profile: words } = a;

const FIELDS = ["name", "language", "time_zone", "signature"] as const;
type Field = (typeof FIELDS)[number];
type Values = Record<Field, string>;

const device = Intl.DateTimeFormat().resolvedOptions().timeZone;
const of = (me: Me): Values => ({
  name: me.name,
  language: me.language in words.languages ? me.language : "en",
  time_zone: me.time_zone ?? "",
  signature: me.signature ?? "",
});

/** Name, photo, language, time zone, signature. */
export default function Profile() {
  const me = useMe();
  // Only what was touched: the rest follows what the server says meanwhile.
  const [touched, setTouched] = useState<Partial<Values>>({});
  const [busy, setBusy] = useState(false);
  const [faults, setFaults] = useState<Partial<Values>>({});
  const [fault, setFault] = useState<string | null>(null);
  const form = useRef<HTMLFormElement>(null);

  const saved = of(me);
  const values = { ...saved, ...touched };
  const changed = FIELDS.filter((field) => values[field] !== saved[field]);
  const set = (field: Field) => (event: { target: { value: string } }) => {
    setTouched({ ...touched, [field]: event.target.value });
    setFaults({ ...faults, [field]: undefined });
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || changed.length === 0) return;
    if (!values.name.trim()) return refuse({ name: words.nameMissing });
    setBusy(true);
    setFault(null);
    setFaults({});
    try {
      await saveMe(
        Object.fromEntries(
          // No zone of one's own: that of the device.
          changed.map((field) => [field, values[field].trim() || (field === "time_zone" ? null : "")]),
        ) as MeChanges,
      );
      setTouched({});
      toast(a.saved);
    } catch (error) {
      const told = FIELDS.map((field) => [field, fieldText(error, field)] as const).filter(([, text]) => text);
      if (told.length > 0) refuse(Object.fromEntries(told) as Partial<Values>);
      else setFault(a.notSaved(errorText(error)));
    } finally {
      setBusy(false);
    }
  };
  const refuse = (found: Partial<Values>) => {
    setFaults(found);
    const first = FIELDS.find((field) => found[field]);
    form.current?.querySelector<HTMLElement>(`[name=${first}]`)?.focus();
  };
  const discard = () => {
    setTouched({});
    setFaults({});
    setFault(null);
  };

  return (
    <form ref={form} onSubmit={submit} noValidate className="flex flex-1 flex-col">
      <SettingsPage
        title={words.page}
        lead={words.lead}
        foot={
          changed.length > 0 && (
            <SaveBar
              className="px-6 phone:px-4"
              text={a.unsaved(changed.length)}
              error={fault}
              save={a.save}
              cancel={a.discard}
              busy={busy}
              onSave={() => form.current?.requestSubmit()}
              onCancel={discard}
            />
          )
        }
      >
        <FormSection title={words.photo}>
          <Photo me={me} />
        </FormSection>
        <FormSection title={a.you}>
          <Input
            label={words.name}
            name="name"
            autoComplete="name"
            maxLength={100}
            data-testid="profile-name"
            value={values.name}
            error={faults.name}
            onChange={set("name")}
          />
          <Input label={words.email} type="email" readOnly value={me.email} hint={words.emailHint} />
          <dl className="flex flex-wrap gap-x-10 gap-y-3">
            <div>
              <dt className="text-sm font-medium">{words.role}</dt>
              <dd className="mt-1 text-text-2">{s.user.role[me.role]}</dd>
            </div>
            <div>
              <dt className="text-sm font-medium">{words.teams}</dt>
              <dd className="mt-1 flex flex-wrap gap-1.5 text-text-2">
                {me.teams.length === 0
                  ? words.noTeams
                  : me.teams.map((team) => (
                      <Tag key={team.id} color={namedColor(team.color)}>
                        {team.name}
                      </Tag>
                    ))}
              </dd>
            </div>
          </dl>
        </FormSection>
        <FormSection title={words.region}>
          <Select
            label={words.language}
            name="language"
            hint={words.languageHint}
            value={values.language}
            error={faults.language}
            onChange={set("language")}
          >
            {Object.entries(words.languages).map(([tag, name]) => (
              <option key={tag} value={tag}>
                {name}
              </option>
            ))}
          </Select>
          <Zone value={values.time_zone} error={faults.time_zone} onChange={set("time_zone")} />
        </FormSection>
        <FormSection title={words.signature}>
          <TextArea
            label={words.signature}
            name="signature"
            hint={words.signatureHint}
            maxLength={2_000}
            value={values.signature}
            error={faults.signature}
            onChange={set("signature")}
          />
        </FormSection>
      </SettingsPage>
      <LeaveGuard unsaved={changed.length > 0 && !busy} />
    </form>
  );
}

/** All zones the browser knows, by continent, and what time it is there. */
function Zone(props: {
  value: string;
  error: string | undefined;
  onChange: (event: { target: { value: string } }) => void;
}) {
  const { value } = props;
  const now = useNow(30_000);
  const groups = useMemo(() => {
    const zones = new Set(["UTC", ...Intl.supportedValuesOf("timeZone"), ...(value ? [value] : [])]);
    const found = new Map<string, string[]>();
    for (const zone of zones) {
      const area = zone.includes("/") ? (zone.split("/")[0] ?? "") : "";
      found.set(area, [...(found.get(area) ?? []), zone]);
    }
    return [...found];
  }, [value]);
  const [hint, setHint] = useState("");
  useEffect(() => {
    try {
      const time = new Intl.DateTimeFormat("en-GB", {
        timeZone: value || device,
        hour: "2-digit",
        minute: "2-digit",
        hourCycle: "h23",
      });
      setHint(words.zoneHint(time.format(now)));
    } catch {
      setHint("");
    }
  }, [value, now]);
  return (
    <Select label={words.zone} name="time_zone" hint={hint} value={value} error={props.error} onChange={props.onChange}>
      <option value="">{words.device(device.replaceAll("_", " "))}</option>
      {groups.map(([area, zones]) =>
        area === "" ? (
          zones.map((zone) => (
            <option key={zone} value={zone}>
              {zone}
            </option>
          ))
        ) : (
          <optgroup key={area} label={area}>
            {zones.map((zone) => (
              <option key={zone} value={zone}>
                {zone
                  .slice(area.length + 1)
                  .replaceAll("_", " ")
                  .replaceAll("/", ", ")}
              </option>
            ))}
          </optgroup>
        ),
      )}
    </Select>
  );
}
