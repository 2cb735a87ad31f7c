import { useEffect, useRef } from "react";
import { useUi } from "../lib/ui-state";

/** What a key does. Return `false` to leave the key to others. */
export type Action = (event: KeyboardEvent) => unknown;
/** Keys as the browser names them, in lower case (`j`, `arrowdown`, `?`), or two in a row (`g i`). */
export type Keymap = Record<string, Action>;

const layers: { current: Keymap }[] = [];
/** A second key counts this long after the first. */
const PAUSE = 1_200;
let first: { key: string; at: number } | null = null;

/** Keys that also work while writing. */
const ANYWHERE = new Set(["escape", "f6"]);

function writing(target: EventTarget | null): boolean {
  // In a box to tick nobody writes.
  if (target instanceof HTMLInputElement && /^(checkbox|radio)$/.test(target.type)) return false;
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

function run(keys: string, event: KeyboardEvent): boolean {
  for (const layer of layers.toReversed()) {
    const action = layer.current[keys];
    if (action && action(event) !== false) {
      event.preventDefault();
      return true;
    }
  }
  return false;
}

function onKeyDown(event: KeyboardEvent) {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  // An open menu or dialog has the keyboard to itself.
  if (document.querySelector("[role=menu],[role=dialog],[role=alertdialog]")) return;
  const key = event.key.toLowerCase();
  if (writing(event.target) && !ANYWHERE.has(key)) return;
  const single = event.key.length === 1;
  if (single && !useUi.getState().singleKeys) return;
  const before = first && performance.now() - first.at < PAUSE ? first.key : null;
  first = null;
  if (before && run(`${before} ${key}`, event)) return;
  if (run(key, event)) return;
  if (single && layers.some((layer) => Object.keys(layer.current).some((k) => k.startsWith(`${key} `)))) {
    first = { key, at: performance.now() };
  }
}

/** Makes keys work while the component is on screen; the latest one to ask comes first. */
export function useShortcuts(map: Keymap): void {
  const current = useRef(map);
  current.current = map;
  useEffect(() => {
    if (layers.length === 0) document.addEventListener("keydown", onKeyDown);
    layers.push(current);
    return () => {
      layers.splice(layers.indexOf(current), 1);
      if (layers.length === 0) document.removeEventListener("keydown", onKeyDown);
    };
  }, []);
}
