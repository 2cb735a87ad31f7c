// @vitest-environment node
import type { Conversation, Message, SharedConversation } from "@max/api";
import { describe, expect, it } from "vitest";
import { at, conversation, me, message, reply, seeded, shuffled } from "../../test/factory";
import { dropConversation, mergeConversation, mergeMessage, putConversation, putMessage } from "./merge";
import { type Pages, rows } from "./pages";
import type { Scope } from "./views";

const page = <T>(items: T[], next: string | null = null): Pages<T> => ({
  pages: [{ items, next_cursor: next }],
  pageParams: [null],
});
const MINE: Scope = { view: "mine", teamId: null };
const QUEUE: Scope = { view: "queue", teamId: null };

describe("messages", () => {
  it("end the same in any order, however often each piece of news comes", () => {
    const news: Message[] = [
      message({ seq: 1 }),
      reply({ seq: 2, status: "queued" }),
      reply({ seq: 2, status: "sent" }),
      reply({ seq: 2, status: "delivered" }),
      reply({ seq: 2, status: "read" }),
      message({ seq: 3 }),
      reply({ seq: 4, status: "queued" }),
      reply({ seq: 4, status: "sent" }),
      reply({ seq: 4, status: "failed", error: { code: "1", message: "no", detail: null } }),
      reply({ seq: 5, status: "queued" }),
    ];
    const expected = [5, 4, 3, 2, 1];
    const random = seeded(7);
    for (let run = 0; run < 300; run++) {
      const twice = shuffled([...news, ...news.filter(() => random() < 0.5)], random);
      const result = rows(twice.reduce((data, m) => putMessage(data, m), page<Message>([])));
      expect(result.map((m) => m.seq)).toEqual(expected);
      expect(result.map((m) => m.status)).toEqual(["queued", "failed", "received", "read", "received"]);
    }
  });

  it("never go back from delivered or read", () => {
    const read = reply({ seq: 1, status: "read" });
    for (const status of ["queued", "sent", "delivered", "failed", "unconfirmed"] as const) {
      expect(mergeMessage(read, reply({ seq: 1, status })).status).toBe("read");
    }
  });

  it("go back to queued only by a retry", () => {
    const failed = reply({ seq: 1, status: "failed" });
    expect(mergeMessage(failed, reply({ seq: 1, status: "queued" })).status).toBe("failed");
    expect(mergeMessage(failed, reply({ seq: 1, status: "queued" }), true).status).toBe("queued");
    const sent = reply({ seq: 1, status: "sent" });
    expect(mergeMessage(sent, reply({ seq: 1, status: "queued" }), true).status).toBe("sent");
  });

  it("leave the data as it is when there is no news", () => {
    const data = page([reply({ seq: 2, status: "read" }), message({ seq: 1 })]);
    expect(putMessage(data, reply({ seq: 2, status: "sent" }))).toBe(data);
    expect(putMessage(data, reply({ seq: 2, status: "read" }))).toBe(data);
  });

  it("older than what is loaded wait for their page", () => {
    const data = page([message({ seq: 10 })], "older");
    expect(putMessage(data, message({ seq: 3 }))).toBe(data);
  });
});

describe("a conversation", () => {
  const shared = (part: Partial<Conversation>): SharedConversation => {
    const { unread: _, ...rest } = conversation(part);
    return rest;
  };
  const last = (seq: number) => ({
    ...(conversation().last_message as NonNullable<Conversation["last_message"]>),
    id: `m${seq}`,
    seq,
  });

  it("counts as unread what came after the last read", () => {
    expect(mergeConversation(undefined, shared({ inbound_count: 7 }), 4).unread).toBe(3);
    expect(mergeConversation(undefined, shared({ inbound_count: 4 }), 4).unread).toBe(0);
  });

  it("is not set back by old news", () => {
    const now = conversation({ inbound_count: 3, last_message: last(5), last_activity_at: at(5), state: "assigned" });
    const old = shared({
      inbound_count: 2,
      last_message: last(4),
      last_activity_at: at(4),
      state: "queued",
      assignee: null,
    });
    const merged = mergeConversation(now, old, 3);
    expect(merged).toMatchObject({ state: "assigned", inbound_count: 3, unread: 0, last_message: { seq: 5 } });
    expect(merged.assignee?.id).toBe(me.id);
  });

  it("ends the same for any order of activity", () => {
    const news = [1, 2, 3, 4, 5, 6].map((n) =>
      shared({ inbound_count: n, last_message: last(n), last_activity_at: at(n) }),
    );
    const random = seeded(3);
    for (let run = 0; run < 200; run++) {
      const order = shuffled([...news, ...news.slice(2, 4)], random);
      const data = order.reduce((d, c) => putConversation(d, c, MINE, me, 4), page<Conversation>([]));
      expect(rows(data)).toMatchObject([
        { inbound_count: 6, unread: 2, last_message: { seq: 6 }, last_activity_at: at(6) },
      ]);
    }
  });

  it("moves to the top of its list with new activity", () => {
    const data = page([
      conversation({ id: "a", last_activity_at: at(9) }),
      conversation({ id: "b", last_activity_at: at(5) }),
    ]);
    const next = putConversation(
      data,
      shared({ id: "b", last_activity_at: at(10), last_message: last(2) }),
      MINE,
      me,
      0,
    );
    expect(rows(next).map((c) => c.id)).toEqual(["b", "a"]);
  });

  it("leaves the queue when somebody takes it and comes to the list of who did", () => {
    const waiting = conversation({ state: "queued", assignee: null, waiting_since: at(1) });
    const taken = shared({ state: "assigned" });
    expect(rows(putConversation(page([waiting]), taken, QUEUE, me, 0))).toEqual([]);
    expect(rows(putConversation(page<Conversation>([]), taken, MINE, me, 0))).toHaveLength(1);
  });

  it("stands in the queue by how long it waits", () => {
    const waiting = (id: string, minute: number) =>
      shared({ id, state: "queued", assignee: null, waiting_since: at(minute) });
    const random = seeded(11);
    const all = [waiting("a", 3), waiting("b", 1), waiting("c", 2)];
    for (let run = 0; run < 20; run++) {
      const data = shuffled(all, random).reduce((d, c) => putConversation(d, c, QUEUE, me, 0), page<Conversation>([]));
      expect(rows(data).map((c) => c.id)).toEqual(["b", "c", "a"]);
    }
  });

  it("beyond what is loaded waits for its page", () => {
    const data = page([conversation({ id: "a", last_activity_at: at(9) })], "more");
    expect(putConversation(data, shared({ id: "z", last_activity_at: at(1) }), MINE, me, 0)).toBe(data);
  });

  it("keeps pages, sizes and cursors apart when rows move", () => {
    const data: Pages<Conversation> = {
      pages: [
        {
          items: [
            conversation({ id: "a", last_activity_at: at(9) }),
            conversation({ id: "b", last_activity_at: at(8) }),
          ],
          next_cursor: "p2",
        },
        { items: [conversation({ id: "c", last_activity_at: at(7) })], next_cursor: "p3" },
      ],
      pageParams: [null, "p2"],
    };
    const next = putConversation(
      data,
      shared({ id: "c", last_activity_at: at(20), last_message: last(3) }),
      MINE,
      me,
      0,
    );
    expect(next.pages.map((p) => [p.items.map((c) => c.id), p.next_cursor])).toEqual([
      [["c", "a"], "p2"],
      [["b"], "p3"],
    ]);
    expect(rows(dropConversation(next, "c")).map((c) => c.id)).toEqual(["a", "b"]);
  });
});
