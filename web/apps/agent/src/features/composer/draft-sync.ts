import { ApiError, type Events, type SavedDraft } from "@max/api";
import { draftOf, type Kind, putDraft, useDrafts, watchDrafts } from "./drafts";
import type { Pending } from "./pending";

type Changed = Events["draft.changed"];

/** Outside things, replaceable in tests. */
export interface SyncOptions {
  save: (
    conversationId: string,
    draft: { kind: Kind; text: string; reply_to?: string; seq: number; origin: string },
  ) => Promise<unknown>;
  load: (conversationId: string) => Promise<{ reply?: SavedDraft | null; note?: SavedDraft | null }>;
  /** What is quoted by this id, where it is known here. */
  quote: (conversationId: string, messageId: string) => Pending["quote"];
  /** This screen, so that it knows its own echo. */
  origin: string;
}

/** A pause in typing this long is a reason to save. */
const PAUSE = 700;
/** Without a pause the server hears at least this often. */
const LONGEST = 4_000;
/** After a failure. */
const AGAIN = 5_000;

interface Slot {
  timer: ReturnType<typeof setTimeout> | undefined;
  /** Since when something waits to be saved. */
  since: number;
  busy: boolean;
  /** Counts changes made here, to see whether one came meanwhile. */
  version: number;
}

/**
 * Keeps drafts on the server. What is written here counts first: the server's copy replaces it only where nothing is unsaved, so that
 * no word is lost to a slow answer or to another screen.
 */
export class DraftSync {
  readonly #options: SyncOptions;
  readonly #slots = new Map<string, Slot>();
  #seq = 0;
  #closed = false;

  constructor(options: SyncOptions) {
    this.#options = options;
    watchDrafts((id, kind) => this.#changed(id, kind));
    for (const [id, draft] of Object.entries(useDrafts.getState().drafts)) {
      for (const kind of kinds(draft.unsaved)) this.#changed(id, kind);
    }
  }

  /** What the reader has begun to write elsewhere, for the rows of conversations that are not open. */
  begun(marks: readonly { conversation_id: string; kind: Kind; preview: string }[]): void {
    const { drafts } = useDrafts.getState();
    const replies = marks.filter((mark) => mark.kind === "reply" && !drafts[mark.conversation_id]);
    useDrafts.setState({ begun: Object.fromEntries(replies.map((mark) => [mark.conversation_id, mark.preview])) });
  }

  /** Asks what other screens have left in a conversation. */
  async load(id: string): Promise<void> {
    const before = { reply: this.#slot(id, "reply").version, note: this.#slot(id, "note").version };
    const saved = await this.#options.load(id);
    for (const kind of ["reply", "note"] as const) {
      if (this.#slot(id, kind).version === before[kind])
        this.#take(id, kind, saved[kind]?.text ?? "", saved[kind]?.reply_to);
    }
  }

  /** Another screen of the reader has written. */
  hear(change: Changed): void {
    if (change.origin === this.#options.origin) return;
    this.#take(change.conversation_id, change.kind, change.text, change.reply_to);
  }

  /** Saves now what waits: all, or that of one conversation. */
  flush(id?: string): void {
    for (const [key, slot] of this.#slots) {
      const [conversation = "", kind] = key.split(" ");
      if (slot.timer === undefined || (id !== undefined && conversation !== id)) continue;
      void this.#save(conversation, kind as Kind);
    }
  }

  close(): void {
    this.#closed = true;
    watchDrafts(() => {});
    for (const slot of this.#slots.values()) clearTimeout(slot.timer);
  }

  #take(id: string, kind: Kind, text: string, replyTo: string | null | undefined) {
    const here = draftOf(id);
    if (here.unsaved[kind]) return;
    if (kind === "reply" && useDrafts.getState().begun[id] !== undefined) putDraft(id, {});
    const quote = kind === "reply" ? { quote: replyTo ? (this.#options.quote(id, replyTo) ?? null) : null } : {};
    if (here[kind] === text && (kind === "note" || here.quote?.id === quote.quote?.id)) return;
    putDraft(id, { [kind]: text, ...quote });
  }

  #changed(id: string, kind: Kind) {
    const slot = this.#slot(id, kind);
    slot.version += 1;
    const now = Date.now();
    if (slot.timer === undefined) slot.since = now;
    clearTimeout(slot.timer);
    // What was emptied, by sending it, is not kept waiting.
    const wait = draftOf(id)[kind] === "" ? 0 : Math.max(0, Math.min(PAUSE, slot.since + LONGEST - now));
    slot.timer = setTimeout(() => void this.#save(id, kind), wait);
  }

  async #save(id: string, kind: Kind): Promise<void> {
    const slot = this.#slot(id, kind);
    clearTimeout(slot.timer);
    slot.timer = undefined;
    if (this.#closed) return;
    // One at a time, or an older text could arrive last.
    if (slot.busy) {
      slot.timer = setTimeout(() => void this.#save(id, kind), PAUSE);
      return;
    }
    slot.busy = true;
    const { version } = slot;
    const draft = draftOf(id);
    this.#seq += 1;
    try {
      await this.#options.save(id, {
        kind,
        text: draft[kind],
        ...(kind === "reply" && draft.quote ? { reply_to: draft.quote.id } : {}),
        seq: this.#seq,
        origin: this.#options.origin,
      });
      this.#saved(id, kind, version);
    } catch (error) {
      // Refused for good, as in a conversation that is out of reach by now: it stays on this device.
      if (error instanceof ApiError && !error.transient && error.status !== 401) this.#saved(id, kind, version);
      else if (slot.timer === undefined) slot.timer = setTimeout(() => void this.#save(id, kind), AGAIN);
    } finally {
      slot.busy = false;
    }
  }

  #saved(id: string, kind: Kind, version: number) {
    if (this.#closed || this.#slot(id, kind).version !== version) return;
    const { [kind]: _, ...unsaved } = draftOf(id).unsaved;
    putDraft(id, { unsaved });
  }

  #slot(id: string, kind: Kind): Slot {
    const key = `${id} ${kind}`;
    let slot = this.#slots.get(key);
    if (!slot) {
      slot = { timer: undefined, since: 0, busy: false, version: 0 };
      this.#slots.set(key, slot);
    }
    return slot;
  }
}

const kinds = (unsaved: object) => Object.keys(unsaved) as Kind[];
