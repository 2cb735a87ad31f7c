// @vitest-environment node
import { describe, expect, it } from "vitest";
import { at } from "../../../test/factory";
import { windowState } from "./window";

const now = Date.parse(at(0));
const MINUTE = 60_000;
const state = (left: number) => windowState(true, new Date(now + left).toISOString(), now);

describe("reply window", () => {
  it.each([
    [24 * 60 * MINUTE - 1, "calm", "Reply window closes in 23h 59m"],
    [120 * MINUTE, "calm", "Reply window closes in 2h 0m"],
    [120 * MINUTE - 1, "soon", "Closes in 1h 59m"],
    [48 * MINUTE, "soon", "Closes in 48m"],
    [15 * MINUTE, "soon", "Closes in 15m"],
    [15 * MINUTE - 1, "last", "Closes in 14m"],
    [4 * MINUTE + 12_000, "last", "Closes in 4m 12s"],
    [1, "last", "Closes in 0s"],
  ])("with %i ms left is %s", (left, tone, label) => {
    expect(state(left)).toMatchObject({ kind: "open", tone, label });
  });

  it.each([
    [0, "Window closed"],
    [-59_000, "Window closed"],
    [-12 * MINUTE, "Window closed 12m ago"],
    [-3 * 60 * MINUTE, "Window closed 3h ago"],
    [-50 * 60 * MINUTE, "Window closed 2d ago"],
  ])("%i ms after is closed", (left, label) => {
    expect(state(left)).toMatchObject({ kind: "closed", label });
  });

  it("has not opened before the customer has written", () => {
    expect(windowState(true, null, now)).toMatchObject({ kind: "closed", since: null });
  });

  it("is no matter on channels without one", () => {
    expect(windowState(false, null, now)).toEqual({ kind: "none" });
  });
});
