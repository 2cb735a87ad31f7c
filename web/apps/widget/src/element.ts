import { Api, Refused } from "./api";
import { Chat, type ChatOptions } from "./chat";
import { Device } from "./device";
import type { Host, Mounted, View } from "./host";
import { baseOf, fill, NAMES } from "./names";
import { Launcher } from "./page/launcher";
import styles from "./page/page.css?inline";
import { plain } from "./safe";
import { chime } from "./sound";
import { dress, theme } from "./theme";
import { TitleHint } from "./title";
import type { Config, Message } from "./types";

/** Where the script came from, and how it gets the rest. */
export const home = {
  server: location.origin,
  nonce: "",
  /** Loads the chat in a language. */
  panel: (_server: string, _language: string): Promise<{ mount: (host: Host) => Mounted }> => Promise.reject(),
};

/** What is known about the channel is asked for again after this long. Milliseconds. */
const STALE = 60_000;
const SLOWEST = 60_000;

/** What an element needs of the world around it. */
export interface Means extends Pick<ChatOptions, "api" | "device" | "locks" | "channel" | "connect"> {
  tab: Device;
}

/** What a connected element works with. */
interface Running {
  api: Api;
  chat: Chat;
  config: Config;
  /** When `config` was asked for. */
  asked: number;
  launcher: Launcher;
  host: Host;
  panel: Promise<Mounted> | null;
  mounted: Mounted | null;
  off: AbortController;
}

/** `<max-chat channel="…">`: the chat of one channel, in a corner of the page. */
export class MaxChat extends HTMLElement {
  static readonly observedAttributes = ["channel", "server", "language", "user-token", "position"];

  readonly #root = this.attachShadow({ mode: "open" });
  readonly #hint = new TitleHint();
  #view: View = { open: false, focus: false };
  #running: Running | null = null;
  /** Counts the starts, so that an answer to an earlier one is dropped. */
  #run = 0;
  #tries = 0;
  #unread = 0;
  #user: string | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;

  connectedCallback(): void {
    void this.#start();
  }

