// @vitest-environment node
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { hearPresence, hearWriting, seePicture, usePresence } from "./presence";

const devon = { id: "devon", name: "Devon Kim" };
beforeEach(() => usePresence.setState({ people: {}, rooms: {}, writing: {} }));
afterEach(() => void vi.useRealTimers());

it("follows who is there and who is in a conversation", () => {
  seePicture({ users: [{ ...devon, state: "online" }], conversations: [] });
  hearPresence({
    type: "presence",
    users: [
      { ...devon, state: "away" },
      { id: "yara", name: "Yara", state: "busy" },
    ],
  });
  expect(usePresence.getState().people).toMatchObject({ devon: { state: "away" }, yara: { state: "busy" } });
  const room = { conversation_id: "c1", viewers: [devon], typing: [{ ...devon, kind: "reply" }] };
  hearPresence({ type: "conversation_presence", ...room });
  expect(usePresence.getState().rooms).toEqual({ c1: room });
  hearPresence({ type: "conversation_presence", conversation_id: "c1", viewers: [], typing: [] });
  expect(usePresence.getState().rooms).toEqual({});
  hearPresence({ type: "something new" });
  expect(Object.keys(usePresence.getState().people)).toEqual(["devon", "yara"]);
});

it("shows a customer writing until they stop, or say nothing more", () => {
  vi.useFakeTimers();
  const says = (on: unknown) => hearPresence({ type: "contact_typing", conversation_id: "c1", on, at: "" });
  const shown = () => Object.keys(usePresence.getState().writing);
  says(true);
  says(true);
  vi.advanceTimersByTime(5_000);
  says(true);
  vi.advanceTimersByTime(5_000);
  expect(shown()).toEqual(["c1"]);
  vi.advanceTimersByTime(1_001);
  expect(shown()).toEqual([]);
  says(true);
  says(false);
  expect(shown()).toEqual([]);
  says(true);
  hearWriting("c1", false);
  hearPresence({ type: "contact_typing", conversation_id: "c2", on: true, at: "" });
  expect(shown()).toEqual(["c2"]);
  vi.runAllTimers();
});
