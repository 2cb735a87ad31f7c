/** A value that tells when it changes. */
export class Store<T extends object> {
  readonly #listeners = new Set<(patch: Partial<T>) => void>();

  constructor(public state: T) {}

  /** Replaces some parts; listeners hear which. */
  set(patch: Partial<T>): void {
    this.state = { ...this.state, ...patch };
    for (const listener of [...this.#listeners]) listener(patch);
  }

  /** Returns what ends the listening. */
  listen(listener: (patch: Partial<T>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
