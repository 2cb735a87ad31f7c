import { act, renderHook } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { useSeek } from "./scroll";

/** A thread of which one more page is there after each call. */
function thread(pages: number, found: number | null) {
  let loaded = 1;
  const load = vi.fn();
  const jump = vi.fn(() => found !== null && loaded >= found);
  const state = () => ({
    query: { hasNextPage: loaded < pages, isFetchingNextPage: false, isFetchNextPageError: false, fetchNextPage: load },
    messages: Array.from({ length: loaded * 50 }),
  });
  const view = renderHook(({ query, messages }) => useSeek(query, messages, jump), { initialProps: state() });
  const come = () => {
    loaded += 1;
    view.rerender(state());
  };
  return { load, jump, come, seek: (id: string) => act(() => view.result.current(id)) };
}

it("a message that is here is gone to at once", () => {
  const { load, jump, seek } = thread(5, 1);
  seek("m1");
  expect(jump).toHaveBeenCalledExactlyOnceWith("m1");
  expect(load).not.toHaveBeenCalled();
});

it("one that is further back is looked for page by page", () => {
  const { load, jump, come, seek } = thread(5, 3);
  seek("m1");
  expect(load).toHaveBeenCalledTimes(1);
  come();
  expect(load).toHaveBeenCalledTimes(2);
  come();
  expect(jump).toHaveLastReturnedWith(true);
  come();
  expect(load).toHaveBeenCalledTimes(2);
  expect(jump).toHaveBeenCalledTimes(3);
});

it("one that is nowhere is given up at the beginning of the conversation", () => {
  const { load, come, seek } = thread(2, null);
  seek("m1");
  come();
  expect(load).toHaveBeenCalledTimes(1);
  seek("m2");
  expect(load).toHaveBeenCalledTimes(1);
});
