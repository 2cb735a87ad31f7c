import type { Me, QueueDetail, TagView } from "@max/api";
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import { open } from "../../../test/screen";
import { faults, refusal, type TestServer, wrongField } from "../../../test/server";
import { signIn, signOut } from "../../../test/signed-in";
import { keyOf } from "./attributes";
import { AdminScreen } from "./screen";

const user = userEvent.setup();
const screens = { "/admin/{-$page}/{-$id}": AdminScreen };
const tags: TagView[] = [
  { id: "g1", name: "Delayed", color: "red", team_id: null, uses: 41 },
  { id: "g2", name: "Nigeria", color: "blue", team_id: null, uses: 7 },
  { id: "g3", name: "Resend", color: "teal", team_id: "t1", uses: 1 },
];
let server: TestServer;

async function at(path: string, role: Me["role"] = "admin", more: (server: TestServer) => void = () => {}) {
  server = (await signIn({ role }))
    .on("GET /users/summary", { body: { active: 3, invited: 0 } })
    .on("GET /teams", {
      body: {
        items: [
          {
            id: "t1",
            name: "Support",
            color: "green",
            description: "",
            member_count: 1,
            created_at: "2026-01-05T09:00:00Z",
          },
          {
            id: "t2",
            name: "Sales",
            color: "amber",
            description: "",
            member_count: 1,
            created_at: "2026-01-05T09:00:00Z",
          },
        ],
      },
    })
    .on("GET /tags", { body: { items: tags } })
    .on("GET /contact-attributes", {
      body: { items: [{ id: "a1", key: "plan", name: "Plan", kind: "choice", choices: ["Gold"] }] },
    })
    .on("GET /canned", {
      body: {
        items: [
          {
            id: "k1",
            shortcut: "fees",
            title: "Fees",
            text: "Our fee",
            scope: "global",
            team_id: null,
            owner_id: null,
            uses: 2,
            attachments: [],
          },
          {
            id: "k2",
            shortcut: "own",
            title: "Own",
            text: "Mine",
            scope: "personal",
            team_id: null,
            owner_id: "me",
            uses: 2,
            attachments: [],
          },
        ],
      },
    });
  more(server);
  return open(path, screens);
}
afterEach(signOut);

describe("tags", () => {
  it("are listed and found, without faults", async () => {
    await at("/admin/tags");
    await screen.findByText("Delayed");
    expect(await faults()).toEqual([]);
    await user.type(screen.getByRole("searchbox"), "nig");
    await waitFor(() => expect(screen.queryByText("Delayed")).toBeNull());
    screen.getByText("Nigeria");
  });

  it("are renamed, and say which name is taken", async () => {
    await at("/admin/tags/g1");
    server.on("PATCH /tags/g1", refusal(409, "already_exists", "There is a tag called Nigeria already."));
    const panel = await screen.findByTestId("tag-panel");
    const name = within(panel).getByLabelText("Name");
    await user.clear(name);
    await user.type(name, "Nigeria");
    await user.click(within(panel).getByTestId("save"));
    await waitFor(() => expect(within(panel).getByRole("alert").textContent).toContain("That is taken already."));
    expect(await faults()).toEqual([]);
    server.on("PATCH /tags/g1", { body: { ...tags[0], name: "Late" } });
    await user.clear(name);
    await user.type(name, "Late");
    await user.click(within(panel).getByTestId("save"));
    await waitFor(() => expect(server.bodies("PATCH /tags/g1").at(-1)).toEqual({ name: "Late" }));
  });

  it("are merged after a question that says what happens", async () => {
    await at("/admin/tags/g1");
    server.on("POST /tags/g1/merge", { body: tags[1] });
    await user.click(await screen.findByTestId("merge-tag"));
    // Not into one that only a team has.
    const options = await screen.findAllByRole("option");
    expect(options.map((option) => option.textContent)).toEqual(["Nigeria"]);
    await user.click(options[0] as HTMLElement);
    const dialog = await screen.findByRole("alertdialog");
    expect(dialog.textContent).toContain("41 conversations will have Nigeria instead");
    await user.click(within(dialog).getByTestId("confirm"));
    await waitFor(() => expect(server.bodies("POST /tags/g1/merge")).toEqual([{ into: "g2" }]));
  });

  it("are created for all by admins", async () => {
    await at("/admin/tags/new");
    server.on("POST /tags", { status: 201, body: { ...tags[0], id: "g9", name: "New" } });
    await user.click(await screen.findByTestId("save"));
    screen.getByText("Enter a name.");
    await user.type(screen.getByLabelText("Name"), "New");
    await user.click(screen.getByTestId("save"));
    await waitFor(() => expect(server.bodies("POST /tags")).toMatchObject([{ name: "New" }]));
    expect(server.bodies("POST /tags")[0]).not.toHaveProperty("team_id");
  });
});

