import type { Delivery, DeliveryFull, IngestHealth } from "@max/api";
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import { open } from "../../../test/screen";
import { faults, refusal, type TestServer } from "../../../test/server";
import { signIn, signOut } from "../../../test/signed-in";
import { fateText, journalFilters, journalQuery, sizeText, sumOf } from "./journal-data";
import { AdminScreen } from "./screen";

const user = userEvent.setup();
const screens = { "/admin/{-$page}/{-$id}": AdminScreen };
const lagos = { id: "h1", name: "WhatsApp Lagos", kind: "whatsapp" };
const rows: Delivery[] = [
  {
    id: "d2",
    channel: lagos,
    received_at: "2026-11-25T10:00:00Z",
    size: 3_140,
    elements: { stored: 2, dead: 1 },
    reason: "Nobody knows this type.",
    kinds: ["message", "status"],
  },
  {
    id: "d1",
    channel: null,
    received_at: "2026-11-25T09:00:00Z",
    size: 12,
    elements: {},
    reason: null,
    kinds: [],
  },
];
const full: DeliveryFull = {
  ...(rows[0] as Delivery),
  elements: [
    {
      index: 0,
      kind: "message",
      fate: "stored",
      reason: null,
      external_id: "wamid.A",
      sender: "+15550100",
      conversation_id: "c7",
      channel_id: "h1",
    },
    {
      index: 1,
      kind: "message",
      fate: "dead",
      reason: "Nobody knows this type.",
      external_id: null,
      sender: null,
      conversation_id: null,
      channel_id: "h1",
    },
  ],
  body: '{\n  "text": "•••"\n}',
  body_is_json: true,
};
const health: IngestHealth = {
  dead: 3,
  waiting: 0,
  channels: [
    {
      ...lagos,
      active: true,
      health: "ok",
      health_detail: null,
      last_delivery_at: "2026-11-25T10:00:00Z",
      deliveries_24h: 41,
      dead: 3,
    },
  ],
};
let server: TestServer;

async function at(path: string, answer: ReturnType<typeof refusal> = { body: { items: rows, next_cursor: null } }) {
  server = (await signIn({ role: "admin" }))
    .on("GET /users/summary", { body: { active: 3, invited: 0 } })
    .on("GET /teams", { body: { items: [] } })
    .on("GET /channels", { body: { items: [{ ...lagos, config: {} }] } })
    .on("GET /ingest/health", { body: health })
    .on("GET /deliveries", answer)
    .on("GET /deliveries/d2", { body: full });
  return open(path, screens);
}
const asked = () => Object.fromEntries(server.calls.findLast(({ name }) => name === "GET /deliveries")?.query ?? []);
afterEach(signOut);

describe("the journal", () => {
  it("shows deliveries with their fates, without faults", async () => {
    await at("/admin/journal");
    await screen.findByText("2 stored");
    screen.getByText("1 dead");
    screen.getByText("Nothing in it");
    await screen.findByTestId("ingest-health");
    expect(await faults()).toEqual([]);
  });

  it("is filtered by words, by a fate and by the strip above it", async () => {
    const { where } = await at("/admin/journal?channel=h1&from=2026-11-24&to=nonsense");
    await screen.findByText("2 stored");
    expect(asked()).toEqual({ channel_id: "h1", from: new Date(2026, 10, 24).toISOString(), limit: "50" });
    await user.click(await screen.findByTestId("dead-letters"));
    await waitFor(() => expect(asked().fate).toBe("dead"));
    expect(where()).toContain("fate=dead");
    await user.type(screen.getByRole("searchbox"), "+1555");
    await waitFor(() => expect(asked().q).toBe("+1555"));
    server.on("GET /deliveries", { body: { items: [], next_cursor: null } });
    await user.type(screen.getByRole("searchbox"), "9");
    await user.click(await screen.findByRole("button", { name: "Clear filters" }));
    await waitFor(() => expect(where()).toBe("/admin/journal"));
  });

  it("says that it did not load, and tries again", async () => {
    await at("/admin/journal", refusal(403, "forbidden", "No."));
    await screen.findByText("Journal did not load");
    expect(await faults()).toEqual([]);
    server.on("GET /deliveries", { body: { items: rows, next_cursor: null } });
    await user.click(screen.getByRole("button", { name: "Try now" }));
    await screen.findByText("2 stored");
  });

  it("replays many and says for which it did not work", async () => {
    await at("/admin/journal");
    server.on("POST /deliveries/replay", {
      body: {
        items: [{ id: "d2", elements: { stored: 3 } }],
        failed: [{ id: "d1", detail: "Its channel is switched off." }],
      },
    });
    await screen.findByText("2 stored");
    await user.click(screen.getByLabelText("Select all on this page"));
    await user.click(screen.getByTestId("replay-many"));
    const result = await screen.findByTestId("replay-result");
    expect(server.bodies("POST /deliveries/replay")).toEqual([{ ids: ["d2", "d1"] }]);
    expect(result.textContent).toContain("1 delivery replayed: 3 stored.");
    expect(result.textContent).toContain("Its channel is switched off.");
    screen.getByText("1 selected");
    expect(await faults()).toEqual([]);
  });
});

