// What of a chat's configuration is edited: read from what is stored, checked as it is typed, and written back as a whole.

import { contrast, onAccent } from "@max/widget/contrast";
import { ch } from "../strings-chat";
import type { Settings } from "./frame";

export type FieldType = "text" | "email" | "tel";

/** One thing people are asked before they write. */
export interface PrechatField {
  key: string;
  label: string;
  type: FieldType;
  required: boolean;
}

export type Texts = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface ChatForm {
  title: string;
  accent: string;
  position: "right" | "left";
  branding: boolean;
  allowed_origins: readonly string[];
  /** The first is for pages in another language. */
  languages: readonly string[];
  texts: Texts;
  prechat: { on: boolean; fields: readonly PrechatField[] };
  upload: boolean;
  /** Megabytes, as typed. */
  upload_max: string;
  collect: Collect;
  callback_url: string;
}

export interface Collect {
  page: boolean;
  referrer: boolean;
  browser: boolean;
  time_zone: boolean;
}

/** The languages the widget has words of its own in, each by its own name. */
export const LANGUAGES: Readonly<Record<string, string>> = {
  en: "English",
  es: "Español",
  pt: "Português",
  fr: "Français",
  ar: "العربية",
};
export const languageName = (tag: string): string => LANGUAGES[tag] ?? tag;
export const isRtl = (tag: string): boolean => tag.split("-")[0] === "ar";

/** Places of texts, in the order in which a visitor comes by them. */
export const PLACES = ["welcome", "greeting", "greeting_closed", "offline", "consent"] as const;
export type Place = (typeof PLACES)[number];

export const MOST_FIELDS = 10;
export const MOST_ORIGINS = 50;
const MOST_TEXT = 1_000;
/** The largest file the server lets one allow, in megabytes. */
export const MOST_UPLOAD = 100;
const MEGABYTE = 1 << 20;
export const ACCENT = "#0b6e99";

/** What holds where nothing is stored. */
export const EMPTY: ChatForm = {
  title: "",
  accent: ACCENT,
  position: "right",
  branding: true,
  allowed_origins: [],
  languages: ["en"],
  texts: {},
  prechat: { on: false, fields: [] },
  upload: false,
  upload_max: "10",
  collect: { page: false, referrer: false, browser: false, time_zone: false },
  callback_url: "",
};

/** The stored configuration as a form. What is missing, or is not what it should be, is as where nothing is stored. */
export function read(config: unknown): ChatForm {
  const c = record(config);
  const upload = record(c.upload);
  const prechat = record(c.prechat);
  const collect = record(c.collect);
  const languages = strings(c.languages);
  const bytes = Number(upload.max_bytes);
  return {
    title: text(c.title),
    accent: text(c.accent) || EMPTY.accent,
    position: c.position === "left" ? "left" : "right",
    branding: c.branding !== false,
    allowed_origins: strings(c.allowed_origins),
    languages: languages.length > 0 ? languages : EMPTY.languages,
    texts: textsOf(c.texts),
    prechat: { on: prechat.on === true, fields: list(prechat.fields).map(fieldOf) },
    upload: upload.on === true,
    upload_max: bytes > 0 ? String(Math.round((bytes / MEGABYTE) * 100) / 100) : EMPTY.upload_max,
    collect: {
      page: collect.page === true,
      referrer: collect.referrer === true,
      browser: collect.browser === true,
      time_zone: collect.time_zone === true,
    },
    callback_url: text(c.callback_url),
  };
}

/** The whole configuration. Fields this form does not know stay as they were. */
export function write(form: ChatForm, config: unknown): Record<string, unknown> {
  const { callback_url: _, ...others } = record(config);
  const callback = form.callback_url.trim();
  return {
    ...others,
    title: form.title.trim(),
    accent: form.accent,
    position: form.position,
    branding: form.branding,
    allowed_origins: form.allowed_origins.map((origin) => origin.trim()).filter(Boolean),
    languages: form.languages,
    texts: filled(form.texts, form.languages),
    prechat: {
      on: form.prechat.on,
      fields: form.prechat.fields.map((field) => ({ ...field, key: field.key.trim(), label: field.label.trim() })),
    },
    upload: { on: form.upload, max_bytes: Math.round((megabytes(form.upload_max) ?? 10) * MEGABYTE) },
    collect: form.collect,
    ...(callback ? { callback_url: callback } : {}),
  };
}

/** Why it cannot be saved as it is. */
export function wrong(form: ChatForm): string | undefined {
  return (
    accentWrong(form.accent) ??
    first(form.allowed_origins.map((origin) => originWrong(origin, form.allowed_origins))) ??
    first(form.prechat.fields.map((field) => fieldWrong(field, form.prechat.fields))) ??
    (megabytes(form.upload_max) === null ? ch.files.wrong(MOST_UPLOAD) : undefined) ??
    callbackWrong(form.callback_url)
  );
}

export const CHAT: Settings<ChatForm> = {
  read,
  write,
  wrong,
  fields: ["title", "accent", "allowed_origins", "texts", "languages", "prechat", "upload", "callback_url"].map(
    (name) => `config.${name}`,
  ),
};

const isColour = (text: string): boolean => /^#[0-9a-f]{6}$/i.test(text);

export const accentWrong = (accent: string): string | undefined => (isColour(accent) ? undefined : ch.look.accentWrong);

