/**
 * Text with things in it that are more than words: mentions in notes, blanks in replies. Notes are kept as the server keeps them, with
 * mentions as `@[Name](user:ID)`; on screen a mention is `@Name`. Pure.
 */

export interface MentionTarget {
  type: "user" | "team";
  id: string;
  name: string;
}

/** A mention in a text as it is shown. */
export interface Mark {
  start: number;
  end: number;
  target: MentionTarget;
}

export interface Shown {
  text: string;
  marks: readonly Mark[];
}

const LONGEST_NAME = 200;
const TARGET = /^(user|team):([0-9A-Za-z-]{1,64})\)/;

/** Texts as kept, taken apart: words and mentions in their order. */
export function parts(kept: string): (string | MentionTarget)[] {
  const found: (string | MentionTarget)[] = [];
  let free = 0;
  let from = 0;
  for (let close = kept.indexOf("](", from); close >= 0; close = kept.indexOf("](", from)) {
    from = close + 2;
    const target = TARGET.exec(kept.slice(from, from + 72));
    // A name may hold brackets: the nearest beginning before the end counts.
    const begin = kept.lastIndexOf("@[", close);
    if (!target || begin < free) continue;
    const name = kept.slice(begin + 2, close);
    if (name.trim() === "" || name.length > LONGEST_NAME || /[\r\n]/.test(name)) continue;
    if (begin > free) found.push(kept.slice(free, begin));
    found.push({ type: target[1] as MentionTarget["type"], id: target[2] as string, name });
    from += target[0].length;
    free = from;
  }
  if (free < kept.length) found.push(kept.slice(free));
  return found;
}

/** As it stands in the field. */
export function shown(kept: string): Shown {
  let text = "";
  const marks: Mark[] = [];
  for (const part of parts(kept)) {
    if (typeof part === "string") text += part;
    else {
      const start = text.length;
      text += `@${part.name}`;
      marks.push({ start, end: text.length, target: part });
    }
  }
  return { text, marks };
}

/** As it is kept and sent. */
export function kept({ text, marks }: Shown): string {
  let all = "";
  let from = 0;
  for (const { start, end, target } of marks) {
    // What would end the name early is not part of any name people have.
    const name = target.name.replaceAll("](", "] (");
    all += `${text.slice(from, start)}@[${name}](${target.type}:${target.id})`;
    from = end;
  }
  return all + text.slice(from);
}

/** The field says something else now. A mention that was touched becomes plain words. */
export function edited(before: Shown, text: string): Shown {
  const old = before.text;
  const most = Math.min(old.length, text.length);
  let head = 0;
  while (head < most && old[head] === text[head]) head += 1;
  let tail = 0;
  while (tail < most - head && old[old.length - 1 - tail] === text[text.length - 1 - tail]) tail += 1;
  const shift = text.length - old.length;
  const marks = before.marks.flatMap((mark) => {
    if (mark.end <= head) return [mark];
    if (mark.start >= old.length - tail) return [{ ...mark, start: mark.start + shift, end: mark.end + shift }];
    return [];
  });
  return { text, marks };
}

/** Puts a mention in place of what was typed to find it, with a space after it; `caret` is where writing goes on. */
export function withMention(
  before: Shown,
  start: number,
  end: number,
  target: MentionTarget,
): { shown: Shown; caret: number } {
  const name = `@${target.name}`;
  const space = before.text[end] === " " ? "" : " ";
  const plain = edited(before, before.text.slice(0, start) + name + space + before.text.slice(end));
  const mark: Mark = { start, end: start + name.length, target };
  // The comparison finds the smallest change, which may lie inside the new name; what overlaps it is gone for certain.
  const others = plain.marks.filter((m) => m.end <= mark.start || m.start >= mark.end);
  const marks = [...others, mark].sort((a, b) => a.start - b.start);
  return { shown: { text: plain.text, marks }, caret: mark.end + 1 };
}

/** Takes out the whole mention that ends at the caret, as Backspace does; null when none does. */
export function withoutMention(before: Shown, caret: number): { shown: Shown; caret: number } | null {
  const mark = before.marks.find((m) => m.end === caret);
  if (!mark) return null;
  const gone = mark.end - mark.start;
  const marks = before.marks
    .filter((m) => m !== mark)
    .map((m) => (m.start >= mark.end ? { ...m, start: m.start - gone, end: m.end - gone } : m));
  const text = before.text.slice(0, mark.start) + before.text.slice(mark.end);
  return { shown: { text, marks }, caret: mark.start };
}

export interface Blank {
  start: number;
  end: number;
  /** `{amount}` */
  text: string;
}

const BLANK = /\{(?=[^}]*\p{L})[\p{L}\p{N}_.-]+\}/gu;

/** Placeholders that nobody has filled in yet. */
export function blanks(text: string): Blank[] {
  return [...text.matchAll(BLANK)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    text: match[0],
  }));
}

/** The blank that Tab goes to from here, in that direction; null where there is none on that side. */
export function nextBlank(text: string, start: number, end: number, back = false): Blank | null {
  const all = blanks(text);
  if (back) return all.findLast((blank) => blank.end <= start) ?? null;
  return all.find((blank) => blank.start >= end && !(blank.start === start && blank.end === end)) ?? null;
}

/** What is being looked for at the caret, from its sign on: `/fee`, `@sof`. */
export interface Looked {
  start: number;
  end: number;
  query: string;
}

/** A canned response is called by a slash at the start of a line or after a space. */
export function slashAt(text: string, caret: number): Looked | null {
  return lookedFor(text, caret, /(?:^|\s)\/([^\s/]{0,40})$/u);
}

/** A mention may have a space in it: names have. */
export function mentionAt(text: string, caret: number): Looked | null {
  return lookedFor(text, caret, /(?:^|[\s(])@([^\s@]{0,40}(?: [^\s@]{1,40})?)$/u);
}

function lookedFor(text: string, caret: number, sign: RegExp): Looked | null {
  const match = sign.exec(text.slice(Math.max(0, caret - 120), caret));
  if (!match) return null;
  const query = match[1] ?? "";
  return { start: caret - query.length - 1, end: caret, query };
}
