import { expect } from "vitest";
import { story } from "../support/story";

/** Longer ago than WhatsApp lets one answer freely. */
const LONG_AGO = 26 * 3600;

story("the window has closed: a template reaches the customer, whose answer opens it", async (stage) => {
  const customer = await stage.customer("Cora Closed");
  const timestamp = String(Math.floor(Date.now() / 1000) - LONG_AGO);
  const said = await stage.simulator.call<{ wamid: string }>("POST", `customers/${customer.id}/send`, {
    message: { type: "text", timestamp, text: { body: "Are you there?" } },
    wait_ms: 10_000,
  });
  await stage.simulator.call("POST", `customers/${customer.id}/send`, {
    message: { type: "reaction", timestamp, reaction: { message_id: said.wamid, emoji: "\u{1f64f}" } },
    wait_ms: 10_000,
  });
  const agent = await stage.agent("agent");
  await agent.open(customer.name);
  await agent.message("Are you there?").waitFor();
  // A thumb is no message, and opens no window.
  await agent.page
    .getByTestId("reactions")
    .getByRole("img", { name: /from Cora Closed/ })
    .waitFor();
  expect(await agent.messages.count()).toBe(1);
  expect(await agent.composer.count()).toBe(0);

  await agent.page.getByTestId("open-templates").click();
  await agent.page.getByTestId("template").filter({ hasText: "hello_world" }).click();
  await agent.page.getByTestId("template-send").click();
  await agent.status("Welcome", "read");
  // The phone shows which template it was.
  await customer.bubble("hello_world").waitFor();

  await customer.writes("Yes, go on");
  await agent.reply("Gladly");
  await agent.status("Gladly", "read");
});
