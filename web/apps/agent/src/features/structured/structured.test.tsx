import type { Conversation, HeldMessage, Interactive } from "@max/api";
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { conversation, structured as LIMITS, me, reply } from "../../../test/factory";
import { faults, refusal, type TestServer } from "../../../test/server";
import { show, signIn, signOut } from "../../../test/signed-in";
import { Composer } from "../composer/composer";
import { draftOf, setDraft } from "../composer/drafts";
import { setHold } from "../composer/prefs";
import { HeldBubble } from "../conversation/held-bubble";

const user = userEvent.setup();
const C = "/conversations/c1";
const open: Conversation = conversation({ window_expires_at: new Date(Date.now() + 86_400_000).toISOString() });

let server: TestServer;
beforeEach(async () => {
  let seq = 10;
  server = (await signIn())
    .on(`GET ${C}/drafts`, { body: { reply: null, note: null } })
    .on(`PUT ${C}/draft`, { body: { updated_at: new Date().toISOString() } })
    .on(`GET ${C}/held`, { body: { items: [] } })
    .on("GET /channels/ch/capabilities", { body: { media: {}, structured: LIMITS } })
    .on(`POST ${C}/messages`, ({ body }) => {
      seq += 1;
      return { status: 201, body: reply({ seq, client_id: (body as { client_id: string }).client_id }) };
    });
});
afterEach(signOut);

const sent = () => server.bodies(`POST ${C}/messages`) as Record<string, unknown>[];
const choose = async (name: string, c = open) => {
  const view = show(<Composer conversation={c} me={me} />);
  await user.click(await screen.findByRole("button", { name: "Send something else" }));
  await user.click(await screen.findByRole("menuitem", { name }));
  await screen.findByRole("dialog");
  return view;
};
const write = async (name: string | RegExp, text: string) => {
  const field = screen.getByRole("textbox", { name });
  await user.clear(field);
  await user.type(field, text);
};
const press = (name: string) => user.click(screen.getByRole("button", { name }));
const closed = () => waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());

describe("what a channel takes beside words and files", () => {
  it("is offered, by keyboard too, and nothing else is", async () => {
    server.on("GET /channels/ch/capabilities", { body: { media: {}, structured: { ...LIMITS, list: null } } });
    show(<Composer conversation={open} me={me} />);
    const button = await screen.findByRole("button", { name: "Send something else" });
    button.focus();
    await user.keyboard("{Enter}");
    const items = await screen.findAllByRole("menuitem");
    expect(items.map((item) => item.textContent)).toEqual(["Location", "Buttons"]);
    await user.keyboard("{ArrowDown}{Enter}");
    expect(await screen.findByRole("dialog", { name: /Ask with buttons|Send a location/ })).toBeTruthy();
  });

  it("is not offered where there is nothing, nor for notes", async () => {
    server.on("GET /channels/ch/capabilities", { body: { structured: { location: null, buttons: null, list: null } } });
    show(<Composer conversation={open} me={me} />);
    await waitFor(() => expect(server.calls.some(({ path }) => path.endsWith("/capabilities"))).toBe(true));
    expect(screen.queryByRole("button", { name: "Send something else" })).toBeNull();
  });

  it("is not offered beside a note", async () => {
    setDraft("c1", { mode: "note" });
    show(<Composer conversation={open} me={me} />);
    await waitFor(() => expect(server.calls.some(({ path }) => path.endsWith("/capabilities"))).toBe(true));
    expect(screen.queryByRole("button", { name: "Send something else" })).toBeNull();
  });
});

