import type { Me, TagView } from "@max/api";
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import { open } from "../../../test/screen";
import { faults, refusal, type TestServer } from "../../../test/server";
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

async function at(path: string, role: Me["role"] = "admin") {
  server = (await signIn({ role }))
    .on("GET /users/summary", { body: { active: 3, invited: 0 } })
    .on("GET /teams", {
      body: {
        items: [{ id: "t1", name: "Support", color: "green", description: "", member_count: 1, created_at: "" }],
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
          },
        ],
      },
    });
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
      body: { id: "k9", shortcut: "hi", title: "Hi", text: "x", scope: "team", team_id: "t1", uses: 0 },
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
