import { ApiError, NetworkError, readError } from "./errors";
import type { Credentials, Me, SessionBody } from "./types";

/** `unknown`: not asked yet. `in`: a token is held. `out`: the server has no session for this browser. */
export type SessionState = { status: "unknown" } | { status: "in"; user: Me } | { status: "out" };

/** Outside things a session needs, replaceable in tests. */
export interface SessionOptions {
  baseUrl?: string;
  fetch?: typeof globalThis.fetch;
  /** Runs one task at a time among all tabs of this browser. */
  exclusive?: <T>(task: () => Promise<T>) => Promise<T>;
  now?: () => number;
  /** Milliseconds one call may take. */
  timeout?: number;
}

/** Renew this long before the token expires, in milliseconds. */
const EARLY = 60_000;
const LOCK = "max-session";

/**
 * The access token, kept in memory only, and its renewal.
 *
 * Refresh tokens rotate, so two renewals with the same cookie would look like theft: calls share one renewal in flight, and
 * tabs take turns through a Web Lock.
 */
export class Session {
  #token: string | null = null;
  #expires = 0;
  #state: SessionState = { status: "unknown" };
  #renewal: Promise<string> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #epoch = 0;
  readonly #listeners = new Set<() => void>();
  readonly #channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(LOCK);
  readonly #base: string;
  readonly #fetch: typeof globalThis.fetch;
  readonly #exclusive: <T>(task: () => Promise<T>) => Promise<T>;
  readonly #now: () => number;
  readonly #timeout: number;

  constructor(options: SessionOptions = {}) {
    this.#base = options.baseUrl ?? "";
    this.#fetch = options.fetch ?? ((...args) => globalThis.fetch(...args));
    this.#exclusive = options.exclusive ?? webLock;
    this.#now = options.now ?? Date.now;
    this.#timeout = options.timeout ?? 15_000;
    this.#channel?.addEventListener("message", (event) => {
      if (event.data === "signed-out") this.#drop();
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Calls back after each change of `state` or of the token. Returns the function that stops it. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** A token that is still good for a while, renewed first where needed. Throws `ApiError` 401 when signed out. */
  async token(): Promise<string> {
    if (this.#token && this.#expires - this.#now() > 5_000) return this.#token;
    return this.renew();
  }

  /** The token as it is, without renewing it. */
  get held(): string | null {
    return this.#token;
  }

  /** A new token from the refresh cookie. Callers at the same time share one renewal. `refused`: the token that was turned down. */
  renew(refused?: string): Promise<string> {
    // A 401 for a token that has been replaced meanwhile needs no further renewal.
    if (refused && this.#token && this.#token !== refused) return Promise.resolve(this.#token);
    if (this.#state.status === "out") return Promise.reject(signedOut());
    this.#renewal ??= this.#exclusive(() => this.#refresh()).finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  async #refresh(): Promise<string> {
    const epoch = this.#epoch;
    try {
      const body = await this.#call("/api/v1/auth/refresh");
      if (epoch !== this.#epoch) throw signedOut();
      return this.#accept(body as SessionBody);
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) this.#drop();
      throw error;
    }
  }

  /**
   * Signs in. Throws `ApiError` (401 `invalid_credentials`, `totp_required` or `totp_wrong`, 429 `too_many_requests`, 422) or
   * `NetworkError`.
   */
  async login(credentials: Credentials): Promise<Me> {
    const body = (await this.#call("/api/v1/auth/login", credentials)) as SessionBody;
    this.#accept(body);
    return body.user;
  }

  /** What the server now says about who is signed in. Nothing when that is somebody else, or nobody. */
  update(user: Me): void {
    if (this.#state.status !== "in" || this.#state.user.id !== user.id) return;
    this.#state = { status: "in", user };
    this.#tell();
  }

  /** Signs out here and in every other tab, even when the server cannot be reached. */
  async logout(): Promise<void> {
    const token = this.#token;
    this.#drop();
    this.#channel?.postMessage("signed-out");
    await this.#exclusive(() => this.#call("/api/v1/auth/logout", undefined, token)).catch(() => {});
  }

  #accept(body: SessionBody): string {
    this.#token = body.access_token;
    const life = body.expires_in * 1000;
    this.#expires = this.#now() + life;
    this.#state = { status: "in", user: body.user };
    clearTimeout(this.#timer);
    // Short-lived tokens are renewed after three quarters of their life instead.
    this.#timer = setTimeout(
      () => void this.renew().catch(() => {}),
      Math.min(Math.max(life - EARLY, life * 0.75), 2 ** 31 - 1),
    );
    this.#tell();
    return body.access_token;
  }

  #drop() {
    clearTimeout(this.#timer);
    this.#epoch += 1;
    this.#token = null;
    this.#expires = 0;
    if (this.#state.status === "out") return;
    this.#state = { status: "out" };
    this.#tell();
  }

  #tell() {
    for (const listener of [...this.#listeners]) listener();
  }

  async #call(path: string, body?: unknown, token?: string | null): Promise<unknown> {
    let response: Response;
    try {
      response = await this.#fetch(this.#base + path, {
        method: "POST",
        credentials: "same-origin",
        headers: {
          // Another site can make a browser send our cookie, but not this header.
          "x-max-request": "1",
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(token ? { authorization: `Bearer ${token}` } : {}),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(this.#timeout),
      });
    } catch (cause) {
      throw new NetworkError("The server did not answer", { cause });
    }
    if (!response.ok) throw await readError(response);
    return response.status === 204 ? null : response.json();
  }
}

function signedOut(): ApiError {
  return new ApiError(401, "unauthenticated", "Signed out");
}

/** One at a time across tabs; without Web Locks (plain http on another host) only within this tab. */
function webLock<T>(task: () => Promise<T>): Promise<T> {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks;
  return locks ? (locks.request(LOCK, task) as Promise<T>) : task();
}
