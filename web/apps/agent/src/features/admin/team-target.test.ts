import { describe, expect, it } from "vitest";
import { secondsOf, type Target, targetOf } from "./team-target";

describe("the target of a queue", () => {
  it.each<[number | null, Target]>([
    [null, { amount: "", unit: "minutes" }],
    [90, { amount: "90", unit: "seconds" }],
    [600, { amount: "10", unit: "minutes" }],
    [7_200, { amount: "2", unit: "hours" }],
    [604_800, { amount: "7", unit: "days" }],
  ])("of %s seconds is written in its largest unit, and read back", (seconds, target) => {
    expect(targetOf(seconds)).toEqual(target);
    expect(secondsOf(target)).toBe(seconds);
  });

  it.each<[string, Target["unit"], number | undefined]>([
    ["1.5", "minutes", 90],
    ["1,5", "hours", 5_400],
    [" 3 ", "seconds", 3],
    ["0", "minutes", undefined],
    ["0.5", "seconds", undefined],
    ["8", "days", undefined],
    ["-5", "minutes", undefined],
    ["1e3", "seconds", undefined],
    ["soon", "minutes", undefined],
    ["9999999", "seconds", undefined],
  ])("written as %s %s is %s", (amount, unit, seconds) => expect(secondsOf({ amount, unit })).toBe(seconds));
});
