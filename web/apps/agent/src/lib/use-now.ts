import { useSyncExternalStore } from "react";
import { now } from "./clock";

/** One timer per interval for the whole page, however many components tell the time. */
class Ticker {
  #value = now();
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #listeners = new Set<() => void>();
  constructor(readonly interval: number) {}

  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => {
      this.#value = now();
      for (const tell of this.#listeners) tell();
    }, this.interval);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  };

  read = () => {
    // Nobody ticked while nobody watched; but two reads of one render have to agree.
    if (now() - this.#value > (this.#timer ? this.interval * 2 : 1_000)) this.#value = now();
    return this.#value;
  };
}

const tickers = new Map<number, Ticker>();

/** The server's time, renewed every `interval` milliseconds. */
export function useNow(interval: number): number {
  let ticker = tickers.get(interval);
  if (!ticker) {
    ticker = new Ticker(interval);
    tickers.set(interval, ticker);
  }
  return useSyncExternalStore(ticker.subscribe, ticker.read);
}