/** Ratio of what stands out from the page (WCAG 1.4.11). */
const VISIBLE = 3;
const GROUNDS = { light: "#ffffff", dark: "#15171b" } as const;

/** How the accent will be seen: the letters on it, and on which pages it is too pale to be found. */
export function accentSeen(accent: string): { ink: string; ratio: number; pale: (keyof typeof GROUNDS)[] } {
  const { ink } = onAccent(accent);
  const pale = (["light", "dark"] as const).filter((ground) => contrast(accent, GROUNDS[ground]) < VISIBLE);
  return { ink, ratio: contrast(accent, ink), pale };
}

/** What a browser would call the page's origin, of whatever was pasted; the text itself where it is none. */
export function originOf(text: string): string {
  const given = text.trim();
  if (given.includes("*") || given === "") return given;
  try {
    const url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `https://${given}`);
    return url.origin === "null" ? given : url.origin;
  } catch {
    return given;
  }
}

/** Why a page's address is not one, as far as can be seen while it is typed. An empty line counts for nothing. */
export function originWrong(origin: string, all: readonly string[] = []): string | undefined {
  const given = origin.trim();
  if (given === "") return undefined;
  if (given.includes("*")) return ch.sites.star;
  let url: URL;
  try {
    url = new URL(given);
  } catch {
    return ch.sites.wrong;
  }
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isNear(url.hostname))) {
    return url.protocol === "http:" ? ch.sites.tls : ch.sites.wrong;
  }
  if (url.origin !== given) return ch.sites.behind(url.origin);
  return all.filter((one) => one.trim() === given).length > 1 ? ch.sites.twice : undefined;
}

/** Why MAX could not call this address. */
export function callbackWrong(address: string): string | undefined {
  const given = address.trim();
  if (given === "") return undefined;
  let url: URL;
  try {
    url = new URL(given);
  } catch {
    return ch.app.callbackWrong;
  }
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isNear(url.hostname))) return ch.app.callbackWrong;
  if (url.username || url.password || url.hash) return ch.app.callbackBare;
  return undefined;
}

/** No public name: a test server on this machine or network. */
const isNear = (host: string): boolean =>
  !host.includes(".") || host.endsWith(".localhost") || /^\d+(\.\d+){3}$/.test(host) || host.startsWith("[");

const isKey = (key: string): boolean => /^[a-z][a-z0-9_]{0,39}$/.test(key);

/** Why a field of the form is none. */
export function fieldWrong(field: PrechatField, all: readonly PrechatField[]): string | undefined {
  return labelWrong(field) ?? keyWrong(field, all);
}

export const labelWrong = (field: PrechatField): string | undefined =>
  field.label.trim() === "" ? ch.form.labelMissing : undefined;

export function keyWrong(field: PrechatField, all: readonly PrechatField[]): string | undefined {
  const key = field.key.trim();
  if (!isKey(key)) return ch.form.keyWrong;
  return all.filter((one) => one.key.trim() === key).length > 1 ? ch.form.keyTwice : undefined;
}

/** A key as programs write it, of whatever somebody calls the field. */
export const keyOf = (label: string): string =>
  label
    .normalize("NFD")
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, 40);

/** A field by another label. A key that nobody has chosen follows. */
export const renamed = (field: PrechatField, label: string): Partial<PrechatField> =>
  field.key === keyOf(field.label) ? { label, key: keyOf(label) } : { label };

/** A list with one of its members a place further up or down. */
export function moved<T>(all: readonly T[], from: number, by: -1 | 1): T[] {
  const to = from + by;
  const next = [...all];
  const [one, other] = [next[from], next[to]];
  if (one === undefined || other === undefined) return next;
  next[from] = other;
  next[to] = one;
  return next;
}

/** Megabytes within what the server takes; null otherwise. */
export function megabytes(text: string): number | null {
  const given = text.trim().replace(",", ".");
  const size = /^\d{1,3}(\.\d{1,2})?$/.test(given) ? Number(given) : Number.NaN;
  return size > 0 && size <= MOST_UPLOAD ? size : null;
}

/** Texts with one of them changed. */
export function withText(texts: Texts, language: string, place: Place, words: string): Texts {
  return { ...texts, [language]: { ...texts[language], [place]: words.slice(0, MOST_TEXT) } };
}

/** What says something, in languages that are spoken. */
function filled(texts: Texts, languages: readonly string[]): Texts {
  const spoken = Object.entries(texts).filter(([language]) => languages.includes(language));
  const kept = spoken.map(([language, words]) => {
    const said = Object.entries(words).filter(([, text]) => text.trim() !== "");
    return [language, Object.fromEntries(said)] as const;
  });
  return Object.fromEntries(kept.filter(([, words]) => Object.keys(words).length > 0));
}

const first = (all: readonly (string | undefined)[]): string | undefined => all.find((one) => one !== undefined);
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const strings = (value: unknown): string[] => list(value).filter((one) => typeof one === "string");
const record = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

function textsOf(value: unknown): Texts {
  const all = Object.entries(record(value)).map(([language, words]) => {
    const said = Object.entries(record(words)).filter((entry): entry is [string, string] => text(entry[1]) !== "");
    return [language, Object.fromEntries(said)] as const;
  });
  return Object.fromEntries(all);
}

function fieldOf(value: unknown): PrechatField {
  const { key, label, type, required } = record(value);
  return {
    key: text(key),
    label: text(label),
    type: type === "email" || type === "tel" ? type : "text",
    required: required === true,
  };
}
