import { ApiError } from "@max/api";
import type { NewChannel } from "../channels-data";
import { sentence } from "../queries";
import { c } from "../strings-channels";

/** What is entered for a new number. */
export interface NumberForm {
  name: string;
  team_id: string;
  phone_number_id: string;
  business_account_id: string;
  access_token: string;
  app_secret: string;
  verify_token: string;
  api_base: string;
}
export type NumberField = keyof NumberForm;
export type Problems = Partial<Record<NumberField, string>>;

/** In the order in which they stand on the screen. */
export const FIELDS: readonly NumberField[] = [
  "name",
  "team_id",
  "phone_number_id",
  "business_account_id",
  "access_token",
  "app_secret",
  "verify_token",
  "api_base",
];

/** What is wrong before anybody is asked. */
export function problemsOf(form: NumberForm): Problems {
  const problems: Problems = {};
  for (const field of Object.keys(c.form.missing) as (keyof typeof c.form.missing)[]) {
    if (form[field].trim() === "") problems[field] = c.form.missing[field];
  }
  for (const field of ["phone_number_id", "business_account_id"] as const) {
    if (form[field].trim() !== "" && !/^\d{1,32}$/.test(form[field].trim())) problems[field] = c.form.digits;
  }
  for (const field of ["access_token", "app_secret", "verify_token"] as const) {
    if (problems[field] === undefined && !isSecret(form[field].trim())) problems[field] = c.form.signs;
  }
  return problems;
}

/** Only what every header and query can carry; a line break pasted along is the usual mistake. */
export const isSecret = (text: string): boolean => /^[\x21-\x7e]{1,2048}$/.test(text);

/** As the server takes it: without what was pasted around it, and without what was left empty. */
export function channelOf(form: NumberForm): NewChannel {
  const { access_token, app_secret, verify_token, phone_number_id, business_account_id, api_base } = form;
  return {
    name: form.name.trim(),
    team_id: form.team_id || null,
    config: trimmed({ phone_number_id, business_account_id, api_base }),
    credentials: trimmed({ access_token, app_secret, verify_token }),
  };
}

const trimmed = (all: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(all)
      .map(([name, value]) => [name, value.trim()] as const)
      .filter(([, value]) => value !== ""),
  );

/** What the server refused, by the field it is about. A number another channel has is said of the number. */
export function refusedFields(error: unknown): Problems {
  if (!(error instanceof ApiError)) return {};
  const problems: Problems = {};
  for (const { field, message } of error.fields) {
    const name = field === "config" ? "phone_number_id" : field.replace(/^(config|credentials)\./, "");
    if ((FIELDS as readonly string[]).includes(name)) problems[name as NumberField] = sentence(message);
  }
  return problems;
}
