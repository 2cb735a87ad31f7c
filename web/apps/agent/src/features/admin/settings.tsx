import type { CompanySettings, Role } from "@max/api";
import { Checkbox, Input, SaveBar, Skeleton, toast, useDelayed } from "@max/ui";
import { useState } from "react";
import { useMe } from "../../app/services";
import { useDraft } from "./draft";
import { ROLES } from "./filters";
import { Failed, PageHead, UnsavedGuard } from "./layout";
import { fieldProblem, problemText, saveSettings, useSettings } from "./queries";
import { a } from "./strings";
import { general } from "./tools";

/** What holds for the whole company. */
export function SettingsPage() {
  const settings = useSettings();
  const skeleton = useDelayed(settings.isPending);
  return (
    <section
      aria-label={a.settings.what}
      data-region="list"
      tabIndex={-1}
      className="flex min-h-0 min-w-0 flex-1 flex-col outline-none"
    >
      <PageHead title={a.settings.title} />
      {settings.data ? (
        <Form stored={settings.data} />
      ) : settings.error ? (
        <Failed what={a.settings.what} error={settings.error} retry={() => void settings.refetch()} />
      ) : (
        skeleton && (
          <div className="flex max-w-[560px] flex-col gap-4 p-5">
            <Skeleton className="h-10" />
            <Skeleton className="h-32" />
          </div>
        )
      )}
    </section>
  );
}

/** What a customer may write, and the bounds that the server sets. */
const FLOODS = [
  { key: "flood_messages", least: 1, most: 1_000 },
  { key: "flood_seconds", least: 1, most: 3_600 },
  { key: "flood_block_messages", least: 2, most: 100_000 },
  { key: "flood_block_hours", least: 1, most: 720 },
] as const;
type Flood = (typeof FLOODS)[number]["key"];

const whole = (text: string): number => (/^\d{1,6}$/.test(text.trim()) ? Number(text) : Number.NaN);

/** What is wrong with each of them. */
function floodProblems(value: Pick<CompanySettings, Flood>): Partial<Record<Flood, string>> {
  const problems: Partial<Record<Flood, string>> = {};
  for (const { key, least, most } of FLOODS) {
    if (!(value[key] >= least && value[key] <= most)) problems[key] = a.settings.between(least, most);
  }
  if (!problems.flood_block_messages && value.flood_block_messages <= value.flood_messages)
    problems.flood_block_messages = a.settings.blockMore;
  return problems;
}

function Form({ stored }: { stored: CompanySettings }) {
  const me = useMe();
  const inOrder = (roles: readonly Role[]) => ROLES.filter((role) => roles.includes(role));
  const draft = useDraft<CompanySettings>({ ...stored, two_factor_roles: inOrder(stored.two_factor_roles) });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  // What is no number stays as it was typed, to be put right.
  const [typed, setTyped] = useState<Partial<Record<Flood, string>>>({});
  const { company_name: name, two_factor_roles: roles } = draft.value;
  const missing = name.trim() === "" ? a.settings.companyMissing : undefined;
  const floods = floodProblems(draft.value);
  const wrong = missing ?? Object.values(floods)[0];
  const dirty = draft.count > 0;
  const locksMe = roles.includes(me.role) && !stored.two_factor_roles.includes(me.role) && me.two_factor !== "on";

  const toggle = (role: Role, on: boolean) =>
    draft.set("two_factor_roles", inOrder(on ? [...roles, role] : roles.filter((one) => one !== role)));
  const save = async () => {
    setBusy(true);
    setError(null);
    try {
      const { company_name, ...rest } = draft.changes;
      await saveSettings({ ...rest, ...(company_name === undefined ? {} : { company_name: company_name.trim() }) });
      draft.reset();
      setTyped({});
      toast(a.saved);
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };

  return (
    <>
      <UnsavedGuard dirty={dirty} />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="flex max-w-[600px] flex-col gap-8 p-5 phone:px-4">
          <section className="flex flex-col gap-3">
            <h2 className="text-sm font-semibold">{a.settings.company}</h2>
            <Input
              label={a.settings.companyName}
              value={name}
              maxLength={100}
              dir="auto"
              autoComplete="organization"
              error={missing ?? fieldProblem(error, "company_name")}
              onChange={(event) => draft.set("company_name", event.target.value)}
            />
            <p className="-mt-1 text-xs text-text-3">{a.settings.companyHint}</p>
          </section>
          <section className="flex flex-col gap-3">
            <h2 className="text-sm font-semibold">{a.settings.security}</h2>
            <fieldset className="flex flex-col gap-1">
              <legend className="text-sm font-medium">{a.settings.twoFactor}</legend>
              <p className="mt-1 mb-2 text-xs text-text-3">{a.settings.twoFactorHint}</p>
              <div className="rounded-[10px] border border-line">
                {ROLES.map((role) => (
                  <Checkbox
                    key={role}
                    shown
                    checked={roles.includes(role)}
                    onChange={(on) => toggle(role, on)}
                    label={a.role[role].label}
                    hint={a.role[role].hint}
                    className="flex! border-line-subtle px-3 py-2.5 not-first:border-t"
                  />
                ))}
              </div>
            </fieldset>
            <p role="status" className="text-xs text-warn-text empty:hidden">
              {locksMe && a.settings.ownWarning}
            </p>
          </section>
          <section className="flex flex-col gap-3">
            <h2 className="text-sm font-semibold">{a.settings.floods}</h2>
            <p className="-mt-1 text-xs text-text-3">{a.settings.floodsHint}</p>
            <div className="grid grid-cols-2 gap-x-4 gap-y-3 phone:grid-cols-1">
              {FLOODS.map(({ key }) => (
                <Input
                  key={key}
                  label={a.settings.flood[key].label}
                  hint={a.settings.flood[key].hint}
                  value={typed[key] ?? String(draft.value[key])}
                  inputMode="numeric"
                  maxLength={6}
                  autoComplete="off"
                  error={floods[key] ?? fieldProblem(error, key)}
                  onChange={(event) => {
                    setTyped({ ...typed, [key]: event.target.value });
                    draft.set(key, whole(event.target.value));
                  }}
                />
              ))}
            </div>
          </section>
        </div>
      </div>
      {dirty && (
        <SaveBar
          text={a.changes(draft.count)}
          error={general(error, problemText(error), "company_name", ...FLOODS.map(({ key }) => key))}
          save={a.save}
          cancel={a.cancel}
          busy={busy}
          reason={wrong}
          onSave={() => void save()}
          onCancel={() => {
            draft.reset();
            setTyped({});
            setError(null);
          }}
        />
      )}
    </>
  );
}
