import type { Contact, Conversation, TimelineEntry } from "@max/api";
import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { at, conversation, message, reply } from "../../../test/factory";
import { open } from "../../../test/screen";
import { faults, refusal, type TestServer, wrongField } from "../../../test/server";
import { hears, signIn, signOut } from "../../../test/signed-in";
import { queryClient } from "../../app/services";
import { keys } from "../../live/keys";
import { TagLayer } from "../tags/layer";
import { openTags } from "../tags/open";
import { shownValue } from "./inline-edit";
import { ContextPanel } from "./panel";
import { showTab } from "./tab";

const user = userEvent.setup();
const C = "/conversations/c1";
const red = { id: "g1", name: "Delayed", color: "red" };
const blue = { id: "g2", name: "Nigeria", color: "blue" };
const room: Conversation = conversation({ tags: [red] });
const contact: Contact = {
  id: "p1",
  name: "Amara Okafor",
  phone: "+15550100",
  username: null,
  email: null,
  attributes: { plan: "Gold", since: "2026-03-01" },
  blocked: false,
  blocked_until: null,
  blocked_by: null,
  came: 0,
  blocked_at: null,
  block_reason: null,
  identities: [
    {
      id: "i1",
      channel: { id: "ch", kind: "whatsapp", name: "WhatsApp" },
      external_id: "+15550100",
      created_at: at(0),
    },
  ],
  conversations: [
    {
      id: "c0",
      number: 9,
      state: "closed",
      last_activity_at: at(0),
      assignee: { id: "u2", name: "Devon Kim" },
      close_reason: { id: "r1", name: "Resolved" },
      preview: "Receipt for tax return",
    },
  ],
  created_at: at(0),
};

function Panel() {
  return (
    <>
      <TagLayer conversation={room} />
      <ContextPanel id="c1" onClose={() => {}} />
    </>
  );
}

let server: TestServer;
async function start(role: "agent" | "team_lead" = "agent") {
  server = (await signIn({ role }))
    .on(`GET ${C}`, { body: room })
    .on("GET /contacts/p1", { body: contact })
    .on("GET /contact-attributes", {
      body: {
        items: [
          { id: "a1", key: "plan", name: "Plan", kind: "choice", choices: ["Gold", "Silver"] },
          { id: "a2", key: "since", name: "Member since", kind: "date", choices: [] },
          { id: "a3", key: "sent", name: "Sent", kind: "number", choices: [] },
          { id: "a4", key: "vip", name: "VIP", kind: "boolean", choices: [] },
        ],
      },
    })
    .on("GET /tags", {
      body: { items: [red, blue].map((tag) => ({ ...tag, team_id: null, uses: 1 })) },
    })
    .on("PATCH /contacts/p1", ({ body }) => {
      const { attributes, ...rest } = body as Partial<Contact>;
      return { body: { ...contact, ...rest, attributes: { ...contact.attributes, ...attributes } } };
    });
  await open("/", { "/": Panel });
  await screen.findByText("Identities");
  await screen.findByText("Plan");
}
beforeEach(() => showTab("customer"));
afterEach(signOut);

