import type { Message } from "../src/types";

/** A message as the server gives it. */
export function message(part: Partial<Message> = {}): Message {
  return {
    id: "m",
    client_id: null,
    seq: 1,
    from: "agent",
    agent: { name: "Leila", photo_url: null },
    type: "text",
    text: "Hello",
    media: null,
    choices: null,
    reply_to: null,
    reactions: [],
    status: null,
    at: "2026-11-25T10:00:00Z",
    edited_at: null,
    deleted: false,
    ...part,
  };
}

/** A socket that a test speaks for. */
export class FakeSocket {
  static all: FakeSocket[] = [];
  readyState = 0;
  readonly sent: Record<string, unknown>[] = [];
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }

  /** The newest. */
  static get last(): FakeSocket {
    const socket = FakeSocket.all.at(-1);
    if (!socket) throw new Error("no socket was opened");
    return socket;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.();
  }

  /** The server takes the connection. */
  open(): this {
    this.readyState = 1;
    this.onopen?.();
    return this;
  }

  /** The server says something. */
  says(frame: object): this {
    this.onmessage?.({ data: JSON.stringify(frame) });
    return this;
  }
}

/** Storage of one browser; what a tab writes there, its other tabs hear of. */
export class FakeStorage implements Storage {
  readonly #values = new Map<string, string>();
  /** Characters that fit. */
  room = Number.POSITIVE_INFINITY;

  get length(): number {
    return this.#values.size;
  }
  key(index: number): string | null {
    return [...this.#values.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.#values.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    if (value.length > this.room) throw new DOMException("full", "QuotaExceededError");
    this.#values.set(key, value);
  }
  removeItem(key: string): void {
    this.#values.delete(key);
  }
  clear(): void {
    this.#values.clear();
  }
}

/** The locks of one browser: who has a name, who waits for it, and who takes it away. */
export class FakeLocks {
  readonly #held = new Map<string, (error: Error) => void>();
  readonly #waiting: { name: string; run: () => void }[] = [];

  request(name: string, options: { steal?: boolean }, work: () => Promise<void> | undefined): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const run = () => {
        this.#held.set(name, reject);
        Promise.resolve(work()).then(() => {
          resolve();
          if (this.#held.get(name) !== reject) return;
          this.#held.delete(name);
          const next = this.#waiting.findIndex((one) => one.name === name);
          if (next >= 0) this.#waiting.splice(next, 1)[0]?.run();
        });
      };
      if (options.steal) {
        this.#held.get(name)?.(new DOMException("stolen", "AbortError"));
        queueMicrotask(run);
      } else if (this.#held.has(name)) this.#waiting.push({ name, run });
      else {
        this.#held.set(name, reject);
        queueMicrotask(run);
      }
    });
  }
}

/** The channels of one browser: what one says, the others hear. */
export class FakeChannels {
  readonly all: { onmessage: ((event: { data: unknown }) => void) | null; asleep: boolean }[] = [];

  open(): BroadcastChannel {
    const { all } = this;
    const channel = {
      onmessage: null as ((event: { data: unknown }) => void) | null,
      asleep: false,
      postMessage(data: unknown) {
        const copy = structuredClone(data);
        for (const other of all) {
          if (other !== channel) queueMicrotask(() => !other.asleep && other.onmessage?.({ data: copy }));
        }
      },
      close() {
        all.splice(all.indexOf(channel), 1);
      },
    };
    all.push(channel);
    return channel as unknown as BroadcastChannel;
  }
}
