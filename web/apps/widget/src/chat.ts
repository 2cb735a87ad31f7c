import { type Api, Refused } from "./api";
import { type Device, uuid } from "./device";
import { type Frame, Line, type LineOptions } from "./line";
import { Outbox, type Pending } from "./outbox";
import { subjectOf } from "./safe";
import { Store } from "./store";
import { type Note, Tabs, type TabsOptions } from "./tabs";
import { merge, readUpTo, rejoin } from "./thread";
import type { Agent, Config, Conversation, Message, Session, Visitor } from "./types";

/** What all tabs of a site show the same. */
export interface Shared {
  /** `none`: nobody has begun, and the server knows of nobody. */
  phase: "none" | "starting" | "ready" | "failed";
  visitor: Visitor | null;
  conversation: Conversation | null;
  messages: readonly Message[];
  /** There are older messages. */
  more: boolean;
  unread: number;
  /** The live line works. */
  live: boolean;
  /** Who of the company is writing. */
  typing: Agent | null;
}

const NOTHING: Shared = {
  phase: "none",
  visitor: null,
  conversation: null,
  messages: [],
  more: false,
  unread: 0,
  live: false,
  typing: null,
};

/** What one tab may ask of the tab that speaks for all. */
interface Acts {
  begin: null;
  pump: null;
  read: null;
  older: null;
  refresh: null;
  typing: boolean;
  identify: string;
  introduced: Partial<Visitor>;
  forget: null;
}

/** Who this device is. */
interface Me {
  token: string;
  /** Whom the company's signed token was about. */
  sub?: string | null;
}

export interface ChatOptions {
  api: Api;
  device: Device;
  language: string;
  collect: Config["collect"];
  /** The page's own session for its signed-in user. */
  userToken: string | null;
  /** The signed token was refused: the page should bring a new one. */
  onToken: () => void;
  /** Agents wrote, just now. */
  onMessages: (messages: Message[]) => void;
  locks?: TabsOptions["locks"];
  channel?: TabsOptions["channel"];
  connect?: LineOptions["connect"];
}

const PAGE = 30;
/** Milliseconds. */
const SLOWEST = 30_000;
const POLL = 15_000;
const LOOK = 2_000;
/** A sign of typing that is not repeated is over. */
const TYPING = 8_000;

/** A visitor's conversation: session, messages, what is under way; the same in every tab. */
export class Chat extends Store<Shared> {
  readonly outbox: Outbox;
  readonly #options: ChatOptions;
  readonly #tabs: Tabs;
  readonly #line: Line;
  #cursor: string | null = null;
  /** The line was there, and was lost. */
  #broken = false;
  /** The newest message this tab has told about; null before the first load. */
  #heard: number | null = null;
  #read = 0;
  /** Counts how often everything was forgotten, so that a late answer does not bring it back. */
  #life = 0;
  #user: string | null;
  #wanted = false;
  #beginning: Promise<void> | undefined;
  #pumping = false;
  #paging = false;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #typing: ReturnType<typeof setTimeout> | undefined;
  readonly #poll: ReturnType<typeof setInterval>;
  readonly #look: ReturnType<typeof setInterval>;
  /** Where the server was last told the visitor is. */
  #place: string | undefined;
  readonly #off = new AbortController();

