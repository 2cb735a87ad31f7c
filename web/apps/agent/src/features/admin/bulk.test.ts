import { ApiError } from "@max/api";
import { expect, it, vi } from "vitest";
import { type BulkState, runBulk } from "./bulk";

const signal = () => new AbortController().signal;
const refused = (status: number, retryAfter: number | null = null) =>
  new ApiError(status, "refused", "No.", [], null, {}, retryAfter);

it("goes row by row, and a failing row does not stop the rest", async () => {
  let running = 0;
  const seen: string[] = [];
  const act = async (row: string) => {
    running += 1;
    expect(running).toBe(1);
    await Promise.resolve();
    seen.push(row);
    running -= 1;
    if (row === "b") throw refused(409);
    return row !== "c";
  };
  const states: BulkState<string>[] = [];
  const end = await runBulk(["a", "b", "c", "d"], act, { onChange: (s) => states.push(s), signal: signal() });
  expect(seen).toEqual(["a", "b", "c", "d"]);
  expect(end).toMatchObject({ total: 4, changed: 2, same: 1, left: 0, running: false });
  expect(end.failures).toMatchObject([{ row: "b", error: { status: 409 } }]);
  expect(states.map((s) => s.left)).toEqual([4, 3, 2, 1, 0, 0]);
});

it("waits when the server asks to, but not for ever", async () => {
  const sleep = vi.fn(async () => {});
  let tries = 0;
  const options = { onChange: () => {}, signal: signal(), sleep };
  const act = async () => {
    tries += 1;
    if (tries === 1) throw refused(429, 2);
    return true;
  };
  expect(await runBulk(["a"], act, options)).toMatchObject({ changed: 1, failures: [] });
  expect(sleep).toHaveBeenCalledWith(2_000);

  const end = await runBulk(["a"], () => Promise.reject(refused(429, 900)), options);
  expect(end.failures).toHaveLength(1);
  expect(sleep).toHaveBeenLastCalledWith(30_000);
  expect(sleep).toHaveBeenCalledTimes(3);
});

it("stops between rows when told to, and says how many are left", async () => {
  const stop = new AbortController();
  const end = await runBulk(
    ["a", "b", "c"],
    async (row) => {
      if (row === "b") stop.abort();
      return true;
    },
    { onChange: () => {}, signal: stop.signal },
  );
  expect(end).toMatchObject({ changed: 2, left: 1, running: false });
});