  disconnectedCallback(): void {
    this.#stop();
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now || !this.isConnected) return;
    if (name === "user-token") {
      if (now) this.identify(now);
      else this.logout();
    } else if (name === "position") this.#side();
    else {
      this.#stop();
      void this.#start();
    }
  }

  /** Opens the chat. */
  open(): void {
    this.#toggle(true, true);
  }

  /** Closes the chat; what was said stays. */
  close(): void {
    this.#toggle(false, true);
  }

  /** Says who the visitor is, by a token that the company's server has signed. */
  identify(userToken: string): void {
    this.#user = userToken;
    this.#running?.chat.identify(userToken);
  }

  /** The visitor has signed out: nothing of them stays on this device. */
  logout(): void {
    this.#user = null;
    this.#running?.chat.forget();
  }

  /** How it reaches the server, the visitor's device and other tabs. A preview has means of its own. */
  protected means(server: string, channel: string): Means {
    const device = new Device(`max-chat:${channel}:`, () => localStorage);
    return {
      api: new Api(server, channel, () => device.get<{ token: string }>("me")?.token ?? null),
      device,
      tab: new Device(`max-chat:${channel}:`, () => sessionStorage),
      locks: navigator.locks,
      channel: "BroadcastChannel" in window ? (name) => new BroadcastChannel(name) : undefined,
    };
  }

  async #start() {
    const channel = this.getAttribute("channel");
    if (!channel) return;
    const run = ++this.#run;
    const server = new URL(this.getAttribute("server") || home.server, location.href).origin;
    const { api, device, tab, ...line } = this.means(server, channel);
    this.#user ??= this.getAttribute("user-token");
    let config: Config;
    try {
      config = await this.#config(api);
    } catch (error) {
      // A channel that refuses this page shows nothing; a network that is away comes back.
      if (run !== this.#run || !(error instanceof Refused) || !error.passing) return;
      this.#retry = setTimeout(() => this.#start(), Math.min(SLOWEST, 2_000 * 2 ** this.#tries++));
      return;
    }
    if (run !== this.#run) return;
    this.#tries = 0;
    const chat = new Chat({
      api,
      device,
      language: config.language,
      collect: config.collect,
      userToken: this.#user,
      onToken: () => this.#tell("token", {}),
      onMessages: (messages) => this.#news(messages),
      ...line,
    });
    const names = NAMES[baseOf(config.language)] as (typeof NAMES)[string];
    const launcher = new Launcher(names, config.language, config.direction);
    const { place } = launcher;
    const onClose = () => this.#toggle(false, true);
    const host: Host = { chat, api, config, server, device, tab, root: this.#root, place, nonce: home.nonce, onClose };
    const off = new AbortController();
    this.#running = { api, chat, config, asked: Date.now(), launcher, host, panel: null, mounted: null, off };
    chat.listen((patch) => {
      if (patch.unread !== undefined) this.#count(patch.unread);
      if (patch.phase === "none") this.#forgotten();
    });
    dress(this.#root, theme(config.accent, config.accent_text) + styles, home.nonce);
    this.#root.append(launcher.frame);
    this.#side();
    this.#fit(off.signal);
    const { button } = launcher;
    button.addEventListener("click", () => this.#toggle(!this.#view.open, true));
    // Whoever comes near is likely to open it.
    for (const near of ["pointerenter", "focus"]) button.addEventListener(near, () => void this.#panel());
    const again = tab.get("open") === true;
    if (again) this.#view = { open: true, focus: false };
    this.#draw();
    if (this.#view.open) this.#opened();
  }

  #stop() {
    this.#run++;
    clearTimeout(this.#retry);
    const running = this.#running;
    this.#running = null;
    if (!running) return;
    running.off.abort();
    running.mounted?.end();
    running.chat.stop();
    this.#unread = 0;
    this.#hint.show(0);
    this.#root.replaceChildren();
    if (this.#root.adoptedStyleSheets) this.#root.adoptedStyleSheets = [];
  }

  async #config(api: Api): Promise<Config> {
    const wanted = this.getAttribute("language") || document.documentElement.lang || navigator.language;
    return api.call("GET", `config?language=${encodeURIComponent(wanted)}`, undefined, null);
  }

  /** The chat itself, loaded once it is likely to be wanted. */
  #panel(): Promise<Mounted> | undefined {
    const running = this.#running;
    if (!running) return undefined;
    running.panel ??= home.panel(running.host.server, baseOf(running.config.language)).then(
      ({ mount }) => {
        running.mounted = mount(running.host);
        if (running === this.#running) this.#draw();
        return running.mounted;
      },
      (error) => {
        running.panel = null;
        throw error;
      },
    );
    running.panel.catch(() => {});
    return running.panel;
  }

  #draw() {
    const running = this.#running;
    if (!running) return;
    const { mounted, launcher, config } = running;
    const open = this.#view.open && mounted !== null;
    launcher.draw(open, this.#unread, this.#view.open && !open);
    mounted?.draw(this.#view, config);
  }

  #toggle(open: boolean, focus: boolean) {
    if (open === this.#view.open) return;
    const running = this.#running;
    // The keyboard goes back to where it came from, if it was in here.
    const back = !open && focus && this.#root.activeElement !== null;
    this.#view = { open, focus };
    this.#draw();
    if (!running) return;
    if (back) running.launcher.button.focus();
    running.host.tab.set("open", open);
    if (open) this.#opened();
    this.#tell(open ? "open" : "close", {});
  }

  #opened() {
    const running = this.#running;
    if (!running) return;
    running.chat.begin();
    running.launcher.note("");
    if (running.mounted) void this.#renew(running);
    else {
      this.#panel()?.catch(() => {
        if (running !== this.#running || !this.#view.open) return;
        this.#toggle(false, false);
        running.launcher.note(running.launcher.names.trouble);
      });
    }
  }

  /** Who is there, and the hours, may have changed since. */
  async #renew(running: Running) {
    if (Date.now() - running.asked < STALE) return;
    running.asked = Date.now();
    try {
      running.config = await this.#config(running.api);
      this.#draw();
    } catch {
      // What is known will do.
    }
  }

  #news(messages: Message[]) {
    const running = this.#running;
    if (!running) return;
    const { launcher, chat, host } = running;
    const { names } = launcher;
    const last = messages.at(-1);
    const name = plain(last?.agent?.name) || names.team;
    const many = messages.length > 1;
    launcher.say(many ? fill(names.unread, { n: messages.length }) : `${name}: ${last?.text || names.file}`);
    for (const message of messages) this.#tell("message", { message });
    const away = document.hidden || !this.#view.open;
    if (away && chat.leading && host.device.get("sound") === true) chime();
  }

  #count(unread: number) {
    if (unread === this.#unread) return;
    this.#unread = unread;
    if (!this.hasAttribute("keep-title")) this.#hint.show(unread);
    this.#draw();
    this.#tell("unread", { unread });
  }

  #forgotten() {
    const running = this.#running;
    running?.host.tab.clear();
    running?.launcher.say("");
    this.#toggle(false, true);
  }

  #tell(name: string, detail: object) {
    this.dispatchEvent(new CustomEvent(`max-chat:${name}`, { bubbles: true, composed: true, detail }));
  }

  #side() {
    const left = (this.getAttribute("position") || this.#running?.config.position) === "left";
    this.setAttribute("side", left ? "left" : "right");
  }

  /** Full screen on a phone means: what its keyboard leaves. */
  #fit(signal: AbortSignal) {
    const view = window.visualViewport;
    if (!view) return;
    const fit = () => {
      this.style.setProperty("--max-chat-view", `${view.height}px`);
      this.style.setProperty("--max-chat-view-top", `${view.offsetTop}px`);
    };
    view.addEventListener("resize", fit, { signal });
    view.addEventListener("scroll", fit, { signal });
  }
}
