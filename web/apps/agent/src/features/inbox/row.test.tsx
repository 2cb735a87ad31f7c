import type { Conversation } from "@max/api";
import { act, render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { conversation, me } from "../../../test/factory";
import { faults } from "../../../test/server";
import { hearWriting, usePresence } from "../../live/presence";
import { CustomerWriting } from "../conversation/writing";
import { ConversationRow } from "./row";

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
const draw = (part: Partial<Conversation>) =>
  render(
    <div role="listbox" aria-label="Conversations">
      <ConversationRow
        conversation={conversation({ reply_waits: false, folded_count: 0, ...part })}
        meId={me.id}
        selected={false}
        current
        shared={false}
        phone={false}
        compact={false}
        position={1}
        size={1}
        ticked={null}
        onTick={() => {}}
        onOpen={() => {}}
        onFocus={() => {}}
      />
    </div>,
  );
afterEach(() => act(() => usePresence.setState({ writing: {}, rooms: {} })));
const row = () => screen.getByRole("option");
const name = () => row().getAttribute("aria-label") ?? "";

it.each([
  ["in its last hour", { window_expires_at: inMinutes(40), waiting_since: inMinutes(-30) }, true],
  ["with time left", { window_expires_at: inMinutes(90), waiting_since: inMinutes(-30) }, false],
  ["that has closed", { window_expires_at: inMinutes(-1), waiting_since: inMinutes(-30) }, false],
  ["whose customer has been answered", { window_expires_at: inMinutes(40), waiting_since: null }, false],
  ["that sleeps", { window_expires_at: inMinutes(40), waiting_since: inMinutes(-30), state: "snoozed" }, false],
] as const)("a window %s counts down: %j", async (_, part, counts) => {
  draw(part);
  expect(row().textContent?.includes("Window 40m") || row().textContent?.includes("Window 39m")).toBe(counts);
  expect(/Window \d+m/.test(name())).toBe(counts);
  expect(await faults()).toEqual([]);
});

it("counts nothing on a channel without a window", () => {
  const channel = { ...conversation().channel, reply_window_seconds: null };
  draw({ channel, window_expires_at: inMinutes(40), waiting_since: inMinutes(-30) });
  expect(name()).not.toContain("Window");
});

it("says that a reply waits for the customer", async () => {
  draw({ reply_waits: true });
  expect(row().textContent).toContain("Reply waits");
  expect(name()).toContain("A reply waits for the customer");
  expect(await faults()).toEqual([]);
});

it("stays calm about a flood: a quiet number beside the unread", async () => {
  draw({ folded_count: 480, unread: 20 });
  expect(screen.getByTestId("folded-count").textContent).toBe("+480");
  expect(name()).toContain("20 unread messages");
  expect(name()).toContain("480 more messages, folded");
  expect(await faults()).toEqual([]);
});

it("says that the customer is typing, unless a colleague is", async () => {
  draw({});
  act(() => hearWriting("other", true));
  expect(row().textContent).not.toContain("is typing");
  act(() => hearWriting("c1", true));
  expect(row().textContent).toContain("is typing…");
  expect(name()).toContain("is typing…");
  expect(await faults()).toEqual([]);
  const typing = [{ id: "devon", name: "Devon Kim", kind: "reply" as const }];
  act(() => usePresence.setState({ rooms: { c1: { conversation_id: "c1", viewers: [], typing } } }));
  expect(row().textContent).toContain("Devon is replying");
  act(() => hearWriting("c1", false));
});

it("tells it once to whoever listens to the conversation", () => {
  render(<CustomerWriting conversation={conversation()} />);
  // The region is there before there is anything to say; else nothing would be read out.
  const region = screen.getByRole("status");
  expect(region.textContent).toBe("");
  act(() => hearWriting("c1", true));
  act(() => hearWriting("c1", true));
  expect(region.textContent).toBe(`${conversation().contact.name} is typing`);
  act(() => hearWriting("c1", false));
  expect(region.textContent).toBe("");
});