describe("leads", () => {
  it("keep the tags of their teams, and read what is for all", async () => {
    await at("/admin/tags/g1", "team_lead");
    await screen.findByText("Only an admin can change what is for every team.");
    expect(screen.queryByRole("link", { name: "Users" })).toBeNull();
    expect(server.calls.some(({ name }) => name === "GET /users/summary")).toBe(false);
    await signOut();
    await at("/admin/tags/g3", "team_lead");
    await screen.findByTestId("delete-tag");
  });

  it("see no other page of admin, and agents see none", async () => {
    await at("/admin/users", "team_lead");
    await screen.findByText("This part is for admins and leads");
    await signOut();
    await at("/admin/tags", "agent");
    await screen.findByText("This part is for admins and leads");
  });
});

describe("the target of a queue", () => {
  const queue: QueueDetail = {
    team: { id: "t1", name: "Support", color: "green" },
    waiting: 0,
    longest_waiting_since: null,
    over_target: 0,
    target_seconds: 600,
    expected_wait_seconds: null,
    agents_online: 0,
    agents: [],
  };

  it("is for leads to set for their own teams, with nothing else of the team", async () => {
    await at("/admin/teams", "team_lead", (server) =>
      server.on("GET /queues/t1", { body: queue }).on("PATCH /queues/t1", { body: { ...queue, target_seconds: 90 } }),
    );
    expect(screen.queryByTestId("new-team")).toBeNull();
    await screen.findByText("Support");
    expect(screen.queryByText("Sales")).toBeNull();
    await user.click(screen.getByText("Support"));
    const panel = await screen.findByTestId("team-panel");
    expect(within(panel).queryByLabelText("Name")).toBeNull();
    const amount = within(panel).getByLabelText("Wait at most") as HTMLInputElement;
    expect(amount.value).toBe("10");
    await user.clear(amount);
    await user.type(amount, "0");
    within(panel).getByText(/one second to seven days/);
    expect(await faults()).toEqual([]);
    await user.click(within(panel).getByTestId("save"));
    await user.clear(amount);
    await user.type(amount, "1.5");
    await user.click(within(panel).getByTestId("save"));
    await waitFor(() => expect(server.bodies("PATCH /queues/t1")).toEqual([{ target_seconds: 90 }]));
    await waitFor(() => expect(within(panel).queryByTestId("save")).toBeNull());
    // What was saved stands in its own unit.
    expect((within(panel).getByLabelText("Unit") as HTMLSelectElement).value).toBe("seconds");
  });

  it("goes with the rest of the team for admins, and is taken away by emptying it", async () => {
    await at("/admin/teams/t1", "admin", (server) =>
      server
        .on("GET /teams/t1", {
          body: {
            id: "t1",
            name: "Support",
            color: "green",
            description: "",
            member_count: 0,
            created_at: "2026-01-05T09:00:00Z",
            members: [],
          },
        })
        .on("GET /channels", { body: { items: [] } })
        .on("GET /queues/t1", { body: queue })
        .on("PATCH /queues/t1", { body: { ...queue, target_seconds: null } }),
    );
    const panel = await screen.findByTestId("team-panel");
    await user.clear(within(panel).getByLabelText("Wait at most"));
    expect(await faults()).toEqual([]);
    await user.click(within(panel).getByTestId("save"));
    await waitFor(() => expect(server.bodies("PATCH /queues/t1")).toEqual([{ target_seconds: null }]));
    expect(server.bodies("PATCH /teams/t1")).toEqual([]);
  });

  it("says where the server does not take it", async () => {
    await at("/admin/teams/t1", "supervisor", (server) =>
      server
        .on("GET /queues/t1", { body: queue })
        .on("PATCH /queues/t1", wrongField("target_seconds", "Use 1 to 604800 seconds, or null for no target.")),
    );
    const panel = await screen.findByTestId("team-panel");
    await user.type(within(panel).getByLabelText("Wait at most"), "0");
    await user.click(within(panel).getByTestId("save"));
    await within(panel).findByText(/Use 1 to 604800 seconds/);
  });

  it("is not for a team of others", async () => {
    await at("/admin/teams/t2", "team_lead");
    await screen.findByText("This is not here any more");
    expect(screen.queryByTestId("team-panel")).toBeNull();
    expect(server.calls.some(({ name }) => name.startsWith("GET /queues"))).toBe(false);
  });
});

