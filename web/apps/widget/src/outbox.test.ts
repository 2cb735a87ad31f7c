import { expect, it, vi } from "vitest";
import { FakeStorage } from "../test/sample";
import { Device, uuid } from "./device";
import { Outbox } from "./outbox";

const deviceOf = (box: Storage) => new Device("max-chat:c1:", () => box);

it("keeps what is under way over a reload, in the order it was written", () => {
  const box = new FakeStorage();
  const outbox = new Outbox(deviceOf(box));
  outbox.put({ id: "b", at: 2, text: "second" });
  outbox.put({ id: "a", at: 1, text: "first" });
  const again = new Outbox(deviceOf(box));
  expect(again.state.items.map(({ text }) => text)).toEqual(["first", "second"]);
  expect(again.next()?.id).toBe("a");
  again.remove("a");
  outbox.read();
  expect(outbox.state.items.map(({ id }) => id)).toEqual(["b"]);
});

it("two tabs that write at once lose nothing", () => {
  const box = new FakeStorage();
  const [one, two] = [new Outbox(deviceOf(box)), new Outbox(deviceOf(box))];
  one.put({ id: "a", at: 1, text: "from one" });
  two.put({ id: "b", at: 2, text: "from two" });
  one.read();
  expect(one.state.items.map(({ id }) => id)).toEqual(["a", "b"]);
});

it("passes over what was refused until it is tried again", () => {
  const outbox = new Outbox(deviceOf(new FakeStorage()));
  outbox.put({ id: "a", at: 1, text: "refused", failed: "refused" });
  outbox.put({ id: "b", at: 2, text: "fine" });
  expect(outbox.next()?.id).toBe("b");
  outbox.put({ id: "a", at: 3, text: "refused", failed: null });
  outbox.remove("b");
  expect(outbox.next()?.id).toBe("a");
});

it("works where the device has no room, or no storage at all", () => {
  const full = new FakeStorage();
  full.room = 10;
  const outbox = new Outbox(deviceOf(full));
  outbox.put({ id: "a", at: 1, text: "longer than there is room" });
  expect(outbox.next()?.text).toBe("longer than there is room");
  outbox.remove("a");
  expect(outbox.state.items).toEqual([]);
  const none = new Device("p", () => {
    throw new DOMException("denied", "SecurityError");
  });
  expect(none.set("x", 1)).toBe(true);
  expect(none.get("x")).toBe(1);
});

it("survives what others have left under its name", () => {
  const box = new FakeStorage();
  box.setItem("max-chat:c1:out:1", "{broken");
  box.setItem("max-chat:c1:out:2", "null");
  box.setItem("max-chat:c1:out:3", '"text"');
  box.setItem("max-chat:c2:out:4", '{"id":"4","at":1,"text":"of another channel"}');
  const outbox = new Outbox(deviceOf(box));
  expect(outbox.state.items).toEqual([]);
  expect(outbox.owns("max-chat:c1:out:9")).toBe(true);
  expect(outbox.owns("max-chat:c2:out:9")).toBe(false);
  deviceOf(box).clear();
  expect(box.length).toBe(1);
});

it("makes ids also where the page has no TLS", () => {
  vi.spyOn(crypto, "randomUUID").mockImplementation(undefined as never);
  Object.defineProperty(crypto, "randomUUID", { value: undefined, configurable: true });
  const made = new Set(Array.from({ length: 50 }, uuid));
  Reflect.deleteProperty(crypto, "randomUUID");
  expect(made.size).toBe(50);
  for (const id of made) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
