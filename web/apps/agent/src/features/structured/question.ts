import type { ButtonsLimits, ButtonsQuestion, Interactive, ListLimits, ListQuestion } from "@max/api";
import { q } from "../../strings-structured";

/** What is wrong, by the name the server has for the field. */
export type Faults = Readonly<Record<string, string>>;

/** A question as it is being written; what is left blank is left out. Ids are made when it is sent. */
export interface Frame {
  text: string;
  header: string;
  footer: string;
}
export interface ButtonsDraft extends Frame {
  buttons: readonly { key: string; title: string }[];
}
export interface RowDraft {
  key: string;
  title: string;
  description: string;
}
export interface SectionDraft {
  key: string;
  title: string;
  rows: readonly RowDraft[];
}
export interface ListDraft extends Frame {
  button: string;
  sections: readonly SectionDraft[];
}

const FRAME: Frame = { text: "", header: "", footer: "" };
const key = () => crypto.randomUUID();
export const newButton = () => ({ key: key(), title: "" });
export const newRow = (): RowDraft => ({ key: key(), title: "", description: "" });
export const newSection = (): SectionDraft => ({ key: key(), title: "", rows: [newRow()] });
export const newButtons = (text: string): ButtonsDraft => ({ ...FRAME, text, buttons: [newButton(), newButton()] });
export const newList = (text: string): ListDraft => ({ ...FRAME, text, button: "", sections: [newSection()] });

const line = (text: string) => text.trim() || null;
/** Characters as the server counts them. */
export const length = (text: string): number => [...text.trim()].length;

const frame = (draft: Frame) => ({
  text: draft.text.trim(),
  header: line(draft.header),
  footer: line(draft.footer),
});

/** As it is sent. The ids say which button or row it was by its place, for whoever reads the answer by machine. */
export const buttonsOf = (draft: ButtonsDraft): ButtonsQuestion => ({
  type: "buttons",
  ...frame(draft),
  buttons: draft.buttons.map(({ title }, n) => ({ id: `button-${n + 1}`, title: title.trim() })),
});

export const listOf = (draft: ListDraft): ListQuestion => ({
  type: "list",
  ...frame(draft),
  button: draft.button.trim(),
  sections: draft.sections.map(({ title, rows }, n) => ({
    title: line(title),
    rows: rows.map((row, k) => ({
      id: `row-${n + 1}-${k + 1}`,
      title: row.title.trim(),
      description: line(row.description),
    })),
  })),
});

const frameFrom = ({ text, header, footer }: Interactive): Frame => ({
  text,
  header: header ?? "",
  footer: footer ?? "",
});

/** One that was sent, to be written anew. */
export const buttonsFrom = (question: ButtonsQuestion): ButtonsDraft => ({
  ...frameFrom(question),
  buttons: question.buttons.map(({ title }) => ({ key: key(), title })),
});

export const listFrom = (question: ListQuestion): ListDraft => ({
  ...frameFrom(question),
  button: question.button,
  sections: question.sections.map(({ title, rows }) => ({
    key: key(),
    title: title ?? "",
    rows: rows.map((row) => ({ key: key(), title: row.title, description: row.description ?? "" })),
  })),
});

/** How many rows there are, in all sections. */
export const rowCount = (draft: Pick<ListDraft, "sections">): number =>
  draft.sections.reduce((sum, { rows }) => sum + rows.length, 0);

/** Notes what is missing or too long. */
class Check {
  readonly faults: Record<string, string> = {};

  needed(field: string, text: string, most: number): void {
    if (!text.trim()) this.faults[field] = q.missing;
    else this.fits(field, text, most);
  }

  fits(field: string, text: string, most: number): void {
    const left = most - length(text);
    if (left < 0) this.faults[field] = q.tooLong(-left);
  }

  frame(draft: Frame, limits: { text_chars: number; edge_chars: number }): void {
    this.needed("interactive.text", draft.text, limits.text_chars);
    this.fits("interactive.header", draft.header, limits.edge_chars);
    this.fits("interactive.footer", draft.footer, limits.edge_chars);
  }
}

/** What the server would say of it, without asking. */
export function buttonsFaults(draft: ButtonsDraft, limits: ButtonsLimits): Faults {
  const check = new Check();
  check.frame(draft, limits);
  const titles = draft.buttons.map(({ title }) => title.trim());
  for (const [n, title] of titles.entries()) {
    const field = `interactive.buttons.${n}.title`;
    check.needed(field, title, limits.title_chars);
    if (title && titles.indexOf(title) < n) check.faults[field] = q.buttons.same;
  }
  return check.faults;
}

export function listFaults(draft: ListDraft, limits: ListLimits): Faults {
  const check = new Check();
  check.frame(draft, limits);
  check.needed("interactive.button", draft.button, limits.button_chars);
  for (const [n, section] of draft.sections.entries()) {
    const at = `interactive.sections.${n}`;
    check.fits(`${at}.title`, section.title, limits.section_title_chars);
    if (!section.title.trim() && draft.sections.length > 1) check.faults[`${at}.title`] = q.list.sectionNeeded;
    for (const [k, row] of section.rows.entries()) {
      check.needed(`${at}.rows.${k}.title`, row.title, limits.row_title_chars);
      check.fits(`${at}.rows.${k}.description`, row.description, limits.row_description_chars);
    }
  }
  return check.faults;
}
