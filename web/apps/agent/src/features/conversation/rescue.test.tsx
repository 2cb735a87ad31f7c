import type { HeldMessage, Message } from "@max/api";
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { conversation, me, reply, template } from "../../../test/factory";
import { faults, type TestServer } from "../../../test/server";
import { hears, show, signIn, signOut } from "../../../test/signed-in";
import { queryClient } from "../../app/services";
import { keys } from "../../live/keys";
import { MessageBubble } from "./bubble";
import { HeldBubble } from "./held-bubble";

const user = userEvent.setup();
const M = "/conversations/c1/messages/w1";
const days = (n: number) => new Date(Date.now() + n * 86_400_000).toISOString();
const waiting = (part: Partial<HeldMessage> = {}): HeldMessage => ({
  ...reply({ seq: 1, id: "w1", text: "It is on its way" }),
  seq: null,
  status: "held",
  release_at: null,
  waits_for: "customer",
  expires_at: days(7),
  ...part,
});
const TEMPLATE = template();

let server: TestServer;
beforeEach(async () => {
  server = (await signIn()).on("GET /templates", { body: { items: [TEMPLATE], next_cursor: null } });
  queryClient.setQueryData(keys.conversation("c1"), conversation());
});
afterEach(signOut);

describe("a reply that waits for the customer", () => {
  it("says until when, and is changed without a time", async () => {
    show(<HeldBubble message={waiting()} first />);
    screen.getByText(/Leaves when the customer writes, until/);
    expect(await faults()).toEqual([]);
    server.on(`PATCH ${M}`, { body: waiting({ text: "It is on its way now" }) });
    await user.click(screen.getByTestId("edit-held"));
    const dialog = await screen.findByRole("dialog", { name: "Edit the reply that waits" });
    expect(within(dialog).queryByLabelText("Send at")).toBeNull();
    expect(await faults()).toEqual([]);
    await user.type(within(dialog).getByLabelText("Message"), " now");
    await user.click(within(dialog).getByTestId("save-held"));
    await waitFor(() => expect(server.bodies(`PATCH ${M}`)).toEqual([{ text: "It is on its way now" }]));
  });

  it("is taken back", async () => {
    queryClient.setQueryData<HeldMessage[]>(keys.held("c1"), [waiting()]);
    server.on(`DELETE ${M}`, { status: 204 });
    show(<HeldBubble message={waiting()} first />);
    await user.click(screen.getByTestId("take-back"));
    await waitFor(() => expect(queryClient.getQueryData(keys.held("c1"))).toEqual([]));
  });

  it("leaves live when the customer writes", () => {
    queryClient.setQueryData<HeldMessage[]>(keys.held("c1"), [waiting()]);
    const { unread: _, mentioned: __, scheduled: ___, ...shared } = conversation({ reply_waits: false });
    const message: Message = { ...reply({ seq: 4, id: "w1", status: "queued" }) };
    hears({ kind: "message.created", data: { message, conversation: shared } });
    expect(queryClient.getQueryData(keys.held("c1"))).toEqual([]);
  });

  it("that nobody answered asks again", async () => {
    const error = { code: "unanswered", message: "The customer has not written for a week.", detail: null };
    server.on(`POST ${M}/rescue`, { status: 201, body: { ...reply({ seq: 9 }), waiting: waiting() } });
    show(<HeldBubble message={waiting({ status: "failed", error })} first />);
    expect(screen.queryByTestId("send-anyway")).toBeNull();
    await user.click(screen.getByTestId("ask-again"));
    await user.click(await screen.findByRole("button", { name: /follow_up/ }));
    await user.click(await screen.findByTestId("template-send"));
    await waitFor(() =>
      expect(server.bodies(`POST ${M}/rescue`)).toMatchObject([{ template: { name: "follow_up", language: "en_US" } }]),
    );
  });
});

describe("a reply that failed", () => {
  const failed = (code: string, part: Partial<Message> = {}) =>
    reply({
      seq: 3,
      status: "failed",
      error: {
        code,
        message: "it was too late",
        detail: null,
        ...(code === "131026" ? {} : { reason: "window_closed" }),
      },
      ...part,
    });
  const rescue = vi.fn();
  const draw = (message: Message, may = true) =>
    show(
      <MessageBubble
        message={message}
        first
        meta
        meId={me.id}
        quotedName={null}
        busy={false}
        rise={false}
        actions={{ quote: undefined, resolve: vi.fn(), jump: vi.fn(), rescue: may ? rescue : undefined }}
      />,
    );

  const file = { content: { type: "media", kind: "document" } as never };
  it.each([
    ["in MAX's own words", failed("window_closed")],
    ["in the provider's", failed("131047")],
    ["with a file", failed("131047", file)],
  ])("because the window had closed (%s) can wait for the customer", async (_, message) => {
    draw(message);
    expect(await faults()).toEqual([]);
    await user.click(screen.getByTestId("rescue"));
    expect(rescue).toHaveBeenLastCalledWith(message);
  });

  it.each([
    ["for another reason", failed("131026"), true],
    ["and waits already", failed("rescued"), true],
    ["while the window is open again", failed("window_closed"), false],
    [
      "of a kind that never goes",
      failed("window_closed", { content: { type: "unsupported", kind: "x" } as never }),
      true,
    ],
  ])("%s is not offered that", (_, message, may) => {
    draw(message, may);
    expect(screen.queryByTestId("rescue")).toBeNull();
    expect(screen.queryByTestId("retry-send") === null).toBe(message.error?.code === "rescued");
  });
});
