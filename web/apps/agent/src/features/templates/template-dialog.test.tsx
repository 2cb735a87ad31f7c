import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { conversation, media, message } from "../../../test/factory";
import { faults, refusal, type TestServer } from "../../../test/server";
import { show, signIn, signOut } from "../../../test/signed-in";
import { fakeXhr } from "../../../test/xhr";
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

describe("a template that begins with a picture", () => {
  const PICTURE = { ...TEMPLATE, components: [{ type: "HEADER", format: "IMAGE" }, ...TEMPLATE.components] };
  const file = media({ id: "f1", name: "plan.png" });
  let xhr: ReturnType<typeof fakeXhr>;
  beforeEach(async () => {
    xhr = fakeXhr();
    server.on("GET /templates", { body: { items: [PICTURE], next_cursor: null } });
    server.on("GET /channels/ch/capabilities", { body: { media: {} } });
    server.on("PUT /templates/t1/defaults", { body: PICTURE });
    server.on("DELETE /media/f1", { status: 204 });
  });
  const choose = async (onClose: () => void) => {
    const view = show(<TemplateDialog conversation={conversation()} onClose={onClose} />);
    await user.click(await screen.findByRole("button", { name: /follow_up/ }));
    await user.type(screen.getByRole("textbox", { name: "Value for 1" }), "Amara");
    return view;
  };
  const attach = async (answer: object = { ...file, unfit: null, offers: [] }) => {
    await user.upload(screen.getByTestId("template-file"), new File(["x"], "plan.png", { type: "image/png" }));
    await waitFor(() => expect(xhr.all).toHaveLength(1));
    act(() => xhr.all[0]?.answer(201, answer));
    await screen.findByTestId("chip");
  };

  it("takes an uploaded one along, and shows it", async () => {
    const closed = vi.fn();
    server.on("POST /conversations/c1/messages", { status: 201, body: message({ seq: 2 }) });
    await choose(closed);
    await user.click(screen.getByRole("button", { name: "Send" }));
    expect(screen.getByRole("group", { name: "Picture on top" }).textContent).toContain("Fill this in.");
    await attach();
    expect(screen.queryByRole("textbox", { name: /web address/ })).toBeNull();
    await within(screen.getByTestId("template-preview")).findByRole("button", { name: "Open plan.png" });
    expect(await faults()).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Send" }));
    await waitFor(() => expect(closed).toHaveBeenCalled());
    const variables = { header: [], body: ["Amara"], buttons: [] };
    expect(server.bodies("POST /conversations/c1/messages")).toMatchObject([
      { template: { media_id: "f1", variables } },
    ]);
  });

  it("says why one cannot go, and lets it go with the form", async () => {
    const view = await choose(() => {});
    await attach({ ...file, unfit: "WhatsApp takes pictures as jpeg, png.", offers: [] });
    expect(screen.getByTestId("chip").dataset.state).toBe("failed");
    await user.click(screen.getByRole("button", { name: "Send" }));
    expect((await screen.findByRole("alert")).textContent).toContain("plan.png cannot be sent");
    expect(server.bodies("POST /conversations/c1/messages")).toEqual([]);
    view.unmount();
    await waitFor(() => expect(server.calls.some(({ path }) => path.endsWith("/media/f1"))).toBe(true));
  });

  it("takes a web address instead", async () => {
    const closed = vi.fn();
    server.on("POST /conversations/c1/messages", { status: 201, body: message({ seq: 2 }) });
    await choose(closed);
    await user.type(screen.getByRole("textbox", { name: "Or the web address of the picture" }), "https://x.test/a.png");
    await user.click(screen.getByRole("button", { name: "Send" }));
    await waitFor(() => expect(closed).toHaveBeenCalled());
    const [sent] = server.bodies("POST /conversations/c1/messages") as { template: { variables: object } }[];
    expect(sent?.template).not.toHaveProperty("media_id");
    expect(sent?.template.variables).toMatchObject({ header: ["https://x.test/a.png"] });
  });
});
