import { act, render, screen } from "@testing-library/react";
import { lazy } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Soft, sturdy } from "./soft";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "error").mockImplementation(() => {});
});
afterEach(() => vi.useRealTimers());

const draw = (load: () => Promise<{ default: () => string }>) => {
  const Part = lazy(sturdy(load));
  render(
    <main>
      beside
      <Soft fallback={<p>in few words</p>}>
        <Part />
      </Soft>
    </main>,
  );
};
const broken = () => Promise.reject(new TypeError("the line broke"));

it("comes when the line is back", async () => {
  const load = vi.fn<() => Promise<{ default: () => string }>>(broken);
  draw(load);
  expect(screen.getByText("in few words")).toBeTruthy();
  load.mockResolvedValue({ default: () => "all of it" });
  await act(() => vi.advanceTimersByTimeAsync(1_000));
  expect(screen.getByText(/all of it/)).toBeTruthy();
  expect(load).toHaveBeenCalledTimes(2);
});

it("that never comes leaves what stands around it", async () => {
  const load = vi.fn(broken);
  draw(load);
  await act(() => vi.advanceTimersByTimeAsync(60_000));
  expect(screen.getByText("in few words")).toBeTruthy();
  expect(screen.getByText(/beside/)).toBeTruthy();
  expect(load).toHaveBeenCalledTimes(3);
});
