// What the page's part of the widget and the panel, which loads later, know of each other.

import type { Api } from "./api";
import type { Chat } from "./chat";
import type { Device } from "./device";
import type { Config } from "./types";

/** What the page gives to the panel. */
export interface Host {
  chat: Chat;
  api: Api;
  /** As it was when the panel came. */
  config: Config;
  /** MAX's address: files are only shown from there. */
  server: string;
  /** Kept in all tabs and over visits. */
  device: Device;
  /** Kept in this tab over reloads. */
  tab: Device;
  root: ShadowRoot;
  /** Where the panel is drawn. */
  place: HTMLElement;
  nonce: string;
  onClose: () => void;
}

/** What only this tab shows. */
export interface View {
  open: boolean;
  /** The visitor opened it, so the keyboard belongs there. */
  focus: boolean;
}

/** What the panel gives to the page. */
export interface Mounted {
  draw: (view: View, config: Config) => void;
  end: () => void;
}