describe("canned responses", () => {
  it("of people are not among those of teams and everyone", async () => {
    await at("/admin/canned");
    await screen.findByText("/fees");
    expect(screen.queryByText("/own")).toBeNull();
    expect(await faults()).toEqual([]);
  });

  it("are made for a team, with placeholders put in by a press", async () => {
    await at("/admin/canned/new");
    server.on("POST /canned", {
      status: 201,
      body: {
        id: "k9",
        shortcut: "hi",
        title: "Hi",
        text: "x",
        scope: "team",
        team_id: "t1",
        uses: 0,
        attachments: [],
      },
    });
    const panel = await screen.findByTestId("canned-panel");
    await user.type(within(panel).getByLabelText("Shortcut"), "/hi there");
    await user.click(within(panel).getByTestId("save"));
    screen.getByText("Use no spaces and no slash.");
    expect(await faults()).toEqual([]);
    await user.clear(within(panel).getByLabelText("Shortcut"));
    await user.type(within(panel).getByLabelText("Shortcut"), "hi");
    await user.type(within(panel).getByLabelText("Title"), "Hi");
    await user.type(within(panel).getByLabelText("Text"), "Hello ");
    await user.click(within(panel).getByRole("button", { name: "Insert Customer's first name" }));
    await user.selectOptions(within(panel).getByLabelText("For"), "Support");
    await user.click(within(panel).getByTestId("save"));
    await waitFor(() =>
      expect(server.bodies("POST /canned")).toEqual([
        { shortcut: "hi", title: "Hi", text: "Hello {first_name}", scope: "team", team_id: "t1" },
      ]),
    );
  });
});

describe("details of customers", () => {
  it("get a placeholder from their name, and need choices where there are some", async () => {
    await at("/admin/attributes/new");
    server.on("POST /contact-attributes", {
      status: 201,
      body: { id: "a9", key: "x", name: "x", kind: "choice", choices: [] },
    });
    const panel = await screen.findByTestId("attribute-panel");
    await user.type(within(panel).getByLabelText("Name"), "Preferred branch");
    expect((within(panel).getByLabelText("Placeholder") as HTMLInputElement).value).toBe("preferred_branch");
    await user.selectOptions(within(panel).getByLabelText("Kind"), "Choice");
    await user.click(within(panel).getByTestId("save"));
    screen.getByText("Enter at least one choice.");
    expect(await faults()).toEqual([]);
    await user.type(within(panel).getByLabelText("Choices"), "Lagos{Enter}Abuja{Enter}Lagos");
    await user.click(within(panel).getByTestId("save"));
    await waitFor(() =>
      expect(server.bodies("POST /contact-attributes")).toEqual([
        { name: "Preferred branch", key: "preferred_branch", kind: "choice", choices: ["Lagos", "Abuja"] },
      ]),
    );
  });

  it.each([
    ["Sent to date", "sent_to_date"],
    ["2nd name", "nd_name"],
    ["Café", "cafe"],
    ["שם", ""],
  ])("called %s get %s", (name, key) => expect(keyOf(name)).toBe(key));
});
