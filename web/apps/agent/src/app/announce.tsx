import { useSyncExternalStore } from "react";
import { s } from "../strings";

/** Messages this close together are announced as a number. */
const BURST = 600;

let spoken = "";
let waiting: string[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

/** Tells people who listen to the screen about a message in the open conversation. */
export function announceMessage(name: string, text: string): void {
  waiting.push(s.thread.spoken(name, text));
  clearTimeout(timer);
  timer = setTimeout(() => {
    const [only] = waiting;
    const words = waiting.length === 1 && only ? only : s.thread.newMessages(waiting.length);
    waiting = [];
    // The same words twice are a change only when they differ somehow.
    spoken = words === spoken ? `${words}\u00a0` : words;
    for (const listener of listeners) listener();
  }, BURST);
}

/** The one polite region for messages. History and own messages never pass through it. */
export function Announcer() {
  const text = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => spoken,
  );
  return (
    <div role="log" aria-live="polite" aria-relevant="additions text" className="sr-only" aria-label={s.thread.log}>
      {text}
    </div>
  );
}
