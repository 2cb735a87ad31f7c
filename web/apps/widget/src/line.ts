/** A frame of the socket, named by its `type`. */
export type Frame = { readonly type: string } & Readonly<Record<string, unknown>>;

/** Outside things the line needs, replaceable in tests. */
export interface LineOptions {
  url: string;
  /** What to say first; null when there is nobody to speak for. */
  hello: () => Frame | null;
  onFrame: (frame: Frame) => void;
  /** The line works, or it does not. */
  onState: (live: boolean) => void;
  connect?: (url: string) => WebSocket;
  random?: () => number;
}

/** Milliseconds. */
const BEAT = 25_000;
const PATIENCE = 10_000;
const SLOWEST = 30_000;
const OPEN = 1;

/** The live line. Comes back by itself with growing, scattered waits, and says where it ended, so that nothing is missed. */
export class Line {
  #socket: WebSocket | null = null;
  #live = false;
  #on = false;
  #tries = 0;
  #ponged = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setTimeout> | undefined;
  #beat: ReturnType<typeof setInterval> | undefined;
  readonly #options: LineOptions;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#on) return;
    this.#on = true;
    this.#tries = 0;
    this.#open();
  }

  stop(): void {
    this.#on = false;
    clearTimeout(this.#retry);
    this.#drop();
  }

  /** The network or the page came back: try now, or make sure that the line is alive. */
  nudge(): void {
    if (!this.#on) return;
    if (this.#live) this.#ping();
    else {
      this.#tries = 0;
      this.#open();
    }
  }

  /** The network is gone; do not wait for the line to notice. */
  cut(): void {
    if (this.#on) this.#again();
  }

  /** Sends what may be lost. False while the line is down. */
  send(frame: Frame): boolean {
    if (!this.#live || this.#socket?.readyState !== OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #open() {
    clearTimeout(this.#retry);
    this.#drop();
    const hello = this.#options.hello();
    if (!hello) return;
    let socket: WebSocket;
    try {
      socket = (this.#options.connect ?? ((url) => new WebSocket(url)))(this.#options.url);
    } catch {
      // The page's policy forbids the socket: the slow way has to do.
      this.#again();
      return;
    }
    this.#socket = socket;
    this.#ponged = false;
    this.#expect();
    socket.onopen = () => socket.send(JSON.stringify(hello));
    socket.onclose = () => {
      if (socket === this.#socket) this.#again();
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#hear(data);
    };
  }

  #hear(data: unknown) {
    let frame: Frame;
    try {
      frame = JSON.parse(String(data));
    } catch {
      return;
    }
    clearTimeout(this.#watch);
    if (frame?.type === "ready") {
      this.#tries = 0;
      this.#beat = setInterval(() => this.#ping(), BEAT);
      this.#become(true);
    }
    if (frame?.type === "pong") this.#ponged = true;
    this.#options.onFrame(frame);
  }

  #ping() {
    this.send({ type: "ping" });
    if (this.#ponged) this.#expect();
  }

  /** Something must come soon, or the line is dead. */
  #expect() {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#again(), PATIENCE);
  }

  #again() {
    this.#drop();
    clearTimeout(this.#retry);
    const wait = Math.min(SLOWEST, 500 * 2 ** this.#tries++) * (0.5 + (this.#options.random ?? Math.random)());
    this.#retry = setTimeout(() => this.#open(), wait);
  }

  #drop() {
    clearTimeout(this.#watch);
    clearInterval(this.#beat);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#become(false);
  }

  #become(live: boolean) {
    if (live === this.#live) return;
    this.#live = live;
    this.#options.onState(live);
  }
}
