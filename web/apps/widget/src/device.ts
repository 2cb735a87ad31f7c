// What stays on the visitor's device. Everything is under one prefix, so that it can be forgotten as a whole.

/** The parts of `Storage` that are used. */
export type Box = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

/** A box for one page view, where the browser gives none or it is full. */
function memory(): Box {
  const values = new Map<string, string>();
  return {
    get length() {
      return values.size;
    },
    key: (index) => [...values.keys()][index] ?? null,
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => values.set(key, value),
    removeItem: (key) => values.delete(key),
  };
}

/** Browsers throw at the mere mention of storage where people have turned it off. */
function boxOf(open: () => Box): Box {
  try {
    const box = open();
    box.setItem("max-chat", "1");
    box.removeItem("max-chat");
    return box;
  } catch {
    return memory();
  }
}

/** Reads and writes JSON under a prefix. Nothing here throws. */
export class Device {
  readonly #box: Box;

  constructor(
    readonly prefix: string,
    open: () => Box,
  ) {
    this.#box = boxOf(open);
  }

  get<T>(name: string): T | null {
    try {
      return JSON.parse(this.#box.getItem(this.prefix + name) ?? "null");
    } catch {
      return null;
    }
  }

  /** False where there is no room. */
  set(name: string, value: unknown): boolean {
    try {
      this.#box.setItem(this.prefix + name, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  }

  remove(name: string): void {
    this.#box.removeItem(this.prefix + name);
  }

  /** The names there are, as far as they begin like this. */
  names(beginning = ""): string[] {
    const names: string[] = [];
    for (let index = 0; index < this.#box.length; index++) {
      const key = this.#box.key(index);
      if (key?.startsWith(this.prefix + beginning)) names.push(key.slice(this.prefix.length));
    }
    return names;
  }

  clear(): void {
    for (const name of this.names()) this.remove(name);
  }
}

/** A random UUID, also on pages without TLS, where `crypto.randomUUID` is missing. */
export function uuid(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 15) | 64;
  bytes[8] = ((bytes[8] ?? 0) & 63) | 128;
  return [...bytes]
    .map((byte, index) => ([4, 6, 8, 10].includes(index) ? "-" : "") + byte.toString(16).padStart(2, "0"))
    .join("");
}
