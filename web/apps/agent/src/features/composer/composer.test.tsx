import type { Conversation, HeldMessage } from "@max/api";
import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { conversation, me, message, reply, template } from "../../../test/factory";
import { faults, refusal, type TestServer } from "../../../test/server";
import { hears, show, signIn, signOut } from "../../../test/signed-in";
import { queryClient } from "../../app/services";
import { keys } from "../../live/keys";
import { usePresence } from "../../live/presence";
import { Composer } from "./composer";
import { draftOf } from "./drafts";
import { setHold } from "./prefs";
import { markSeen } from "./stale";

const user = userEvent.setup();
const C = "/conversations/c1";
const open: Conversation = conversation({ window_expires_at: new Date(Date.now() + 86_400_000).toISOString() });
const canned = [
  { id: "k1", shortcut: "fee-waived", title: "Fee waived", text: "Good news {first_name}", scope: "global" },
  { id: "k2", shortcut: "fee-refund", title: "Refund", text: "Your {amount} goes to {account}", scope: "team" },
].map((one, index) => ({ ...one, team_id: null, owner_id: null, uses: 9 - index, attachments: [] }));

let server: TestServer;
beforeEach(async () => {
  server = (await signIn())
    .on(`GET ${C}/drafts`, { body: { reply: null, note: null } })
    .on(`PUT ${C}/draft`, { body: { updated_at: new Date().toISOString() } })
    .on("GET /canned", { body: { items: canned } })
    .on(`GET ${C}/canned/k1`, { body: { text: "Good news Amara", unfilled: [], attachments: [] } })
    .on(`POST ${C}/canned/k1/use`, { body: { text: "Good news Amara", unfilled: [], attachments: [] } })
    .on(`POST ${C}/canned/k2/use`, {
      body: { text: canned[1]?.text, unfilled: ["amount", "account"], attachments: [] },
    })
    .on(`GET ${C}/canned/k2`, { body: { text: canned[1]?.text, unfilled: ["amount", "account"], attachments: [] } })
    .on(`GET ${C}/assignees`, {
      body: { items: [{ id: "0192c0de-0000-7000-8000-000000000001", name: "Sofia Nunes", photo_url: null }] },
    })
    .on("GET /teams", { body: { items: [{ id: "t1", name: "Sales", color: "red" }], next_cursor: null } })
    .on(`GET ${C}/held`, { body: { items: [] } })
    .on("GET /close-reasons", {
      body: { items: [{ id: "r1", key: "resolved", name: "Resolved", active: true, position: 1 }] },
    })
    .on(`POST ${C}/messages`, ({ body }) => {
      const { client_id, hold_seconds, send_at } = body as Record<string, string>;
      const held = { ...reply({ seq: 1, client_id: client_id ?? null }), seq: null, status: "held" };
      return { status: 201, body: hold_seconds || send_at ? held : reply({ seq: 9, client_id: client_id ?? null }) };
    });
  queryClient.setQueryData<HeldMessage[]>(keys.held("c1"), []);
});
afterEach(signOut);

const draw = (c: Conversation = open) => show(<Composer conversation={c} me={me} />);
const field = () => screen.getByTestId<HTMLTextAreaElement>("composer-text");
const sent = () => server.bodies(`POST ${C}/messages`);

