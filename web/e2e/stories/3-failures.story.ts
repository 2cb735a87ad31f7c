import { expect } from "vitest";
import type { Agent } from "../support/agent";
import type { Customer } from "../support/simulator";
import { type Stage, story } from "../support/story";

async function meet(stage: Stage, name: string): Promise<{ agent: Agent; customer: Customer }> {
  const customer = await stage.customer(name);
  const agent = await stage.agent("agent");
  await customer.writes("Can you help me?");
  await agent.open(name);
  await agent.message("Can you help me?").waitFor();
  return { agent, customer };
}

story("a message that cannot be delivered says why, and goes out again", async (stage) => {
  const { agent, customer } = await meet(stage, "Fiona Failed");

  // Accepted first, refused by the customer's phone later.
  await customer.trouble({ kind: "failed", code: 131026 });
  await agent.reply("This one will not arrive");
  await agent.status("This one will not arrive", "failed");
  const failed = agent.message("This one will not arrive");
  expect(await failed.textContent()).toMatch(/Not delivered: \S+ \S+/);
  expect(await customer.received()).toEqual([]);
  await customer.calm();
  await failed.getByTestId("retry-send").click();
  await agent.status("This one will not arrive", "read");
  expect(await failed.textContent()).not.toContain("Not delivered");

  // Refused at once.
  await customer.trouble({ kind: "refuse", code: 131026 });
  await agent.reply("Nor will this one");
  await agent.status("Nor will this one", "failed");
  await customer.calm();
  await agent.message("Nor will this one").getByTestId("retry-send").click();
  await agent.status("Nor will this one", "read");
  expect(await customer.received()).toEqual(["This one will not arrive", "Nor will this one"]);
});

story("a lost answer leaves a doubt, and the provider's word ends it", async (stage) => {
  const { agent, customer } = await meet(stage, "Ursula Unsure");
  await customer.trouble({ kind: "answer_dropped", count: 1 });
  await customer.trouble({ kind: "webhook_delay", ms: 3_000, count: 1 });
  await agent.reply("Did you get this?");
  await agent.status("Did you get this?", "unconfirmed");
  await agent.message("Did you get this?").filter({ hasText: "We could not confirm this was sent" }).waitFor();
  await agent.status("Did you get this?", "read");
  expect(await customer.received()).toEqual(["Did you get this?"]);
});

story("a doubt that nobody else ends is ended by the agent", async (stage) => {
  const { agent, customer } = await meet(stage, "Doris Doubt");
  // Nothing in what follows tells MAX which message the provider speaks of.
  await customer.trouble({ kind: "answer_dropped", count: 2 });
  await customer.trouble({ kind: "callback_data_missing" });

  await agent.reply("The first in doubt");
  await agent.status("The first in doubt", "unconfirmed");
  await customer.bubble("The first in doubt").waitFor();
  await agent.message("The first in doubt").getByTestId("it-arrived").click();
  await agent.status("The first in doubt", "sent");

  await agent.reply("The second in doubt");
  await agent.status("The second in doubt", "unconfirmed");
  await expect.poll(() => customer.bubble("The second in doubt").getAttribute("data-state")).toBe("read");
  await customer.calm();
  await agent.message("The second in doubt").getByTestId("send-again").click();
  await agent.status("The second in doubt", "read");
  // It was asked for, so it came twice.
  expect(await customer.received()).toEqual(["The first in doubt", "The second in doubt", "The second in doubt"]);
});

story("a closed reply window closes the composer, and the server refuses too", async (stage) => {
  const customer = await stage.customer("Clara Closed");
  const agent = await stage.agent("agent");
  await customer.trouble({ kind: "timestamps_old" });
  await customer.writes("I wrote this a week ago");
  await customer.calm();
  await agent.open(customer.name);
  await agent.page.getByText("Replies open again when the customer writes").waitFor();
  await agent.page.getByText(/Window closed .+ ago/).waitFor();
  expect(await agent.composer.count()).toBe(0);

  const path = `/conversations/${agent.conversationId}/messages`;
  const refused = await agent.call("POST", path, { client_id: "late", kind: "reply", text: "Too late" });
  expect(refused).toMatchObject({ status: 409, body: { code: "window_closed" } });

  // Notes still work, and the composer opens by itself when the customer writes.
  await agent.page.getByRole("button", { name: "Write a note" }).click();
  await agent.reply("Call them instead");
  await agent.message("Call them instead").waitFor();
  await agent.page.getByRole("tab", { name: "Reply" }).click();
  await customer.writes("Now I am here");
  await agent.reply("Welcome back");
  await agent.status("Welcome back", "read");
  expect(await customer.received()).toEqual(["Welcome back"]);
});
