import type { IngestHealth } from "@max/api";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import { channelRow } from "../../../test/factory";
import { open } from "../../../test/screen";
import { faults, type TestServer, wrongField } from "../../../test/server";
import { signIn, signOut } from "../../../test/signed-in";
import { hoursOf } from "./channel/frame";
import { channelOf, type NumberForm, problemsOf } from "./channel/whatsapp-form";
import { AdminScreen } from "./screen";

const user = userEvent.setup();
const screens = { "/admin/{-$page}/{-$id}": AdminScreen };
const all = [
  channelRow({ team_id: "t1" }),
  channelRow({
    id: "h2",
    name: "WhatsApp Sales",
    team_id: null,
    health: "trouble",
    health_detail: "The token has expired.",
  }),
];
const health = (last: string | null): IngestHealth => ({
  dead: 0,
  waiting: 0,
  channels: [
    {
      id: "h9",
      name: "New",
      kind: "whatsapp",
      active: true,
      health: "ok",
      health_detail: null,
      last_delivery_at: last,
      deliveries_24h: 0,
      dead: 0,
    },
  ],
});
/** The first was heard of, the second never. */
const heard = ["2026-11-02T00:00:00Z", null].flatMap((last, index) =>
  health(last).channels.map((one) => ({ ...one, id: `h${index + 1}` })),
);
const checks = (well: boolean) => ({
  body: {
    checks: [{ check: "number", ok: well, words: well ? "It is +1 555 0100." : "Make a new token.", detail: null }],
  },
});
let server: TestServer;

async function at(path: string, items = all) {
  server = (await signIn({ role: "admin" }))
    .on("GET /users/summary", { body: { active: 3, invited: 0 } })
    .on("GET /teams", {
      body: {
        items: [{ id: "t1", name: "Support", color: "green", description: "", member_count: 1, created_at: "" }],
      },
    })
    .on("GET /channels", { body: { items } })
    .on("GET /ingest/health", { body: { ...health(null), channels: heard } });
  return open(path, screens);
}
afterEach(signOut);