describe("canned responses", () => {
  it("are found after a slash, shown as they will read, and put in by Enter", async () => {
    draw();
    await user.type(field(), "Hi, /fee");
    const list = await screen.findByRole("listbox", { name: "Canned responses" });
    expect(within(list).getAllByRole("option")).toHaveLength(2);
    await screen.findByText("Good news Amara");
    expect(field().getAttribute("aria-activedescendant")).toBe(within(list).getAllByRole("option")[0]?.id);
    expect(await faults()).toEqual([]);
    await user.keyboard("{Enter}");
    await waitFor(() => expect(field().value).toBe("Hi, Good news Amara"));
    expect(screen.queryByRole("listbox")).toBeNull();
    expect(sent()).toEqual([]);
  });

  it("may be several in one message, by pointer too", async () => {
    draw();
    await user.type(field(), "/fee-w");
    await user.click(await screen.findByRole("option"));
    await waitFor(() => expect(field().value).toBe("Good news Amara"));
    await user.type(field(), " /fee-w");
    await user.click(await screen.findByRole("option"));
    await waitFor(() => expect(field().value).toBe("Good news Amara Good news Amara"));
  });

  it("leave blanks that Tab goes through and that block the sending in words", async () => {
    draw();
    await user.type(field(), "/fee-r");
    await screen.findByRole("option");
    await user.keyboard("{Enter}");
    await waitFor(() => expect(field().value).toBe("Your {amount} goes to {account}"));
    expect(field().value.slice(field().selectionStart, field().selectionEnd)).toBe("{amount}");
    await user.keyboard("12 EUR{Tab}");
    expect(field().value.slice(field().selectionStart, field().selectionEnd)).toBe("{account}");
    expect(screen.getByTestId("composer-send").getAttribute("aria-description")).toBe("Fill in {account} first");
    await user.keyboard("{Enter}");
    expect(sent()).toEqual([]);
    expect((await screen.findByRole("alert")).textContent).toContain("Fill in {account} first");
    await user.keyboard("her bank{Enter}");
    await waitFor(() => expect(sent()).toMatchObject([{ text: "Your 12 EUR goes to her bank" }]));
  });

  it("are never sent as they were typed because the list was slow", async () => {
    let answer: (value: { body: object }) => void = () => {};
    server.on("GET /canned", () => new Promise((resolve) => (answer = resolve)));
    draw();
    await user.type(field(), "/fee-w{Enter}{Enter}");
    expect(sent()).toEqual([]);
    await screen.findByText("Loading canned responses", { selector: "p" });
    await user.keyboard("{Enter}");
    expect(sent()).toEqual([]);
    act(() => answer({ body: { items: canned } }));
    await screen.findByRole("option");
    await user.keyboard("{Enter}");
    await waitFor(() => expect(field().value).toBe("Good news Amara"));
  });

  it("close with Escape and stay closed for that word", async () => {
    draw();
    await user.type(field(), "/fee");
    await screen.findByRole("listbox");
    await user.keyboard("{Escape}");
    expect(screen.queryByRole("listbox")).toBeNull();
    await user.keyboard("s");
    expect(screen.queryByRole("listbox")).toBeNull();
  });

  it("are put in with all blanks open when they cannot be filled now", async () => {
    server.on(`POST ${C}/canned/k1/use`, refusal(503, "unavailable", "Try again."));
    queryClient.setDefaultOptions({ queries: { ...queryClient.getDefaultOptions().queries, retry: false } });
    draw();
    await user.type(field(), "/fee-w");
    await screen.findByRole("option");
    await user.keyboard("{Enter}");
    await waitFor(() => expect(field().value).toBe("Good news {first_name}"));
    await screen.findByText(/blanks are yours/);
  });
});

describe("mentions", () => {
  it("are found after an at sign in a note and go out with their ids", async () => {
    draw();
    await user.click(screen.getByRole("tab", { name: "Note" }));
    await user.type(field(), "Ask @sof");
    await screen.findByRole("option", { name: /Sofia Nunes/ });
    expect(await faults()).toEqual([]);
    await user.keyboard("{Enter}");
    await waitFor(() => expect(field().value).toBe("Ask @Sofia Nunes "));
    await user.keyboard("and @sal");
    await screen.findByRole("option", { name: /Sales/ });
    await user.keyboard("{Tab}");
    await waitFor(() => expect(field().value).toBe("Ask @Sofia Nunes and @Sales "));
    await user.click(screen.getByTestId("composer-send"));
    await waitFor(() =>
      expect(sent()).toMatchObject([
        {
          kind: "note",
          text: "Ask @[Sofia Nunes](user:0192c0de-0000-7000-8000-000000000001) and @[Sales](team:t1)",
        },
      ]),
    );
    expect(sent()[0]).not.toHaveProperty("hold_seconds");
  });

  it("are for notes only", async () => {
    draw();
    await user.type(field(), "mail @sof");
    expect(screen.queryByRole("listbox")).toBeNull();
  });
});

it("keeps a note and a reply apart", async () => {
  draw();
  await user.type(field(), "for the customer");
  await user.click(screen.getByRole("tab", { name: "Note" }));
  expect(field().value).toBe("");
  await user.type(field(), "for colleagues");
  await user.click(screen.getByRole("tab", { name: "Reply" }));
  expect(field().value).toBe("for the customer");
  await waitFor(
    () =>
      expect(server.bodies(`PUT ${C}/draft`)).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ kind: "reply", text: "for the customer" }),
          expect.objectContaining({ kind: "note", text: "for colleagues" }),
        ]),
      ),
    { timeout: 3_000 },
  );
});

