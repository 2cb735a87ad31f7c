import type { Api } from "../api";
import { uuid } from "../device";
import { allows, plain } from "../safe";
import { Store } from "../store";
import type { Config, Uploaded } from "../types";

/** A file beside the text that is being written. */
export interface Entry {
  key: string;
  name: string;
  /** From 0 to 1. */
  share: number;
  /** A key of the catalogue: why it cannot go. Only what was lost on the way is worth another try. */
  error: "large" | "kind" | "lost" | null;
  done: Uploaded | null;
}

/** The files that go with the next message; they go up at once, so that sending is quick. */
export class Tray extends Store<{ entries: readonly Entry[] }> {
  readonly #files = new Map<string, { file: File; cancel: () => void }>();

  constructor(
    readonly api: Pick<Api, "upload">,
    readonly limits: Config["upload"],
    /** The token was refused. */
    readonly onRefused: () => void,
  ) {
    super({ entries: [] });
  }

  add(files: Iterable<File>): void {
    for (const file of files) {
      const error =
        file.size > this.limits.max_bytes ? "large" : allows(this.limits.mime_types, file.type) ? null : "kind";
      const key = uuid();
      const entry: Entry = { key, name: plain(file.name), share: 0, error, done: null };
      this.set({ entries: [...this.state.entries, entry] });
      this.#files.set(key, { file, cancel: () => {} });
      if (!error) void this.#send(key);
    }
  }

  retry(key: string): void {
    this.#change(key, { error: null, share: 0 });
    void this.#send(key);
  }

  /** Takes a file away, and stops what is under way. */
  remove(key: string): void {
    const cancel = this.#files.get(key)?.cancel;
    this.#files.delete(key);
    this.set({ entries: this.state.entries.filter((entry) => entry.key !== key) });
    cancel?.();
  }

  /** Whether something is still going up. */
  get busy(): boolean {
    return this.state.entries.some(({ done, error }) => !done && !error);
  }

  /** Gives out what is up, for sending. What failed stays. */
  take(): Uploaded[] {
    const up = this.state.entries.flatMap(({ done }) => done ?? []);
    for (const { key, done } of this.state.entries) if (done) this.remove(key);
    return up;
  }

  clear(): void {
    for (const { key } of this.state.entries) this.remove(key);
  }

  async #send(key: string) {
    const one = this.#files.get(key);
    if (!one) return;
    const { done, cancel } = this.api.upload(one.file, (share) => this.#change(key, { share }));
    one.cancel = cancel;
    try {
      this.#change(key, { done: await done, share: 1 });
    } catch (error) {
      // Not by its class: the page has one of its own.
      const { status = 0 } = error as { status?: number };
      this.#change(key, { error: status === 413 ? "large" : status === 415 || status === 422 ? "kind" : "lost" });
      if (status === 401) this.onRefused();
    }
  }

  #change(key: string, change: Partial<Entry>) {
    if (!this.#files.has(key)) return;
    this.set({ entries: this.state.entries.map((entry) => (entry.key === key ? { ...entry, ...change } : entry)) });
  }
}
