import type { Conversation } from "@max/api";
import { Toaster } from "@max/ui";
import { act, cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { conversation, me } from "../../../test/factory";
import { open } from "../../../test/screen";
import { faults, refusal, TestServer } from "../../../test/server";
import { live } from "../../app/live";
import { closeLive, openLive, queryClient, session } from "../../app/services";
import { keys } from "../../live/keys";
import { usePresence } from "../../live/presence";
import { useConversation } from "../inbox/queries";
import { HeadActions } from "./actions";

const user = userEvent.setup();
const devon = { id: "devon", name: "Devon Kim" };
const mine = conversation({ state: "assigned", assignee: { id: "me", name: me.name }, unread: 0 });
let server: TestServer;
let stored: Conversation;

function Head() {
  const { data } = useConversation("c1");
  return data ? <HeadActions conversation={data} /> : null;
}

const step = (name: string, change: (body: never) => Partial<Conversation>) =>
  server.on(`POST /conversations/c1/${name}`, ({ body }) => {
    stored = { ...stored, ...change(body as never) };
    return { body: stored };
  });

async function show(c: Conversation, role: typeof me.role = "team_lead") {
  stored = c;
  server
    .on("POST /auth/login", { body: { access_token: "t", expires_in: 900, user: { ...me, role } } })
    .on("GET /conversations/c1", () => ({ body: stored }))
    .on("GET /close-reasons", {
      body: {
        items: [
          { id: "r1", key: "resolved", name: "Resolved", active: true, position: 0 },
          { id: "r2", key: "spam", name: "Spam", active: true, position: 1 },
          { id: "r3", key: "old", name: "Old one", active: false, position: 2 },
        ],
      },
    })
    .on("GET /conversations/c1/assignees", {
      body: {
        items: [
          {
            ...devon,
            photo_url: null,
            role: "agent",
            presence: "online",
            open_conversations: 4,
            eligible: true,
            reason: null,
          },
          {
            id: "hiro",
            name: "Hiro Kato",
            photo_url: null,
            role: "agent",
            presence: "online",
            open_conversations: 2,
            eligible: true,
            reason: null,
          },
        ],
      },
    })
    .on("GET /teams", {
      body: {
        items: [
          { id: "t1", name: "Support", color: "green", description: "", member_count: 2, created_at: "" },
          { id: "t2", name: "Sales", color: "amber", description: "", member_count: 2, created_at: "" },
        ],
        next_cursor: null,
      },
    });
  await session.login({ email: me.email, password: "x" });
  openLive({ ...me, role });
  render(<Toaster dismiss="Dismiss" />);
  await open("/", { "/": Head });
  await screen.findByTestId("more-button");
}

beforeEach(async () => {
  // What loads on intent is there, however busy the machine.
  await import("./tools");
  vi.stubGlobal(
    "WebSocket",
    class {
      close() {}
    },
  );
  localStorage.clear();
  usePresence.setState({ people: {}, rooms: {} });
  server = new TestServer();
});
afterEach(async () => {
  cleanup();
  closeLive();
  await session.logout().catch(() => {});
});

const key = (name: string, more: object = {}) => fireEvent.keyDown(document.body, { key: name, ...more });

describe("the head of a conversation", () => {
  it("assigns with A, two letters and Enter, and takes it back", async () => {
    await show(mine);
    expect(await faults()).toEqual([]);
    step("assign", ({ user_id }: { user_id: string }) => ({
      assignee: user_id === "hiro" ? { id: "hiro", name: "Hiro Kato" } : { id: "me", name: me.name },
    }));
    key("a");
    await user.type(await screen.findByRole("combobox"), "hi");
    await screen.findByText("2 open");
    expect(await faults()).toEqual([]);
    await user.keyboard("{Enter}");
    expect(await screen.findByText("Amara Okafor is with Hiro Kato")).toBeTruthy();
    expect(live().cache.conversation("c1")?.assignee?.name).toBe("Hiro Kato");
    await user.click(screen.getByTestId("toast-action"));
    await waitFor(() =>
      expect(server.bodies("POST /conversations/c1/assign")).toEqual([{ user_id: "hiro" }, { user_id: "me" }]),
    );
  });

  it("closes with E and Enter, by the reason of the last time or another number, and reopens with Z", async () => {
    await show(mine);
    step("close", ({ reason }: { reason: string }) => ({
      state: "closed",
      close_reason: { id: reason, name: "Spam" },
    }));
    step("reopen", () => ({ state: "assigned", close_reason: null }));
    key("e");
    const dialog = await screen.findByRole("dialog");
    await screen.findByText("Resolved");
    expect(await faults()).toEqual([]);
    expect(screen.queryByText("Old one")).toBeNull();
    fireEvent.keyDown(screen.getByRole("radio", { name: /Resolved/ }), { key: "2" });
    fireEvent.keyDown(dialog.querySelector("form") as Element, { key: "Enter" });
    await waitFor(() => expect(server.bodies("POST /conversations/c1/close")).toEqual([{ reason: "r2" }]));
    await screen.findByTestId("reopen-button");
    expect(localStorage.getItem("max.close-reason")).toBe("r2");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    key("z");
    await waitFor(() => expect(server.bodies("POST /conversations/c1/reopen")).toHaveLength(1));
  });

  it("closes at once where the reason is picked with it", async () => {
    await show(mine);
    step("close", () => ({ state: "closed", close_reason: { id: "r1", name: "Resolved" } }));
    await user.click(screen.getByTestId("close-reasons"));
    await user.click(await screen.findByRole("menuitem", { name: "Resolved" }));
    await waitFor(() => expect(server.bodies("POST /conversations/c1/close")).toEqual([{ reason: "r1" }]));
  });

  it("shows a step at once and says who was faster where it is lost", async () => {
    await show({ ...mine, assignee: null, state: "queued" });
    let answer: (value: ReturnType<typeof refusal>) => void = () => {};
    server.on(
      "POST /conversations/c1/take",
      () => new Promise((resolve) => (answer = resolve as typeof answer)) as never,
    );
    key("A", { shiftKey: true });
    await waitFor(() => expect(live().cache.conversation("c1")?.assignee?.id).toBe("me"));
    stored = { ...stored, assignee: devon, state: "assigned" };
    await waitFor(() => expect(server.bodies("POST /conversations/c1/take")).toHaveLength(1));
    await act(async () => answer(refusal(409, "conversation_taken", "Taken.", { winner: devon })));
    expect(await screen.findByText("Devon Kim took this conversation")).toBeTruthy();
    // The row is put right by what the server says now.
    await waitFor(() =>
      expect(queryClient.getQueryData<Conversation>(keys.conversation("c1"))?.assignee?.name).toBe("Devon Kim"),
    );
  });

  it("transfers with Shift T, to a team that has to be chosen, with a note", async () => {
    await show(mine);
    step("transfer", ({ team_id }: { team_id: string }) => ({
      team: { id: team_id, name: "Sales", color: "amber" },
      assignee: null,
      state: "queued",
    }));
    key("T", { shiftKey: true });
    await user.click(await screen.findByTestId("transfer-confirm"));
    expect(screen.getAllByText("Choose a team").length).toBeGreaterThan(1);
    await user.click(screen.getByTestId("transfer-team"));
    await user.click(await screen.findByRole("option", { name: "Sales" }));
    await user.type(screen.getByRole("textbox"), "They want a quote");
    await user.click(screen.getByTestId("transfer-confirm"));
    await waitFor(() =>
      expect(server.bodies("POST /conversations/c1/transfer")).toEqual([{ team_id: "t2", note: "They want a quote" }]),
    );
  });

  it("transfers to a person, who is shown with presence and load, with a note", async () => {
    await show(mine);
    usePresence.setState({ people: { devon: { ...devon, state: "busy" } } });
    step("assign", () => ({ assignee: { id: "hiro", name: "Hiro Kato" } }));
    key("T", { shiftKey: true });
    await user.click(await screen.findByTestId("transfer-to-person"));
    await user.click(screen.getByTestId("transfer-confirm"));
    expect(within(screen.getByRole("dialog")).getByRole("alert").textContent).toBe("Choose a colleague");
    await user.click(screen.getByTestId("transfer-person"));
    const options = await screen.findAllByRole("option");
    expect(options.map((option) => option.textContent)).toEqual([
      expect.stringMatching(/Hiro Kato.*Least busy.*2 open/),
      expect.stringMatching(/Devon Kim.*4 open/),
    ]);
    expect(screen.getByRole("img", { name: "Busy" })).toBeTruthy();
    expect(await faults()).toEqual([]);
    await user.keyboard("{Enter}");
    await user.type(screen.getByLabelText("Note for colleagues"), "You know them");
    await user.click(screen.getByTestId("transfer-confirm"));
    await waitFor(() =>
      expect(server.bodies("POST /conversations/c1/assign")).toEqual([{ user_id: "hiro", note: "You know them" }]),
    );
    expect(server.bodies("POST /conversations/c1/transfer")).toEqual([]);
  });

  it("hands an agent's own conversation to a person within its team", async () => {
    await show(mine, "agent");
    step("transfer", () => ({ assignee: devon }));
    key("T", { shiftKey: true });
    await user.click(await screen.findByTestId("transfer-to-person"));
    await user.click(screen.getByTestId("transfer-person"));
    await user.click(await screen.findByRole("option", { name: /Devon/ }));
    await user.click(screen.getByTestId("transfer-confirm"));
    await waitFor(() =>
      expect(server.bodies("POST /conversations/c1/transfer")).toEqual([{ team_id: "t1", user_id: "devon" }]),
    );
  });

  it("puts aside with S and changes the priority with P", async () => {
    await show(mine);
    step("snooze", () => ({ state: "snoozed", snoozed_until_reply: true }));
    step("priority", ({ priority }: { priority: Conversation["priority"] }) => ({ priority }));
    key("s");
    await user.click(await screen.findByTestId("snooze-reply"));
    await waitFor(() => expect(server.bodies("POST /conversations/c1/snooze")).toEqual([{}]));
    await waitFor(() => expect(screen.queryByRole("menu")).toBeNull());
    key("p");
    await user.click(await screen.findByTestId("priority-urgent"));
    await waitFor(() => expect(server.bodies("POST /conversations/c1/priority")).toEqual([{ priority: "urgent" }]));
  });

  it("offers an agent only what is theirs", async () => {
    await show({ ...mine, assignee: devon }, "agent");
    expect(screen.queryByTestId("close-button")).toBeNull();
    expect(screen.queryByTestId("transfer-button")).toBeNull();
    expect(screen.getByTestId("assign-button")).toHaveProperty("disabled", true);
    key("e");
    key("s");
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(screen.queryByRole("menu")).toBeNull();
  });

  it("says who else looks", async () => {
    await show(mine);
    act(() =>
      usePresence.setState({
        rooms: { c1: { conversation_id: "c1", viewers: [devon, { id: "me", name: "L" }], typing: [] } },
      }),
    );
    expect(screen.getByRole("img", { name: "Devon Kim is looking at this too" })).toBeTruthy();
  });
});
