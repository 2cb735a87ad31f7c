import { createContext } from "preact";
import { useContext, useLayoutEffect, useReducer } from "preact/hooks";
import type { Host } from "../host";
import type { Store } from "../store";
import type { Language } from "./language";
import type { Tray } from "./tray";

/** What every part of the panel may need. */
export type Scene = Pick<Host, "chat" | "config" | "server" | "device" | "tab"> & { language: Language; tray: Tray };

export const SceneContext = createContext<Scene | null>(null);

export function useScene(): Scene {
  const scene = useContext(SceneContext);
  if (!scene) throw new Error("no scene");
  return scene;
}

/** The state of a store; draws again when it changes. */
export function useStore<T extends object>(store: Store<T>): T {
  const [, draw] = useReducer((count: number, _: null) => count + 1, 0);
  // Before anything else can happen: what changes between drawing and listening would be missed.
  useLayoutEffect(() => store.listen(() => draw(null)), [store]);
  return store.state;
}