describe("channels", () => {
  it("are listed with their health in words, and found, without faults", async () => {
    await at("/admin/channels");
    await screen.findByText("The token has expired.");
    // When each was last heard of is told by ingest, not by the list.
    const rows = await screen.findAllByTestId("table-row");
    await waitFor(() => expect(rows.map((row) => /Nothing yet/.test(row.textContent ?? ""))).toEqual([false, true]));
    screen.getByText("All is well");
    expect(await faults()).toEqual([]);
    await user.type(screen.getByRole("searchbox"), "sales");
    await waitFor(() => expect(screen.queryByText("WhatsApp Lagos")).toBeNull());
  });

  it("that are none say what to do", async () => {
    await at("/admin/channels", []);
    await screen.findByText("No channels yet");
    expect(await faults()).toEqual([]);
  });

  it("are changed, with only what differs", async () => {
    await at("/admin/channels/h1");
    server.on("PATCH /channels/h1", { body: channelRow({ reopen_hours: 8, team_id: null }) });
    const panel = await screen.findByTestId("channel-panel");
    expect(await faults()).toEqual([]);
    const hours = within(panel).getByLabelText("Reopen within");
    await user.clear(hours);
    await user.type(hours, "8 days");
    within(panel).getByText("Enter whole hours from 0 to 8760.");
    await user.clear(hours);
    await user.type(hours, "8");
    await user.selectOptions(within(panel).getByLabelText("Team"), "No team");
    await user.click(within(panel).getByTestId("save"));
    await waitFor(() => expect(server.bodies("PATCH /channels/h1")).toEqual([{ team_id: null, reopen_hours: 8 }]));
    await waitFor(() => expect(within(panel).queryByTestId("save")).toBeNull());
  });

  it("are paused with a reason, say so, and are resumed", async () => {
    await at("/admin/channels/h1");
    const paused = channelRow({ paused_at: "2026-11-02T00:00:00Z", paused_by: "Ada", paused_reason: "New prices" });
    server
      .on("POST /channels/h1/pause", { body: paused })
      .on("POST /channels/h1/resume", { body: channelRow({ paused_at: null }) });
    const panel = await screen.findByTestId("channel-panel");
    await user.click(within(panel).getByTestId("pause-channel"));
    await user.type(await screen.findByLabelText("Reason, for other admins (optional)"), "New prices");
    await user.click(screen.getAllByRole("button", { name: "Pause sending" }).at(-1) as HTMLElement);
    await screen.findByTestId("paused");
    expect(server.bodies("POST /channels/h1/pause")).toEqual([{ reason: "New prices" }]);
    expect(screen.getByTestId("paused").textContent).toMatch(/Ada paused it .*“New prices”/);
    expect(await faults()).toEqual([]);
    await user.click(screen.getByTestId("resume-channel"));
    await waitFor(() => expect(screen.queryByTestId("paused")).toBeNull());
  });

  it("are tried with a message to oneself, and say why that did not go", async () => {
    await at("/admin/channels/h1");
    server.on("POST /channels/h1/test", wrongField("to", "WhatsApp does not know this number."));
    const panel = await screen.findByTestId("channel-panel");
    await user.type(within(panel).getByLabelText("Your own number"), "+1 555 0100");
    await user.click(within(panel).getByTestId("test-channel"));
    await screen.findByText("WhatsApp does not know this number.");
    server.on("POST /channels/h1/test", { body: { message_id: "m", template: "hello_world" } });
    await user.click(within(panel).getByTestId("test-channel"));
    await screen.findByText("WhatsApp took the template hello_world. Look at your phone.");
  });

  it("get a new secret beside which the old one holds, until somebody ends it", async () => {
    await at("/admin/channels/h1");
    const rotated = channelRow({ previous_secret_until: new Date(Date.now() + 86_400_000).toISOString() });
    server
      .on("POST /channels/h1/secrets", { body: rotated })
      .on("DELETE /channels/h1/secrets/previous", { body: channelRow({ previous_secret_until: null }) });
    const panel = await screen.findByTestId("channel-panel");
    await user.click(within(panel).getByRole("button", { name: "Replace app secret" }));
    await user.type(within(panel).getByLabelText("New app secret"), "new-secret");
    await user.click(within(panel).getByTestId("replace-credential"));
    await screen.findByText(/The secret before still holds/);
    expect(server.bodies("POST /channels/h1/secrets")).toEqual([{ name: "app_secret", value: "new-secret" }]);
    await user.click(screen.getByTestId("end-secret"));
    await waitFor(() => expect(screen.queryByText(/The secret before still holds/)).toBeNull());
  });

  it("are switched off only after a question that says what stops", async () => {
    await at("/admin/channels/h1");
    server.on("PATCH /channels/h1", { body: channelRow({ active: false }) });
    await user.click(await screen.findByTestId("channel-active"));
    const dialog = await screen.findByRole("alertdialog");
    expect(dialog.textContent).toContain("Replies cannot be sent");
    expect(server.bodies("PATCH /channels/h1")).toEqual([]);
    await user.click(within(dialog).getByTestId("confirm"));
    await waitFor(() => expect(server.bodies("PATCH /channels/h1")).toEqual([{ active: false }]));
    await waitFor(() => expect((screen.getByTestId("channel-active") as HTMLInputElement).checked).toBe(false));
  });

  it("get one credential replaced, and never show one", async () => {
    await at("/admin/channels/h1");
    server.on("PATCH /channels/h1", { body: channelRow({}) });
    await user.click(await screen.findByRole("button", { name: "Replace access token" }));
    const field = await screen.findByLabelText("New access token");
    expect((field as HTMLInputElement).type).toBe("password");
    await user.type(field, "a b");
    await user.click(screen.getByTestId("replace-credential"));
    await screen.findByText("It has spaces or signs that do not belong to it. Copy it again.");
    expect(await faults()).toEqual([]);
    await user.clear(field);
    await user.type(field, "EAAG2");
    await user.click(screen.getByTestId("replace-credential"));
    await waitFor(() =>
      expect(server.bodies("PATCH /channels/h1")).toEqual([{ credentials: { access_token: "EAAG2" } }]),
    );
  });

  it("are checked again with what is stored", async () => {
    await at("/admin/channels/h2");
    server.on("POST /channels/check", checks(false));
    await user.click(await screen.findByTestId("check-channel"));
    await screen.findByText("Make a new token.");
    expect(server.bodies("POST /channels/check")).toEqual([
      { kind: "whatsapp", config: all[1]?.config, credentials: {}, channel_id: "h2" },
    ]);
    expect(await faults()).toEqual([]);
  });
});

