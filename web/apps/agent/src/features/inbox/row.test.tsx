import type { Conversation } from "@max/api";
import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { conversation, me } from "../../../test/factory";
import { faults } from "../../../test/server";
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
