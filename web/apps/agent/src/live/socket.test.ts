// @vitest-environment node
import type { LiveEvent } from "@max/api";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type LinkState, LiveSocket } from "./socket";

/** The other end of the line. */
class Line {
  static lines: Line[] = [];
  static get last(): Line {
    return Line.lines.at(-1) as Line;
  }
  readyState = 0;
  readonly sent: Record<string, unknown>[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor() {
    Line.lines.push(this);
  }
  send(data: string) {
    this.sent.push(JSON.parse(data));
  }
  close() {
    this.readyState = 3;
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  say(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  event(cursor: string) {
    this.say({ type: "event", cursor, kind: "conversation.read", data: { id: cursor } });
  }
  end(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

let events: string[];
let states: LinkState[];
let resyncs: number;
let tokens: (string | undefined)[];
let token: (refused?: string) => Promise<string>;
let socket: LiveSocket;

beforeEach(() => {
  vi.useFakeTimers();
  Line.lines = [];
  events = [];
  states = [];
  resyncs = 0;
  tokens = [];
  token = (refused) => {
    tokens.push(refused);
    return Promise.resolve(`token-${tokens.length}`);
  };
  socket = new LiveSocket({
    url: "ws://max.test",
    token: (refused) => token(refused),
    onEvent: (event: LiveEvent) => events.push((event.data as unknown as { id: string }).id),
    onResync: () => {
      resyncs += 1;
    },
    onState: (state) => states.push(state),
    connect: () => new Line() as unknown as WebSocket,
    random: () => 0.5,
  });
});
afterEach(() => {
  socket.stop();
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);
async function live(cursor: string | null = "10") {
  socket.start(cursor);
  await settle();
  Line.last.open();
  Line.last.say({ type: "ready", cursor: "20" });
}

describe("hello", () => {
  it("says the token and the cursor of the first load", async () => {
    await live("10");
    expect(Line.last.sent[0]).toEqual({ type: "hello", token: "token-1", after: "10" });
    expect(states).toEqual(["connecting", "live"]);
    expect(resyncs).toBe(0);
  });

  it("does not take the cursor of `ready` for its own while events before it are still to come", async () => {
    await live("10");
    expect(socket.cursor).toBe("10");
    Line.last.event("11");
    expect(socket.cursor).toBe("11");
  });

  it("without a cursor continues from `ready` and loads anew", async () => {
    await live(null);
    expect(socket.cursor).toBe("20");
    expect(resyncs).toBe(1);
  });

  it("hands over a renewed token", async () => {
    await live();
    socket.renewed("token-9");
    socket.renewed("token-9");
    expect(Line.last.sent.slice(1)).toEqual([{ type: "hello", token: "token-9" }]);
  });
});

describe("after a break", () => {
  it("continues after the last event and gives nothing twice", async () => {
    await live("10");
    Line.last.event("11");
    Line.last.event("12");
    Line.last.end();
    expect(socket.state).toBe("connecting");
    await vi.advanceTimersByTimeAsync(1_000);
    Line.last.open();
    expect(Line.last.sent[0]).toMatchObject({ type: "hello", after: "12" });
    Line.last.say({ type: "ready", cursor: "13" });
    Line.last.event("12");
    Line.last.event("13");
    Line.last.event("13");
    expect(events).toEqual(["11", "12", "13"]);
    expect(resyncs).toBe(0);
  });

  it("loads anew on `resync` and goes on from the cursor that follows", async () => {
    await live("10");
    Line.last.say({ type: "resync" });
    expect(resyncs).toBe(0);
    Line.last.say({ type: "ready", cursor: "99" });
    expect(resyncs).toBe(1);
    expect(socket.cursor).toBe("99");
    Line.last.event("100");
    expect(events).toEqual(["100"]);
  });

  it("waits longer each time, at most twenty seconds", async () => {
    await live();
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      const count = Line.lines.length;
      Line.last.end();
      let waited = 0;
      while (Line.lines.length === count) {
        await vi.advanceTimersByTimeAsync(25);
        waited += 25;
      }
      waits.push(waited);
    }
    expect(waits[0]).toBeLessThan(500);
    expect(waits.toSorted((a, b) => a - b)).toEqual(waits);
    expect(Math.max(...waits)).toBeLessThanOrEqual(20_000);
  });

  it("comes back at once when the network does", async () => {
    await live();
    socket.cut();
    expect(socket.state).toBe("connecting");
    socket.nudge();
    await settle();
    expect(Line.lines).toHaveLength(2);
  });

  it("ignores what an old line still says", async () => {
    await live();
    const old = Line.last;
    socket.cut();
    old.event("55");
    old.end();
    expect(events).toEqual([]);
  });
});

describe("token trouble", () => {
  it("asks for another token when this one is refused", async () => {
    await live();
    Line.last.end(4401);
    await settle();
    expect(tokens).toEqual([undefined, "token-1"]);
    Line.last.open();
    expect(Line.last.sent[0]).toMatchObject({ token: "token-2", after: "10" });
    // Rights may have changed with it, so what is on screen is loaded anew.
    Line.last.say({ type: "ready", cursor: "10" });
    expect(resyncs).toBe(1);
    expect(socket.cursor).toBe("10");
  });

  it("renews the token when it does not open this any more", async () => {
    await live();
    Line.last.end(4403);
    await settle();
    expect(tokens).toEqual([undefined, "token-1"]);
  });

  it("does not hammer a server that refuses every token", async () => {
    await live();
    Line.last.end(4401);
    await settle();
    Line.last.open();
    Line.last.end(4401);
    await settle();
    expect(Line.lines).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(Line.lines).toHaveLength(3);
  });

  it("stops when signed out", async () => {
    token = () => Promise.reject(Object.assign(new Error("out"), { status: 401 }));
    socket.start("1");
    await settle();
    expect(socket.state).toBe("idle");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Line.lines).toHaveLength(0);
  });

  it("keeps trying when the token cannot be had for now", async () => {
    token = () => Promise.reject(new Error("offline"));
    socket.start("1");
    await settle();
    expect(socket.state).toBe("connecting");
    token = () => Promise.resolve("later");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(Line.lines).toHaveLength(1);
  });
});

describe("a silent line", () => {
  it("answers pings", async () => {
    await live();
    Line.last.say({ type: "ping" });
    expect(Line.last.sent.at(-1)).toEqual({ type: "pong" });
  });

  it("is given up after a minute without a word", async () => {
    await live();
    await vi.advanceTimersByTimeAsync(59_000);
    expect(socket.state).toBe("live");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(Line.lines.length).toBeGreaterThan(1);
  });

  it("is probed when the screen comes back, and given up when it does not answer", async () => {
    await live();
    socket.nudge();
    expect(Line.last.sent.at(-1)).toEqual({ type: "ping" });
    await vi.advanceTimersByTimeAsync(9_000);
    expect(Line.lines.length).toBeGreaterThan(1);
  });

  it("survives frames that make no sense", async () => {
    await live();
    Line.last.onmessage?.({ data: "not json" });
    Line.last.say({ type: "something new" });
    Line.last.event("11");
    expect(events).toEqual(["11"]);
  });
});
