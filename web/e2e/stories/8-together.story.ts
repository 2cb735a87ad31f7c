// Two colleagues and a customer at once. Each story has a team of its own, so its queue holds nothing else.

import { expect } from "vitest";
import type { Agent } from "../support/agent";
import type { Hired, Team } from "../support/office";
import type { Customer } from "../support/simulator";
import { type Stage, story } from "../support/story";

/** Holds the calls of all these pages back until each has made one, so that they reach the server together. */
async function together(agents: readonly Agent[], call: string): Promise<void> {
  let waiting: (() => void)[] = [];
  for (const { page } of agents) {
    await page.route(call, async (route) => {
      await new Promise<void>((go) => {
        waiting.push(go);
        if (waiting.length < agents.length) return;
        for (const each of waiting) each();
        waiting = [];
      });
      await route.continue();
    });
  }
}

/** Gives one's own open work away, in two clicks and a name. */
async function handOver(agent: Agent, to: Hired): Promise<void> {
  await agent.page.getByTestId("user-menu").click();
  await agent.page.getByTestId("hand-over").click();
  await agent.page.getByRole("radio", { name: "To a colleague" }).check();
  await agent.page.getByTestId("hand-over-to").click();
  await agent.pick(to.name);
  await agent.page.getByTestId("hand-over-confirm").click();
  await agent.page.getByText("1 conversation moved").waitFor();
}

story("both preview one row of the queue, see each other, and take it at the same moment", async (stage) => {
  const office = await stage.office();
  const team = await office.team("Together, race");
  const [ada, ben] = [await office.hire("Ada Racer", "agent", [team]), await office.hire("Ben Racer", "agent", [team])];
  const customer = await stage.customer("Tamar Taken");
  const { id } = await office.waits(customer, team, "Which of you is it?");
  const path = `/queues/${team.id}`;
  const both = await Promise.all([stage.agent(ada, { path }), stage.agent(ben, { path })]);
  const [a, b] = both;
  for (const { page } of both) {
    await page.getByTestId("table-row").filter({ hasText: customer.name }).click();
    await page.getByRole("region", { name: `Conversation with ${customer.name}` }).waitFor();
  }

  // Before they take: who looks, and who writes.
  await a.page.getByTestId("viewers").and(a.page.getByLabel(ben.name)).waitFor();
  await b.page.getByTestId("viewers").and(b.page.getByLabel(ada.name)).waitFor();
  await a.composer.pressSequentially("Let me look");
  await b.page.getByTestId("typing").filter({ hasText: "Ada is writing a reply" }).waitFor();
  await b.page.getByTestId("table-row").filter({ hasText: "Ada is replying" }).waitFor();

  await together(both, `**/conversations/${id}/take`);
  await Promise.all(both.map(({ page }) => page.getByTestId("take-button").click()));
  const owner = async () => (await office.conversation(customer)).assignee?.name;
  await expect.poll(owner).toMatch(/^(Ada|Ben) Racer$/);
  const winner = (await owner()) === ada.name ? ada : ben;
  const [won, lost] = winner === ada ? [a, b] : [b, a];
  await won.page.getByRole("button", { name: "Assigned to you" }).waitFor();
  await lost.toast(`${winner.name} took this conversation`).waitFor();
  await lost.page.getByText(`${winner.name} has this conversation`).waitFor();
  for (const { page } of both) await expect.poll(() => page.getByTestId("table-row").count()).toBe(0);

  await won.reply("It is me");
  await customer.bubble("It is me").waitFor();
  expect(await customer.received()).toEqual(["It is me"]);
});

/** A lead and an agent of one team, both looking at the agent's conversation; the lead's replies are held for five seconds. */
async function overShoulder(stage: Stage, name: string, hold: 0 | 5 = 0) {
  const office = await stage.office();
  const team = await office.team(`Together, ${name}`);
  const lead = await office.hire(`Lena ${name}`, "team_lead", [team]);
  const agent = await office.hire(`Omar ${name}`, "agent", [team]);
  const customer = await stage.customer(`Cleo ${name}`);
  const { id } = await office.has(agent, team, customer, "Is it safe to send now?");
  const path = `/inbox/all/${id}`;
  const [l, o] = await Promise.all([stage.agent(lead, { path, hold }), stage.agent(agent, { path })]);
  for (const one of [l, o]) await one.message("Is it safe to send now?").waitFor();
  return { office, team, lead, agent, customer, id, path, l, o };
}

