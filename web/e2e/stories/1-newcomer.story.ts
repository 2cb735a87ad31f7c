import { expect } from "vitest";
import { story } from "../support/story";

story("a newcomer signs in, answers a customer, and sees it read", async (stage) => {
  const customer = await stage.customer("Nadia Newcomer");
  const agent = await stage.stranger("agent");
  await agent.page.goto(agent.app);
  const live = agent.live();
  await agent.signIn();
  await live;
  await agent.page.waitForURL("**/inbox/mine");
  await agent.go("Unassigned");
  const sameVisit = await agent.mark();

  await customer.types("Hello, where is my transfer?");
  await agent.row(customer.name).waitFor();
  await agent.open(customer.name);
  await agent.message("Hello, where is my transfer?").waitFor();

  const states = await agent.watchStatus("It left this morning");
  await agent.reply("It left this morning");
  await customer.bubble("It left this morning").waitFor();
  await agent.status("It left this morning", "read");
  await agent.message("It left this morning").getByLabel("Read", { exact: true }).waitFor();
  expect((await states()).filter((state) => !/sending|queued/.test(state))).toEqual(["sent", "delivered", "read"]);

  // Answering took it; it waits for nobody any more.
  await expect.poll(() => agent.row(customer.name).count()).toBe(0);
  await agent.go("My inbox");
  await agent.open(customer.name);

  await customer.repliesTo("It left this morning", "Thank you, when will it arrive?");
  const answer = agent.message("Thank you, when will it arrive?");
  await answer.filter({ hasText: "It left this morning" }).waitFor();

  await answer.hover();
  await answer.getByRole("button", { name: "Reply to this message" }).click();
  await agent.page.getByText("Replying to Nadia Newcomer").waitFor();
  await agent.reply("Before noon");
  const quoting = customer.bubble("Before noon");
  await quoting.locator(".quote", { hasText: "Thank you, when will it arrive?" }).waitFor();
  await agent.status("Before noon", "read");
  expect(await customer.received()).toEqual(["It left this morning", "Before noon"]);
  expect(await sameVisit()).toBe(true);
});
