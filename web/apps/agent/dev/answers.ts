export interface Answer {
  status: number;
  value?: unknown;
  code?: string;
  detail?: string;
  extra?: object;
}

export const ok = (value: unknown, status = 200): Answer => ({ status, value });
export const none: Answer = { status: 204 };
export const refused = (status: number, code: string, detail: string, extra: object = {}): Answer => ({
  status,
  code,
  detail,
  extra,
});

/** What came with a call. */
export type Body = Record<string, unknown>;
/** Tells the sockets. */
export type Emit = (kind: string, data: unknown) => void;

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** A moment so long ago, in milliseconds. */
export const iso = (ago: number): string => new Date(Date.now() - ago).toISOString();
