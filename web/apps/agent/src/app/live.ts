import { body, type HeldMessage, type LiveEvent, type Me, type Message } from "@max/api";
import { toast } from "@max/ui";
import { Outbox } from "../features/composer/outbox";
import { LiveCache } from "../live/cache";
import { tellEvent, tellSignal } from "../live/hear";
import type { News } from "../live/notify";
import { LiveSocket } from "../live/socket";
import { s } from "../strings";
import { api, beginning, queryClient, session, untilSignedOut, useLink, useSignIns } from "./services";
import { refusalText } from "./words";

/** Everything that runs while somebody is signed in. */
export class Live {
  readonly cache: LiveCache;
  readonly outbox: Outbox;
  readonly socket: LiveSocket;
  readonly #stop: (() => void)[] = [];

  /** `cursor`: where the first read stood, to go on from. */
  constructor(
    readonly me: Me,
    cursor: string | null,
  ) {
    this.cache = new LiveCache(queryClient, me);
    this.outbox = new Outbox({
      key: `max.outbox.${me.id}`,
      storage: sessionStore(),
      send: async (id, message) =>
        body<Message | HeldMessage>(
          await api.POST("/api/v1/conversations/{id}/messages", { params: { path: { id } }, body: message }),
        ),
      onSent: (message) => (message.seq === null ? this.cache.putHeld(message) : this.cache.putMessage(message)),
      onUndone: (pending, message) =>
        void import("../features/composer/held").then((held) => held.undone(pending, message)),
      onRefused: (pending) => {
        // In the open conversation the bubble itself says so.
        if (pending.refusal && !location.pathname.endsWith(pending.conversationId)) {
          toast(refusalText(pending.refusal, true), "bad");
        }
      },
    });
    this.socket = new LiveSocket({
      url: `${location.origin.replace(/^http/, "ws")}/api/v1/events`,
      token: (refused) => (refused ? session.renew(refused) : session.token()),
      onEvent: (event) => {
        switch (event.kind) {
          case "message.created":
          case "message.held":
            this.outbox.settle(event.data.message);
            break;
          case "me.changed":
            void import("./me").then(({ refreshMe }) => refreshMe());
            break;
          case "feedback.created":
            void import("../features/notes/feedback-live").then(({ heardFeedback }) =>
              current === this ? heardFeedback(event.data.feedback) : undefined,
            );
            break;
          case "session.started":
            useSignIns.setState(({ seen }) => ({ seen: [...seen, event.data] }));
            break;
        }
        this.#tell(event);
        this.cache.apply(event);
        tellEvent(event);
      },
      onSignal: tellSignal,
      onResync: () => void queryClient.invalidateQueries(),
      onState: (link) => {
        useLink.setState(link === "live" ? { link, online: true } : { link });
        if (link === "live") this.outbox.flush();
      },
    });
    this.cache.onTaken = (id, name) => {
      if (location.pathname.endsWith(id)) toast(s.thread.taken(name), "bad");
    };
    this.#watch();
    // Who is there is said once the first list is on the screen.
    const soon = setTimeout(() => {
      const come = (): Promise<unknown> =>
        import("../live/here")
          .then(({ beHere }) => current === this && this.until(beHere()))
          // Without a line: once there is one.
          .catch(() => current === this && setTimeout(() => void come(), 10_000));
      void come();
    }, 1_500);
    this.#stop.push(() => clearTimeout(soon));
    this.socket.start(cursor);
    this.outbox.flush();
  }

  /** Has something end with this. */
  until(stop: () => void): void {
    this.#stop.push(stop);
  }

  close(): void {
    for (const stop of this.#stop) stop();
    this.socket.stop();
    this.outbox.close();
    this.cache.close();
  }

  /** Notices about the reader's own conversations, for when they look elsewhere. */
  #tell(event: LiveEvent): void {
    if (event.kind === "message.updated") {
      const { message } = event.data;
      // What was to go later and could not: in the open conversation the bubble says so.
      if (message.seq === null && message.error && !location.pathname.endsWith(message.conversation_id)) {
        const name = this.cache.contact(message.conversation_id) ?? s.thread.customer;
        toast(s.refused.held(name, message.error.message), "bad");
      }
    }
    if (event.kind !== "message.created" && event.kind !== "conversation.updated") return;
    const { conversation } = event.data;
    if (session.state.status !== "in" || conversation.assignee?.id !== this.me.id) return;
    const { user } = session.state;
    const before = this.cache.assignee(conversation.id);
    const news: News | null =
      event.kind === "message.created"
        ? event.data.message.direction === "in"
          ? { what: "reply", conversation, text: event.data.message.preview }
          : null
        : before !== undefined && before !== this.me.id
          ? { what: "assigned", conversation }
          : null;
    if (news) void import("../live/notify").then(({ notify }) => notify(user, news));
  }

  #watch(): void {
    const on = (target: EventTarget, name: string, listener: () => void) => {
      target.addEventListener(name, listener);
      this.#stop.push(() => target.removeEventListener(name, listener));
    };
    on(window, "online", () => {
      useLink.setState({ online: true });
      this.socket.nudge();
      this.outbox.flush();
    });
    on(window, "offline", () => {
      useLink.setState({ online: false });
      this.socket.cut();
    });
    on(document, "visibilitychange", () => {
      if (document.visibilityState === "visible") this.socket.nudge();
    });
    this.#stop.push(
      session.subscribe(() => {
        if (session.held) this.socket.renewed(session.held);
        if (session.state.status === "in") this.cache.me = session.state.user;
      }),
    );
  }
}

function sessionStore(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

let current: Live | null = null;

/** What runs now; begins with the first who asks. Only inside the signed-in part of the app. */
export function live(): Live {
  const { me, cursor } = beginning();
  if (current?.me.id !== me.id) {
    current?.close();
    current = new Live(me, cursor);
    untilSignedOut(() => {
      current?.close();
      current = null;
    });
  }
  return current as Live;
}