describe("a delivery", () => {
  it("shows its elements, with the way to the conversation", async () => {
    await at("/admin/journal/d2");
    const panel = await screen.findByTestId("delivery-panel");
    expect(within(panel).getAllByTestId("element")).toHaveLength(2);
    expect(within(panel).getByRole("link", { name: "Open the conversation" }).getAttribute("href")).toBe(
      "/inbox/all/c7",
    );
    expect(await faults()).toEqual([]);
  });

  it("shows the body as it came only after a question", async () => {
    await at("/admin/journal/d2");
    server.on("GET /deliveries/d2/raw", { body: { body: '{"text":"my secret"}', base64: false } });
    expect((await screen.findByTestId("body")).textContent).toContain("•••");
    await user.click(screen.getByTestId("show-raw"));
    const dialog = await screen.findByRole("alertdialog");
    expect(dialog.textContent).toContain("audit log");
    expect(server.calls.some(({ name }) => name.endsWith("/raw"))).toBe(false);
    await user.click(within(dialog).getByTestId("confirm"));
    await waitFor(() => expect(screen.getByTestId("body").textContent).toContain("my secret"));
    await user.click(screen.getByTestId("hide-raw"));
    expect(screen.getByTestId("body").textContent).toContain("•••");
  });

  it("is replayed, and says why not", async () => {
    await at("/admin/journal/d2");
    server.on("POST /deliveries/d2/replay", refusal(409, "channel_off", "Off."));
    await user.click(await screen.findByTestId("replay"));
    await screen.findByText("Its channel is switched off. Switch it on under Channels, then try again.");
    const elements = full.elements.map((e) => ({ ...e, fate: "stored" as const, reason: null }));
    server.on("POST /deliveries/d2/replay", { body: { ...full, elements } });
    server.on("GET /deliveries/d2", { body: { ...full, elements } });
    await user.click(screen.getByTestId("replay"));
    const panel = screen.getByTestId("delivery-panel");
    await waitFor(() => expect(within(panel).getAllByText("Stored")).toHaveLength(2));
  });

  it("that is gone says so", async () => {
    await at("/admin/journal/d9");
    await screen.findByText("This is not here any more");
  });
});

describe("in words", () => {
  it("fates stand in one order, summed", () => {
    expect(
      fateText(
        sumOf([
          { stored: 2, dead: 1 },
          { stored: 1, parked: 0 },
        ]),
      ),
    ).toBe("1 dead, 3 stored");
  });
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1_000, "1.0 kB"],
    [12_340, "12 kB"],
    [999_700, "1.0 MB"],
  ])("%i bytes are %s", (bytes, words) => expect(sizeText(bytes)).toBe(words));
  it("the address is taken only as far as it makes sense", () => {
    const filters = journalFilters({ q: 2026, fate: "lost", from: "2026-02-30", to: "2026-02-28" });
    expect(filters).toEqual({ q: "2026", channel: null, fate: null, from: null, to: "2026-02-28" });
    expect(journalQuery(filters)).toEqual({
      q: "2026",
      to: new Date(new Date(2026, 2, 1).getTime() - 1).toISOString(),
    });
  });
});
