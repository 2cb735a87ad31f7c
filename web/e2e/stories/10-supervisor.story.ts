// Those who look after others: supervisors of several teams, and leads of one.

import { expect } from "vitest";
import { story } from "../support/story";

story("a supervisor sees their teams and no others, and no screens of admins", async (stage) => {
  const office = await stage.office();
  const [mine, other] = [await office.team("Watched"), await office.team("Unwatched")];
  const boss = await office.hire("Sanna Supervisor", "supervisor", [mine]);
  const agent = await office.hire("Aki Watched", "agent", [mine]);
  const [seen, hidden] = [await stage.customer("Vera Visible"), await stage.customer("Hugo Hidden")];
  await office.has(agent, mine, seen, "I am in the team that is watched");
  const secret = await office.waits(hidden, other, "I am in the other team");
  const s = await stage.agent(boss, { view: "all" });

  await s.row(seen.name).waitFor();
  expect(await s.row(hidden.name).count()).toBe(0);
  expect(await s.place(other.name).count()).toBe(0);
  await s.visit(`/inbox/all/${secret.id}`);
  await s.page.getByText("This conversation is not available").waitFor();
  expect((await s.call("GET", `/conversations/${secret.id}`)).status).toBe(404);
  await s.visit(`/queues/${other.id}`);
  await s.page.getByText("This team is not yours to look at").waitFor();

  // Queue targets, tags, canned responses and whom their teams block are theirs to keep; people and settings are not.
  await s.go("Admin");
  const pages = s.page.getByRole("navigation", { name: "Admin pages" });
  await pages.getByRole("link", { name: "Tags" }).waitFor();
  expect(await pages.getByRole("link").allTextContents()).toEqual([
    "Teams",
    "Tags",
    "Canned responses",
    "Blocked customers",
  ]);
  for (const page of ["users", "audit", "settings"]) {
    await s.visit(`/admin/${page}`);
    await s.page.getByText("This part is for admins and leads").waitFor();
  }
  expect((await s.call("GET", "/users")).status).toBe(403);
  expect((await s.call("GET", "/audit")).status).toBe(403);
});

story("a supervisor assigns many from the queue, and takes it back", async (stage) => {
  const office = await stage.office();
  const team = await office.team("Rush hour");
  const boss = await office.hire("Simon Supervisor", "supervisor", [team]);
  const agent = await office.hire("Ines Rushed", "agent", [team]);
  const customers = await Promise.all(["Bulk", "Batch", "Bunch"].map((name) => stage.customer(`Rita ${name}`)));
  for (const customer of customers) await office.waits(customer, team, "There are many of us");
  const [s, a] = await Promise.all([
    stage.agent(boss, { path: `/queues/${team.id}` }),
    stage.agent(agent, { view: "mine" }),
  ]);
  const left = () => s.page.getByTestId("table-row").count();
  await expect.poll(left).toBe(3);

  const all = s.page.getByRole("checkbox", { name: "Select all shown" });
  await all.check();
  await s.page.getByTestId("bulk-bar").filter({ hasText: "3 selected" }).waitFor();
  // The third keeps waiting.
  await s.page.getByRole("checkbox", { name: "Select Rita Bunch" }).uncheck();
  await s.page.getByTestId("bulk-assign").click();
  await s.find(agent.name);
  const progress = s.page.getByTestId("bulk-progress");
  await progress.getByText("2 conversations done").waitFor();
  await expect.poll(left).toBe(1);
  for (const name of ["Rita Bulk", "Rita Batch"]) await a.row(name).waitFor();

  await progress.getByTestId("bulk-undo").click();
  await progress.getByText("2 taken back").waitFor();
  await expect.poll(left).toBe(3);
  await expect.poll(() => a.page.getByTestId("conversation-row").count()).toBe(0);
});

