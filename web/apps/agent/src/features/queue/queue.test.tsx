import type { Conversation, QueueDetail } from "@max/api";
import { Toaster } from "@max/ui";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { conversation, me } from "../../../test/factory";
import { open } from "../../../test/screen";
import { faults, refusal, TestServer } from "../../../test/server";
import { live } from "../../app/live";
import { closeLive, openLive, session } from "../../app/services";
import { useUi } from "../../lib/ui-state";
import { QueueScreen } from "./screen";

const user = userEvent.setup();
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const waiting = (id: string, name: string, minutes: number, part: Partial<Conversation> = {}) =>
  conversation({
    id,
    state: "queued",
    assignee: null,
    waiting_since: ago(minutes),
    contact: { id: `p-${id}`, name, phone: null, username: null },
    ...part,
  });
const rows = [
  waiting("c1", "Ibrahim Sesay", 12, { priority: "urgent" }),
  waiting("c2", "Camille Laurent", 6),
  waiting("c3", "Diego Paredes", 4),
];
const queue: QueueDetail = {
  team: { id: "t1", name: "Support", color: "green" },
  waiting: 3,
  longest_waiting_since: ago(12),
  over_target: 1,
  target_seconds: 600,
  expected_wait_seconds: 360,
  agents_online: 1,
  agents: [
    { id: "devon", name: "Devon Kim", presence: "online", open_conversations: 4 },
    { id: "yara", name: "Yara Pinto", presence: "away", open_conversations: 2 },
  ],
};
let server: TestServer;

beforeEach(async () => {
  await Promise.all([import("../bulk/bar"), import("../inbox/filter-tools")]);
  vi.stubGlobal(
    "WebSocket",
    class {
      close() {}
    },
  );
  useUi.setState({ bulk: null });
  vi.stubGlobal("matchMedia", (query: string) => ({
    matches: query.includes(">="),
    addEventListener() {},
    removeEventListener() {},
  }));
  server = new TestServer()
    .on("POST /auth/login", { body: { access_token: "t", expires_in: 900, user: { ...me, role: "team_lead" } } })
    .on("GET /queues/t1", { body: queue })
    .on("GET /conversations/counts", {
      body: {
        mine_open: 0,
        mine_unread: 0,
        snoozed: 0,
        mentions: 0,
        queues: [{ team_id: "t1", waiting: 3, more: false }],
        saved: [],
        more: false,
      },
    })
    .on("GET /conversations", { body: { items: rows, next_cursor: null } });
  await session.login({ email: me.email, password: "x" });
  openLive({ ...me, role: "team_lead" });
  render(<Toaster dismiss="Dismiss" />);
});
afterEach(async () => {
  cleanup();
  closeLive();
  await session.logout().catch(() => {});
});

const show = async () => {
  const view = await open("/queues/t1", {
    "/queues/$teamId/{-$id}": QueueScreen,
    "/inbox/$view/{-$id}": () => <p>work</p>,
  });
  await screen.findByText("Ibrahim Sesay");
  return view;
};

