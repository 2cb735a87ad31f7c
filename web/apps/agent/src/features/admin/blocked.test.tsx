import type { BlockedContact, Contact, Me } from "@max/api";
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import { open } from "../../../test/screen";
import { faults, refusal, type TestServer } from "../../../test/server";
import { signIn, signOut } from "../../../test/signed-in";
import { AdminScreen } from "./screen";

const user = userEvent.setup();
const screens = { "/admin/{-$page}/{-$id}": AdminScreen };
const rows: BlockedContact[] = [
  {
    id: "p1",
    name: "Amara Okafor",
    phone: "+2348035550142",
    username: null,
    blocked_at: "2026-11-24T10:00:00Z",
    blocked_until: "2026-11-26T10:00:00Z",
    blocked_by: null,
    blocked_reason: "flood",
    came: 480,
  },
  {
    id: "p2",
    name: "محمد عبد الرحمن بن خالد الطويل الاسم جدا جدا",
    phone: null,
    username: "mohammed",
    blocked_at: "2026-11-20T10:00:00Z",
    blocked_until: null,
    blocked_by: { id: "u1", name: "Sofia Nunes" },
    blocked_reason: "Insulted a colleague",
    came: 1,
  },
];
const contact = (part: Partial<Contact> = {}): Contact => ({
  id: "p1",
  name: "Amara Okafor",
  phone: "+2348035550142",
  username: null,
  email: null,
  attributes: {},
  blocked: true,
  blocked_at: "2026-11-24T10:00:00Z",
  blocked_until: "2026-11-26T10:00:00Z",
  blocked_by: null,
  block_reason: "flood",
  came: 480,
  identities: [],
  conversations: [],
  created_at: "2026-11-01T00:00:00Z",
  ...part,
});
const stored = {
  company_name: "Zelmira Pay",
  two_factor_roles: [],
  flood_messages: 20,
  flood_seconds: 60,
  flood_block_messages: 200,
  flood_block_hours: 24,
};
let server: TestServer;

async function at(path: string, items = rows, role: Me["role"] = "team_lead") {
  server = (await signIn({ role }))
    .on("GET /users/summary", { body: { active: 3, invited: 0 } })
    .on("GET /teams", { body: { items: [] } })
    .on("GET /contacts", { body: { items, next_cursor: null } })
    .on("GET /settings", { body: stored })
    .on("GET /contacts/p1", { body: contact() });
  return open(path, screens);
}
afterEach(signOut);

describe("blocked customers", () => {
  it("are listed for leads with by whom, why, until when and what came", async () => {
    await at("/admin/blocked");
    const [flood, person] = await screen.findAllByTestId("table-row");
    expect(server.calls.find(({ name }) => name === "GET /contacts")?.query.get("blocked")).toBe("true");
    expect(flood?.textContent).toMatch(/Amara Okafor.*MAX.*Wrote without end.*480/);
    expect(person?.textContent).toMatch(/Sofia Nunes.*Insulted a colleague.*Until unblocked/);
    expect(await faults()).toEqual([]);
  });

  it("that are none say so", async () => {
    await at("/admin/blocked", []);
    await screen.findByText("Nobody is blocked");
    expect(await faults()).toEqual([]);
  });

  it("are unblocked, and what they wrote meanwhile is brought back", async () => {
    await at("/admin/blocked/p1");
    const panel = within(await screen.findByTestId("blocked-panel"));
    await panel.findByText(/MAX blocked them/);
    panel.getByText(/It ends by itself/);
    expect(await faults()).toEqual([]);
    const free = contact({ blocked: false, blocked_at: null, blocked_until: null, block_reason: null });
    server.on("POST /contacts/p1/unblock", { body: free });
    await user.click(panel.getByTestId("unblock"));
    await panel.findByText("480 messages came while they were blocked.");
    expect(await faults()).toEqual([]);
    server
      .on("GET /contacts/p1", { body: { ...free, came: 0 } })
      .on("POST /contacts/p1/bring-back", { body: { messages: 480 } });
    await user.click(panel.getByTestId("bring-back"));
    await waitFor(() => expect(panel.queryByTestId("bring-back")).toBeNull());
  });

  it("stay blocked when that does not work", async () => {
    await at("/admin/blocked/p1");
    const panel = within(await screen.findByTestId("blocked-panel"));
    server.on("POST /contacts/p1/unblock", refusal(403, "forbidden", "You may not do that."));
    await user.click(await panel.findByTestId("unblock"));
    await waitFor(() => expect(server.bodies("POST /contacts/p1/unblock")).toHaveLength(1));
    await panel.findByText(/MAX blocked them/);
  });
});

describe("the limits of floods", () => {
  const to = async (field: HTMLElement, value: string) => {
    await user.clear(field);
    await user.type(field, value);
  };

  it("are changed within their bounds", async () => {
    await at("/admin/settings", [], "admin");
    const messages = await screen.findByLabelText<HTMLInputElement>("Messages");
    expect(await faults()).toEqual([]);
    await to(messages, "0");
    screen.getByText("Enter a whole number from 1 to 1000.");
    await to(messages, "1.5");
    screen.getByText("Enter a whole number from 1 to 1000.");
    await to(messages, "200");
    screen.getByText("This has to be more than the messages allowed.");
    expect(await faults()).toEqual([]);
    await to(messages, "30");
    server.on("PATCH /settings", { body: { ...stored, flood_messages: 30 } });
    await user.click(screen.getByTestId("save"));
    await waitFor(() => expect(server.bodies("PATCH /settings")).toEqual([{ flood_messages: 30 }]));
  });
});