describe("the customer", () => {
  it("is shown with all that is known, and without faults", async () => {
    await start();
    expect(screen.getAllByText("+15550100").length).toBeGreaterThan(0);
    screen.getByText("Gold");
    screen.getByText("1 Mar 2026");
    screen.getByText("Receipt for tax return");
    expect(screen.queryByTestId("block")).toBeNull();
    expect(await faults()).toEqual([]);
  });

  it("is edited in place: Enter saves what changed, Escape does not", async () => {
    await start();
    await user.click(screen.getByRole("button", { name: "Add email" }));
    await user.keyboard("a@x.test{Enter}");
    await waitFor(() => expect(server.bodies("PATCH /contacts/p1")).toEqual([{ email: "a@x.test" }]));
    await user.click(screen.getByRole("button", { name: /Edit name/ }));
    await user.keyboard("Somebody else{Escape}");
    expect(screen.getByRole("button", { name: "Edit name: Amara Okafor" })).toBe(document.activeElement);
    await user.click(screen.getByRole("button", { name: /Edit name/ }));
    await user.clear(screen.getByRole("textbox", { name: "Name" }));
    await user.keyboard("{Enter}");
    screen.getByText("A customer needs a name");
    expect(await faults()).toEqual([]);
    expect(server.bodies("PATCH /contacts/p1")).toHaveLength(1);
  });

  it("has details of every kind", async () => {
    await start();
    await user.click(screen.getByRole("button", { name: /Edit plan/ }));
    await user.selectOptions(screen.getByRole("combobox", { name: "Plan" }), "Silver");
    await user.click(screen.getByRole("button", { name: "Add sent" }));
    await user.keyboard("many{Enter}");
    screen.getByText("Enter a number");
    await user.clear(screen.getByRole("textbox", { name: "Sent" }));
    await user.keyboard("38420{Enter}");
    await user.click(screen.getByRole("button", { name: "Add vip" }));
    await user.selectOptions(screen.getByRole("combobox", { name: "VIP" }), "Yes");
    await waitFor(() =>
      expect(server.bodies("PATCH /contacts/p1")).toEqual([
        { attributes: { plan: "Silver" } },
        { attributes: { sent: 38_420 } },
        { attributes: { vip: true } },
      ]),
    );
  });

  it("shows the old value again and says why when it is refused", async () => {
    await start();
    server.on("PATCH /contacts/p1", wrongField("email", "Enter an address like name@company.com."));
    await user.click(screen.getByRole("button", { name: "Add email" }));
    await user.keyboard("nonsense{Enter}");
    await screen.findByRole("button", { name: "Add email" });
  });

  it("follows what colleagues change", async () => {
    await start();
    hears({ kind: "contact.updated", data: { contact: { ...contact, email: "new@x.test" } } });
    await screen.findByRole("button", { name: "Edit email: new@x.test" });
  });

  it("reads values as people do", () => {
    expect(shownValue("number", 38_420)).toBe((38_420).toLocaleString());
    expect(shownValue("boolean", false)).toBe("No");
    expect(shownValue("date", "not a day")).toBe("not a day");
    expect(shownValue("text", "")).toBe("");
  });
});

it("opens an earlier conversation in place, to read only", async () => {
  await start();
  server
    .on("GET /conversations/c0", { body: conversation({ id: "c0", number: 9, state: "closed" }) })
    .on("GET /conversations/c0/messages", {
      body: {
        items: [{ ...reply({ seq: 2, status: "failed" }), conversation_id: "c0" }, message({ seq: 1 })],
        next_cursor: null,
      },
    });
  await user.click(screen.getByTestId("past-conversation"));
  await screen.findByText("message 1");
  screen.getByText("To read only");
  expect(screen.queryByTestId("retry-send")).toBeNull();
  expect(server.calls.some(({ name }) => name === "POST /conversations/c0/read")).toBe(false);
  expect(await faults()).toEqual([]);
  await user.click(screen.getByRole("button", { name: "Back to the customer" }));
  await screen.findByText("Identities");
});

describe("blocking", () => {
  it("says what it means before it is done, and can be taken back", async () => {
    await start("team_lead");
    server
      .on("POST /contacts/p1/block", { body: { ...contact, blocked: true } })
      .on("POST /contacts/p1/unblock", { body: contact });
    await user.click(screen.getByTestId("block"));
    const dialog = await screen.findByRole("alertdialog");
    expect(dialog.textContent).toContain("enters no queue");
    expect(await faults(dialog)).toEqual([]);
    await user.type(within(dialog).getByLabelText(/Reason/), "spam");
    await user.click(within(dialog).getByTestId("confirm"));
    await screen.findByText("This customer is blocked");
    expect(server.bodies("POST /contacts/p1/block")).toEqual([{ reason: "spam" }]);
    await user.click(screen.getByTestId("unblock"));
    await screen.findByTestId("block");
  });
});

