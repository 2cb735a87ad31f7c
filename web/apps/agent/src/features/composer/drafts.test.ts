import { ApiError, NetworkError } from "@max/api";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DraftSync, type SyncOptions } from "./draft-sync";
import { draftOf, openDrafts, restore, setDraft, useDrafts } from "./drafts";

const save = vi.fn<SyncOptions["save"]>();
const load = vi.fn<SyncOptions["load"]>();
let sync: DraftSync;

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  save.mockReset().mockResolvedValue(undefined);
  load.mockReset().mockResolvedValue({});
  openDrafts("me");
  sync = new DraftSync({
    save,
    load,
    quote: (_, id) => ({ id, name: "Amara", preview: "words" }),
    origin: "here",
  });
});
afterEach(() => {
  sync.close();
  vi.useRealTimers();
});

const passes = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const heard = (text: string, part: object = {}) =>
  sync.hear({
    conversation_id: "c1",
    kind: "reply",
    text,
    updated_at: "2026-11-25T09:00:00Z",
    origin: "there",
    ...part,
  });

describe("a draft on the server", () => {
  it("is saved after a pause in typing, once for all that was typed", async () => {
    for (const text of ["H", "He", "Hel"]) {
      setDraft("c1", { reply: text });
      await passes(300);
    }
    expect(save).not.toHaveBeenCalled();
    await passes(700);
    expect(save.mock.calls).toEqual([["c1", { kind: "reply", text: "Hel", seq: 1, origin: "here" }]]);
    expect(draftOf("c1").unsaved).toEqual({});
  });

  it("is saved now and then while somebody types without a pause", async () => {
    for (let i = 0; i < 30; i++) {
      setDraft("c1", { reply: "x".repeat(i + 1) });
      await passes(200);
    }
    expect(save).toHaveBeenCalledTimes(1);
  });

  it("goes at once when it was sent, and when the conversation is left", async () => {
    setDraft("c1", { reply: "words" });
    setDraft("c2", { note: "other words" });
    sync.flush("c1");
    await passes(0);
    expect(save.mock.calls.map(([id]) => id)).toEqual(["c1"]);
    setDraft("c1", { reply: "" });
    await passes(0);
    expect(save).toHaveBeenLastCalledWith("c1", expect.objectContaining({ text: "" }));
  });

  it("keeps each conversation and kind to itself", async () => {
    setDraft("c1", { reply: "for one" });
    setDraft("c2", { reply: "for two" });
    setDraft("c1", { note: "for colleagues" });
    await passes(700);
    expect(save.mock.calls.map(([id, draft]) => [id, draft.kind, draft.text])).toEqual([
      ["c1", "reply", "for one"],
      ["c2", "reply", "for two"],
      ["c1", "note", "for colleagues"],
    ]);
  });

  it("says what it answers", async () => {
    setDraft("c1", { reply: "yes", quote: { id: "m1", name: "Amara", preview: "?" } });
    await passes(700);
    expect(save).toHaveBeenCalledWith("c1", expect.objectContaining({ reply_to: "m1" }));
  });

  it("is tried again after a failure, with what is written by then, never two at once", async () => {
    let fail: (error: unknown) => void = () => {};
    save.mockImplementationOnce(() => new Promise((_, reject) => (fail = reject)));
    setDraft("c1", { reply: "one" });
    await passes(700);
    setDraft("c1", { reply: "one two" });
    await passes(5_000);
    expect(save).toHaveBeenCalledTimes(1);
    fail(new NetworkError("gone"));
    await passes(1_000);
    expect(save).toHaveBeenLastCalledWith("c1", expect.objectContaining({ text: "one two", seq: 2 }));
  });

  it("stays here when the server will not have it", async () => {
    save.mockRejectedValue(new ApiError(404, "not_found", "gone"));
    setDraft("c1", { reply: "mine" });
    await passes(60_000);
    expect(save).toHaveBeenCalledTimes(1);
    expect(draftOf("c1").reply).toBe("mine");
  });

  it("is sent after a reload of the page that came before it was saved", async () => {
    setDraft("c1", { reply: "unsaved" });
    sync.close();
    useDrafts.setState({ drafts: {} });
    openDrafts("me");
    sync = new DraftSync({ save, load, quote: () => null, origin: "new" });
    await passes(700);
    expect(save).toHaveBeenCalledWith("c1", expect.objectContaining({ text: "unsaved", origin: "new" }));
  });

  it("is nobody else's", () => {
    setDraft("c1", { reply: "mine" });
    openDrafts("another");
    expect(draftOf("c1").reply).toBe("");
  });
});

describe("what another screen wrote", () => {
  it("shows here, with what it answers", () => {
    heard("from the phone", { reply_to: "m1" });
    expect(draftOf("c1")).toMatchObject({ reply: "from the phone", quote: { id: "m1" } });
    expect(save).not.toHaveBeenCalled();
    heard("");
    expect(draftOf("c1")).toMatchObject({ reply: "", quote: null });
  });

  it("is ignored when it is one's own echo, or while something here is not saved", async () => {
    setDraft("c1", { reply: "here" });
    heard("there");
    expect(draftOf("c1").reply).toBe("here");
    await passes(700);
    heard("an echo that came late", { origin: "here" });
    expect(draftOf("c1").reply).toBe("here");
    heard("there");
    expect(draftOf("c1").reply).toBe("there");
  });

  it("is taken over on opening, and goes when it was sent there", async () => {
    load.mockResolvedValueOnce({ reply: { text: "begun", reply_to: null, updated_at: "" }, note: null });
    await sync.load("c1");
    expect(draftOf("c1").reply).toBe("begun");
    await sync.load("c1");
    expect(draftOf("c1").reply).toBe("");
  });

  it("does not take the place of what was typed while it was asked for", async () => {
    let answer: (value: Awaited<ReturnType<SyncOptions["load"]>>) => void = () => {};
    load.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
    const loading = sync.load("c1");
    setDraft("c1", { reply: "typed" });
    await passes(700);
    answer({ reply: { text: "old", reply_to: null, updated_at: "" } });
    await loading;
    expect(draftOf("c1").reply).toBe("typed");
  });
});

it("shows in the list how a reply begins that was written elsewhere, until it is known in full", async () => {
  setDraft("c2", { reply: "mine" });
  sync.begun([
    { conversation_id: "c1", kind: "reply", preview: "Dear Am" },
    { conversation_id: "c2", kind: "reply", preview: "old" },
    { conversation_id: "c3", kind: "note", preview: "for us" },
  ]);
  expect(useDrafts.getState().begun).toEqual({ c1: "Dear Am" });
  heard("");
  expect(useDrafts.getState().begun).toEqual({});
});

it("puts words back before what has been begun meanwhile", () => {
  setDraft("c1", { reply: "begun", mode: "note" });
  restore({ conversationId: "c1", kind: "reply", text: "taken back", quote: null });
  expect(draftOf("c1")).toMatchObject({ mode: "reply", reply: "taken back\nbegun" });
});

it("keeps what one person took back from the next at the same screen", () => {
  openDrafts("amara");
  const said = { type: "location", latitude: 1, longitude: 2, name: null, address: null } as const;
  useDrafts.setState({ again: { conversationId: "c1", said } });
  openDrafts("omar");
  expect(useDrafts.getState().again).toBeNull();
});
