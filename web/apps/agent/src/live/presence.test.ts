// @vitest-environment node
import { beforeEach, expect, it } from "vitest";
import { hearPresence, seePicture, usePresence } from "./presence";

const devon = { id: "devon", name: "Devon Kim" };
beforeEach(() => usePresence.setState({ people: {}, rooms: {} }));

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
