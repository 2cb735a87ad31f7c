import { beforeEach, expect, it, vi } from "vitest";
import { offerUndo, undoLast } from "./undo";

beforeEach(() => void vi.useFakeTimers());

it("takes back the last action once, and not when its time is over", () => {
  const [first, second] = [vi.fn(), vi.fn()];
  offerUndo("one", "Undo", first);
  offerUndo("two", "Undo", second);
  expect(undoLast()).toBe(true);
  expect(second).toHaveBeenCalledOnce();
  expect(undoLast()).toBe(false);
  offerUndo("three", "Undo", first);
  vi.advanceTimersByTime(6_000);
  expect(undoLast()).toBe(false);
  expect(first).not.toHaveBeenCalled();
});
