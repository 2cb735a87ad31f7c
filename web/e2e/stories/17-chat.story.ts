// The chat on a company's own site beside the agent app: two addresses, two people, one conversation.

import { createHmac, randomUUID } from "node:crypto";
import { expect } from "vitest";
import { Plug } from "../support/plug";
import { breaches, overhang, PHONE } from "../support/rules";
import type { Visitor } from "../support/site";
import { type Stage, story } from "../support/story";

/** Proves visitors of every chat here. */
const KEY = "k".repeat(64);

async function chat(stage: Stage, name: string, config: object = {}): Promise<string> {
  const [office, site] = await Promise.all([stage.office(), stage.site()]);
  const made = await office.chat(name, { title: name, allowed_origins: [site.origin], ...config }, KEY);
  return made.id;
}

/** What a company's server gives to the page of somebody who is signed in there. */
function proof(channelId: string, user: { id: string; name: string }): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { aud: channelId, sub: user.id, name: user.name, exp: Math.floor(Date.now() / 1000) + 3600 };
  const said = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${said}.${createHmac("sha256", KEY).update(said).digest("base64url")}`;
}

/** The agent opens the conversation in which these words came last. */
async function answered(stage: Stage, words: string) {
  const agent = await stage.agent("agent");
  await agent.row(words).click();
  await agent.message(words).waitFor();
  return agent;
}

story("a visitor and an agent write, and each sees the other typing and reading", async (stage) => {
  const visitor = await stage.visitor(await chat(stage, "Chat of two"));
  const agent = await stage.agent("agent");
  await visitor.open();
  await visitor.writes("Do you ship to Lagos?");
  await agent.row("Do you ship to Lagos?").click();
  await agent.message("Do you ship to Lagos?").waitFor();
  // No window, no templates: this channel has none.
  expect(await agent.page.getByRole("timer").count()).toBe(0);
  expect(await agent.page.getByTestId("open-templates").count()).toBe(0);

  await visitor.box.pressSequentially("And");
  await agent.page.getByTestId("customer-writing").getByText("is typing").waitFor();
  await agent.page.getByTestId("conversation-row").filter({ hasText: "is typing…" }).waitFor();
  await visitor.box.fill("And when?");
  await visitor.box.press("Enter");
  await agent.message("And when?").waitFor();
  await expect.poll(() => agent.page.getByTestId("customer-writing").textContent()).toBe("");

  await agent.composer.pressSequentially("We do");
  await visitor.dots.waitFor();
  await agent.reply("We do, within a week");
  await visitor.bubble("We do, within a week").waitFor();
  await expect.poll(() => visitor.dots.count()).toBe(0);
  await agent.status("We do, within a week", "read");
  await visitor.writes("Good");
  await agent.message("Good").waitFor();
  // Open before the eyes of the agent who has it, it is read.
  await visitor.panel.getByText(/^Read/).waitFor();
  const all = ["Do you ship to Lagos?", "And when?", "We do, within a week", "Good"];
  expect((await visitor.said()).slice(-4)).toEqual(all);

  // What was said is there on coming back, also for the agent.
  await visitor.page.reload();
  await visitor.bubble("We do, within a week").waitFor();
  await Promise.all([agent.live(), agent.page.reload()]);
  await agent.message("We do, within a week").waitFor();
});

story("what comes while the chat is closed is counted, and delivered until it is read", async (stage) => {
  const visitor = await stage.visitor(await chat(stage, "Closed chat"));
  await visitor.open();
  await visitor.writes("I will be back");
  const agent = await answered(stage, "I will be back");
  await visitor.page.keyboard.press("Escape");
  await agent.reply("Take your time");
  await agent.status("Take your time", "delivered");
  await visitor.page.locator("max-chat .badge").getByText("1").waitFor();
  expect(await visitor.page.title()).toMatch(/^\(1\) /);
  await visitor.open();
  await agent.status("Take your time", "read");
});

story("a visitor whose line is cut goes on writing, and nothing is lost or twice", async (stage) => {
  const plug = await Plug.open();
  try {
    const id = await chat(stage, "Cut chat");
    const visitor = await stage.visitor(id, { proxy: { server: plug.url, bypass: "<-loopback>" } });
    await visitor.open();
    await visitor.writes("Before the cut");
    const agent = await answered(stage, "Before the cut");
    plug.pull();
    await visitor.writes("First in the dark");
    await visitor.writes("Second in the dark");
    await agent.reply("Are you there?");
    await visitor.panel
      .getByText(/No connection|Connecting|Waiting/)
      .first()
      .waitFor();
    plug.restore();
    await agent.message("Second in the dark").waitFor();
    await visitor.bubble("Are you there?").waitFor();
    const words = ["Before the cut", "Are you there?", "First in the dark", "Second in the dark"];
    expect(await agent.thread(words)).toEqual(words);
    await expect.poll(async () => (await visitor.said()).slice(-4)).toEqual(words);
    await agent.status("Are you there?", "read");
  } finally {
    plug.close();
  }
});

story("two tabs of one visitor show the same", async (stage) => {
  const one = await stage.visitor(await chat(stage, "Two tabs"));
  await one.open();
  await one.writes("From the first tab");
  const two = await one.tab();
  await two.launcher.waitFor();
  if (!(await two.panel.isVisible())) await two.open();
  await two.bubble("From the first tab").waitFor();
  const agent = await answered(stage, "From the first tab");
  await two.writes("From the second tab");
  await agent.message("From the second tab").waitFor();
  await agent.reply("To both");
  for (const tab of [one, two]) await tab.bubble("To both").waitFor();
  expect(await agent.messages.count()).toBe(3);
  await one.page.close();
  await agent.reply("To the one that is left");
  await two.bubble("To the one that is left").waitFor();
});

story("who is signed in has one history on two devices, and nobody else has it", async (stage) => {
  const id = await chat(stage, "Signed in");
  const user = { id: `u-${randomUUID()}`, name: "Ingrid Insider" };
  const laptop = await stage.visitor(id);
  await laptop.open();
  // Before they sign in; it comes along.
  await laptop.writes("Asked before signing in");
  await laptop.panel.getByText(/^Sent|^Delivered|^Read/).waitFor();
  await laptop.signIn(proof(id, user));
  await laptop.bubble("Asked before signing in").waitFor();
  await laptop.writes("Asked on the laptop");
  const agent = await answered(stage, "Asked on the laptop");
  await agent.page.getByRole("region", { name: `Conversation with ${user.name}` }).waitFor();

  const phone = await stage.visitor(id, PHONE);
  await phone.signIn(proof(id, user));
  await phone.open();
  for (const words of ["Asked before signing in", "Asked on the laptop"]) await phone.bubble(words).waitFor();
  await agent.reply("Hello Ingrid");
  for (const device of [laptop, phone]) await device.bubble("Hello Ingrid").waitFor();
  await phone.writes("Now from the phone");
  await laptop.bubble("Now from the phone").waitFor();

  const stranger = await stage.visitor(id);
  const forged = `${proof(id, user).split(".").slice(0, 2).join(".")}.${"A".repeat(43)}`;
  await stranger.signIn(forged);
  await stranger.open();
  await stranger.box.waitFor();
  expect((await stranger.said()).join()).not.toContain("Asked");
});

const HTML = `<img src=x onerror="window.hacked=1"><b>bold</b>`;
const RTL = "مرحبا، أين طلبي؟";

story("hostile and foreign words are only words, on both sides", async (stage) => {
  const form = { on: true, fields: [{ key: "name", label: HTML, type: "text", required: true }] };
  const id = await chat(stage, `Chat ${HTML}`, { prechat: form, texts: { en: { welcome: HTML } } });
  const visitor = await stage.visitor(id, { title: HTML });
  await visitor.open();
  await visitor.panel.getByRole("textbox").fill(`Mallory ${HTML}`);
  await visitor.panel.getByRole("button", { name: "Start the chat" }).click();
  await visitor.writes(HTML);
  await visitor.writes(RTL);
  const agent = await answered(stage, RTL);
  await agent.message(HTML).waitFor();
  await agent.reply(HTML);
  await expect.poll(async () => (await visitor.said()).at(-1)).toBe(HTML);
  for (const page of [visitor.page, agent.page]) {
    expect(await page.evaluate(() => "hacked" in window)).toBe(false);
    expect(await overhang(page)).toBe(0);
    expect(await breaches(page)).toEqual([]);
  }
});

story("a site that is not on the list has no chat", async (stage) => {
  const office = await stage.office();
  const { id } = await office.chat("Elsewhere", { allowed_origins: ["https://shop.example"] });
  const visitor = await stage.visitor(id);
  // The page has asked, and been refused.
  await visitor.page.waitForLoadState("networkidle");
  expect(await visitor.launcher.count()).toBe(0);
  const { origin } = await stage.site();
  const asked = await fetch(`${office.app}/chat/${id}/config`, { headers: { origin } });
  expect(asked.status).toBe(403);
});

for (const colorScheme of ["light", "dark"] as const) {
  story(`nothing in the chat breaks the rules, ${colorScheme}`, async (stage) => {
    const id = await chat(stage, `Rules ${colorScheme}`);
    const look = async (visitor: Visitor, state: string) => expect(await breaches(visitor.page), state).toEqual([]);
    const visitor = await stage.visitor(id, { colorScheme });
    await visitor.launcher.waitFor();
    await look(visitor, "closed");
    await visitor.open();
    await visitor.writes(`May I see this in the ${colorScheme}?`);
    const agent = await answered(stage, `May I see this in the ${colorScheme}?`);
    await agent.reply("You may: https://shop.example/help");
    await visitor.bubble("You may").waitFor();
    await look(visitor, "open");
    await visitor.box.pressSequentially("Thanks");
    await agent.page.getByTestId("customer-writing").getByText("is typing").waitFor();
    expect(await breaches(agent.page), "the agent sees typing").toEqual([]);
    const phone = await stage.visitor(id, { ...PHONE, colorScheme });
    await phone.open();
    await phone.box.waitFor();
    await look(phone, "on a phone");
    expect(await overhang(phone.page)).toBe(0);
  });
}
