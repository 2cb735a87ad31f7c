// The real widget for whoever sets a channel up: no server, no storage, and people that are made up.

import { Api } from "../api";
import { Device } from "../device";
import { home, MaxChat, type Means } from "../element";
import { mountWith } from "../panel/mount";
import { WORDS } from "../texts/all";
import type { Config, Message, Session } from "../types";
import { FACES, SAID } from "./sample";

/** `closed`: the launcher alone. `first`: somebody who comes for the first time. `talk`: somebody who has written. */
export type Scene = "closed" | "first" | "talk";

/** What a preview shows. */
export interface Shown {
  config: Omit<Config, "accent_text" | "direction" | "reply_time_minutes" | "agents">;
  scene: Scene;
  theme: "light" | "dark";
}

const NAME = "max-chat-preview";

home.panel = async (_server, language) => {
  const words = WORDS[language];
  if (!words) throw new Error(`no words in ${language}`);
  return { mount: mountWith(words, language) };
};

/** Nothing is kept: a box that throws makes the device use one of its own. */
const nowhere = () => {
  throw new Error("a preview keeps nothing");
};

class PreviewChat extends MaxChat {
  shown: Shown | null = null;

  protected override means(server: string, channel: string): Means {
    const device = new Device(channel, nowhere);
    const api = new PreviewApi(
      server,
      channel,
      () => "preview",
      () => this.shown,
    );
    return { api, device, tab: new Device(channel, nowhere), connect: line };
  }
}

class PreviewApi extends Api {
  readonly #shown: () => Shown | null;

  constructor(server: string, channel: string, token: () => string, shown: () => Shown | null) {
    super(server, channel, token);
    this.#shown = shown;
  }

  override async call<T>(method: string, path: string): Promise<T> {
    const shown = this.#shown();
    const answer = ANSWERS[`${method} ${path.split("?")[0]}`];
    return (shown && answer?.(shown)) as T;
  }
}

/** What is asked, and what a preview answers. Whatever else the widget tells is lost. */
const ANSWERS: Record<string, (shown: Shown) => unknown> = {
  "GET config": configOf,
  "POST session": sessionOf,
};

function configOf({ config }: Shown): Config {
  return {
    ...config,
    accent_text: "",
    direction: config.language.startsWith("ar") ? "rtl" : "ltr",
    reply_time_minutes: null,
    agents: config.online ? FACES : [],
  };
}

function sessionOf({ config, scene }: Shown): Session {
  const [agent = null] = FACES;
  const said = scene === "talk" ? (SAID[config.language.split("-")[0] ?? ""] ?? SAID.en) : [];
  const messages = (said ?? []).map(
    (text, index): Message => ({
      id: String(index),
      seq: index + 1,
      from: index % 2 === 0 ? "visitor" : "agent",
      agent: index % 2 === 0 ? null : agent,
      type: "text",
      text,
      media: null,
      choices: null,
      reply_to: null,
      reactions: [],
      status: index % 2 === 0 ? "read" : null,
      at: new Date().toISOString(),
      edited_at: null,
      deleted: false,
    }),
  );
  return {
    token: "preview",
    visitor: { id: "preview", name: null, email: null, known: scene === "talk" },
    conversation: null,
    messages,
    unread: 0,
    cursor: null,
    more: false,
  };
}

/** A live line on which nobody ever says anything. */
function line(): WebSocket {
  const socket = {
    readyState: 1,
    onopen: null as (() => void) | null,
    onmessage: null as ((event: { data: string }) => void) | null,
    send: (frame: string) => {
      if (frame.includes('"hello"')) queueMicrotask(() => socket.onmessage?.({ data: '{"type":"ready"}' }));
    },
    close: () => {},
  };
  queueMicrotask(() => socket.onopen?.());
  return socket as unknown as WebSocket;
}

/** The widget in a place of somebody's page, to be shown again whenever something has changed. */
export class Preview {
  static #count = 0;
  readonly #element: PreviewChat;

  constructor(place: HTMLElement) {
    if (!customElements.get(NAME)) customElements.define(NAME, PreviewChat);
    this.#element = document.createElement(NAME) as PreviewChat;
    this.#element.setAttribute("keep-title", "");
    place.append(this.#element);
  }

  show(shown: Shown): void {
    const element = this.#element;
    element.shown = shown;
    element.setAttribute("theme", shown.theme);
    if (shown.scene === "closed") element.close();
    else element.open();
    // Another channel: it begins anew, with what is now to be seen.
    element.setAttribute("channel", `preview-${++Preview.#count}`);
  }

  end(): void {
    this.#element.remove();
  }
}
