// What is said without words: a place, a question with buttons, a list, and a template with a file on top.

import { expect } from "vitest";
import type { Agent } from "../support/agent";
import { files } from "../support/files";
import type { Customer } from "../support/simulator";
import { type Stage, story } from "../support/story";

/** A customer who has written, and the agent looking at it. */
async function meet(stage: Stage, name: string, hold: 0 | 10 = 0): Promise<{ agent: Agent; customer: Customer }> {
  const customer = await stage.customer(name);
  await customer.writes("Hello, can you help?");
  const agent = await stage.agent("agent", { hold });
  await agent.open(customer.name);
  await agent.message("Hello, can you help?").waitFor();
  return { agent, customer };
}

/** Opens one of the forms from the composer. */
async function begin(agent: Agent, kind: "location" | "buttons" | "list"): Promise<void> {
  await agent.page.getByTestId("structured-more").click();
  await agent.page.getByTestId(`send-${kind}`).click();
  await agent.page.getByRole("dialog").waitFor();
}

const field = (agent: Agent, name: string | RegExp) => agent.page.getByRole("dialog").getByRole("textbox", { name });
const send = (agent: Agent) => agent.page.getByTestId("structured-send").click();

story("a question goes out with buttons, and what the phone presses comes back", async (stage) => {
  const { agent, customer } = await meet(stage, "Quinn Question");
  // What was begun in the composer is the question.
  await agent.composer.fill("When shall we call you?");
  await begin(agent, "buttons");
  expect(await field(agent, "Question").inputValue()).toBe("When shall we call you?");
  await field(agent, /^Button 1/).fill("Today, or some other day");
  await send(agent);
  await agent.page.getByRole("dialog").getByText("4 too many").first().waitFor();
  await field(agent, /^Button 1/).fill("Today");
  await field(agent, /^Button 2/).fill("Tomorrow");
  await send(agent);
  await agent.status("When shall we call you?", "read");
  expect(await agent.composer.inputValue()).toBe("");

  const asked = customer.bubble("When shall we call you?");
  await asked.getByRole("button", { name: "Tomorrow", exact: true }).click();
  const answer = agent.message("Pressed a button");
  await answer.getByText("Tomorrow", { exact: true }).waitFor();
  await answer.getByText("When shall we call you?").waitFor();

  await begin(agent, "list");
  await field(agent, "Question").fill("Which shop is near you?");
  await field(agent, "Text of the button that opens the list").fill("Shops");
  await field(agent, /^Row 1: Title/).fill("Harbour");
  await agent.page.getByRole("dialog").getByRole("button", { name: "Add a row" }).click();
  await field(agent, /^Row 2: Title/).fill("Old town");
  await field(agent, "Second line").last().fill("Open on Sundays");
  await send(agent);
  await agent.status("Which shop is near you?", "read");
  const list = agent.message("Which shop is near you?");
  await list.getByRole("button", { name: "Show what “Shops” opens" }).click();
  await list.getByText("Open on Sundays").waitFor();
  const phone = customer.bubble("Which shop is near you?");
  await phone.getByText("Shops", { exact: true }).click();
  await phone.getByRole("button", { name: "Old town" }).click();
  await agent.message("Chose from a list").getByText("Old town", { exact: true }).waitFor();
});

story("a question that is taken back in time opens again to be changed", async (stage) => {
  const { agent, customer } = await meet(stage, "Uma Undo", 10);
  await begin(agent, "buttons");
  await field(agent, "Question").fill("Shall we call you?");
  await field(agent, /^Button 1/).fill("Yes");
  await field(agent, /^Button 2/).fill("Now");
  await send(agent);
  await agent.page.getByTestId("undo-send").click();
  await agent.page.getByRole("dialog", { name: "Ask with buttons" }).waitFor();
  expect(await field(agent, "Question").inputValue()).toBe("Shall we call you?");
  await field(agent, /^Button 2/).fill("No");
  await send(agent);
  // It waits its ten seconds once more.
  const asked = customer.bubble("Shall we call you?");
  await asked.getByRole("button", { name: "No", exact: true }).waitFor({ timeout: 20_000 });
  await agent.status("Shall we call you?", "read");
  expect(await asked.count()).toBe(1);
});

story("a place goes out by key alone, from what was pasted", async (stage) => {
  const { agent, customer } = await meet(stage, "Petra Place");
  const { page } = agent;
  await page.getByTestId("structured-more").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Location" }).press("Enter");
  await expect.poll(() => page.getByTestId("place-paste").evaluate((at) => at === document.activeElement)).toBe(true);
  await page.keyboard.insertText("https://www.openstreetmap.org/#map=17/59.32930/18.06860");
  expect(await field(agent, "Longitude").inputValue()).toBe("18.0686");
  for (let n = 0; n < 3; n += 1) await page.keyboard.press("Tab");
  await page.keyboard.insertText("Central Station");
  await page.keyboard.press("Enter");
  await customer.bubble("Central Station").getByText("59.3293, 18.0686").waitFor();
  await agent.message("Central Station").getByRole("link", { name: "Open in OpenStreetMap" }).waitFor();
  await agent.status("Central Station", "read");
});

story("a template begins with the picture that the agent attaches", async (stage) => {
  const office = await stage.office();
  const components = [
    { type: "HEADER", format: "IMAGE" },
    { type: "BODY", text: "Here is the plan, {{1}}." },
  ];
  await stage.simulator.call("POST", "templates", {
    name: "the_plan",
    language: "en_US",
    status: "APPROVED",
    components,
    notify: true,
  });
  const { items } = await office.call<{ items: { id: string; kind: string }[] }>("GET", "/channels");
  const channel = items.find(({ kind }) => kind === "whatsapp");
  await office.call("POST", `/channels/${channel?.id}/templates/sync`, {});
  await expect
    .poll(async () => (await office.call<{ items: unknown[] }>("GET", "/templates?q=the_plan")).items.length)
    .toBe(1);

  const customer = await stage.customer("Tamsin Template");
  const timestamp = String(Math.floor(Date.now() / 1000) - 26 * 3600);
  const text = { type: "text", timestamp, text: { body: "Do you have the plan?" } };
  await stage.simulator.call("POST", `customers/${customer.id}/send`, { message: text, wait_ms: 10_000 });
  const agent = await stage.agent("agent");
  await agent.open(customer.name);
  await agent.page.getByTestId("open-templates").click();
  await agent.page.getByTestId("template").filter({ hasText: "the_plan" }).click();
  await agent.page.getByTestId("template-file").setInputFiles([files.picture("plan.png")]);
  await agent.page.locator("[data-testid=chip][data-state=ready]").waitFor();
  await agent.page.getByRole("textbox", { name: "Value for 1" }).fill("Tamsin");
  await agent.page.getByTestId("template-preview").getByText("Here is the plan, Tamsin.").waitFor();
  await agent.page.getByTestId("template-send").click();
  const shown = customer.bubble("Here is the plan, Tamsin.");
  await expect
    .poll(() => shown.locator("img").evaluate((img) => (img as HTMLImageElement).naturalWidth))
    .toBeGreaterThan(0);
  await agent.message("Here is the plan, Tamsin.").getByTestId("picture").waitFor();
  await agent.status("Here is the plan, Tamsin.", "read");
});
