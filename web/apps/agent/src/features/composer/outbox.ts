import { ApiError, type HeldMessage, type MediaView, type Message, NetworkError, type NewMessage } from "@max/api";
import { NONE, type Pending, type Refusal, type SendOptions, type Store, useOutbox, waits } from "./pending";

/** Outside things the outbox needs, replaceable in tests. */
export interface OutboxOptions {
  send: (conversationId: string, message: NewMessage) => Promise<Message | HeldMessage>;
  /** The server has it. */
  onSent: (message: Message | HeldMessage) => void;
  /** Its writer does not want it any more, and this is what the server made of it: null when it was refused. */
  onUndone: (pending: Pending, message: Message | HeldMessage | null) => void;
  onRefused: (pending: Pending) => void;
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> | null;
  /** Where it is kept; one per user. */
  key: string;
  newId?: () => string;
  now?: () => number;
}

const MAX_TRIES = 5;
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;

/**
 * Sends messages in order, one at a time per conversation, and keeps them over a reload of the page until the server has them.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #busy = new Set<string>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #failures = 0;
  #closed = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    useOutbox.setState({ items: this.#restore() });
  }

  /** Takes a message and sends it as soon as its turn comes. */
  add(
    conversationId: string,
    kind: Pending["kind"],
    text: string,
    quote: Pending["quote"],
    options: SendOptions = {},
    media: readonly MediaView[] = [],
  ): Pending {
    const pending: Pending = {
      clientId: (this.#options.newId ?? (() => crypto.randomUUID()))(),
      conversationId,
      kind,
      text,
      quote,
      createdAt: (this.#options.now ?? Date.now)(),
      state: "queued",
      refusal: null,
      tries: 0,
      options,
      ...(media.length > 0 ? { media } : {}),
    };
    this.#set(conversationId, (list) => [...list, pending]);
    void this.#work(conversationId);
    return pending;
  }

  /** Sends a refused message again; one that was written past something new goes with that as seen. */
  retry(pending: Pending): void {
    const { seq } = pending.refusal ?? {};
    const options = seq === undefined ? pending.options : { ...pending.options, seen: seq };
    this.#change(pending, { state: "queued", refusal: null, tries: 0, options });
    void this.#work(pending.conversationId);
  }

  /**
   * Takes a message back. `true`: it never left and is gone. `false`: the server may have it, so it is asked for first, and
   * `onUndone` tells when it is known.
   */
  undo(pending: Pending): boolean {
    const now = current(pending);
    if (!now) return false;
    if (now.tried) this.#change(now, { undone: true });
    else this.remove(now);
    return !now.tried;
  }

  /** Takes a message out, for example to edit it. */
  remove(pending: Pending): void {
    this.#set(pending.conversationId, (list) => list.filter((p) => p.clientId !== pending.clientId));
  }

  /** A message has arrived from the server by whatever way; if it is ours, it is no longer pending. */
  settle(message: Message | HeldMessage): void {
    if (!message.client_id) return;
    this.#set(message.conversation_id, (list) =>
      // What its writer wants back stays until the answer to its sending says which message it is.
      list.some((p) => p.clientId === message.client_id && !p.undone)
        ? list.filter((p) => p.clientId !== message.client_id)
        : list,
    );
  }

  /** The line is back: send what waits, now. */
  flush(): void {
    this.#failures = 0;
    for (const id of Object.keys(useOutbox.getState().items)) void this.#work(id);
  }

  /** Stops sending. What waits stays in storage for the next visit. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    useOutbox.setState({ items: {} });
  }

  async #work(id: string): Promise<void> {
    if (this.#busy.has(id) || this.#closed) return;
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.#busy.add(id);
    try {
      for (let next = this.#next(id); next && !this.#closed; next = this.#next(id)) {
        if (!(await this.#try(next))) return;
      }
    } finally {
      this.#busy.delete(id);
    }
  }

  /** Whether to go on with the next one. */
  async #try(pending: Pending): Promise<boolean> {
    this.#change(pending, { state: "sending", tried: true });
    const { hold, sendAt, thenClose, seen } = pending.options;
    try {
      const message = await this.#options.send(pending.conversationId, {
        client_id: pending.clientId,
        kind: pending.kind,
        ...(pending.text || !pending.media ? { text: pending.text } : {}),
        ...(pending.media ? { media_ids: pending.media.map(({ id }) => id) } : {}),
        ...(pending.quote ? { reply_to: pending.quote.id } : {}),
        ...(seen === undefined ? {} : { seen_seq: seen }),
        ...(sendAt ? { send_at: sendAt } : hold ? { hold_seconds: hold } : {}),
        ...(thenClose ? { then_close: thenClose } : {}),
      });
      if (this.#closed) return false;
      this.#failures = 0;
      const now = current(pending);
      if (now?.undone) {
        this.#options.onUndone(now, message);
        return true;
      }
      // First into the thread, then out of here: the bubble stays on screen throughout.
      this.#options.onSent(message);
      this.remove(pending);
      return true;
    } catch (error) {
      if (this.#closed) return false;
      return this.#failed(pending, error);
    }
  }

  #failed(pending: Pending, error: unknown): boolean {
    const tries = pending.tries + 1;
    if (error instanceof NetworkError || (error instanceof ApiError && error.status === 401)) {
      this.#change(pending, { state: "waiting" });
      this.#later(pending.conversationId, null);
      return false;
    }
    if (error instanceof ApiError && error.transient && tries < MAX_TRIES) {
      this.#change(pending, { state: "waiting", tries });
      this.#later(pending.conversationId, error.retryAfter);
      return false;
    }
    const now = current(pending);
    if (now?.undone) {
      this.#options.onUndone(now, null);
      return true;
    }
    const refused: Pending = { ...pending, state: "refused", refusal: refusal(error) };
    this.#change(pending, refused);
    this.#options.onRefused(refused);
    return true;
  }

  #later(id: string, seconds: number | null) {
    const wait = seconds !== null ? seconds * 1_000 : Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 10);
    clearTimeout(this.#timers.get(id));
    this.#timers.set(
      id,
      setTimeout(() => void this.#work(id), wait),
    );
  }

  #next(id: string): Pending | undefined {
    return useOutbox.getState().items[id]?.find(waits);
  }

  #change(pending: Pending, change: Partial<Pending>) {
    this.#set(pending.conversationId, (list) =>
      list.map((p) => (p.clientId === pending.clientId ? { ...p, ...change } : p)),
    );
  }

  #set(id: string, change: (list: readonly Pending[]) => readonly Pending[]) {
    const { items } = useOutbox.getState();
    const before = items[id] ?? NONE;
    const after = change(before);
    if (after === before) return;
    const { [id]: _, ...others } = items;
    const next = after.length > 0 ? { ...others, [id]: after } : others;
    useOutbox.setState({ items: next });
    this.#save(next);
  }

  #save(items: Store) {
    const { storage, key } = this.#options;
    try {
      if (Object.keys(items).length > 0) storage?.setItem(key, JSON.stringify(items));
      else storage?.removeItem(key);
    } catch {
      // Storage full or switched off: the messages still go out, they only do not outlive a reload.
    }
  }

  #restore(): Store {
    try {
      const kept = JSON.parse(this.#options.storage?.getItem(this.#options.key) ?? "{}") as Store;
      return Object.fromEntries(
        Object.entries(kept).map(([id, list]) => [
          id,
          list.map((p) => ({
            ...p,
            options: p.options ?? {},
            ...(p.state === "sending" ? { state: "queued" as const } : {}),
          })),
        ]),
      );
    } catch {
      return {};
    }
  }
}

/** A message as it stands by now. */
function current({ conversationId, clientId }: Pending): Pending | undefined {
  return useOutbox.getState().items[conversationId]?.find((p) => p.clientId === clientId);
}

function refusal(error: unknown): Refusal {
  if (!(error instanceof ApiError)) return { code: "server", detail: "", winner: null };
  if (error.code === "stale_view") {
    const said = (Array.isArray(error.extra.messages) ? error.extra.messages : []) as Message[];
    const last = said.reduce<Message | undefined>((a, b) => (a && a.seq > b.seq ? a : b), undefined);
    return {
      code: error.code,
      detail: error.detail,
      winner: last?.author.name ?? null,
      ...(last ? { seq: last.seq } : {}),
    };
  }
  const winner = error.extra.winner as { name?: unknown } | undefined;
  return {
    code: error.code,
    detail: error.fields[0]?.message ?? error.detail,
    winner: typeof winner?.name === "string" ? winner.name : null,
  };
}
