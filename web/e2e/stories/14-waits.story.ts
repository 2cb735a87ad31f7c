// What happens when the reply window is closed or closes, and when somebody writes without end.

import { expect } from "vitest";
import { story } from "../support/story";

const DAY = 24 * 3600;
/** Seconds since 1970, as the provider writes them. */
const ago = (seconds: number) => String(Math.floor(Date.now() / 1000) - seconds);

story("a reply waits for the customer, and leaves the moment they write", async (stage) => {
  const customer = await stage.customer("Rosa Rescue");
  const text = { type: "text", timestamp: ago(26 * 3600), text: { body: "Is it repaired?" } };
  await stage.simulator.call("POST", `customers/${customer.id}/send`, { message: text, wait_ms: 10_000 });
  const agent = await stage.agent("agent");
  await agent.open(customer.name);
  await agent.message("Is it repaired?").waitFor();
  expect(await agent.composer.count()).toBe(0);

  await agent.page.getByTestId("ask-to-reopen").click();
  await agent.composer.fill("It is, come and get it");
  await agent.page.getByTestId("composer-send").click();
  await agent.page.getByTestId("template").filter({ hasText: "hello_world" }).click();
  await agent.page.getByTestId("template-send").click();
  await customer.bubble("hello_world").waitFor();
  await agent.message("It is, come and get it").getByText("Leaves when the customer writes").waitFor();
  // Whoever answers has it: it is in their own list now.
  await agent.go("My inbox");
  await agent.row(customer.name).getByText("Reply waits").waitFor();
  await agent.open(customer.name);
  expect(await customer.received()).not.toContain("It is, come and get it");

  await customer.types("Yes?");
  await customer.bubble("It is, come and get it").waitFor();
  await agent.status("It is, come and get it", "read");
  await expect.poll(() => agent.row(customer.name).getByText("Reply waits").count()).toBe(0);
  expect((await customer.received()).filter((words) => words === "It is, come and get it")).toHaveLength(1);
});

story("the window closes in front of the agent, who loses no word", async (stage) => {
  const customer = await stage.customer("Lena Late");
  const text = { type: "text", timestamp: ago(DAY - 12), text: { body: "Quick!" } };
  await stage.simulator.call("POST", `customers/${customer.id}/send`, { message: text, wait_ms: 10_000 });
  const agent = await stage.agent("agent");
  await agent.open(customer.name);
  await agent.composer.fill("I am still thinking about");
  await agent.page.getByTestId("open-templates").waitFor({ timeout: 20_000 });
  expect(await agent.page.getByTestId("kept-draft").textContent()).toBe("I am still thinking about");
  await customer.writes("Well?");
  await expect.poll(() => agent.composer.inputValue()).toBe("I am still thinking about");
  await agent.reply("Here it is");
  await agent.status("Here it is", "read");
});

story("what one customer writes without end is one line, and calm", async (stage) => {
  const [flooder, other] = [await stage.customer("Flora Flood"), await stage.customer("Quentin Quiet")];
  for (let n = 1; n <= 32; n += 1) await flooder.writes(`message ${n}`);
  const agent = await stage.agent("agent");
  await other.writes("Me too, please");
  await agent.row(other.name).waitFor();
  await agent.row(flooder.name).getByTestId("folded-count").waitFor();
  await agent.open(flooder.name);
  await agent.message("message 20").waitFor();
  await agent.page.getByTestId("folded").getByText("12 more messages").waitFor();
  expect(await agent.message("message 25").count()).toBe(0);
  await agent.page.getByTestId("unfold").click();
  await agent.message("message 32").waitFor();
  // Nobody has to look at it twice.
  await expect.poll(() => agent.row(flooder.name).getByTestId("folded-count").count()).toBe(0);
});
