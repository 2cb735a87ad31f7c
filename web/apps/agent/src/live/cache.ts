import type {
  Conversation,
  HeldMessage,
  LiveEvent,
  Message,
  Page,
  SharedConversation,
  TimelineEntry,
  User,
} from "@max/api";
import type { InfiniteData, Query, QueryClient } from "@tanstack/react-query";
import { waits } from "./belongs";
import { CountsKeeper } from "./counts";
import { keys } from "./keys";
import { dropConversation, mapRows, mergeConversation, putConversation, putMessage } from "./merge";
import { type Pages, rows } from "./pages";
import type { Filter, Scope } from "./views";

type List = InfiniteData<Page<Conversation>>;
type Thread = InfiniteData<Page<Message>>;

/** When it leaves; what waits for the customer stands last. */
const due = (message: HeldMessage) =>
  message.waits_for ? Number.MAX_SAFE_INTEGER : Date.parse(message.release_at ?? message.created_at);

/** Reads besides those of conversations that events keep right. */
const FOLLOWED = new Set(["messages", "held", "timeline", "views", "admin"]);

/** Events kept for reads that were under way when they came. */
const KEPT = 500;

/**
 * Keeps the query cache in step with events.
 *
 * A read that is under way while events arrive may or may not contain them, so those events are applied again to what it brings;
 * every change here gives the same result when repeated.
 */
export class LiveCache {
  /** How many inbound messages the reader has seen, per conversation. Grows, unless the reader marks it unread. */
  readonly #read = new Map<string, number>();
  readonly #log: LiveEvent[] = [];
  #count = 0;
  readonly #started = new Map<string, number>();
  readonly #asked = new Set<string>();
  readonly #client: QueryClient;
  readonly #counts: CountsKeeper;
  #me: User;
  readonly #unwatch: () => void;
  /** Called when somebody else takes a conversation. */
  onTaken: (id: string, name: string) => void = () => {};
  /** Takes the events about what only some screens load; those name their reads `admin`. */
  onOther: (event: LiveEvent) => void = () => {};

