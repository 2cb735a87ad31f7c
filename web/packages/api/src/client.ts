import createFetchClient, { type Client, type Middleware } from "openapi-fetch";
import { type ApiError, NetworkError, readError } from "./errors";
import type { paths } from "./schema";
import type { Session } from "./session";

/** Outside things a client needs, replaceable in tests. */
export interface ApiOptions {
  baseUrl?: string;
  fetch?: (request: Request) => Promise<Response>;
  /** Milliseconds one call may take. */
  timeout?: number;
  /** Told the server's clock with each answer, in milliseconds since 1970. */
  onServerTime?: (time: number) => void;
}

export type Api = Client<paths>;

/** A client for what needs no sign-in: the calls around signing in itself. Errors and time-outs as with `createApi`. */
export function createPublicApi(options: ApiOptions = {}): Api {
  return connect(options, (request, send, timeout) => attempt(send, request, null, timeout));
}

/**
 * The typed client: bearer token on every call, one silent renewal after a 401, a time-out, and errors as `ApiError` or
 * `NetworkError`, so a call that returns has succeeded.
 */
export function createApi(session: Session, options: ApiOptions = {}): Api {
  return connect(
    options,
    async (request, send, timeout) => {
      const token = await session.token();
      // A body can be read once, so the second try needs its own copy.
      const again = request.clone();
      const first = await attempt(send, request, token, timeout);
      if (first.status !== 401) return first;
      return attempt(send, again, await session.renew(token), timeout);
    },
    (error) => {
      // The rules changed under us: renewing brings who we are now, and with it what has to be done first.
      if (error.status === 403 && error.code === "two_factor_required") void session.renew().catch(() => {});
    },
  );
}

type Send = (request: Request) => Promise<Response>;

function connect(
  options: ApiOptions,
  exchange: (request: Request, send: Send, timeout: number) => Promise<Response>,
  onRefused?: (error: ApiError) => void,
): Api {
  const send = options.fetch ?? ((request: Request) => globalThis.fetch(request));
  const timeout = options.timeout ?? 20_000;
  const client = createFetchClient<paths>({
    baseUrl: options.baseUrl ?? globalThis.location?.origin ?? "",
    credentials: "same-origin",
    fetch: (request: Request) => exchange(request, send, timeout),
  });
  const errors: Middleware = {
    async onResponse({ response }) {
      const date = Date.parse(response.headers.get("date") ?? "");
      if (!Number.isNaN(date)) options.onServerTime?.(date);
      if (response.ok) return undefined;
      const error = await readError(response);
      onRefused?.(error);
      throw error;
    },
  };
  client.use(errors);
  return client;
}

async function attempt(send: Send, request: Request, token: string | null, timeout: number): Promise<Response> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeout)]);
  const headers = new Headers(request.headers);
  if (token) headers.set("authorization", `Bearer ${token}`);
  try {
    return await send(new Request(request, { headers, signal }));
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    throw new NetworkError("The server did not answer", { cause });
  }
}

/**
 * The body of a call that succeeded. The type is the caller's word: the server's document describes some members more loosely than
 * the server fills them (see `types.ts`).
 */
export function body<T>(result: { data?: unknown }): T {
  if (result.data === undefined || result.data === null) throw new NetworkError("The answer was empty");
  return result.data as T;
}
