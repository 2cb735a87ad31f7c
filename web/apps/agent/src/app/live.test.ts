import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { me } from "../../test/factory";
import { live } from "./live";
import { begin, closeLive, openLive, withLive } from "./services";

const sent: string[] = [];
beforeEach(() => {
  sent.length = 0;
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ access_token: "t", expires_in: 900, user: me })));
  vi.stubGlobal(
    "WebSocket",
    class {
      onopen: (() => void) | null = null;
      readyState = 1;
      constructor() {
        queueMicrotask(() => this.onopen?.());
      }
      send(text: string) {
        sent.push(text);
      }
      close() {}
    },
  );
});
afterEach(closeLive);

describe("what runs while somebody is signed in", () => {
  it("goes on from where the first read stood, and begins once", async () => {
    openLive(me);
    begin("7");
    begin("9");
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(JSON.parse(sent[0] ?? "")).toMatchObject({ type: "hello", after: "7" });
    const first = live();
    openLive(me);
    expect(live()).toBe(first);
  });

  it("is nobody's after signing out", async () => {
    openLive(me);
    const used = vi.fn();
    withLive(used);
    closeLive();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(used).not.toHaveBeenCalled();
    expect(() => live()).toThrow("nobody is signed in");
  });

  it("is another's when another signs in", () => {
    openLive(me);
    const first = live();
    closeLive();
    openLive({ ...me, id: "other" });
    expect(live()).not.toBe(first);
    expect(live().me.id).toBe("other");
  });
});