describe("a new number", () => {
  const fill = async () => {
    const enter = (label: string, value: string) =>
      fireEvent.change(screen.getByLabelText(label), { target: { value } });
    await screen.findByLabelText("Name");
    enter("Name", "WhatsApp Abuja");
    enter("Phone number ID", "12345");
    enter("WhatsApp Business Account ID", "678");
    enter("Access token", "EAAG");
    enter("App secret", "s3cret");
  };

  it("goes from the details to the first delivery", async () => {
    await at("/admin/channels/new");
    await user.click(await screen.findByTestId("choose-whatsapp"));
    await user.click(await screen.findByTestId("to-check"));
    screen.getByText("Enter the phone number ID.");
    expect(document.activeElement).toBe(screen.getByLabelText("Name"));
    expect(await faults()).toEqual([]);
    await fill();
    const token = (screen.getByLabelText("Verify token") as HTMLInputElement).value;
    expect(token).toMatch(/^[0-9a-f]{40}$/);
    server.on("POST /channels/check", checks(false));
    await user.click(screen.getByTestId("to-check"));
    await screen.findByText("Make a new token.");
    expect(await faults()).toEqual([]);
    server.on("POST /channels/check", checks(true));
    await user.click(screen.getByTestId("check-again"));
    await screen.findByText("Everything works.");
    expect(server.calls.some(({ name }) => name === "POST /channels")).toBe(false);

    let last: string | null = null;
    server
      .on("POST /channels", { status: 201, body: channelRow({ id: "h9", name: "WhatsApp Abuja" }) })
      .on("GET /ingest/health", () => ({ body: health(last) }));
    await user.click(screen.getByTestId("save-channel"));
    await screen.findByText("Waiting for the first delivery");
    expect(server.bodies("POST /channels")).toEqual([
      {
        kind: "whatsapp",
        name: "WhatsApp Abuja",
        team_id: null,
        config: { phone_number_id: "12345", business_account_id: "678" },
        credentials: { access_token: "EAAG", app_secret: "s3cret", verify_token: token },
      },
    ]);
    expect((screen.getByLabelText("Verify token") as HTMLInputElement).value).toBe(token);
    expect(await faults()).toEqual([]);
    last = "2026-11-25T10:00:00Z";
    await screen.findByText("The first delivery has come.", {}, { timeout: 15_000 });
    await user.click(screen.getByTestId("finish"));
    await screen.findByText("WhatsApp Abuja is ready");
    expect(await faults()).toEqual([]);
  });

  it("that the server refuses is put right where it is wrong, with everything else kept", async () => {
    await at("/admin/channels/new");
    await user.click(await screen.findByTestId("choose-whatsapp"));
    await fill();
    server.on("POST /channels/check", wrongField("credentials.access_token", "must be the token"));
    await user.click(screen.getByTestId("to-check"));
    await screen.findByText("Must be the token.");
    expect((screen.getByLabelText("Name") as HTMLInputElement).value).toBe("WhatsApp Abuja");
    expect(document.activeElement).toBe(screen.getByLabelText("Access token"));
  });
});

describe("what is entered", () => {
  const form: NumberForm = {
    name: " A ",
    team_id: "",
    phone_number_id: " 12 ",
    business_account_id: "34",
    access_token: "EA\n",
    app_secret: "s",
    verify_token: "v",
    api_base: " ",
  };
  it("is cleaned of what was pasted around it", () => {
    expect(problemsOf(form)).toEqual({});
    expect(channelOf(form)).toEqual({
      name: "A",
      team_id: null,
      config: { phone_number_id: "12", business_account_id: "34" },
      credentials: { access_token: "EA", app_secret: "s", verify_token: "v" },
    });
  });
  it("is refused where it cannot be", () => {
    expect(Object.keys(problemsOf({ ...form, phone_number_id: "+12", app_secret: "a b" }))).toEqual([
      "phone_number_id",
      "app_secret",
    ]);
  });
  it.each([
    ["24", 24],
    ["0", 0],
    ["8760", 8_760],
    ["8761", null],
    ["-1", null],
    ["1.5", null],
    ["", null],
  ])("%s hours are %s", (text, hours) => expect(hoursOf(text)).toBe(hours));
});

describe("blocked customers", () => {
  const row = {
    id: "p1",
    name: "Amara Okafor",
    phone: "+447700900142",
    username: null,
    blocked_at: "2026-11-02T00:00:00Z",
    blocked_until: "2026-11-03T00:00:00Z",
    blocked_by: null,
    blocked_reason: "flood",
    came: 212,
  };

  it("are listed with by whom and until when, and are unblocked beside the list", async () => {
    await at("/admin/blocked/p1");
    const contact = {
      ...row,
      email: null,
      attributes: {},
      blocked: true,
      block_reason: null,
      identities: [],
      conversations: [],
      created_at: "2026-11-01T00:00:00Z",
    };
    server
      .on("GET /contacts", { body: { items: [row], next_cursor: null } })
      .on("GET /contacts/p1", { body: contact })
      .on("POST /contacts/p1/unblock", { body: { ...contact, blocked: false, blocked_at: null, blocked_until: null } })
      .on("POST /contacts/p1/bring-back", { body: { messages: 212 } });
    const line = await screen.findByTestId("table-row");
    expect(line.textContent).toMatch(/Amara Okafor.*MAX.*Wrote without end/);
    await screen.findByText(/MAX blocked them/);
    expect(await faults()).toEqual([]);
    await user.click(screen.getByTestId("unblock"));
    await screen.findByText("212 messages came while they were blocked.");
    await user.click(screen.getByTestId("bring-back"));
    await waitFor(() => expect(server.bodies("POST /contacts/p1/bring-back")).toHaveLength(1));
  });
});
