import type { Conversation, HeldMessage, Message, Page } from "@max/api";
import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { conversation, me, media, message, reply, template } from "../../../test/factory";
import { faults, refusal, type TestServer } from "../../../test/server";
import { show, signIn, signOut } from "../../../test/signed-in";
import { queryClient } from "../../app/services";
import { keys } from "../../live/keys";
import { putBack, useAttachments } from "../attachments/store";
import { Composer } from "./composer";
import { draftOf, setDraft } from "./drafts";
import { waitingSince } from "./held-up";

const user = userEvent.setup();
const C = "/conversations/c1";
const TEMPLATE = template();
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const shut = (part: Partial<Conversation> = {}): Conversation =>
  conversation({ window_expires_at: ago(5), reply_waits: false, ...part });
const waiting = (part: Partial<HeldMessage> = {}) =>
  ({
    ...reply({ seq: 1, id: "w1", text: "Your money is on its way" }),
    seq: null,
    status: "held",
    waits_for: "customer",
    expires_at: ago(-7 * 24 * 60),
    ...part,
  }) as HeldMessage;

let server: TestServer;
beforeEach(async () => {
  server = (await signIn())
    .on(`GET ${C}/drafts`, { body: { reply: null, note: null } })
    .on(`PUT ${C}/draft`, { body: { updated_at: ago(0) } })
    .on("GET /canned", { body: { items: [] } })
    .on("GET /templates", { body: { items: [TEMPLATE], next_cursor: null } })
    .on(`POST ${C}/messages`, { status: 201, body: { ...reply({ seq: 9 }), waiting: waiting() } });
  queryClient.setQueryData<HeldMessage[]>(keys.held("c1"), []);
});
afterEach(async () => {
  setDraft("c1", { mode: "reply", reply: "", note: "", quote: null });
  useAttachments.setState({}, true);
  await signOut();
});

const draw = (c: Conversation) => show(<Composer conversation={c} me={me} />);
const field = () => screen.getByTestId<HTMLTextAreaElement>("composer-text");
const sent = () => server.bodies(`POST ${C}/messages`);
const chooseTemplate = async () => {
  await user.click(await screen.findByRole("button", { name: /follow_up/ }));
  await user.click(await screen.findByTestId("template-send"));
};

describe("a reply past the closed window", () => {
  it("is written, goes with a template that asks, and waits in the thread", async () => {
    draw(shut());
    await user.click(screen.getByTestId("ask-to-reopen"));
    await user.type(field(), "Your money is on its way");
    expect(await faults()).toEqual([]);
    expect(screen.getByTestId("composer-send").textContent).toBe("Choose a template");
    expect(screen.queryByTestId("send-more")).toBeNull();
    await user.keyboard("{Enter}");
    expect(sent()).toEqual([]);
    await chooseTemplate();
    await waitFor(() => expect(draftOf("c1").reply).toBe(""));
    expect(sent()).toMatchObject([
      {
        kind: "reply",
        text: "Your money is on its way",
        ask_to_reopen: { template: { name: "follow_up", language: "en_US" } },
      },
    ]);
    expect(queryClient.getQueryData<HeldMessage[]>(keys.held("c1"))?.map(({ id }) => id)).toEqual(["w1"]);
    // The composer is the template picker again.
    await screen.findByTestId("ask-to-reopen");
  });

  it("stays where it is when the server does not take it", async () => {
    server.on(`POST ${C}/messages`, refusal(409, "window_open", "The reply window is open. Send the reply as it is."));
    draw(shut());
    await user.click(screen.getByTestId("ask-to-reopen"));
    await user.type(field(), "Hello{Enter}");
    await chooseTemplate();
    await screen.findByText("The reply window is open. Send the reply as it is.");
    expect(draftOf("c1").reply).toBe("Hello");
  });

  it("may carry one file, and not two", async () => {
    putBack("c1", "reply", [media({ id: "f1" })]);
    draw(shut());
    await user.click(screen.getByTestId("ask-to-reopen"));
    await user.type(field(), "Look");
    act(() => putBack("c1", "reply", [media({ id: "f2" })]));
    await user.click(screen.getByTestId("composer-send"));
    expect(screen.getByTestId("composer-send").getAttribute("aria-description")).toBe(
      "One file at most can wait for the customer",
    );
    act(() => {
      useAttachments.setState({}, true);
      putBack("c1", "reply", [media({ id: "f1" })]);
    });
    await user.click(screen.getByTestId("composer-send"));
    await chooseTemplate();
    await waitFor(() => expect(sent()).toMatchObject([{ text: "Look", media_ids: ["f1"] }]));
    await waitFor(() => expect(Object.values(useAttachments.getState()).flatMap(({ files }) => files)).toEqual([]));
  });

  it("is not offered twice, nor where no template may be sent", async () => {
    const { unmount } = draw(shut({ reply_waits: true }));
    await screen.findByText(/waits for the customer already/);
    expect(screen.queryByTestId("ask-to-reopen")).toBeNull();
    unmount();
    draw(shut({ channel: { ...conversation().channel, can_send_templates: false } }));
    expect(screen.queryByTestId("ask-to-reopen")).toBeNull();
  });
});

it("keeps what was written when the window closes in front of the writer", async () => {
  draw(shut({ window_expires_at: new Date(Date.now() + 1_200).toISOString() }));
  await user.type(field(), "Nearly done");
  await screen.findByTestId("ask-to-reopen", {}, { timeout: 5_000 });
  expect(screen.queryByTestId("composer-text")).toBeNull();
  screen.getByText("Nearly done");
  await user.click(screen.getByTestId("ask-to-reopen"));
  expect(field().value).toBe("Nearly done");
});

describe("replies that do not go out", () => {
  const thread = (items: Message[]) =>
    queryClient.setQueryData(keys.messages("c1"), {
      pages: [{ items, next_cursor: null } satisfies Page<Message>],
      pageParams: [null],
    });
  const open = conversation({ window_expires_at: ago(-600), reply_waits: false });

  it("are known by the oldest that is still there", () => {
    const old = reply({ seq: 2, status: "queued", created_at: ago(3) });
    const all = [reply({ seq: 1, status: "read" }), old, reply({ seq: 3, status: "queued", created_at: ago(1) })];
    expect(waitingSince(all)).toBe(Date.parse(old.created_at));
    expect(waitingSince([message({ seq: 1 }), reply({ seq: 2, status: "failed" })])).toBeNull();
  });

  it("say that what is written waits, until they leave", async () => {
    thread([reply({ seq: 2, status: "queued", created_at: ago(3) })]);
    draw(open);
    await screen.findByTestId("held-up", {}, { timeout: 5_000 });
    expect(await faults()).toEqual([]);
    await user.type(field(), "Still here");
    expect(screen.getByTestId("composer-send").getAttribute("aria-description")).toBeNull();
    act(() => void thread([reply({ seq: 2, status: "sent", created_at: ago(3) })]));
    await waitFor(() => expect(screen.queryByTestId("held-up")).toBeNull());
  });

  it("are no matter while they have only just been sent", async () => {
    thread([reply({ seq: 2, status: "queued", created_at: ago(0) })]);
    draw(open);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(screen.queryByTestId("held-up")).toBeNull();
  });
});
