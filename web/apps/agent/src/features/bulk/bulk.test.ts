import type { BulkDetails } from "@max/api";
import { act, renderHook } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { conversation } from "../../../test/factory";
import { progressed } from "./job";
import { useTicked } from "./selection";

const [a, b, c] = ["a", "b", "c"].map((id) => conversation({ id })) as [
  ReturnType<typeof conversation>,
  ReturnType<typeof conversation>,
  ReturnType<typeof conversation>,
];

describe("what is ticked", () => {
  it("is what is still in the list", () => {
    const { result, rerender } = renderHook(({ rows }) => useTicked(rows), { initialProps: { rows: [a, b, c] } });
    act(() => result.current.set([a, b], true));
    expect(result.current.selected.map((row) => row.id)).toEqual(["a", "b"]);
    rerender({ rows: [b, c] });
    expect(result.current.selected.map((row) => row.id)).toEqual(["b"]);
  });

  it("is all that match until one is taken out", () => {
    const { result } = renderHook(() => useTicked([a, b, c]));
    act(() => result.current.takeAll());
    expect(result.current.all).toBe(true);
    expect(result.current.has("not loaded")).toBe(true);
    act(() => result.current.set([b], false));
    expect(result.current.all).toBe(false);
    expect(result.current.selected.map((row) => row.id)).toEqual(["a", "c"]);
    act(() => result.current.clear());
    expect(result.current.selected).toEqual([]);
  });
});

describe("progress", () => {
  const old: BulkDetails = {
    id: "x",
    action: "close",
    state: "running",
    total: 9,
    done: 4,
    failed: 1,
    undone: 0,
    kept: 0,
    created_at: "",
    finished_at: null,
    failures: [],
  };
  it("goes on, and never back", () => {
    expect(progressed(old, { ...old, done: 6 })).toMatchObject({ done: 6 });
    expect(progressed(old, { ...old, done: 2 })).toBe(old);
    const done = progressed(old, { ...old, state: "done", done: 8 });
    expect(done).toMatchObject({ state: "done", failures: [] });
    expect(progressed(done, { ...old, done: 7 })).toBe(done);
    expect(progressed(done, { ...done, state: "undoing", undone: 1 })).toMatchObject({ state: "undoing" });
  });
});
