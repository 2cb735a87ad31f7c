import { describe, expect, it } from "vitest";
import { message } from "../test/sample";
import { chosen, follows, helloOf, merge, readUpTo, rejoin, underWay } from "./thread";

const one = message({ id: "1", seq: 1 });
const two = message({ id: "2", seq: 2, from: "visitor", status: "sent" });
const three = message({ id: "3", seq: 3 });

describe("merging", () => {
  it("gives the order of the conversation, whatever comes first and how often", () => {
    const want = [one, two, three];
    expect(merge([], [three, one, two])).toEqual(want);
    expect(merge(merge([one], [three, one]), [two, three])).toEqual(want);
  });

  it("never takes a tick back", () => {
    const read = merge([two], [{ ...two, status: "read" }]);
    expect(read[0]?.status).toBe("read");
    expect(merge(read, [{ ...two, status: "delivered", text: "edited" }])[0]).toMatchObject({
      status: "read",
      text: "edited",
    });
  });

  it("after a break leaves no hole", () => {
    expect(rejoin([one, two], [two, three])).toEqual([one, two, three]);
    expect(rejoin([one], [three])).toEqual([three]);
    expect(rejoin([], [one])).toEqual([one]);
  });
});

it("what agents have read is one's own, up to there", () => {
  const four = message({ id: "4", seq: 4, from: "visitor", status: "sent" });
  const failed = message({ id: "0", seq: 0, from: "visitor", status: "failed" });
  expect(readUpTo([failed, one, two, three, four], 3).map(({ status }) => status)).toEqual([
    "failed",
    null,
    "read",
    null,
    "sent",
  ]);
});

it("what has arrived is no longer under way, by either id", () => {
  const pending = [
    { id: "a", at: 1 },
    { id: "b", at: 2 },
    { id: "c", at: 3 },
  ];
  const there = [message({ id: "x", client_id: "a" }), message({ id: "b" })];
  expect(underWay(pending, there).map(({ id }) => id)).toEqual(["c"]);
});

it("what one side says within minutes stands together", () => {
  const at = (time: string, part = {}) => message({ at: `2026-11-25T10:${time}Z`, ...part });
  expect(follows(undefined, at("00:00"))).toBe(false);
  expect(follows(at("00:00"), at("02:59"))).toBe(true);
  expect(follows(at("00:00"), at("03:00"))).toBe(false);
  expect(follows(at("00:00"), at("00:01", { from: "visitor" }))).toBe(false);
  expect(follows(at("00:00"), at("00:01", { agent: { name: "Devon", photo_url: null } }))).toBe(false);
});

it("buttons wait until the visitor says something", () => {
  const asked = message({ choices: [{ id: "a", title: "Yes" }] });
  expect(chosen(asked, [])).toBeUndefined();
  expect(chosen(asked, [three])).toBeUndefined();
  expect(chosen(asked, [three, { ...two, text: "Yes" }])).toBe("Yes");
  expect(chosen(asked, [{ ...two, text: "Something else" }])).toBeNull();
  expect(chosen(asked, [{ ...two, text: null }])).toBeNull();
  // A second tap before the first has arrived would answer twice.
  expect(chosen(asked, [], [{ id: "p", at: 1, choice: { id: "a", title: "Yes" } }])).toBe("Yes");
  expect(chosen(asked, [], [{ id: "p", at: 1, text: "Hm" }])).toBeNull();
});

describe("the greeting", () => {
  const words = { welcome: "Hello.", later: "Nobody is here." };
  const at = (online: boolean, texts: Record<string, string>) => helloOf({ online, texts }, words);

  it("is the widget's own until the company has one", () => {
    expect(at(true, {})).toEqual(["Hello."]);
    expect(at(true, { welcome: "Welcome" })).toEqual(["Welcome"]);
    expect(at(true, { welcome: "Welcome", greeting: "We are here", greeting_closed: "Closed" })).toEqual([
      "We are here",
    ]);
  });

  it("says when nobody is there, once", () => {
    expect(at(false, {})).toEqual(["Hello.", "Nobody is here."]);
    expect(at(false, { greeting: "We are here", offline: "Back at nine" })).toEqual(["We are here", "Back at nine"]);
    expect(at(false, { greeting: "We are here", greeting_closed: "Closed" })).toEqual(["Closed"]);
    expect(at(false, { greeting_closed: "Closed", offline: "Back at nine" })).toEqual(["Closed", "Back at nine"]);
  });
});
