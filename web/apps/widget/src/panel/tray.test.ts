import { expect, it, vi } from "vitest";
import type { Api } from "../api";
import type { Uploaded } from "../types";
import { Tray } from "./tray";

const LIMITS = { on: true, max_bytes: 10, mime_types: ["text/plain"] };
const file = (name: string, size = 1, type = "text/plain") => new File(["x".repeat(size)], name, { type });
const up = (name: string): Uploaded => ({ id: name, kind: "document", name, size: 1, url: null });

function sample() {
  const calls: {
    file: File;
    progress: (share: number) => void;
    done: (up: Uploaded) => void;
    fail: (error: unknown) => void;
  }[] = [];
  const cancel = vi.fn();
  const upload: Api["upload"] = (given, progress) => {
    const done = new Promise<Uploaded>((resolve, reject) => {
      calls.push({ file: given, progress, done: resolve, fail: reject });
    });
    return { done, cancel };
  };
  const refused = vi.fn();
  return { tray: new Tray({ upload }, LIMITS, refused), calls, cancel, refused };
}

const settle = () => new Promise((done) => setTimeout(done));

it("sends what may be sent, and tells why not", async () => {
  const { tray, calls } = sample();
  tray.add([file("a.txt"), file("big.txt", 11), file("run.exe", 1, "application/x-msdownload"), file("none", 1, "")]);
  expect(tray.state.entries.map(({ error }) => error)).toEqual([null, "large", "kind", "kind"]);
  expect(calls).toHaveLength(1);
  expect(tray.busy).toBe(true);
  calls[0]?.progress(0.5);
  expect(tray.state.entries[0]?.share).toBe(0.5);
  calls[0]?.done(up("a"));
  await settle();
  expect(tray.busy).toBe(false);
  expect(tray.take().map(({ id }) => id)).toEqual(["a"]);
  // What could not go stays to be seen.
  expect(tray.state.entries).toHaveLength(3);
});

it.each([
  [0, "lost"],
  [500, "lost"],
  [413, "large"],
  [415, "kind"],
] as const)("an answer of %i means %s", async (status, error) => {
  const { tray, calls } = sample();
  tray.add([file("a.txt")]);
  calls[0]?.fail({ status });
  await settle();
  expect(tray.state.entries[0]?.error).toBe(error);
});

it("tries again with the same file, and says when the token is at fault", async () => {
  const { tray, calls, refused } = sample();
  tray.add([file("a.txt")]);
  calls[0]?.fail({ status: 401 });
  await settle();
  expect(refused).toHaveBeenCalledOnce();
  tray.retry(tray.state.entries[0]?.key ?? "");
  expect(calls[1]?.file).toBe(calls[0]?.file);
  calls[1]?.done(up("a"));
  await settle();
  expect(tray.take()).toHaveLength(1);
});

it("what is taken away is stopped, and does not come back", async () => {
  const { tray, calls, cancel } = sample();
  tray.add([file("a.txt")]);
  tray.remove(tray.state.entries[0]?.key ?? "");
  expect(cancel).toHaveBeenCalledOnce();
  calls[0]?.progress(0.9);
  calls[0]?.done(up("a"));
  await settle();
  expect(tray.state.entries).toEqual([]);
  expect(tray.take()).toEqual([]);
});
