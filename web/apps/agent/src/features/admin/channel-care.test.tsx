import type { ChannelRow } from "@max/api";
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import { channelRow } from "../../../test/factory";
import { open } from "../../../test/screen";
import { faults, type TestServer, wrongField } from "../../../test/server";
import { hears, signIn, signOut } from "../../../test/signed-in";
import { AdminScreen } from "./screen";

const user = userEvent.setup();
const paused = channelRow({
  paused_at: "2026-11-25T10:00:00Z",
  paused_by: "Adaeze",
  paused_reason: "new bank details",
});
const ill = channelRow({
  health: "trouble",
  health_code: "131042",
  health_words: "Meta wants a payment method.",
  paused_at: "2026-11-25T10:00:00Z",
  paused_reason: "Meta wants a payment method.",
});
let server: TestServer;

async function at(one: ChannelRow) {
  server = (await signIn({ role: "admin" }))
    .on("GET /users/summary", { body: { active: 3, invited: 0 } })
    .on("GET /teams", { body: { items: [] } })
    .on("GET /channels", { body: { items: [one] } })
    .on("GET /ingest/health", { body: { dead: 0, waiting: 0, channels: [] } });
  await open("/admin/channels/h1", { "/admin/{-$page}/{-$id}": AdminScreen });
  return within(await screen.findByTestId("channel-panel"));
}
afterEach(signOut);

describe("a channel", () => {
  it("is paused with a reason, after a question that says what happens", async () => {
    const panel = await at(channelRow());
    server.on("POST /channels/h1/pause", { body: paused });
    await user.click(panel.getByTestId("pause-channel"));
    const dialog = await screen.findByRole("alertdialog");
    expect(dialog.textContent).toContain("What customers write still arrives");
    expect(await faults()).toEqual([]);
    await user.type(within(dialog).getByRole("textbox"), "new bank details");
    await user.click(within(dialog).getByTestId("confirm"));
    await waitFor(() => expect(server.bodies("POST /channels/h1/pause")).toEqual([{ reason: "new bank details" }]));
    const said = await panel.findByTestId("paused");
    expect(said.textContent).toContain("Adaeze paused it");
    expect(said.textContent).toContain("“new bank details”");
    expect(panel.queryByTestId("pause-channel")).toBeNull();
  });

  it("is resumed", async () => {
    const panel = await at(paused);
    expect(await faults()).toEqual([]);
    server.on("POST /channels/h1/resume", { body: channelRow() });
    await user.click(panel.getByTestId("resume-channel"));
    await waitFor(() => expect(panel.queryByTestId("paused")).toBeNull());
    panel.getByTestId("pause-channel");
  });

  it("in trouble says what to do, and is asked about again, paused or not", async () => {
    const panel = await at(ill);
    expect((await panel.findByTestId("paused")).textContent).toContain("goes on by itself");
    panel.getByText("Meta wants a payment method.");
    server.on("POST /channels/h1/probe", { body: ill });
    await user.click(panel.getByTestId("probe-channel"));
    await waitFor(() => expect(server.bodies("POST /channels/h1/probe")).toHaveLength(1));
    panel.getByTestId("paused");
    server.on("POST /channels/h1/probe", { body: { ...ill, paused_at: null, paused_reason: null } });
    await user.click(panel.getByTestId("probe-channel"));
    await waitFor(() => expect(panel.queryByTestId("paused")).toBeNull());
    server.on("POST /channels/h1/probe", { body: channelRow() });
    await user.click(panel.getByTestId("probe-channel"));
    await panel.findByText("All is well");
    expect(panel.queryByTestId("probe-channel")).toBeNull();
  });

  it("shows what happens to it elsewhere", async () => {
    const panel = await at(channelRow());
    hears({ kind: "channel.updated", data: { channel: paused } });
    await panel.findByTestId("paused");
  });

  it("gets a new secret beside the old one, which is ended early", async () => {
    const panel = await at(channelRow());
    server
      .on("POST /channels/h1/secrets", { body: channelRow({ previous_secret_until: "2026-11-26T10:00:00Z" }) })
      .on("DELETE /channels/h1/secrets/previous", { body: channelRow() });
    await user.click(panel.getByRole("button", { name: "Replace app secret" }));
    await user.type(await panel.findByLabelText("New app secret"), "s3cret2");
    expect(await faults()).toEqual([]);
    await user.click(panel.getByTestId("replace-credential"));
    await waitFor(() =>
      expect(server.bodies("POST /channels/h1/secrets")).toEqual([{ name: "app_secret", value: "s3cret2" }]),
    );
    await user.click(await panel.findByTestId("end-secret"));
    await waitFor(() => expect(panel.queryByTestId("end-secret")).toBeNull());
  });

  it("gets a new secret at once where the old one got about", async () => {
    const panel = await at(channelRow());
    server.on("PATCH /channels/h1", { body: channelRow() });
    await user.click(panel.getByRole("button", { name: "Replace app secret" }));
    await user.click(await panel.findByRole("switch", { name: /old one holds/ }));
    await user.type(panel.getByLabelText("New app secret"), "s3cret2");
    await user.click(panel.getByTestId("replace-credential"));
    await waitFor(() =>
      expect(server.bodies("PATCH /channels/h1")).toEqual([{ credentials: { app_secret: "s3cret2" } }]),
    );
    expect(server.bodies("POST /channels/h1/secrets")).toEqual([]);
  });

  it("is tried with a message to oneself", async () => {
    const panel = await at(channelRow());
    await user.click(panel.getByTestId("test-channel"));
    panel.getByText("Enter a number.");
    server.on("POST /channels/h1/test", wrongField("to", "Enter a number with its country code."));
    await user.type(panel.getByLabelText("Your own number"), "12");
    await user.click(panel.getByTestId("test-channel"));
    await panel.findByText("Enter a number with its country code.");
    expect(await faults()).toEqual([]);
    server.on("POST /channels/h1/test", { body: { message_id: "wamid.1", template: "hello_world" } });
    await user.click(panel.getByTestId("test-channel"));
    await panel.findByText(/took the template hello_world/);
    server.on("POST /channels/h1/test", { body: { message_id: "wamid.2", template: null } });
    await user.click(panel.getByTestId("test-channel"));
    await panel.findByText(/took a text/);
  });

  it("gets a language", async () => {
    const panel = await at(channelRow());
    server.on("PATCH /channels/h1", { body: channelRow({ language: "pt_BR" }) });
    await user.type(panel.getByLabelText("Language"), "pt_BR");
    await user.click(panel.getByTestId("save"));
    await waitFor(() => expect(server.bodies("PATCH /channels/h1")).toEqual([{ language: "pt_BR" }]));
  });
});
