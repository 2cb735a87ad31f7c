import type { Device } from "./device";
import { Store } from "./store";
import type { Choice, Uploaded } from "./types";

/** What the visitor has sent and MAX has not confirmed. Its id makes sending it twice harmless. */
export interface Pending {
  id: string;
  /** Milliseconds; what was written first goes first. */
  at: number;
  text?: string;
  choice?: Choice;
  media?: Uploaded;
  /** The server refused it: a key of the catalogue says why. It waits for a tap. */
  failed?: "failed" | "refused" | null;
}

const PREFIX = "out:";

/**
 * Messages on their way, kept on the device over reloads. Each is under a key of its own: two tabs that write at the same moment
 * do not overwrite each other.
 */
export class Outbox extends Store<{ items: readonly Pending[] }> {
  readonly #device: Device;
  /** What the device had no room for. */
  readonly #loose = new Map<string, Pending>();

  constructor(device: Device) {
    super({ items: [] });
    this.#device = device;
    this.read();
  }

  /** Takes over what another tab has changed. */
  read(): void {
    const kept = this.#device
      .names(PREFIX)
      .map((name) => this.#device.get<Pending>(name))
      .filter((item) => item !== null && typeof item.id === "string");
    const items = [...kept, ...this.#loose.values()] as Pending[];
    this.set({ items: items.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)) });
  }

  put(item: Pending): void {
    if (this.#device.set(PREFIX + item.id, item)) this.#loose.delete(item.id);
    else this.#loose.set(item.id, item);
    this.read();
  }

  remove(id: string): void {
    this.#device.remove(PREFIX + id);
    this.#loose.delete(id);
    this.read();
  }

  /** The next to be sent. */
  next(): Pending | undefined {
    return this.state.items.find((item) => !item.failed);
  }

  /** Whether a `storage` event is about this. */
  owns(key: string | null): boolean {
    return key === null || key.startsWith(this.#device.prefix + PREFIX);
  }

  clear(): void {
    for (const { id } of this.state.items) this.#device.remove(PREFIX + id);
    this.#loose.clear();
    this.read();
  }
}
