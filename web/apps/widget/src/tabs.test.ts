import { afterEach, expect, it, vi } from "vitest";
import { FakeChannels, FakeLocks } from "../test/sample";
import { type Note, Tabs } from "./tabs";

let tabs: Tabs[] = [];
afterEach(() => {
  for (const tab of tabs) tab.stop();
  tabs = [];
  vi.useRealTimers();
});

/** A browser with tabs of one site. */
function browser() {
  const locks = new FakeLocks();
  const channels = new FakeChannels();
  return {
    channels,
    tab: () => {
      const heard: Note[] = [];
      const told: string[] = [];
      const tab = new Tabs({
        name: "n",
        locks: locks as unknown as LockManager,
        channel: () => channels.open(),
        onLead: () => told.push("lead"),
        onYield: () => told.push("yield"),
        onMessage: (note) => {
          heard.push(note);
          // As the chat does: whoever leads says how things stand.
          if ("ask" in note) tab.post({ state: { n: 1 } });
        },
      });
      tabs.push(tab);
      return { tab, heard, told };
    },
  };
}

const settle = () => vi.advanceTimersByTimeAsync(10);

it("one tab speaks; the next is told how things stand and takes over at its end", async () => {
  vi.useFakeTimers();
  const { tab } = browser();
  const one = tab();
  await settle();
  const two = tab();
  await settle();
  expect([one.tab.leading, two.tab.leading]).toEqual([true, false]);
  expect(two.heard).toEqual([{ state: { n: 1 } }]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(two.tab.leading).toBe(false);
  one.tab.stop();
  await settle();
  expect(two.told).toEqual(["lead"]);
});

it("asks go to the one that speaks, and only there", async () => {
  vi.useFakeTimers();
  const { tab } = browser();
  const [one, two, three] = [tab(), tab(), tab()];
  await settle();
  two.tab.post({ act: "read", with: null });
  await settle();
  expect(one.heard).toContainEqual({ act: "read", with: null });
  expect(three.heard).not.toContainEqual({ act: "read", with: null });
});

it("one that sleeps loses its place to a tab that needs it, and lines up again", async () => {
  vi.useFakeTimers();
  const { tab, channels } = browser();
  const one = tab();
  await settle();
  const sleeper = channels.all[0];
  if (sleeper) sleeper.asleep = true;
  const two = tab();
  await vi.advanceTimersByTimeAsync(1_600);
  expect(two.tab.leading).toBe(true);
  expect(one.told).toEqual(["lead", "yield"]);
  expect(one.tab.leading).toBe(false);
  if (sleeper) sleeper.asleep = false;
  two.tab.stop();
  await settle();
  expect(one.told).toEqual(["lead", "yield", "lead"]);
});

it("without locks, or where they are refused, each tab is for itself", async () => {
  vi.useFakeTimers();
  const told: string[] = [];
  const note = { onYield: () => {}, onMessage: () => {} };
  tabs.push(new Tabs({ name: "n", onLead: () => told.push("none"), ...note }));
  const refuses = { request: () => Promise.reject(new DOMException("opaque", "SecurityError")) };
  tabs.push(
    new Tabs({
      name: "n",
      locks: refuses as unknown as LockManager,
      channel: () => new FakeChannels().open(),
      onLead: () => told.push("refused"),
      ...note,
    }),
  );
  await settle();
  expect(told).toEqual(["none", "refused"]);
});
