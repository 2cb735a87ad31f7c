// One tab of a site speaks for all: it holds a lock and tells the others what it hears.

/** What the tabs need of the browser, replaceable in tests. */
export interface TabsOptions {
  /** Channel and lock have this name. */
  name: string;
  /** This tab speaks now. */
  onLead: () => void;
  /** Another tab has taken over. */
  onYield: () => void;
  /** What another tab says. */
  onMessage: (message: Note) => void;
  locks?: LockManager | undefined;
  channel?: ((name: string) => BroadcastChannel) | undefined;
}

/** What tabs tell each other: the leader parts of its state, the others what they ask for. */
export type Note = { ask: true } | { state: object } | { act: string; with: unknown };

/** How long a leader may be silent before a tab that needs it takes over: browsers put hidden tabs to sleep. Milliseconds. */
const SILENCE = 1_500;

export class Tabs {
  leading = false;
  #on = true;
  #release: (() => void) | undefined;
  #doubt: ReturnType<typeof setTimeout> | undefined;
  readonly #channel: BroadcastChannel | undefined;
  readonly #options: TabsOptions;

  constructor(options: TabsOptions) {
    this.#options = options;
    const locks = options.locks;
    if (!locks || !options.channel) {
      // Each tab for itself. What is sent twice has the same id.
      queueMicrotask(() => this.#lead());
      return;
    }
    this.#channel = options.channel(options.name);
    this.#channel.onmessage = ({ data }: MessageEvent<Note>) => {
      if ("state" in data) {
        clearTimeout(this.#doubt);
        // Two that lead for a moment: the one that was robbed hears of it by its lock.
        if (this.leading) return;
      } else if (!this.leading) return;
      options.onMessage(data);
    };
    this.#queue();
    this.ask();
  }

  /** Says something to the other tabs. */
  post(note: Note): void {
    if (this.#on) this.#channel?.postMessage(note);
  }

  /** Wants to know how things stand. A leader that does not answer is replaced. */
  ask(): void {
    if (this.leading || !this.#channel) return;
    this.post({ ask: true });
    clearTimeout(this.#doubt);
    this.#doubt = setTimeout(() => {
      if (this.#on && !this.leading && document.visibilityState === "visible") this.#queue(true);
    }, SILENCE);
  }

  stop(): void {
    this.#on = false;
    clearTimeout(this.#doubt);
    this.#release?.();
    this.#channel?.close();
    this.leading = false;
  }

  #queue(steal = false) {
    const held = () =>
      this.#on
        ? new Promise<void>((done) => {
            this.#release = done;
            this.#lead();
          })
        : undefined;
    this.#options.locks?.request(this.#options.name, { steal }, held).catch(() => {
      if (!this.#on) return;
      // No locks in here after all (a sandboxed frame): each tab for itself.
      if (!this.leading) return this.#lead();
      // Another tab has taken it away.
      this.leading = false;
      this.#options.onYield();
      this.#queue();
    });
  }

  #lead() {
    if (!this.#on || this.leading) return;
    clearTimeout(this.#doubt);
    this.leading = true;
    this.#options.onLead();
  }
}
