import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { conversation, message } from "../../../test/factory";
import { faults, refusal, type TestServer } from "../../../test/server";
import { show, signIn, signOut } from "../../../test/signed-in";
import { TemplateDialog } from "./template-dialog";

const user = userEvent.setup();
const TEMPLATE = {
  id: "t1",
  channel_id: "wa",
  name: "follow_up",
  language: "en_US",
  category: "utility",
  status: "approved",
  quality: null,
  parameter_format: "positional",
  rejected_reason: null,
  synced_at: "2026-11-25T09:00:00Z",
  components: [{ type: "BODY", text: "Hi {{1}}, we have news." }],
  defaults: null,
};

let server: TestServer;
beforeEach(async () => {
  server = await signIn();
  server.on("GET /templates", { body: { items: [TEMPLATE], next_cursor: null } });
});
afterEach(signOut);

it("fills a template in, shows what it says, and sends it once", async () => {
  const closed = vi.fn();
  server.on("POST /conversations/c1/messages", { status: 201, body: message({ seq: 2 }) });
  server.on("PUT /templates/t1/defaults", { body: TEMPLATE });
  show(<TemplateDialog conversation={conversation()} onClose={closed} />);
  await user.click(await screen.findByRole("button", { name: /follow_up/ }));
  expect(await faults()).toEqual([]);
  await user.click(screen.getByRole("button", { name: "Send" }));
  await screen.findByText("Fill this in.");
  expect(server.bodies("POST /conversations/c1/messages")).toEqual([]);
  await user.type(screen.getByRole("textbox", { name: "Value for 1" }), "Amara");
  expect(screen.getByTestId("template-preview").textContent).toBe("Hi Amara, we have news.");
  await user.click(screen.getByRole("button", { name: "Send" }));
  await waitFor(() => expect(closed).toHaveBeenCalled());
  const variables = { header: [], body: ["Amara"], buttons: [] };
  expect(server.bodies("POST /conversations/c1/messages")).toMatchObject([
    { kind: "reply", template: { name: "follow_up", language: "en_US", variables } },
  ]);
  expect(server.bodies("PUT /templates/t1/defaults")).toEqual([{ variables }]);
});

it("says why the server did not take it, and tries again as the same message", async () => {
  server.on("POST /conversations/c1/messages", refusal(422, "invalid", "The value for 1 is too long."));
  show(<TemplateDialog conversation={conversation()} onClose={() => {}} />);
  await user.click(await screen.findByRole("button", { name: /follow_up/ }));
  await user.type(screen.getByRole("textbox", { name: "Value for 1" }), "Amara");
  await user.click(screen.getByRole("button", { name: "Send" }));
  await screen.findByText("The value for 1 is too long.");
  await user.click(screen.getByRole("button", { name: "Send" }));
  await waitFor(() => expect(server.bodies("POST /conversations/c1/messages")).toHaveLength(2));
  const ids = server.bodies("POST /conversations/c1/messages").map((sent) => (sent as { client_id: string }).client_id);
  expect(new Set(ids).size).toBe(1);
});

it("says that there are none", async () => {
  server.on("GET /templates", { body: { items: [], next_cursor: null } });
  show(<TemplateDialog conversation={conversation()} onClose={() => {}} />);
  await screen.findByText("There are no approved templates for this number");
});