story("a supervisor says something about an answer, and only its author reads it", async (stage) => {
  const office = await stage.office();
  const team = await office.team("Feedback");
  const boss = await office.hire("Freya Feedback", "supervisor", [team]);
  const author = await office.hire("Arlo Author", "agent", [team]);
  const customer = await stage.customer("Rune Reader");
  const { id } = await office.has(author, team, customer, "Is that all?");
  const path = `/inbox/all/${id}`;
  const [s, a] = await Promise.all([stage.agent(boss, { path }), stage.agent(author, { path })]);
  await a.reply("Yes");
  await a.status("Yes", "read");

  const judged = s.message(/Yes/);
  await judged.hover();
  await judged.getByTestId("feedback").click();
  await s.page.getByLabel("Your feedback").fill("A word more would have been kind");
  await s.page.getByTestId("give-feedback").click();
  await judged.getByLabel("1 piece of feedback").waitFor();

  await a.message(/Yes/).getByTestId("feedback-count").click();
  const dialog = a.page.getByRole("dialog", { name: "Feedback for you" });
  await dialog.getByText("A word more would have been kind").waitFor();
  await dialog.getByText(boss.name).waitFor();
  await a.page.keyboard.press("Escape");
  await a.visit("/settings/feedback");
  await a.page.getByText("A word more would have been kind").waitFor();
  expect(await customer.received()).toEqual(["Yes"]);
});

story("a lead assigns by keys, transfers with a note, snoozes, closes with a reason", async (stage) => {
  const office = await stage.office();
  const [team, other] = [await office.team("Led"), await office.team("Led elsewhere")];
  const lead = await office.hire("Lotte Lead", "team_lead", [team, other]);
  const agent = await office.hire("Zeno Zealous", "agent", [team]);
  await office.hire("Anna Also", "agent", [team]);
  const customer = await stage.customer("Kofi Keys");
  const { id } = await office.waits(customer, team, "Who helps me?");
  const [l, z] = await Promise.all([
    stage.agent(lead, { path: `/inbox/all/${id}` }),
    stage.agent(agent, { view: "mine" }),
  ]);
  const { keyboard } = l.page;
  await l.message("Who helps me?").waitFor();

  // A, two letters, Enter.
  await keyboard.press("a");
  await l.page.getByRole("option", { name: agent.name }).waitFor();
  await keyboard.type("ze");
  await keyboard.press("Enter");
  await l.page.getByRole("button", { name: `With ${agent.name}. Assign` }).waitFor();
  await z.row(customer.name).waitFor();

  // Put aside until they answer; the answer brings it back.
  await keyboard.press("s");
  await l.page.getByTestId("snooze-reply").click();
  const head = l.page.getByRole("region", { name: `Conversation with ${customer.name}` }).locator("header");
  await head.getByText("Until they reply").waitFor();
  await expect.poll(() => z.row(customer.name).count()).toBe(0);
  await z.go("Snoozed");
  await z.row(customer.name).waitFor();
  await customer.writes("It is still not there");
  await expect.poll(() => head.getByText("Until they reply").count()).toBe(0);
  await z.go("My inbox");
  await z.row(customer.name).waitFor();

  // To the other team, with words for whoever takes it there.
  await keyboard.press("Shift+t");
  await l.page.getByTestId("transfer-team").click();
  await l.pick(other.name);
  await l.page.getByLabel("Note for colleagues").fill("They have waited twice");
  await l.page.getByTestId("transfer-confirm").click();
  await head.getByText(other.name).waitFor();
  await l.message("They have waited twice").filter({ hasText: "Internal note" }).waitFor();
  await expect.poll(() => z.row(customer.name).count()).toBe(0);

  // Closed for a reason; the customer's answer opens it again, with whom it was.
  await l.page.getByTestId("take-button").click();
  await l.page.getByRole("button", { name: "Assigned to you" }).waitFor();
  await keyboard.press("e");
  const dialog = l.page.getByRole("dialog", { name: `Close ${customer.name}` });
  const reason = dialog.getByRole("radio").nth(1);
  await reason.waitFor();
  await keyboard.press("2");
  expect(await reason.isChecked()).toBe(true);
  await keyboard.press("Enter");
  await l.page.getByTestId("reopen-button").waitFor();
  await customer.writes("One more thing");
  await l.message("One more thing").waitFor();
  await l.page.getByRole("button", { name: "3 events" }).click();
  await l.page.getByText("You closed it:").waitFor();
  await l.page.getByText("The customer wrote, so it is open again").waitFor();
  await expect.poll(() => l.page.getByTestId("reopen-button").count()).toBe(0);
  expect(await office.conversation(customer)).toMatchObject({ id, state: "assigned", assignee: { name: lead.name } });
  expect(await customer.received()).toEqual([]);
});
