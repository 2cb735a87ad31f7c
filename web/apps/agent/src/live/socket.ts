import type { LiveEvent } from "@max/api";

/** `live`: events flow. `connecting`: trying. `idle`: not started or stopped. */
export type LinkState = "idle" | "connecting" | "live";

/** Outside things the socket needs, replaceable in tests. */
export interface SocketOptions {
  url: string;
  /** A good access token; `refused` is one the server has just turned down. Rejects with status 401 when signed out. */
  token: (refused?: string) => Promise<string>;
  onEvent: (event: LiveEvent) => void;
  /** Events may have been missed: load everything anew. */
  onResync: () => void;
  onState: (state: LinkState) => void;
  /** What is in no log and may be lost: who is there, who types. */
  onSignal?: (frame: Signal) => void;
  connect?: (url: string) => WebSocket;
  random?: () => number;
}

/** A frame beside the events, named by its `type`. */
export type Signal = { readonly type: string } & Readonly<Record<string, unknown>>;

interface Frame {
  type?: string;
  cursor?: string;
  kind?: string;
  data?: unknown;
  code?: string;
}

const OPEN = 1;
/** The server pings every 25 s; this long without a word means the line is dead. */
const SILENCE = 60_000;
/** How long an answer to our own ping may take, and how long `ready` may take. */
const PATIENCE = 8_000;
const SLOWEST = 20_000;
const REMEMBERED = 1_000;

/** The token does not hold, or does not hold for this: a new one brings what changed. */
const REFUSED: readonly number[] = [4401, 4403];

/**
 * The live line to the server. Says hello with the token and the last cursor, so that after a break the server sends what was
 * missed; gives each event once; comes back by itself with growing, scattered waits.
 */
export class LiveSocket {
  #socket: WebSocket | null = null;
  #state: LinkState = "idle";
  #cursor: string | null = null;
  #fresh = false;
  #tries = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  #sentToken: string | null = null;
  #refused: string | undefined;
  #run = 0;
  readonly #seen = new Set<string>();
  readonly #options: SocketOptions;

  constructor(options: SocketOptions) {
    this.#options = options;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** The last event handled, or where the first load began. */
  get cursor(): string | null {
    return this.#cursor;
  }

  /** Connects, continuing after `cursor` (from the `X-Event-Cursor` of the first load) where there is one. */
  start(cursor: string | null): void {
    if (this.#state !== "idle") return;
    this.#cursor ??= cursor;
    this.#tries = 0;
    void this.#open();
  }

  /** Closes for good. */
  stop(): void {
    this.#run += 1;
    clearTimeout(this.#retry);
    this.#drop(1000);
    this.#become("idle");
  }

  /** The network or the screen came back: connect now, or make sure the line is alive. */
  nudge(): void {
    if (this.#state === "idle") return;
    if (this.#state === "live" && this.#socket?.readyState === OPEN) {
      this.#send({ type: "ping" });
      this.#watch(PATIENCE);
    } else if (this.#retry !== undefined) {
      this.#tries = 0;
      void this.#open();
    }
  }

  /** The network is gone: do not wait for the line to notice. */
  cut(): void {
    if (this.#state !== "idle") this.#reconnect(0);
  }

  /** Tells the server what may be lost. Nothing is sent, or kept, while the line is down. */
  signal(frame: Signal): void {
    if (this.#state === "live") this.#send(frame);
  }

  /** Hands the server a renewed token before the old one expires. */
  renewed(token: string): void {
    if (this.#state !== "live" || token === this.#sentToken) return;
    this.#sentToken = token;
    this.#send({ type: "hello", token });
  }

  async #open(): Promise<void> {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#drop(1000);
    this.#run += 1;
    const run = this.#run;
    this.#become("connecting");
    let token: string;
    try {
      token = await this.#options.token(this.#refused);
    } catch (error) {
      if (run !== this.#run) return;
      // Signed out: whoever owns the session ends this socket. Anything else is worth another try.
      if ((error as { status?: number }).status === 401) this.stop();
      else this.#reconnect();
      return;
    }
    if (run !== this.#run) return;
    const socket = (this.#options.connect ?? ((url) => new WebSocket(url)))(this.#options.url);
    this.#socket = socket;
    this.#watch(PATIENCE);
    socket.onopen = () => {
      this.#sentToken = token;
      this.#fresh = this.#cursor === null || this.#refused !== undefined;
      this.#send({ type: "hello", token, after: this.#cursor });
    };
    socket.onmessage = (event) => {
      if (socket === this.#socket) this.#receive(event.data);
    };
    socket.onclose = (event) => {
      if (socket !== this.#socket) return;
      this.#socket = null;
      this.#refused = REFUSED.includes(event.code) ? (this.#sentToken ?? undefined) : undefined;
      if (this.#refused && this.#tries === 0) {
        this.#tries = 1;
        void this.#open();
      } else this.#reconnect(event.code);
    };
  }

  #receive(data: unknown): void {
    const frame = parse(data);
    if (!frame) return;
    this.#watch(SILENCE);
    switch (frame.type) {
      case "ready":
        this.#tries = 0;
        this.#refused = undefined;
        if (this.#fresh) {
          // Nothing to continue from, or the rights have changed: what was loaded before this moment may no longer hold.
          this.#cursor ??= frame.cursor ?? null;
          this.#fresh = false;
          this.#options.onResync();
        }
        this.#become("live");
        break;
      case "resync":
        this.#cursor = null;
        this.#fresh = true;
        break;
      case "event":
        if (!frame.cursor || !frame.kind || this.#seen.has(frame.cursor)) break;
        this.#remember(frame.cursor);
        this.#cursor = frame.cursor;
        try {
          this.#options.onEvent({ kind: frame.kind, data: frame.data } as LiveEvent);
        } catch (error) {
          // One event that cannot be applied must not stop the rest; loading anew makes up for it.
          reportError(error);
          this.#options.onResync();
        }
        break;
      case "ping":
        this.#send({ type: "pong" });
        break;
      default:
        if (frame.type) this.#options.onSignal?.(frame as Signal);
    }
  }

  #remember(cursor: string) {
    this.#seen.add(cursor);
    if (this.#seen.size <= REMEMBERED) return;
    for (const oldest of this.#seen) {
      this.#seen.delete(oldest);
      break;
    }
  }

  #reconnect(code?: number): void {
    this.#run += 1;
    this.#drop(1000);
    this.#become("connecting");
    clearTimeout(this.#retry);
    const random = (this.#options.random ?? Math.random)();
    const ceiling = Math.min(SLOWEST, 500 * 2 ** this.#tries);
    // A restarting server gets its clients back spread over a second; otherwise half fixed, half scattered.
    const wait = code === 1012 && this.#tries === 0 ? random * 1_000 : ceiling / 2 + (random * ceiling) / 2;
    this.#tries += 1;
    this.#retry = setTimeout(() => void this.#open(), wait);
  }

  #watch(patience: number) {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#reconnect(), patience);
  }

  #drop(code: number) {
    clearTimeout(this.#watchdog);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(code);
  }

  #send(frame: object) {
    if (this.#socket?.readyState === OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #become(state: LinkState) {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onState(state);
  }
}

function parse(data: unknown): Frame | null {
  if (typeof data !== "string") return null;
  try {
    const frame: unknown = JSON.parse(data);
    return typeof frame === "object" && frame !== null ? (frame as Frame) : null;
  } catch {
    return null;
  }
}