describe("the queue of a team", () => {
  it("says how it stands and who is there, without accessibility faults", async () => {
    await show();
    expect(screen.getByText("3 waiting")).toBeTruthy();
    expect(screen.getByText("of 3, target 10m")).toBeTruthy();
    expect(screen.getByText("1 available, 1 away")).toBeTruthy();
    expect(screen.getByRole("meter", { name: "Devon Kim has 4 open" })).toBeTruthy();
    expect(screen.getAllByTestId("queue-take")).toHaveLength(3);
    expect(await faults()).toEqual([]);
  });

  it("shows on a phone who is there, in a sheet that Esc closes and that gives the focus back", async () => {
    vi.stubGlobal("matchMedia", (query: string) => ({
      matches: query.includes("< 760px"),
      addEventListener() {},
      removeEventListener() {},
    }));
    await import("./agents-sheet");
    await show();
    expect(screen.queryByRole("meter")).toBeNull();
    const button = screen.getByRole("button", { name: "Show agents" });
    await user.click(button);
    expect(await screen.findByRole("dialog", { name: "Agents" })).toBeTruthy();
    expect(screen.getByText("1 available, 1 away")).toBeTruthy();
    expect(screen.getByRole("meter", { name: "Yara Pinto has 2 open" })).toBeTruthy();
    expect(await faults()).toEqual([]);
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(document.activeElement).toBe(button);
  });

  it("takes the next one with T, and says so when nobody waits any more", async () => {
    server.on("POST /queues/t1/take-next", refusal(404, "queue_empty", "Nothing waits."));
    const { where } = await show();
    fireEvent.keyDown(document.body, { key: "t" });
    expect(await screen.findByText("Nobody is waiting. Well done.")).toBeTruthy();
    server.on("POST /queues/t1/take-next", {
      body: { ...rows[0], assignee: { id: "me", name: me.name }, state: "assigned" },
    });
    fireEvent.keyDown(document.body, { key: "t" });
    await waitFor(() => expect(where()).toBe("/inbox/mine/c1"));
  });

  it("tells who was faster, and drops the row", async () => {
    server
      .on(
        "POST /conversations/c2/take",
        refusal(409, "conversation_taken", "Taken.", { winner: { id: "devon", name: "Devon Kim" } }),
      )
      .on("GET /conversations/c2", {
        body: { ...rows[1], assignee: { id: "devon", name: "Devon Kim" }, state: "assigned" },
      });
    await show();
    await user.click(screen.getByRole("button", { name: "Take Camille Laurent" }));
    expect(await screen.findByText("Devon Kim took this conversation")).toBeTruthy();
    live().cache.apply({
      kind: "conversation.taken",
      data: { id: "c2", number: 2, assignee: { id: "devon", name: "Devon Kim" }, team_id: "t1", state: "assigned" },
    });
    await waitFor(() => expect(screen.queryByText("Camille Laurent")).toBeNull());
    expect(screen.getByText("2 waiting")).toBeTruthy();
  });

  it("assigns those that are ticked, or all that match, as one job", async () => {
    let job = 0;
    server.on("POST /bulk", ({ body }) => ({
      status: 201,
      body: {
        id: `b${++job}`,
        ...(body as object),
        state: "running",
        total: 2,
        done: 0,
        failed: 0,
        undone: 0,
        kept: 0,
      },
    }));
    await show();
    await user.click(screen.getByRole("checkbox", { name: "Select Ibrahim Sesay" }));
    await user.click(screen.getByRole("checkbox", { name: "Select Diego Paredes" }));
    await screen.findByText("2 selected");
    expect(await faults()).toEqual([]);
    // The keys work though the focus is in a box to tick.
    fireEvent.keyDown(screen.getByRole("checkbox", { name: "Select Diego Paredes" }), { key: "a" });
    await user.type(await screen.findByRole("combobox"), "de");
    await user.keyboard("{Enter}");
    await waitFor(() =>
      expect(server.bodies("POST /bulk")).toEqual([
        { action: "assign", args: { user_id: "devon" }, ids: ["c1", "c3"] },
      ]),
    );
    await waitFor(() => expect(screen.queryByTestId("bulk-bar")).toBeNull());
    expect(useUi.getState().bulk).toBe("b1");

    await user.click(screen.getByRole("checkbox", { name: "Select Camille Laurent" }));
    await user.click(await screen.findByTestId("bulk-all"));
    await user.click(screen.getByTestId("bulk-priority"));
    await user.click(await screen.findByRole("menuitemradio", { name: "Low" }));
    await waitFor(() =>
      expect(server.bodies("POST /bulk")[1]).toEqual({
        action: "priority",
        args: { priority: "low" },
        filter: { view: "queue", team_id: "t1" },
      }),
    );
  });

  it("is narrowed by its address", async () => {
    await open("/queues/t1?priority=urgent", { "/queues/$teamId/{-$id}": QueueScreen });
    await screen.findByText("Ibrahim Sesay");
    const asked = server.calls.find((call) => call.name === "GET /conversations");
    expect(Object.fromEntries(asked?.query ?? [])).toMatchObject({ view: "queue", team_id: "t1", priority: "urgent" });
    expect(await screen.findByRole("button", { name: "Remove filter: Urgent" })).toBeTruthy();
  });
});