  constructor(options: ChatOptions) {
    super(NOTHING);
    this.#options = options;
    this.#user = options.userToken;
    this.outbox = new Outbox(options.device);
    this.#line = new Line({
      url: options.api.socket,
      hello: () => {
        const token = options.api.token();
        return token ? { type: "hello", token, ...(this.#cursor && { cursor: this.#cursor }) } : null;
      },
      onFrame: (frame) => this.#frame(frame),
      onState: (live) => {
        if (!live) this.#broken = true;
        this.set({ live, ...(!live && { typing: null }) });
      },
      ...(options.connect && { connect: options.connect }),
    });
    const { signal } = this.#off;
    addEventListener("storage", ({ key }) => this.outbox.owns(key) && this.#written(), { signal });
    addEventListener("online", () => this.#wake(), { signal });
    addEventListener("offline", () => this.#line.cut(), { signal });
    addEventListener("pageshow", ({ persisted }) => persisted && this.#wake(), { signal });
    document.addEventListener("visibilitychange", () => !document.hidden && this.#wake(), { signal });
    // Where sockets do not get through, asking now and then has to do.
    this.#poll = setInterval(() => {
      if (this.#tabs.leading && this.state.phase === "ready" && !this.state.live) void this.#refresh();
    }, POLL);
    // Many sites go from page to page without loading one.
    this.#look = setInterval(() => this.#moved(), LOOK);
    this.listen((patch) => {
      if (this.#tabs?.leading) this.#tabs.post({ state: patch });
      if (patch.phase === "none") this.#heard = null;
      if (patch.messages && this.state.phase === "ready") this.#tell(patch.messages);
    });
    this.#tabs = new Tabs({
      name: options.device.prefix,
      locks: options.locks,
      channel: options.channel,
      onLead: () => this.#lead(),
      onYield: () => this.#line.stop(),
      onMessage: (note) => this.#note(note),
    });
    if (this.#user) this.#do("identify", this.#user);
  }

  get leading(): boolean {
    return this.#tabs.leading;
  }

  /** Ends everything but what is on the device and at the server. */
  stop(): void {
    this.#life++;
    this.#off.abort();
    clearInterval(this.#poll);
    clearInterval(this.#look);
    clearTimeout(this.#timer);
    clearTimeout(this.#typing);
    this.#line.stop();
    this.#tabs.stop();
  }

  /** The visitor wants to talk. */
  begin(): void {
    this.#wanted = true;
    this.#do("begin", null);
    this.#tabs.ask();
  }

  send(part: Pick<Pending, "text" | "choice" | "media">): void {
    this.outbox.put({ id: uuid(), at: Date.now(), ...part });
    this.#do("pump", null);
    this.#tabs.ask();
  }

  /** Tries a refused message again, after what was written since. */
  again(item: Pending): void {
    this.outbox.put({ ...item, at: Date.now(), failed: null });
    this.#do("pump", null);
  }

  /** What is there has been seen. */
  read(): void {
    if (this.state.phase === "ready") this.#do("read", null);
  }

  older(): void {
    this.#do("older", null);
  }

  /** Asks for the newest messages: an address of a file has run out. */
  refresh(): void {
    this.#do("refresh", null);
  }

  typing(on: boolean): void {
    this.#do("typing", on);
  }

  /** The company's server says who this is. */
  identify(userToken: string): void {
    this.#user = userToken;
    this.#do("identify", userToken);
  }

  /** Forgets who this is, here and at the server, with all that was written. */
  forget(): void {
    this.#user = null;
    this.#do("forget", null);
    this.#tabs.ask();
  }

  /** Tells the company who this is, in the visitor's own words. */
  async introduce(answers: Record<string, string>): Promise<void> {
    const { name, email, phone, ...attributes } = answers;
    const known = { ...(name && { name }), ...(email && { email }), ...(phone && { phone }) };
    const more = Object.keys(attributes).length > 0 && { attributes };
    await this.#options.api.call("PATCH", "me", { ...known, ...more });
    this.#options.device.set("introduced", true);
    this.#do("introduced", { ...(name && { name }), ...(email && { email }) });
  }

  /** Whether the form before the chat was filled in on this device. */
  get introduced(): boolean {
    return this.#options.device.get("introduced") === true;
  }

  #do<A extends keyof Acts>(act: A, given: Acts[A]) {
    if (this.#tabs.leading) this.#act(act, given);
    else this.#tabs.post({ act, with: given });
  }

  #note(note: Note) {
    if ("state" in note) this.set(note.state);
    else if ("ask" in note) this.#tabs.post({ state: this.state });
    else this.#act(note.act as keyof Acts, note.with);
  }

  #act(act: keyof Acts, given: unknown) {
    switch (act) {
      case "begin":
        this.#wanted = true;
        if (this.state.phase !== "ready") void this.#begin();
        break;
      case "pump":
        this.#written();
        break;
      case "read":
        this.#seen();
        break;
      case "older":
        void this.#older();
        break;
      case "refresh":
        void this.#refresh();
        break;
      case "typing":
        this.#line.send({ type: "typing", on: given === true });
        break;
      case "identify":
        void this.#identify(String(given));
        break;
      case "introduced":
        if (this.state.visitor) this.set({ visitor: { ...this.state.visitor, ...(given as Partial<Visitor>) } });
        break;
      case "forget":
        this.#user = null;
        void this.#wipe();
    }
  }

  #lead() {
    this.#tabs.post({ state: this.state });
    if (this.#user) void this.#identify(this.#user);
    else if (this.#wanted || this.#options.device.get<Me>("me") || this.outbox.next()) void this.#begin();
  }

  #wake() {
    if (!this.#tabs.leading) return this.#tabs.ask();
    this.#tries = 0;
    this.#line.nudge();
    if (this.state.phase === "ready") void this.#pump();
    else if (this.#wanted || this.#options.device.get<Me>("me")) void this.#begin();
  }

  /** Another tab has changed the outbox. */
  #written() {
    this.outbox.read();
    if (!this.#tabs.leading || !this.outbox.next()) return;
    if (this.state.phase === "ready") void this.#pump();
    else void this.#begin();
  }

  #begin(): Promise<void> {
    if (this.#beginning) return this.#beginning;
    const own = this.#session().finally(() => {
      if (this.#beginning === own) this.#beginning = undefined;
    });
    this.#beginning = own;
    return own;
  }

  /** Tells where the visitor has gone, without beginning anew. */
  #moved() {
    const page = place(this.#options.collect);
    if (!page || page.url === this.#place || !this.#tabs.leading) return;
    if (this.#line.send({ type: "page", page })) this.#place = page.url;
  }

  /** Who this is, and what was said so far. */
  async #session() {
    const { api, device, language, collect } = this.#options;
    const life = this.#life;
    clearTimeout(this.#timer);
    if (this.state.phase !== "ready") this.set({ phase: "starting" });
    const me = device.get<Me>("me");
    const user = this.#user;
    const at = place(collect)?.url;
    try {
      const session = await api.call<Session>("POST", "session", {
        ...(me && { token: me.token }),
        ...(user && { user_token: user }),
        ...about(collect),
        language,
      });
      if (life !== this.#life) return;
      this.#place = at;
      device.set("me", { token: session.token, sub: (user && subjectOf(user)) ?? me?.sub });
      const same = this.state.visitor?.id === session.visitor.id;
      this.#cursor = session.cursor;
      this.#tries = 0;
      this.set({
        phase: "ready",
        visitor: session.visitor,
        conversation: session.conversation,
        messages: rejoin(same ? this.state.messages : [], session.messages),
        more: session.more ?? session.messages.length >= PAGE,
        unread: session.unread,
      });
      this.#line.stop();
      // All of it has just come.
      this.#broken = false;
      this.#line.start();
      void this.#pump();
    } catch (error) {
      if (life !== this.#life) return;
      const refused = error instanceof Refused ? error : new Refused(0);
      if (refused.status === 401 && user) {
        this.#user = null;
        this.#options.onToken();
      } else if (refused.status === 401 && me) device.remove("me");
      else {
        if (this.state.phase !== "ready") this.set({ phase: "failed" });
        if (refused.passing) this.#later(refused.wait);
        return;
      }
      await this.#session();
    }
  }

  /** Tries again, a little later each time. */
  #later(wait: number) {
    clearTimeout(this.#timer);
    const own = Math.min(SLOWEST, 1_000 * 2 ** this.#tries++) * (0.75 + Math.random() / 2);
    this.#timer = setTimeout(() => this.#tabs.leading && this.#go(), Math.max(wait, own));
  }

  #go() {
    if (this.state.phase === "ready") void this.#pump();
    else void this.#begin();
  }

  /** Sends what is under way, one after the other. */
  async #pump() {
    if (this.#pumping || !this.#tabs.leading || this.state.phase !== "ready") return;
    this.#pumping = true;
    const life = this.#life;
    let item = this.outbox.next();
    let renew = false;
    while (item && !renew) {
      const { id, text, choice, media } = item;
      const body = { id, ...(choice ? { choice } : media ? { media_id: media.id } : { text }) };
      try {
        const message = await this.#options.api.call<Message>("POST", "messages", body);
        if (life !== this.#life) break;
        this.#tries = 0;
        this.set({ messages: merge(this.state.messages, [{ ...message, client_id: id }]) });
        this.outbox.remove(id);
      } catch (error) {
        if (life !== this.#life) break;
        const refused = error instanceof Refused ? error : new Refused(0);
        // A token that has run out is renewed; one that stays refused is like a server in trouble.
        if (refused.status === 401 && this.#tries === 0) renew = true;
        else if (refused.passing || refused.status === 401) {
          this.#later(refused.wait);
          break;
        } else this.outbox.put({ ...item, failed: "refused" });
        if (renew) this.#tries++;
      }
      item = this.outbox.next();
    }
    this.#pumping = false;
    if (renew) {
      const tries = this.#tries;
      await this.#begin();
      this.#tries = tries;
    }
  }

  async #older() {
    const [first] = this.state.messages;
    if (!first || !this.state.more || this.#paging) return;
    this.#paging = true;
    const life = this.#life;
    try {
      const page = await this.#messages(`before=${first.seq}&`);
      if (life === this.#life) this.set({ messages: merge(this.state.messages, page.items), more: page.more });
    } catch {
      // The button is still there.
    }
    this.#paging = false;
  }

  async #refresh() {
    const life = this.#life;
    try {
      const { items, more } = await this.#messages("");
      if (life !== this.#life) return;
      const messages = rejoin(this.state.messages, items);
      this.#count(items);
      this.set({ messages, ...(messages.length === items.length && { more }) });
    } catch (error) {
      if (error instanceof Refused && error.status === 401 && life === this.#life) void this.#begin();
    }
  }

  #messages(before: string) {
    const path = `messages?${before}limit=${PAGE}`;
    return this.#options.api.call<{ items: Message[]; more: boolean }>("GET", path);
  }

  #frame(frame: Frame) {
    if (typeof frame.cursor === "string") this.#cursor = frame.cursor;
    switch (frame.type) {
      case "ready":
        // After a break, what was there may have changed as well: receipts, edits.
        if (this.#broken && this.state.messages.length > 0) void this.#refresh();
        this.#broken = false;
        break;
      case "message":
      case "message.updated": {
        const message = frame.message as Message;
        // Where to go on after a break, if that is told in the messages' own numbers.
        if (Number(this.#cursor) < message.seq) this.#cursor = String(message.seq);
        this.#count([message]);
        this.#line.send({ type: "delivered", seq: message.seq });
        const over = message.from === "agent" && { typing: null };
        this.set({ messages: merge(this.state.messages, [message]), ...over });
        break;
      }
      case "conversation":
        this.set({ conversation: frame.conversation as Conversation });
        break;
      case "read":
        this.set({ messages: readUpTo(this.state.messages, Number(frame.seq)) });
        break;
      case "typing":
        clearTimeout(this.#typing);
        this.#typing = setTimeout(() => this.set({ typing: null }), TYPING);
        this.set({ typing: frame.on ? ((frame.agent as Agent | null) ?? { name: "", photo_url: null }) : null });
        break;
      case "expired":
        void this.#begin();
        break;
      case "reload":
        void this.#refresh();
    }
  }

  /** What agents wrote and nobody has seen; a message that comes twice counts once. */
  #count(incoming: readonly Message[]) {
    const last = this.state.messages.at(-1)?.seq ?? 0;
    const known = new Set(this.state.messages.map(({ id }) => id));
    const fresh = incoming.filter(({ id, from, seq }) => from === "agent" && seq > last && !known.has(id));
    if (fresh.length > 0) this.set({ unread: this.state.unread + fresh.length });
  }

  #seen() {
    const seq = this.state.messages.at(-1)?.seq ?? 0;
    if (this.state.unread === 0 && seq <= this.#read) return;
    this.#read = seq;
    this.set({ unread: 0 });
    if (!this.#line.send({ type: "read", seq })) this.#options.api.call("POST", "read", { seq }).catch(() => {});
  }

  /** Tells this tab what is new. The first load is not news. */
  #tell(messages: readonly Message[]) {
    const heard = this.#heard;
    this.#heard = Math.max(heard ?? 0, messages.at(-1)?.seq ?? 0);
    if (heard === null) return;
    const fresh = messages.filter(({ seq, from }) => seq > heard && from === "agent");
    if (fresh.length > 0) this.#options.onMessages(fresh);
  }

  async #identify(userToken: string) {
    const sub = subjectOf(userToken);
    const me = this.#options.device.get<Me>("me");
    this.#user = userToken;
    if (me?.sub && me.sub === sub && this.state.phase === "ready") return;
    // Somebody else has signed in on this device.
    if (me?.sub && me.sub !== sub) await this.#wipe();
    this.#user = userToken;
    this.#wanted = true;
    await this.#beginning;
    await this.#begin();
  }

  async #wipe() {
    const { api, device } = this.#options;
    const token = api.token();
    this.#life++;
    this.#wanted = false;
    this.#pumping = false;
    this.#cursor = null;
    this.#read = 0;
    this.#beginning = undefined;
    clearTimeout(this.#timer);
    this.#line.stop();
    this.outbox.clear();
    device.clear();
    this.set(NOTHING);
    // The server is told as well; should that fail, the token runs out by itself, and nobody has it any more.
    if (token) await api.call("DELETE", "session", undefined, token).catch(() => {});
  }
}

/** The page the visitor is on, if the company wants to know. What stands after the path may be secret and stays here. */
function place(collect: Config["collect"]): { url: string; title: string } | null {
  if (collect?.page === false) return null;
  return { url: location.origin + location.pathname, title: document.title.slice(0, 200) };
}

/** Where the visitor is and came from, as far as the company wants to know. */
function about(collect: Config["collect"]): object {
  const { referrer = true, time_zone = true } = collect ?? {};
  const parts = {
    ...place(collect),
    ...(referrer && document.referrer && { referrer: document.referrer.split(/[?#]/)[0] }),
  };
  return {
    ...(Object.keys(parts).length > 0 && { page: parts }),
    ...(time_zone && { time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone }),
  };
}