story("who writes while a colleague speaks is asked first", async (stage) => {
  const { customer, l, o } = await overShoulder(stage, "Asked");
  await l.composer.fill("No, wait until noon");
  await o.reply("Yes, it is");
  await o.status("Yes, it is", "read");

  await l.toast("Omar replied just now").first().waitFor();
  await l.page.getByTestId("composer-send").click();
  const anyway = l.page.getByTestId("stale-anyway");
  await anyway.waitFor();
  await l.page.getByTestId("stale-edit").click();
  expect(await l.composer.inputValue()).toBe("No, wait until noon");
  await expect.poll(() => anyway.count()).toBe(0);
  expect(await customer.received()).toEqual(["Yes, it is"]);
  // Asked once, and now they know.
  await l.reply("Sorry, wait until noon");
  await l.status("Sorry, wait until noon", "read");
  expect(await customer.received()).toEqual(["Yes, it is", "Sorry, wait until noon"]);
});

story("a reply that is overtaken while it is held waits for a word from its author", async (stage) => {
  const { customer, l, o } = await overShoulder(stage, "Stale", 5);
  await o.composer.fill("Yes, it is");
  await l.reply("No, wait until noon");
  await l.status("No, wait until noon", "held");
  await o.page.getByTestId("composer-send").click();
  await o.status("Yes, it is", "read");

  await l.status("No, wait until noon", "failed");
  const kept = l.message("No, wait until noon").filter({ hasText: "something was said here just now" });
  await kept.waitFor();
  expect(await customer.received()).toEqual(["Yes, it is"]);
  await kept.getByTestId("send-anyway").click();
  await l.status("No, wait until noon", "read");
  expect(await customer.received()).toEqual(["Yes, it is", "No, wait until noon"]);
});

story("a reply is taken back in time, and one is sent though its tab was closed", async (stage) => {
  const { customer, lead, l, path } = await overShoulder(stage, "Held", 5);
  await l.reply("Thsi has a mistake");
  await l.status("Thsi has a mistake", "held");
  await l.message("Thsi has a mistake").getByTestId("undo-send").click();
  await expect.poll(() => l.message("Thsi has a mistake").count()).toBe(0);
  await expect.poll(() => l.composer.inputValue()).toBe("Thsi has a mistake");

  // What is sent after it arrives, so the other one would have too.
  await l.reply("This has none");
  await l.status("This has none", "held");
  expect(await customer.received()).toEqual([]);
  await l.page.close();
  await customer.bubble("This has none").waitFor();
  expect(await customer.received()).toEqual(["This has none"]);

  const back = await stage.agent(lead, { path });
  await back.status("This has none", "read");
  expect(await back.message("Thsi has a mistake").count()).toBe(0);
});

story("a reply is planned, changed, and goes at its time", async (stage) => {
  const { customer, l, o } = await overShoulder(stage, "Later");
  await l.composer.fill("Good morning, it is safe now");
  await l.page.getByTestId("send-more").click();
  await l.page.getByTestId("menu-send-later").click();
  await l.page.getByTestId("later-hour").click();
  await l.status("Good morning, it is safe now", "held");
  const planned = l.message("Good morning, it is safe now");
  await planned.filter({ hasText: /Sends .*\d/ }).waitFor();
  // It is nobody else's business yet.
  await l.composer.fill("One thing before");
  await l.page.getByTestId("composer-send").click();
  await o.message("One thing before").waitFor();
  expect(await o.message("Good morning").count()).toBe(0);

  await planned.getByTestId("edit-held").click();
  const dialog = l.page.getByRole("dialog", { name: "Edit scheduled message" });
  await dialog.getByLabel("Message").fill("Good evening, it is safe now");
  await dialog.getByRole("button", { name: "Save" }).click();
  await l.status("Good evening, it is safe now", "held");

  // The hour is not waited out: the same message gets another time, past the app, which hears of it.
  const message = await l.message("Good evening").getAttribute("data-message-id");
  const send_at = new Date(Date.now() + 2_000).toISOString();
  const path = `/conversations/${l.conversationId}/messages/${message}`;
  expect(await l.call("PATCH", path, { send_at })).toMatchObject({ status: 200 });
  await l.status("Good evening, it is safe now", "read");
  await o.message("Good evening, it is safe now").waitFor();
  expect(await customer.received()).toEqual(["One thing before", "Good evening, it is safe now"]);
});

