import { expect } from "vitest";
import { PEOPLE } from "../support/agent";
import { story } from "../support/story";

story("two people look at the queue, and one of them takes", async (stage) => {
  const customer = await stage.customer("Rosa Race");
  const [agent, lead] = await Promise.all([stage.agent("agent"), stage.agent("lead")]);
  const [mark, leadMark] = [await agent.mark(), await lead.mark()];
  await customer.writes("Who takes me?");
  await Promise.all([agent.row(customer.name).waitFor(), lead.row(customer.name).waitFor()]);

  await lead.open(customer.name);
  await lead.page.getByTestId("take-button").click();
  await lead.page.getByRole("button", { name: "Assigned to you" }).waitFor();

  await expect.poll(() => agent.row(customer.name).count()).toBe(0);
  expect([await mark(), await leadMark()]).toEqual([true, true]);
});

story("the one who is late is told so and keeps the words", async (stage) => {
  const customer = await stage.customer("Lars Late");
  const [agent, lead] = await Promise.all([stage.agent("agent"), stage.agent("lead")]);
  const sameVisit = await agent.mark();
  await customer.writes("One answer is enough");
  await agent.open(customer.name);
  await agent.composer.fill("My long and careful answer");

  await lead.open(customer.name);
  await lead.reply("I have it");
  await lead.status("I have it", "read");

  await agent.page.getByText(`${PEOPLE.lead.name} has this conversation`).waitFor();
  const late = { client_id: "late", kind: "reply", text: "My long and careful answer" };
  expect(await agent.call("POST", `/conversations/${agent.conversationId}/messages`, late)).toMatchObject({
    status: 409,
    body: { code: "conversation_taken", winner: { name: PEOPLE.lead.name } },
  });
  expect(await customer.received()).toEqual(["I have it"]);
  // What was typed is not lost, and can become a note.
  await agent.page.getByTestId("kept-draft").filter({ hasText: "My long and careful answer" }).waitFor();
  await agent.page.getByRole("button", { name: "Keep it as a note" }).click();
  expect(await agent.composer.inputValue()).toBe("My long and careful answer");
  expect(await sameVisit()).toBe(true);
});

story("a reply that is sent before the news of the take arrives", async (stage) => {
  const customer = await stage.customer("Tess Tie");
  const [agent, lead] = await Promise.all([stage.agent("agent"), stage.agent("lead")]);
  await customer.writes("Both at once");
  await agent.open(customer.name);
  await agent.message("Both at once").waitFor();

  // The agent writes without a line, and so without the news.
  await agent.context.setOffline(true);
  await agent.reply("Mine comes too late");
  await lead.open(customer.name);
  await lead.page.getByTestId("take-button").click();
  await lead.page.getByRole("button", { name: "Assigned to you" }).waitFor();
  await agent.context.setOffline(false);

  await agent.status("Mine comes too late", "failed");
  const bubble = agent.message("Mine comes too late");
  expect(await bubble.textContent()).toContain(`${PEOPLE.lead.name} took this conversation`);
  await bubble.getByRole("button", { name: "Edit" }).click();
  await agent.page.getByTestId("kept-draft").filter({ hasText: "Mine comes too late" }).waitFor();
  expect(await customer.received()).toEqual([]);
});
