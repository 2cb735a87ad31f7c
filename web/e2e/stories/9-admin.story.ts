// What an admin does, and what those it is done to see of it. Each story has an admin and people of its own.

import { expect } from "vitest";
import { type Agent, PASSWORD } from "../support/agent";
import { type Stage, story } from "../support/story";

const CHOSEN = "four quiet words chosen";

async function admin(stage: Stage, name: string, path = "/admin/users"): Promise<Agent> {
  const office = await stage.office();
  return stage.agent(await office.hire(name, "admin", []), { path });
}

/** Signs in by the form with a password of one's own. */
async function signIn(agent: Agent, password: string): Promise<void> {
  await agent.page.goto(`${agent.app}/login`);
  await agent.page.getByTestId("login-email").fill(agent.who.email);
  await agent.page.getByTestId("login-password").fill(password);
  await agent.page.getByTestId("login-submit").click();
}

story("somebody is invited, chooses a password in another browser, and is in", async (stage) => {
  const boss = await admin(stage, "Inga Inviter");
  const guest = await stage.stranger({ name: "Nils Newhire", email: "nils.newhire@stories.test" });
  await boss.page.getByTestId("invite-user").click();
  const form = boss.page.getByTestId("invite-form");
  await form.getByLabel("Name").fill(guest.who.name);
  await form.getByLabel("Email").fill(` ${guest.who.email.toUpperCase()} `);
  await form.getByTestId("add-team").click();
  await boss.pick("Transfers");
  await boss.page.keyboard.press("Escape");
  await form.getByTestId("invite-submit").click();
  const link = await boss.page.getByTestId("link-box").getByRole("textbox").inputValue();
  expect(link).toContain(`${boss.app}/welcome#`);
  await boss.page.getByRole("button", { name: "Done" }).click();
  await boss.line(guest.who.name).filter({ hasText: "Invited" }).waitFor();

  await guest.page.goto(link);
  await guest.page.getByRole("heading", { name: `Welcome, ${guest.who.name}` }).waitFor();
  await guest.page.getByTestId("new-password").fill("password1234");
  await guest.page.getByTestId("link-submit").click();
  await guest.page.getByText("Others would guess this one first").waitFor();
  await guest.page.getByTestId("new-password").fill(CHOSEN);
  const live = guest.live();
  await guest.page.getByTestId("link-submit").click();
  await live;
  await guest.page.waitForURL("**/inbox/mine");
  await guest.place("Transfers").waitFor();
  await boss.line(guest.who.name).filter({ hasText: "Active" }).waitFor();

  // It worked once; the password works on.
  const late = await stage.stranger(guest.who);
  await late.page.goto(link);
  await late.page.getByRole("heading", { name: "This link does not work any more" }).waitFor();
  await signIn(late, CHOSEN);
  await late.page.waitForURL("**/inbox/mine");
});

story("a team is made, somebody joins it at once, and the log tells who did that", async (stage) => {
  const office = await stage.office();
  const member = await office.hire("Mona Member", "agent", []);
  const boss = await admin(stage, "Theo Teamlover", "/admin/teams");
  const agent = await stage.agent(member, { view: "mine" });

  await boss.page.getByTestId("new-team").click();
  const panel = boss.page.getByTestId("team-panel");
  await panel.getByLabel("Name").fill("Night shift");
  await panel.getByRole("radio", { name: "Violet" }).check({ force: true });
  await panel.getByTestId("save").click();
  await boss.line("Night shift").waitFor();
  await panel.getByTestId("add-member").click();
  await boss.find(member.name);
  await panel.getByRole("button", { name: `Remove ${member.name}` }).waitFor();
  await agent.place("Night shift").waitFor();
  await agent.go("Night shift");
  await agent.page.getByText("Nobody is waiting").waitFor();

  await boss.visit("/admin/audit");
  await boss.page.getByTestId("filter-kind").click();
  await boss.find("Teams");
  await boss.line("Added to a team").filter({ hasText: member.name }).filter({ hasText: boss.who.name }).waitFor();
  await boss.line("Team created").filter({ hasText: "Night shift" }).waitFor();
  await expect.poll(() => boss.line("Signed in").count()).toBe(0);
  await boss.page.getByRole("searchbox", { name: "Search the audit log" }).fill("night");
  await boss.page.waitForURL(/q=night/);
  await expect.poll(() => boss.page.getByTestId("table-row").count()).toBe(2);
  // The address holds what is filtered.
  await Promise.all([boss.live(), boss.page.reload()]);
  await boss.line("Added to a team").filter({ hasText: member.name }).waitFor();
  expect(await boss.page.getByTestId("table-row").count()).toBe(2);
  await boss.page.getByTestId("check-chain").click();
  await boss.page.getByTestId("chain-verdict").filter({ hasText: "entries are as they were written" }).waitFor();
});

