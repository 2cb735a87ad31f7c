import type { ImportResult, ImportRow } from "@max/api";

/** The largest file to import, in bytes: some ten thousand people. */
export const LARGEST = 1_000_000;

export const TEMPLATE = "name,email,role,teams\r\nAmara Okafor,amara.okafor@company.com,agent,Support;Sales\r\n";

export type Read = { text: string } | { problem: "tooBig" | "notText" };

/** The text of a chosen file, without the mark some programs put before it. */
export async function readCsv(file: Blob): Promise<Read> {
  if (file.size > LARGEST) return { problem: "tooBig" };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    return text.includes("\0") ? { problem: "notText" } : { text };
  } catch {
    return { problem: "notText" };
  }
}

/** Why it makes no sense to ask the server about this text, if so. */
export function notWorthChecking(text: string): "empty" | "onlyHead" | null {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  if (lines.length === 0) return "empty";
  return lines.length === 1 ? "onlyHead" : null;
}

export interface Preview {
  ready: ImportRow[];
  bad: ImportRow[];
  /** All or nothing: true when every line is good and there is one. */
  importable: boolean;
}

/** What the server said about the lines, in two heaps. */
export function preview(result: ImportResult): Preview {
  const bad = result.rows.filter((row) => row.problems.length > 0);
  const ready = result.rows.filter((row) => row.problems.length === 0);
  return { ready, bad, importable: bad.length === 0 && ready.length > 0 && result.invalid === 0 };
}
