import type { LiveEvent } from "@max/api";
import type { Signal } from "./socket";

const events = new Set<(event: LiveEvent) => void>();
const signals = new Set<(signal: Signal) => void>();

/** Hears every event from the socket, as long as the returned function is not called. For parts that load later than the first screen. */
export function hearEvents(listener: (event: LiveEvent) => void): () => void {
  events.add(listener);
  return () => events.delete(listener);
}

/** Hears what the socket says beside events. */
export function hearSignals(listener: (signal: Signal) => void): () => void {
  signals.add(listener);
  return () => signals.delete(listener);
}

export function tellEvent(event: LiveEvent): void {
  for (const listener of events) listener(event);
}

export function tellSignal(signal: Signal): void {
  for (const listener of signals) listener(signal);
}