story("who is deactivated is out at once, and a colleague has their conversation", async (stage) => {
  const office = await stage.office();
  const team = await office.team("Leavers");
  const leaver = await office.hire("Lars Leaver", "agent", [team]);
  const heir = await office.hire("Hedda Heir", "agent", [team]);
  const customer = await stage.customer("Dora Deserted");
  await office.has(leaver, team, customer, "Are you still there?");
  const boss = await admin(stage, "Dario Deactivator");
  const [l, h] = await Promise.all([stage.agent(leaver, { view: "mine" }), stage.agent(heir, { view: "mine" })]);
  await l.open(customer.name);
  await l.message("Are you still there?").waitFor();

  await boss.page.getByRole("searchbox", { name: "Search users" }).fill(leaver.name);
  await boss.line(leaver.name).click();
  await boss.page.getByTestId("user-panel").getByTestId("deactivate").click();
  const ask = boss.page.getByRole("alertdialog");
  await ask.getByText("1 open conversation goes to").waitFor();
  await ask.getByRole("radio", { name: "A colleague" }).check();
  await ask.getByTestId("hand-over").click();
  await boss.find(heir.name);
  const out = l.page.getByTestId("login-email").waitFor();
  await ask.getByTestId("confirm").click();
  await boss.toast(`${leaver.name} is deactivated`).first().waitFor();
  await out;

  expect(await l.page.getByText("Are you still there?").count()).toBe(0);
  expect((await l.call("GET", "/me")).status).toBe(401);
  await signIn(l, PASSWORD);
  await l.page.getByRole("alert").filter({ hasText: "do not match" }).waitFor();
  await h.open(customer.name);
  await h.reply("I am here now");
  await h.status("I am here now", "read");
  await boss.line(leaver.name).filter({ hasText: "Deactivated" }).waitFor();
});

story("a forgotten password is replaced by mail", async (stage) => {
  const office = await stage.office();
  const person = await office.hire("Fenna Forgetful", "agent", []);
  const elsewhere = await stage.agent(person, { view: "mine" });
  const agent = await stage.stranger(person);
  await agent.page.goto(`${agent.app}/login`);
  await agent.page.getByRole("link", { name: "Forgot it?" }).click();
  await agent.page.getByTestId("forgot-email").fill(person.email);
  await agent.page.getByTestId("forgot-submit").click();
  await agent.page.getByRole("heading", { name: "Check your email" }).waitFor();
  const link = async () => {
    const mails = await stage.simulator.mails(person.email);
    return mails.map(({ text }) => /\S+\/reset#\S+/.exec(text)?.[0]).find(Boolean) ?? "";
  };
  await expect.poll(link).toContain(`${agent.app}/reset#`);

  await agent.page.goto(await link());
  await agent.page.getByRole("heading", { name: "Choose a new password" }).waitFor();
  await agent.page.getByTestId("new-password").fill(CHOSEN);
  await agent.page.getByTestId("link-submit").click();
  await agent.page.waitForURL("**/inbox/mine");
  // Whoever else was in with the old one is out.
  await elsewhere.page.getByTestId("login-email").waitFor();
  await signIn(elsewhere, PASSWORD);
  await elsewhere.page.getByRole("alert").filter({ hasText: "do not match" }).waitFor();
});