describe("a location", () => {
  it("is read out of a link, shown as it will look, and sent with what is quoted", async () => {
    setDraft("c1", { quote: { id: "m1", name: "Amara", preview: "Where?" } });
    await choose("Location");
    await press("Send");
    expect(screen.getAllByText("Fill this in.")).toHaveLength(2);
    expect(document.activeElement).toBe(screen.getByRole("textbox", { name: "Latitude" }));
    await user.click(screen.getByTestId("place-paste"));
    await user.paste("https://www.openstreetmap.org/#map=17/-23.55052/-46.63331");
    await write("Name", "Depot");
    expect(within(screen.getByTestId("structured-preview")).getByText("-23.55052, -46.63331")).toBeTruthy();
    expect(await faults()).toEqual([]);
    await press("Send");
    await closed();
    const location = { latitude: -23.55052, longitude: -46.63331, name: "Depot", address: null };
    expect(sent()).toMatchObject([{ kind: "reply", location, reply_to: "m1" }]);
    expect(draftOf("c1").quote).toBeNull();
  });

  it("says what it cannot read", async () => {
    await choose("Location");
    await user.click(screen.getByTestId("place-paste"));
    await user.paste("https://maps.app.goo.gl/abc");
    expect(screen.getByText(/There are no coordinates in this/)).toBeTruthy();
    await write("Latitude", "91");
    await write("Longitude", "x");
    await press("Send");
    expect(screen.getByText("Between -90 and 90.")).toBeTruthy();
    expect(screen.getByText("Write a number, such as 52.52.")).toBeTruthy();
    expect(sent()).toEqual([]);
  });
});

describe("buttons", () => {
  it("begin with what was written, count along, and go out once", async () => {
    setDraft("c1", { reply: "When shall we call?" });
    await choose("Buttons");
    await write(/Button 1/, "Today and not tomorrow");
    expect(screen.getByText("2 too many")).toBeTruthy();
    await press("Send");
    expect(sent()).toEqual([]);
    await write(/Button 1/, "Today");
    await write(/Button 2/, "Tomorrow");
    await press("Add a button");
    expect(screen.queryByRole("button", { name: "Add a button" })).toBeNull();
    await write(/Button 3/, "Never");
    const preview = within(screen.getByTestId("structured-preview"));
    expect(preview.getAllByRole("listitem").map((item) => item.textContent)).toEqual(["Today", "Tomorrow", "Never"]);
    expect(await faults()).toEqual([]);
    await press("Remove button 3");
    await press("Send");
    await closed();
    expect(sent()).toMatchObject([
      {
        kind: "reply",
        interactive: {
          type: "buttons",
          text: "When shall we call?",
          header: null,
          footer: null,
          buttons: [
            { id: "button-1", title: "Today" },
            { id: "button-2", title: "Tomorrow" },
          ],
        },
      },
    ]);
    expect(draftOf("c1").reply).toBe("");
  });

  it("show what the server says at its field, until that is changed", async () => {
    const fields = [{ field: "interactive.buttons.1.title", message: "This says nothing." }];
    server.on(`POST ${C}/messages`, refusal(422, "invalid", "Please check the marked fields.", { fields }));
    setDraft("c1", { reply: "Which?" });
    await choose("Buttons");
    await write(/Button 1/, "A");
    await write(/Button 2/, "B");
    await press("Send");
    expect(await screen.findByText("This says nothing.")).toBeTruthy();
    expect(document.activeElement).toBe(screen.getByRole("textbox", { name: /Button 2/ }));
    await write(/Button 2/, "C");
    expect(screen.queryByText("This says nothing.")).toBeNull();
    await press("Send");
    await waitFor(() => expect(sent()).toHaveLength(2));
    expect(new Set(sent().map(({ client_id }) => client_id)).size).toBe(1);
    expect(draftOf("c1").reply).toBe("Which?");
  });

  it("say that something was said meanwhile, and go all the same when asked to", async () => {
    server.on(
      `POST ${C}/messages`,
      refusal(409, "stale_view", "Something was said here.", { messages: [{ seq: 12 }] }),
    );
    await choose("Buttons");
    await write("Question", "Which?");
    await write(/Button 1/, "A");
    await press("Remove button 2");
    await press("Send");
    expect(await screen.findByText("Something was said here.")).toBeTruthy();
    await press("Send anyway");
    await waitFor(() => expect(sent()).toHaveLength(2));
    expect(sent()[1]).toMatchObject({ seen_seq: 12 });
  });
});