describe("sending", () => {
  it("is held for as long as this device says, with what was seen", async () => {
    setHold(10);
    markSeen("c1", 42);
    draw();
    await user.type(field(), "hello{Enter}");
    await waitFor(() => expect(sent()).toMatchObject([{ text: "hello", hold_seconds: 10, seen_seq: 42 }]));
    setHold(0);
    await user.type(field(), "again{Enter}");
    await waitFor(() => expect(sent()).toHaveLength(2));
    expect(sent()[1]).not.toHaveProperty("hold_seconds");
    setHold(5);
  });

  it("and closing asks for the reason once, and remembers it", async () => {
    draw();
    await user.type(field(), "bye{Control>}{Shift>}{Enter}{/Shift}{/Control}");
    const dialog = await screen.findByRole("dialog", { name: "Send and close" });
    await within(dialog).findByRole("radio", { name: "Resolved" });
    expect(await faults(dialog)).toEqual([]);
    await user.type(within(dialog).getByLabelText("Note for colleagues"), "They were glad");
    await user.click(within(dialog).getByRole("button", { name: "Send and close" }));
    await waitFor(() =>
      expect(sent()).toMatchObject([{ text: "bye", then_close: { reason: "r1", note: "They were glad" } }]),
    );
    await waitFor(() => expect(document.activeElement).toBe(field()));
    await user.type(field(), "bye again{Control>}{Shift>}{Enter}{/Shift}{/Control}");
    await waitFor(() => expect(sent()).toHaveLength(2));
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("later is by a time that is offered, without a hold", async () => {
    draw();
    await user.type(field(), "tomorrow then");
    await user.click(screen.getByTestId("send-more"));
    await user.click(await screen.findByTestId("menu-send-later"));
    const dialog = await screen.findByRole("dialog", { name: "Send later" });
    expect(await faults(dialog)).toEqual([]);
    await user.click(within(dialog).getByTestId("later-hour"));
    await waitFor(() => expect(sent()).toHaveLength(1));
    const { send_at, hold_seconds } = sent()[0] as Record<string, string>;
    expect(hold_seconds).toBeUndefined();
    expect(Date.parse(send_at ?? "") - Date.now()).toBeGreaterThan(59 * 60_000);
    expect(field().value).toBe("");
  });

  it("asks once when a colleague replied meanwhile", async () => {
    draw();
    await user.type(field(), "I can help");
    const said = reply({ seq: 5, author: { type: "user", id: "u2", name: "Devon Kim" } });
    const { unread: _, mentioned: __, scheduled: ___, ...shared } = open;
    hears({ kind: "message.created", data: { message: said, conversation: shared } });
    expect(screen.getAllByText("Devon replied just now").length).toBe(1);
    await user.click(field());
    await user.keyboard("{Enter}");
    expect(sent()).toEqual([]);
    expect(document.activeElement).toBe(screen.getByTestId("stale-edit"));
    expect(await faults()).toEqual([]);
    await user.click(screen.getByTestId("stale-anyway"));
    await waitFor(() => expect(sent()).toMatchObject([{ text: "I can help" }]));
    await user.type(field(), "more{Enter}");
    await waitFor(() => expect(sent()).toHaveLength(2));
  });

  it("does not ask about what the customer, or the reader elsewhere, said", async () => {
    draw();
    await user.type(field(), "words");
    const { unread: _, mentioned: __, scheduled: ___, ...shared } = open;
    hears({ kind: "message.created", data: { message: message({ seq: 5 }), conversation: shared } });
    hears({ kind: "message.created", data: { message: reply({ seq: 6 }), conversation: shared } });
    await user.click(field());
    await user.keyboard("{Enter}");
    await waitFor(() => expect(sent()).toHaveLength(1));
  });
});

describe("undo", () => {
  it("by key brings the words back before the server has heard of them", async () => {
    server.on(`POST ${C}/messages`, "network");
    draw();
    await user.type(field(), "oops{Enter}");
    expect(field().value).toBe("");
    // It may have arrived, so the words come back only when that is known.
    await user.keyboard("{Control>}z{/Control}");
    expect(draftOf("c1").reply).toBe("");
  });

  it("takes back what the server holds", async () => {
    server.on(`DELETE ${C}/messages/m1`, { status: 204 });
    draw();
    const held: HeldMessage = {
      ...reply({ seq: 1, text: "held words" }),
      seq: null,
      status: "held",
      created_at: new Date().toISOString(),
      release_at: new Date(Date.now() + 5_000).toISOString(),
    };
    act(() => void queryClient.setQueryData<HeldMessage[]>(keys.held("c1"), [held]));
    await user.click(field());
    await user.keyboard("{Control>}z{/Control}");
    await waitFor(() => expect(field().value).toBe("held words"));
    expect(queryClient.getQueryData(keys.held("c1"))).toEqual([]);
  });

  it("says when it was too late, and brings nothing back", async () => {
    server.on(`DELETE ${C}/messages/m1`, refusal(409, "message_not_retryable", "This message has just been sent."));
    draw();
    const held: HeldMessage = {
      ...reply({ seq: 1 }),
      seq: null,
      status: "held",
      created_at: new Date().toISOString(),
      release_at: new Date(Date.now() + 5_000).toISOString(),
    };
    act(() => void queryClient.setQueryData<HeldMessage[]>(keys.held("c1"), [held]));
    await user.click(field());
    await user.keyboard("{Control>}z{/Control}");
    await screen.findByText("This message has just been sent.");
    expect(field().value).toBe("");
  });
});

describe("who else writes", () => {
  it("is told, and nothing is locked by it", async () => {
    draw();
    act(() =>
      usePresence.setState({
        rooms: {
          c1: {
            conversation_id: "c1",
            viewers: [],
            typing: [
              { id: me.id, name: me.name, kind: "reply" },
              { id: "u2", name: "Devon Kim", kind: "reply" },
            ],
          },
        },
      }),
    );
    screen.getByText("Devon is writing a reply. Sending is still possible.");
    expect(await faults()).toEqual([]);
    act(() => usePresence.setState({ rooms: {} }));
    expect(screen.queryByTestId("typing")).toBeNull();
  });
});

it("says that the customer is blocked", () => {
  draw({ ...open, blocked: true });
  screen.getByText(/This customer is blocked/);
});

describe("a closed window", () => {
  const shut = conversation({
    window_expires_at: new Date(Date.now() - 3_600_000).toISOString(),
    channel: { ...open.channel, reply_window_seconds: 86_400, can_send_templates: true },
  });
  const asks = template({ name: "still_there" });

  it("lets a reply be written that waits for the customer, and asks them by a template", async () => {
    const waiting = { ...reply({ seq: 1 }), id: "h1", seq: null, status: "held", waits_for: "customer" };
    server
      .on("GET /templates", { body: { items: [asks], next_cursor: null } })
      .on(`POST ${C}/messages`, { status: 201, body: { ...reply({ seq: 9 }), waiting } });
    draw(shut);
    expect(screen.queryByTestId("composer-text")).toBeNull();
    await user.click(screen.getByTestId("ask-to-reopen"));
    await user.type(await screen.findByTestId("composer-text"), "It is repaired");
    expect(await faults()).toEqual([]);
    await user.click(screen.getByTestId("composer-send"));
    expect(sent()).toEqual([]);
    await user.click(await screen.findByRole("button", { name: /still_there/ }));
    await user.click(screen.getByTestId("template-send"));
    await waitFor(() =>
      expect(sent()).toMatchObject([
        {
          kind: "reply",
          text: "It is repaired",
          ask_to_reopen: { template: { name: "still_there", language: "en_US" } },
        },
      ]),
    );
    await waitFor(() => expect(draftOf("c1").reply).toBe(""));
    expect(queryClient.getQueryData<HeldMessage[]>(keys.held("c1"))?.map(({ id }) => id)).toEqual(["h1"]);
    await screen.findByTestId("ask-to-reopen");
  });

  it("says that one waits already, and does not offer a second", () => {
    draw({ ...shut, reply_waits: true });
    screen.getByText(/waits for the customer already/);
    expect(screen.queryByTestId("ask-to-reopen")).toBeNull();
  });
});