story("a note names a colleague, who finds it among their mentions", async (stage) => {
  const { customer, lead, agent, l, o } = await overShoulder(stage, "Mention");
  await o.go("My inbox");
  await l.page.getByRole("tab", { name: "Note" }).click();
  await l.composer.pressSequentially("Please call them, @Oma");
  await l.page.getByRole("option").filter({ hasText: agent.name }).waitFor();
  await l.composer.press("Enter");
  await expect.poll(() => l.composer.inputValue()).toContain(`@${agent.name}`);
  await l.composer.pressSequentially(" before noon");
  await l.composer.press("Enter");
  await l.message("before noon").filter({ hasText: "Internal note" }).waitFor();

  await o.place("Mentions").getByText("1 unread").waitFor();
  await o.go("Mentions");
  await o.row(customer.name).click();
  const note = o.message("before noon").filter({ hasText: lead.name });
  await note.getByText(`@${agent.name}`).waitFor();
  await expect.poll(() => o.place("Mentions").getByText("1 unread").count()).toBe(0);
  expect(await customer.received()).toEqual([]);
});

story("a draft goes along to another device, and away when it is sent", async (stage) => {
  const { customer, lead, l, path } = await overShoulder(stage, "Draft");
  const saved = l.page.waitForResponse(
    (answer) => answer.url().includes("/draft") && answer.request().method() === "PUT" && answer.ok(),
  );
  await l.composer.fill("Begun at the desk");
  await saved;
  const pocket = await stage.agent(lead, { path });
  await expect.poll(() => pocket.composer.inputValue()).toBe("Begun at the desk");
  await pocket.composer.fill("Begun at the desk, finished on the way");
  await expect.poll(() => l.composer.inputValue()).toBe("Begun at the desk, finished on the way");
  await pocket.page.getByTestId("composer-send").click();
  await pocket.status("finished on the way", "read");
  await expect.poll(() => l.composer.inputValue()).toBe("");
  expect(await customer.received()).toEqual(["Begun at the desk, finished on the way"]);
});

story("a canned response fills itself in, and a blank keeps it from going", async (stage) => {
  const { customer, l } = await overShoulder(stage, "Canned");
  const text = "Hello {first_name}, your code is {code}";
  const canned = { shortcut: "code", title: "The code", text, scope: "personal" };
  expect(await l.call("POST", "/canned", canned)).toMatchObject({ status: 201 });
  await l.page.reload();
  await l.composer.pressSequentially("/cod");
  await l.page.getByRole("option").filter({ hasText: "/code" }).waitFor();
  await l.composer.press("Enter");
  await expect.poll(() => l.composer.inputValue()).toBe("Hello Cleo, your code is {code}");

  await l.composer.press("Enter");
  await l.toast("Fill in {code} first").first().waitFor();
  expect(await l.message("Hello Cleo").count()).toBe(0);
  // The blank is selected: what is typed takes its place.
  await l.page.keyboard.type("4471");
  await l.composer.press("Enter");
  await l.status("Hello Cleo, your code is 4471", "read");
  expect(await customer.received()).toEqual(["Hello Cleo, your code is 4471"]);
});

story("at the end of a shift the open work goes to a colleague", async (stage) => {
  const office = await stage.office();
  const team: Team = await office.team("Together, shift");
  const early = await office.hire("Elif Early", "agent", [team]);
  const late = await office.hire("Liam Lately", "agent", [team]);
  const customer: Customer = await stage.customer("Sven Shift");
  await office.has(early, team, customer, "I will write again tonight");
  const [e, n] = await Promise.all([stage.agent(early, { view: "mine" }), stage.agent(late, { view: "mine" })]);
  await e.row(customer.name).waitFor();

  await handOver(e, late);
  await expect.poll(() => e.row(customer.name).count()).toBe(0);
  await n.open(customer.name);
  await customer.writes("It is me again");
  await n.message("It is me again").waitFor();
  await n.reply("Good evening");
  await n.status("Good evening", "read");
});
