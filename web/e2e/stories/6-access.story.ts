import { expect } from "vitest";
import type { Agent } from "../support/agent";
import { breaches, overhang, PHONE } from "../support/rules";
import { story } from "../support/story";

for (const colorScheme of ["light", "dark"] as const) {
  story(`nothing on the way to a failed message breaks the rules, ${colorScheme}`, async (stage) => {
    const customer = await stage.customer(`Ada Access ${colorScheme}`);
    const agent = await stage.stranger("agent", { colorScheme });
    await agent.page.goto(`${agent.app}/login`);
    await agent.page.getByText("All systems working").waitFor();
    expect(await breaches(agent.page), "login").toEqual([]);
    await agent.page.getByTestId("login-submit").click();
    await agent.page.getByText("Enter your work email.").waitFor();
    expect(await breaches(agent.page), "login refused").toEqual([]);

    await customer.writes("May I see this?");
    await agent.enter();
    await agent.look("queue");
    await agent.row(customer.name).waitFor();
    expect(await breaches(agent.page), "list").toEqual([]);

    await agent.open(customer.name);
    await agent.reply("Yes, here it is");
    await agent.status("Yes, here it is", "read");
    await customer.repliesTo("Yes, here it is", "Thank you");
    await agent.message("Thank you").waitFor();
    await agent.page.keyboard.press("Escape");
    await agent.page.keyboard.press("n");
    await agent.reply("They are happy");
    await agent.message("They are happy").waitFor();
    expect(await breaches(agent.page), "conversation with a note").toEqual([]);
    await agent.page.getByRole("tab", { name: "Reply" }).click();

    await customer.trouble({ kind: "failed", count: 1 });
    await agent.reply("This one fails");
    await agent.status("This one fails", "failed");
    await customer.trouble({ kind: "answer_dropped", count: 1 });
    await customer.trouble({ kind: "callback_data_missing" });
    await agent.reply("This one is in doubt");
    await agent.status("This one is in doubt", "unconfirmed");
    await agent.context.setOffline(true);
    await agent.reply("This one waits");
    await agent.status("This one waits", "offline");
    expect(await breaches(agent.page), "failures").toEqual([]);
    await agent.context.setOffline(false);
    await customer.calm();

    await agent.page.getByTestId("user-menu").click();
    await agent.page.getByTestId("sign-out").waitFor();
    expect(await breaches(agent.page), "account menu").toEqual([]);
    await agent.page.getByRole("menuitem", { name: "Keyboard shortcuts" }).click();
    await agent.page.getByRole("dialog").waitFor();
    expect(await breaches(agent.page), "shortcuts").toEqual([]);
  });
}

story("on a phone: list, conversation, and back", async (stage) => {
  const customer = await stage.customer("Paula Pocket");
  await customer.writes("I hope this fits");
  const agent = await stage.agent("agent", PHONE);
  await agent.row(customer.name).waitFor();
  expect(await breaches(agent.page), "list").toEqual([]);
  expect(await overhang(agent.page)).toBe(0);

  await agent.row(customer.name).tap();
  await agent.message("I hope this fits").waitFor();
  expect(await agent.row(customer.name).count(), "one pane at a time").toBe(0);
  expect(await breaches(agent.page), "conversation").toEqual([]);
  expect(await overhang(agent.page)).toBe(0);
  await agent.composer.fill("It does");
  await agent.page.getByTestId("composer-send").tap();
  await agent.status("It does", "read");

  await agent.page.getByRole("button", { name: "Back to list" }).tap();
  await agent.page.getByRole("heading", { name: "Unassigned" }).waitFor();
  await agent.page.goBack();
  await agent.message("It does").waitFor();
});

const LONG_NAME = "Maximiliane-Wilhelmina von der Großen-Schulenburg zu Nordhausen-Bergen";
const RTL = "مرحبا، أين حوالتي؟ (TRX-48213)";
const HTML = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script><b>bold</b>`;
const EMOJI = "👩‍👩‍👧‍👦 🇳🇬 🤷🏽‍♀️ ❤️";
const UNBROKEN = "a".repeat(300);

async function hostile(agent: Agent): Promise<void> {
  const { page } = agent;
  for (const text of [RTL, HTML, EMOJI, UNBROKEN]) await agent.message(text).first().waitFor();
  expect(await page.locator("[data-testid=message] :is(img, script, b)").count()).toBe(0);
  expect(await page.evaluate(() => "hacked" in window)).toBe(false);
  const direction = (element: Element) => getComputedStyle(element).direction;
  expect(await agent.message(RTL).locator("p[dir=auto]").evaluate(direction)).toBe("rtl");
  expect(await agent.message(EMOJI).locator("p[dir=auto]").evaluate(direction)).toBe("ltr");
  expect(await overhang(page)).toBe(0);
  const texts = agent.messages.locator("p[dir=auto]");
  const wide = await texts.evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).length);
  expect(wide, "words wider than their bubble").toBe(0);
}

story("long, foreign and hostile words are only words", async (stage) => {
  const customer = await stage.customer(LONG_NAME);
  for (const text of [RTL, HTML, EMOJI, UNBROKEN]) await customer.writes(text);
  // 4,000 characters in lines and words, both ways.
  const long = `${"The quick brown fox jumps. ".repeat(148)}END`.padEnd(4_000, "!");
  await customer.writes(long);

  const agent = await stage.agent("agent");
  await agent.open(LONG_NAME);
  await hostile(agent);
  expect(await agent.message("END").locator("p").textContent()).toBe(long);
  await agent.reply(HTML);
  await agent.reply(long);
  await expect.poll(() => customer.received()).toEqual([HTML, long]);
  expect(await customer.page.evaluate(() => "hacked" in window)).toBe(false);
  expect(await breaches(agent.page)).toEqual([]);

  const small = await stage.agent("agent", { ...PHONE, view: "mine" });
  await small.row(LONG_NAME).waitFor();
  expect(await overhang(small.page)).toBe(0);
  await small.row(LONG_NAME).tap();
  await hostile(small);
  expect(await breaches(small.page)).toEqual([]);
});

story("a name cannot hide or turn what stands beside it", async (stage) => {
  // Zero-width characters, and an override that writes from right to left.
  const names = ["\u200b\u200d\u2060", "Eve\u202egnp.exe", "אורי כהן"];
  const agent = await stage.agent("agent", { view: "all" });
  for (const name of names) {
    const { id } = await stage.simulator.call<{ id: string }>("POST", "customers", { name });
    const text = `Who am I, ${id}?`;
    await stage.simulator.call("POST", `customers/${id}/send`, { text, wait_ms: 10_000 });
    const row = agent.row(text);
    await row.waitFor();
    // Something to see and to press, and the words beside it in their order.
    expect((await row.locator("bdi").first().textContent())?.replace(/[\p{Cf}\p{Z}]/gu, "")).not.toBe("");
    expect(await row.getAttribute("aria-label")).toMatch(/^[^,\s]/);
    await row.click();
    await agent.message(text).waitFor();
    expect(await breaches(agent.page)).toEqual([]);
  }
});
