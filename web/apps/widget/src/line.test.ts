import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FakeSocket } from "../test/sample";
import { type Frame, Line } from "./line";

let frames: Frame[] = [];
let states: boolean[] = [];
let cursor = "5";
let line: Line;

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  frames = [];
  states = [];
  cursor = "5";
  line = new Line({
    url: "wss://max.example/socket",
    hello: () => ({ type: "hello", token: "t", cursor }),
    onFrame: (frame) => frames.push(frame),
    onState: (live) => states.push(live),
    connect: (url) => new FakeSocket(url) as unknown as WebSocket,
    random: () => 0.5,
  });
});
afterEach(() => {
  line.stop();
  vi.useRealTimers();
});

const ready = () => FakeSocket.last.open().says({ type: "ready", cursor: "5" });

it("says hello first, and is live once the server is ready", () => {
  line.start();
  FakeSocket.last.open();
  expect(FakeSocket.last.sent).toEqual([{ type: "hello", token: "t", cursor: "5" }]);
  expect(states).toEqual([]);
  expect(line.send({ type: "typing", on: true })).toBe(false);
  FakeSocket.last.says({ type: "ready", cursor: "5" });
  expect(states).toEqual([true]);
  expect(line.send({ type: "typing", on: true })).toBe(true);
});

it("comes back with growing waits, from where it was, and starts small again after that", () => {
  line.start();
  ready();
  cursor = "9";
  FakeSocket.last.close();
  expect(states).toEqual([true, false]);
  for (const wait of [500, 1_000, 2_000, 4_000]) {
    const before = FakeSocket.all.length;
    vi.advanceTimersByTime(wait - 1);
    expect(FakeSocket.all.length).toBe(before);
    vi.advanceTimersByTime(1);
    expect(FakeSocket.all.length).toBe(before + 1);
    if (wait < 4_000) FakeSocket.last.close();
  }
  ready();
  expect(FakeSocket.last.sent).toEqual([{ type: "hello", token: "t", cursor: "9" }]);
  FakeSocket.last.close();
  vi.advanceTimersByTime(500);
  expect(FakeSocket.all.length).toBe(6);
});

it("never waits for longer than half a minute", () => {
  line.start();
  for (let time = 0; time < 20; time++) {
    const before = FakeSocket.all.length;
    FakeSocket.last.close();
    vi.advanceTimersByTime(30_000);
    expect(FakeSocket.all.length).toBeGreaterThan(before);
  }
});

it("gives up a line on which nothing comes", () => {
  line.start();
  FakeSocket.last.open();
  vi.advanceTimersByTime(10_000);
  expect(FakeSocket.last.readyState).toBe(3);
  vi.advanceTimersByTime(500);
  expect(FakeSocket.all.length).toBe(2);
});

it("pings, and takes a missing answer for a dead line where answers came before", () => {
  line.start();
  ready();
  vi.advanceTimersByTime(25_000);
  expect(FakeSocket.last.sent.at(-1)).toEqual({ type: "ping" });
  // A server that does not answer pings at all is no dead line.
  vi.advanceTimersByTime(20_000);
  expect(FakeSocket.all.length).toBe(1);
  FakeSocket.last.says({ type: "pong" });
  vi.advanceTimersByTime(25_000);
  vi.advanceTimersByTime(10_000);
  expect(states.at(-1)).toBe(false);
});

it("tries at once when the network is back, and hears of its end at once", () => {
  line.start();
  ready();
  line.cut();
  expect(states.at(-1)).toBe(false);
  line.nudge();
  expect(FakeSocket.all.length).toBe(2);
});

it("takes nothing from a line that was given up, nor what is no frame", () => {
  line.start();
  const old = FakeSocket.last;
  ready();
  line.cut();
  line.nudge();
  const before = frames.length;
  old.says({ type: "message" });
  expect(frames.length).toBe(before);
  FakeSocket.last.open();
  FakeSocket.last.onmessage?.({ data: "not json" });
  FakeSocket.last.onmessage?.({ data: new ArrayBuffer(2) });
  expect(frames.length).toBe(before);
});

it("stays away once it is stopped", () => {
  line.start();
  ready();
  line.stop();
  line.nudge();
  line.cut();
  vi.advanceTimersByTime(120_000);
  expect(FakeSocket.all.length).toBe(1);
});
