import type { MessageTemplate, TemplateVariables } from "@max/api";

export type Template = MessageTemplate;

interface Component {
  type: string;
  format?: string;
  text?: string;
  buttons?: { type: string; text: string; url?: string }[];
}

/** One thing to fill in. */
export interface Blank {
  /** Its own name here: `body:1`, `header:first_name`, `button:0`. */
  key: string;
  part: "header" | "body" | "button";
  /** How the provider calls it, or the button's label. */
  name: string;
  /** A header that is a file: which kind. */
  file?: "IMAGE" | "VIDEO" | "DOCUMENT";
}

/** What a template says, apart by its parts, as the provider describes them. */
export interface Parts {
  header: string;
  body: string;
  footer: string;
  buttons: string[];
  blanks: Blank[];
}

const VARIABLE = /\{\{\s*([\w.]+)\s*\}\}/gu;
const FILES = ["IMAGE", "VIDEO", "DOCUMENT"] as const;

const names = (text: string): string[] => [...new Set([...text.matchAll(VARIABLE)].map((match) => match[1] ?? ""))];

/** Reads the parts. What is unknown is left out: the server has the last word. */
export function parts(template: Pick<Template, "components">): Parts {
  const all = Array.isArray(template.components) ? (template.components as Component[]) : [];
  const of = (type: string) => all.find((one) => one.type?.toUpperCase() === type);
  const [header, body] = [of("HEADER"), of("BODY")];
  const file = FILES.find((kind) => header?.format?.toUpperCase() === kind);
  const headerText = file ? "" : (header?.text ?? "");
  const buttons = of("BUTTONS")?.buttons ?? [];
  const blanks: Blank[] = [
    ...(file ? [{ key: "header:file", part: "header" as const, name: file, file }] : []),
    ...names(headerText).map((name) => ({ key: `header:${name}`, part: "header" as const, name })),
    ...names(body?.text ?? "").map((name) => ({ key: `body:${name}`, part: "body" as const, name })),
    ...buttons.flatMap((button, index) =>
      names(button.url ?? "").length > 0 || button.type?.toUpperCase() === "COPY_CODE"
        ? [{ key: `button:${index}`, part: "button" as const, name: button.text }]
        : [],
    ),
  ];
  return {
    header: headerText,
    body: body?.text ?? "",
    footer: of("FOOTER")?.text ?? "",
    buttons: buttons.map(({ text }) => text),
    blanks,
  };
}

/** The words with what was filled in; what is still blank stays as it is written. */
export function filled(text: string, part: "header" | "body", values: Readonly<Record<string, string>>): string {
  return text.replace(VARIABLE, (whole, name: string) => values[`${part}:${name}`]?.trim() || whole);
}

/** As the server takes them: in their order, or by name. */
export function variables(template: Template, values: Readonly<Record<string, string>>): TemplateVariables {
  const { blanks } = parts(template);
  const value = (blank: Blank) => values[blank.key]?.trim() ?? "";
  const named = template.parameter_format === "named";
  const of = (part: "header" | "body") => {
    const some = blanks.filter((blank) => blank.part === part);
    // A file that was uploaded is no variable.
    if (some.some((blank) => blank.file && !value(blank))) return [];
    if (named && !some.some((blank) => blank.file)) return Object.fromEntries(some.map((b) => [b.name, value(b)]));
    return some.toSorted((a, b) => Number(a.name) - Number(b.name)).map(value);
  };
  const buttons = blanks.filter((blank) => blank.part === "button");
  return {
    header: of("header"),
    body: of("body"),
    buttons: buttons.map((blank) => ({ index: Number(blank.key.slice("button:".length)), value: value(blank) })),
  };
}

/** What was last filled in, by the names used here. */
export function defaults(template: Template): Record<string, string> {
  const saved = template.defaults;
  if (!saved) return {};
  const known: Record<string, string> = {};
  for (const blank of parts(template).blanks) {
    const list = blank.part === "button" ? null : saved[blank.part];
    const value =
      blank.part === "button"
        ? saved.buttons?.find(({ index }) => `button:${index}` === blank.key)?.value
        : Array.isArray(list)
          ? list[blank.file ? 0 : Number(blank.name) - 1]
          : list?.[blank.name];
    if (value) known[blank.key] = value;
  }
  return known;
}
