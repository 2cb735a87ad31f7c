import { describe, expect, it } from "vitest";
import { seeded } from "../../../test/factory";
import {
  blanks,
  edited,
  kept,
  type MentionTarget,
  mentionAt,
  nextBlank,
  parts,
  type Shown,
  shown,
  slashAt,
  withMention,
  withoutMention,
} from "./marks";

const sofia: MentionTarget = { type: "user", id: "0192c0de-0000-7000-8000-000000000001", name: "Sofia Nunes" };
const team: MentionTarget = { type: "team", id: "0192c0de-0000-7000-8000-000000000002", name: "מכירות [IL]" };
const written = (m: MentionTarget) => `@[${m.name}](${m.type}:${m.id})`;

describe("mentions in a note", () => {
  it("are found where they stand, with brackets and other scripts in their names", () => {
    expect(parts(`Ask ${written(sofia)} or ${written(team)}, please`)).toEqual([
      "Ask ",
      sofia,
      " or ",
      team,
      ", please",
    ]);
    expect(shown(`${written(sofia)}${written(team)}`).text).toBe("@Sofia Nunes@מכירות [IL]");
  });

  it.each([
    "@Sofia",
    "[Sofia](user:1)",
    "@[](user:1)",
    "@[Sofia](group:1)",
    "@[Sofia](user:1",
    "@[So\nfia](user:1)",
    "a ]( b @[",
  ])("are not what only looks like one: %s", (text) => {
    expect(parts(text)).toEqual([text]);
    expect(shown(text)).toEqual({ text, marks: [] });
  });

  it("come out as they went in", () => {
    const text = `Hi ${written(sofia)}, see ${written(team)}`;
    expect(kept(shown(text))).toBe(text);
  });

  it("keep their place while other words change, and become words when touched", () => {
    const before = shown(`Ask ${written(sofia)} now`);
    expect(kept(edited(before, "Please ask @Sofia Nunes now"))).toBe(`Please ask ${written(sofia)} now`);
    expect(kept(edited(before, "Ask @Sofia Nunes now, today"))).toBe(`Ask ${written(sofia)} now, today`);
    expect(kept(edited(before, "Ask @Sofia Nunez now"))).toBe("Ask @Sofia Nunez now");
  });

  it("are put in place of what was typed, and go as a whole", () => {
    const before: Shown = { text: "Ask @sof today", marks: [] };
    const put = withMention(before, 4, 8, sofia);
    expect(put.shown.text).toBe("Ask @Sofia Nunes today");
    expect(kept(put.shown)).toBe(`Ask ${written(sofia)} today`);
    const gone = withoutMention(put.shown, 16);
    expect(gone).toEqual({ shown: { text: "Ask  today", marks: [] }, caret: 4 });
    expect(withoutMention(put.shown, 5)).toBeNull();
  });

  it("survive any editing around them", () => {
    const random = seeded(7);
    const pick = (n: number) => Math.floor(random() * n);
    for (let round = 0; round < 200; round++) {
      let state = shown(`${"x".repeat(pick(4))}${written(sofia)}${" ".repeat(pick(3))}${written(team)}y`);
      for (let step = 0; step < 10; step++) {
        const from = pick(state.text.length + 1);
        const to = Math.min(state.text.length, from + pick(4));
        state = edited(state, state.text.slice(0, from) + "ab@ ".slice(0, pick(5)) + state.text.slice(to));
        for (const mark of state.marks) expect(state.text.slice(mark.start, mark.end)).toBe(`@${mark.target.name}`);
        expect(shown(kept(state)).text).toBe(state.text);
      }
    }
  });
});

describe("blanks in a reply", () => {
  const text = "Dear {first_name}, {amount} is due. {attribute.iban}";
  it("are the placeholders nobody filled", () => {
    expect(blanks(text).map((b) => b.text)).toEqual(["{first_name}", "{amount}", "{attribute.iban}"]);
    expect(blanks('{"a": 1} {} { x } {1}')).toEqual([]);
  });

  it("are gone through in order, and then left", () => {
    const [first, second, third] = blanks(text);
    expect(nextBlank(text, 0, 0)).toEqual(first);
    expect(nextBlank(text, first?.start ?? 0, first?.end ?? 0)).toEqual(second);
    expect(nextBlank(text, third?.start ?? 0, third?.end ?? 0)).toBeNull();
    expect(nextBlank(text, second?.start ?? 0, second?.end ?? 0, true)).toEqual(first);
    expect(nextBlank(text, 0, 0, true)).toBeNull();
  });
});

describe("what is looked for at the caret", () => {
  it("is a canned response after a slash that begins a word", () => {
    expect(slashAt("/fee", 4)).toEqual({ start: 0, end: 4, query: "fee" });
    expect(slashAt("Hi\n/", 4)).toEqual({ start: 3, end: 4, query: "" });
    expect(slashAt("one /two", 8)?.query).toBe("two");
    for (const none of ["and/or", "http://x", "/fee waived", "1/2"]) expect(slashAt(none, none.length)).toBeNull();
  });

  it("is a person after an at sign, with up to two words", () => {
    expect(mentionAt("@sof", 4)?.query).toBe("sof");
    expect(mentionAt("ask @Sofia Nu", 13)).toEqual({ start: 4, end: 13, query: "Sofia Nu" });
    expect(mentionAt("(@מי", 4)?.query).toBe("מי");
    for (const none of ["a@b.com", "@Sofia Nunes please", "plain"]) expect(mentionAt(none, none.length)).toBeNull();
  });
});
