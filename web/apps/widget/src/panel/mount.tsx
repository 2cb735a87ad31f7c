/** @jsxImportSource preact */
import { render } from "preact";
import type { Host, Mounted, View } from "../host";
import { Store } from "../store";
import type { Words } from "../texts/en";
import { dress } from "../theme";
import type { Config } from "../types";
import { languageOf } from "./language";
import { Panel } from "./panel";
import styles from "./panel.css?inline";
import { type Scene, SceneContext, useStore } from "./scene";
import { Tray } from "./tray";

/** What the page wants to be seen. */
interface Shown {
  view: View;
  config: Config;
}

/** Makes what a page calls once the panel of its language has come. */
export function mountWith(words: Words, base: string): (host: Host) => Mounted {
  return (host) => {
    const { chat, api, config, place, root } = host;
    dress(root, styles, host.nonce);
    const tray = new Tray(api, config.upload, () => chat.refresh());
    const language = languageOf(words, base, config.language, config.direction);
    const end = chat.listen(({ phase }) => phase === "none" && tray.clear());
    const shown = new Store<Shown>({ view: { open: false, focus: false }, config });
    // Once only: a page may want another view while this one is being drawn, and would draw a second beside it.
    render(<Frame shown={shown} scene={{ ...host, language, tray }} onClose={host.onClose} />, place);
    return {
      draw: (view, now) => shown.set({ view, config: now }),
      end: () => {
        end();
        tray.clear();
        render(null, place);
      },
    };
  };
}

function Frame({ shown, scene, onClose }: { shown: Store<Shown>; scene: Scene; onClose: () => void }) {
  const { view, config } = useStore(shown);
  if (!view.open) return null;
  return (
    <SceneContext.Provider value={{ ...scene, config }}>
      <Panel focus={view.focus} onClose={onClose} />
    </SceneContext.Provider>
  );
}