describe("tags", () => {
  it("are found, put on and taken off at once", async () => {
    await start();
    server
      .on(`PUT ${C}/tags/g2`, { body: { ...room, tags: [red, blue] } })
      .on(`DELETE ${C}/tags/g1`, { body: { ...room, tags: [blue] } });
    await user.click(screen.getByTestId("add-tag"));
    await user.click(await screen.findByRole("option", { name: "Nigeria" }));
    await screen.findByRole("button", { name: "Remove tag Nigeria" });
    expect(await faults()).toEqual([]);
    await user.keyboard("{Escape}");
    await user.click(screen.getByRole("button", { name: "Remove tag Delayed" }));
    await waitFor(() => expect(screen.queryByText("Delayed")).toBeNull());
    expect(server.calls.filter(({ name }) => name.includes("/tags/")).map(({ name }) => name)).toEqual([
      `PUT ${C}/tags/g2`,
      `DELETE ${C}/tags/g1`,
    ]);
  });

  it("come back when the server does not take it", async () => {
    await start();
    server.on(`DELETE ${C}/tags/g1`, refusal(403, "forbidden", "You may not do this."));
    await user.click(screen.getByRole("button", { name: "Remove tag Delayed" }));
    await waitFor(() => expect(server.calls.some(({ name }) => name === `DELETE ${C}/tags/g1`)).toBe(true));
    await screen.findByRole("button", { name: "Remove tag Delayed" });
  });

  it("open by key, and leads create one for their team by its name", async () => {
    await start("team_lead");
    const made = { id: "g9", name: "Urgent visit", color: "blue", team_id: "t1", uses: 0 };
    server
      .on("POST /tags", { status: 201, body: made })
      .on(`PUT ${C}/tags/g9`, { body: { ...room, tags: [red, made] } });
    act(() => void openTags());
    await user.type(await screen.findByRole("combobox", { name: "Find a tag" }), "Urgent visit");
    await user.click(await screen.findByRole("option", { name: /Create/ }));
    await screen.findByRole("button", { name: "Remove tag Urgent visit" });
    expect(server.bodies("POST /tags")).toMatchObject([{ name: "Urgent visit", team_id: "t1" }]);
  });

  it("are created by nobody who may not", async () => {
    await start("agent");
    act(() => void openTags());
    await user.type(await screen.findByRole("combobox", { name: "Find a tag" }), "Urgent visit");
    await screen.findByText("No tag has that name");
    expect(screen.queryByRole("option")).toBeNull();
  });

  it("change their looks everywhere when an admin changes them, and go when they are deleted", async () => {
    await start();
    hears({ kind: "tag.changed", data: { tag: { ...red, name: "Late", team_id: null, uses: 1 } } });
    await screen.findByText("Late");
    hears({ kind: "tag.deleted", data: { id: red.id } });
    await waitFor(() => expect(queryClient.getQueryData<Conversation>(keys.conversation("c1"))?.tags).toEqual([]));
  });
});

describe("activity", () => {
  const entry = (part: Partial<TimelineEntry>): TimelineEntry =>
    ({
      id: "e1",
      at: at(5),
      after_seq: 1,
      kind: "taken",
      actor: { id: "u2", name: "Devon Kim" },
      data: {},
      ...part,
    }) as TimelineEntry;

  it("shows what happened and hears of what happens", async () => {
    await start();
    server.on(`GET ${C}/timeline`, { body: { items: [entry({})] } });
    await user.click(screen.getByRole("tab", { name: "Activity" }));
    await screen.findByText("Devon Kim took it");
    hears({
      kind: "timeline.added",
      data: { conversation_id: "c1", entry: entry({ id: "e2", kind: "tagged", data: { tag: { name: "Late" } } }) },
    });
    await screen.findByText("Devon Kim added the tag Late");
    expect(await faults()).toEqual([]);
  });

  it("tells what became of the details as well", async () => {
    await start();
    server.on(`GET ${C}/timeline`, { body: { items: [] } }).on("GET /contacts/p1/activity", {
      body: {
        items: [
          { id: "x1", at: at(9), kind: "renamed", actor: { id: "u2", name: "Devon Kim" }, data: { to: "Amara O." } },
          { id: "x2", at: at(8), kind: "blocked", actor: null, data: {} },
        ],
        next_cursor: null,
      },
    });
    await user.click(screen.getByRole("tab", { name: "Activity" }));
    await screen.findByText("Devon Kim changed the name to Amara O.");
    expect(screen.queryByText(/blocked/)).toBeNull();
  });
});
