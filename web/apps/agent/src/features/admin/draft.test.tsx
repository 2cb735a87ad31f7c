import { act, renderHook } from "@testing-library/react";
import { expect, it } from "vitest";
import { useDraft } from "./draft";

it("counts what differs, and a change back is none", () => {
  const { result } = renderHook(() => useDraft({ name: "Ada", teams: [1] }));
  act(() => result.current.set("name", "Eda"));
  expect(result.current).toMatchObject({ count: 1, changes: { name: "Eda" }, value: { name: "Eda", teams: [1] } });
  act(() => result.current.set("name", "Ada"));
  act(() => result.current.set("teams", [1]));
  expect(result.current.count).toBe(0);
});

it("fields nobody touched follow what is stored", () => {
  const { result, rerender } = renderHook((stored) => useDraft(stored), {
    initialProps: { name: "Ada", role: "agent" },
  });
  act(() => result.current.set("name", "Eda"));
  rerender({ name: "Ada", role: "admin" });
  expect(result.current.value).toEqual({ name: "Eda", role: "admin" });
  act(() => result.current.reset());
  expect(result.current.value.name).toBe("Ada");
});