  constructor(client: QueryClient, me: User) {
    this.#client = client;
    this.#me = me;
    this.#counts = new CountsKeeper(client, me);
    this.#unwatch = client.getQueryCache().subscribe((event) => {
      if (event.type === "removed") this.#started.delete(event.query.queryHash);
      if (event.type !== "updated") return;
      if (event.action.type === "fetch") this.#started.set(event.query.queryHash, this.#count);
      if (event.action.type === "success" && !event.action.manual) this.#loaded(event.query);
    });
    // The first reads were begun before this was here.
    for (const query of client.getQueryCache().getAll()) {
      if (query.state.fetchStatus === "fetching") this.#started.set(query.queryHash, 0);
      if (query.state.status === "success") this.#learnFrom(query);
    }
  }

  /** Who reads: their role and teams decide what belongs into which list. */
  set me(me: User) {
    this.#me = me;
    this.#counts.me = me;
  }

  /** Stops watching the query cache. */
  close(): void {
    this.#unwatch();
    this.#counts.close();
  }

  /** Takes in one event from the socket. */
  apply(event: LiveEvent): void {
    this.#log.push(event);
    this.#count += 1;
    if (this.#log.length > KEPT) this.#log.shift();
    this.#patch(event);
  }

  /** Puts a message the server answered with into its thread. `retry`: it may go back from failed to queued. */
  putMessage(message: Message, retry = false): void {
    this.#client.setQueryData<Thread>(keys.messages(message.conversation_id), (data) =>
      data ? (putMessage(data, message, retry) as Thread) : data,
    );
  }

  /** Puts a message that waits, or could not go, among those of its conversation. */
  putHeld(message: HeldMessage): void {
    this.#held(message.conversation_id, message.id, message);
  }

  /** A message does not wait any more. */
  dropHeld(conversationId: string, id: string): void {
    this.#held(conversationId, id, null);
  }

  #held(conversationId: string, id: string, message: HeldMessage | null): void {
    this.#client.setQueryData<HeldMessage[]>(keys.held(conversationId), (all) => {
      if (!all || (!message && !all.some((m) => m.id === id))) return all;
      const others = all.filter((m) => m.id !== id);
      return message ? [...others, message].sort((a, b) => due(a) - due(b)) : others;
    });
  }

  /** Who a conversation belonged to as far as is known: a person, nobody (null), or not known at all. */
  assignee(id: string): string | null | undefined {
    const known = this.#find(id);
    // All of the reader's own are loaded, unless there are more pages: then one that is not there was not theirs.
    if (!known) return this.#mineIsWhole() ? null : undefined;
    return known.assignee?.id ?? null;
  }

  /** Who a conversation is with, where that is known. */
  contact(id: string): string | undefined {
    return this.#find(id)?.contact.name;
  }

  /** Takes in a conversation the server answered with. `unread`: the reader has marked it so. */
  putConversation(conversation: Conversation, unread = false): void {
    if (unread) this.#read.delete(conversation.id);
    this.#learn(conversation);
    this.#place(conversation);
  }

  /** The numbers beside the lists have to be asked for again. */
  recount(): void {
    this.#counts.again();
  }

  /** A conversation as it is known here. */
  conversation(id: string): Conversation | undefined {
    return this.#find(id);
  }

  /** Shows a change before the server has confirmed it. Returns what shows the conversation as it was. */
  guess(id: string, change: Partial<Conversation>): () => void {
    const before = this.#find(id);
    if (!before) return () => {};
    this.#place({ ...before, ...change });
    return () => this.#place(before);
  }

  /** The reader has seen everything up to `inbound` messages. */
  markRead(id: string, inbound: number): void {
    if ((this.#read.get(id) ?? -1) < inbound) this.#readTo(id, inbound);
  }

  /** The reader's mark as an event says it: forward, or back where they marked it unread. */
  #readTo(id: string, inbound: number): void {
    const before = this.#find(id);
    // Reading a note that names them moves no count, and takes the mention away.
    if (this.#read.get(id) === inbound && !before?.mentioned) return;
    this.#read.set(id, inbound);
    this.#everyConversation(id, (c) => {
      const unread = Math.max(0, c.inbound_count - inbound);
      const mentioned = c.mentioned && unread > 0;
      return unread === c.unread && mentioned === c.mentioned ? c : { ...c, unread, mentioned };
    });
    const now = this.#find(id);
    if (now) this.#counts.saw(now, before);
  }

  /** The reader may no longer see it. */
  drop(id: string): void {
    for (const [key] of this.#lists()) {
      this.#client.setQueryData<List>(key, (data) => (data ? (dropConversation(data, id) as List) : data));
    }
  }

  #patch(event: LiveEvent): void {
    switch (event.kind) {
      case "message.created":
        this.#client.setQueryData<Thread>(keys.messages(event.data.message.conversation_id), (data) =>
          data ? (putMessage(data, event.data.message) as Thread) : data,
        );
        this.dropHeld(event.data.message.conversation_id, event.data.message.id);
        this.#news(event.data.conversation, event);
        break;
      case "message.held":
      case "message.updated": {
        const { message } = event.data;
        // One that waits has no place in the thread yet.
        if (message.seq === null) this.putHeld(message);
        else this.putMessage(message, true);
        break;
      }
      case "conversation.flood": {
        const { conversation_id: id, folded_count } = event.data;
        this.#everyConversation(id, (c) => (c.folded_count === folded_count ? c : { ...c, folded_count }));
        this.#asks(id);
        break;
      }
      case "channel.paused": {
        const { channel_id, paused } = event.data;
        const put = (c: Conversation) =>
          c.channel.id === channel_id ? { ...c, channel: { ...c.channel, paused } } : c;
        for (const [key] of this.#lists()) {
          this.#client.setQueryData<List>(key, (data) =>
            data ? { ...data, pages: data.pages.map((page) => ({ ...page, items: page.items.map(put) })) } : data,
          );
        }
        this.#client.setQueriesData<Conversation>({ queryKey: keys.eachConversation }, (data) => data && put(data));
        break;
      }
      case "message.deleted":
        this.dropHeld(event.data.conversation_id, event.data.id);
        break;
      case "conversation.updated":
        this.#news(event.data.conversation, event);
        break;
      case "conversation.mentioned":
        // Who was mentioned is the reader's own: the conversation itself says so to them.
        if (event.data.preview != null) this.#ask(event.data.conversation_id);
        break;
      case "timeline.added": {
        const { conversation_id, entry } = event.data;
        this.#client.setQueryData<TimelineEntry[]>(keys.timeline(conversation_id), (entries) =>
          entries && !entries.some((e) => e.id === entry.id) ? [...entries, entry] : entries,
        );
        break;
      }
      case "conversation.taken": {
        const { id, assignee, state } = event.data;
        const known = this.#find(id);
        // It waits on, or somebody has it of whom this team is not told: it is another team's by now. Who sees that one is told so next.
        if (known && !assignee && (waits({ state }) || state === "assigned")) this.#leave(known, event);
        else if (known) this.#place({ ...known, assignee, state }, event);
        else this.#counts.left(event.data);
        if (assignee?.id !== this.#me.id) {
          // Agents see what others have only where they took part; the server knows.
          if (known && this.#me.role === "agent") this.#ask(id);
          if (assignee) this.onTaken(id, assignee.name);
        }
        break;
      }
      case "conversation.read":
        this.#readTo(event.data.conversation_id, event.data.inbound_count);
        break;
      default:
        this.onOther(event);
    }
  }

  #news(conversation: SharedConversation, event: LiveEvent): void {
    this.#place(conversation, event);
    if (!this.#read.has(conversation.id) && this.#find(conversation.id)) this.#ask(conversation.id);
  }

  /** Out of the queue of the team it was in, and of every list that it may not be in any more. */
  #leave(known: Conversation, event: LiveEvent): void {
    this.drop(known.id);
    this.#counts.saw({ ...known, team: null }, known, event);
  }

  #place(conversation: SharedConversation, event?: LiveEvent): void {
    const before = this.#find(conversation.id);
    const read = this.#read.get(conversation.id);
    for (const [key, scope] of this.#lists()) {
      this.#client.setQueryData<List>(key, (data) =>
        data ? (putConversation(data, conversation, scope, this.#me, read) as List) : data,
      );
    }
    this.#client.setQueryData<Conversation>(keys.conversation(conversation.id), (data) =>
      data ? mergeConversation(data, conversation, read) : data,
    );
    this.#counts.saw(this.#find(conversation.id) ?? conversation, before, event);
  }

  /** What a flood brought is in no event: an open thread asks for it. At once a second at most, as the events come. */
  #asks(id: string): void {
    void this.#client.invalidateQueries({ queryKey: keys.messages(id), refetchType: "active" });
  }

  /** Events do not say how much this reader has seen; for a conversation met the first time the server is asked once. */
  #ask(id: string): void {
    if (this.#asked.has(id)) return;
    this.#asked.add(id);
    void this.#client
      .fetchQuery({ queryKey: keys.conversation(id), staleTime: 0 })
      .catch(() => {})
      .finally(() => this.#asked.delete(id));
  }

  #find(id: string): Conversation | undefined {
    const open = this.#client.getQueryData<Conversation>(keys.conversation(id));
    if (open) return open;
    for (const [key] of this.#lists()) {
      const row = rows(this.#client.getQueryData<List>(key)).find((c) => c.id === id);
      if (row) return row;
    }
    return undefined;
  }

  #mineIsWhole(): boolean {
    const pages = this.#client.getQueryData<List>(keys.list({ view: "mine", teamId: null }))?.pages;
    return pages?.at(-1)?.next_cursor === null;
  }

  #everyConversation(id: string, change: (conversation: Conversation) => Conversation): void {
    for (const [key] of this.#lists()) {
      this.#client.setQueryData<List>(key, (data) => (data ? (mapRows(data, id, change) as List) : data));
    }
    this.#client.setQueryData<Conversation>(keys.conversation(id), (data) => (data ? change(data) : data));
  }

  #lists(): [readonly unknown[], Scope][] {
    return this.#client
      .getQueryCache()
      .findAll({ queryKey: keys.lists })
      .map(({ queryKey: [, view, teamId, filter], queryKey }) => [
        queryKey,
        { view, teamId, ...(filter ? { filter: filter as Filter } : {}) } as Scope,
      ]);
  }

  #learn(conversation: Conversation): void {
    const read = conversation.inbound_count - conversation.unread;
    this.#read.set(conversation.id, Math.max(this.#read.get(conversation.id) ?? 0, read));
  }

  #learnFrom({ queryKey: [name], state: { data } }: Query): void {
    if (name === "conversations") for (const row of rows(data as Pages<Conversation>)) this.#learn(row);
    if (name === "conversation") this.#learn(data as Conversation);
  }

  /** A read has come in: learn what is unread from it and apply what happened meanwhile. */
  #loaded(query: Query): void {
    const [name] = query.queryKey;
    this.#learnFrom(query);
    if (name === "conversation") {
      const conversation = query.state.data as Conversation;
      // Rows that were shown on a guess get their count.
      queueMicrotask(() => this.#place(conversation));
    } else if (name !== "conversations" && !FOLLOWED.has(name as string)) return;
    const from = this.#started.get(query.queryHash) ?? this.#count;
    const missed = this.#count - from;
    if (missed === 0) return;
    const events = this.#log.slice(-missed);
    // After the query has told its observers, or the change would be lost in the same notification.
    queueMicrotask(() => {
      for (const event of events) this.#patch(event);
      if (missed > KEPT) void this.#client.invalidateQueries({ queryKey: query.queryKey });
    });
  }
}