describe("what is held for a moment", () => {
  const question: Interactive = {
    type: "buttons",
    text: "Which?",
    header: null,
    footer: "Ask Amara",
    buttons: [
      { id: "button-1", title: "A" },
      { id: "button-2", title: "B" },
    ],
  };
  const held = (content: HeldMessage["content"]) => ({
    ...reply({ seq: 0, client_id: "k1", content, text: null, status: "held" }),
    seq: null,
    created_at: new Date().toISOString(),
    release_at: new Date(Date.now() + 5_000).toISOString(),
  });

  it("is sent like words are, and says itself that it waits", async () => {
    setHold(5);
    const told = () => screen.queryAllByText("Question sent").length;
    server.on(`POST ${C}/messages`, { status: 201, body: held(question) });
    await choose("Buttons");
    const before = told();
    await write("Question", "Which?");
    await write(/Button 1/, "A");
    await press("Remove button 2");
    await press("Send");
    await closed();
    expect(sent()).toMatchObject([{ hold_seconds: 5 }]);
    expect(told()).toBe(before);
  });

  it("opens its form again when it is taken back, and goes as it then stands", async () => {
    setHold(0);
    setDraft("c1", { reply: "Something else" });
    const message = held(question) as unknown as HeldMessage;
    server
      .on(`GET ${C}/held`, { body: { items: [message] } })
      .on(`DELETE ${C}/messages/${message.id}`, { status: 204 });
    show(
      <>
        <HeldBubble message={message} first />
        <Composer conversation={open} me={me} />
      </>,
    );
    await user.click(await screen.findByRole("button", { name: "Undo" }));
    await screen.findByRole("dialog", { name: "Ask with buttons" });
    expect((screen.getByRole("textbox", { name: "Question" }) as HTMLInputElement).value).toBe("Which?");
    await write(/Button 2/, "C");
    await press("Send");
    await closed();
    expect(sent()).toMatchObject([
      { interactive: { text: "Which?", footer: "Ask Amara", buttons: [{ title: "A" }, { title: "C" }] } },
    ]);
    expect(draftOf("c1").reply).toBe("Something else");
    await user.click(screen.getByRole("button", { name: "Send something else" }));
    await user.click(await screen.findByRole("menuitem", { name: "Buttons" }));
    const fresh = await screen.findByRole("textbox", { name: "Question" });
    expect((fresh as HTMLInputElement).value).toBe("Something else");
  });
});

describe("a list", () => {
  it("has sections and rows within what goes", async () => {
    await choose("List");
    await write("Question", "What is it about?");
    await write("Text of the button that opens the list", "Choose");
    await write(/Row 1: Title/, "Late");
    await press("Add a section");
    expect(screen.getByText("2 of 3 rows")).toBeTruthy();
    await press("Send");
    expect(screen.getAllByText("Each of several sections needs a title.")).toHaveLength(2);
    const [orders, money] = screen.getAllByRole("group", { name: /^Section/ }).map((group) => within(group));
    await user.type(orders?.getByRole("textbox", { name: "Title of the section" }) as Element, "Orders");
    await user.type(money?.getByRole("textbox", { name: "Title of the section" }) as Element, "Money");
    await user.type(money?.getByRole("textbox", { name: /Row 1: Title/ }) as Element, "Bill");
    await user.type(money?.getByRole("textbox", { name: "Second line" }) as Element, "What it says");
    await user.click(money?.getByRole("button", { name: "Add a row" }) as Element);
    expect(screen.queryByRole("button", { name: "Add a row" })).toBeNull();
    await user.click(money?.getByRole("button", { name: "Remove row 2" }) as Element);
    const preview = within(screen.getByTestId("structured-preview"));
    await user.click(preview.getByRole("button", { name: "Show what “Choose” opens" }));
    expect(preview.getAllByRole("listitem").map((item) => item.textContent)).toEqual(["Late", "BillWhat it says"]);
    expect(await faults()).toEqual([]);
    await press("Send");
    await closed();
    expect(sent()[0]?.interactive).toMatchObject({
      type: "list",
      button: "Choose",
      sections: [
        { title: "Orders", rows: [{ id: "row-1-1", title: "Late", description: null }] },
        { title: "Money", rows: [{ id: "row-2-1", title: "Bill", description: "What it says" }] },
      ],
    });
  });
});
