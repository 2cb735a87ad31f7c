// A chat from its first name to the first message over it, by the admin's own pages.

import { expect } from "vitest";
import type { Agent } from "../support/agent";
import { breaches, overhang, PHONE } from "../support/rules";
import { Visitor } from "../support/site";
import { type Stage, story } from "../support/story";

async function admin(stage: Stage, name: string, options: object = {}, path = "/admin/channels"): Promise<Agent> {
  const office = await stage.office();
  return stage.agent(await office.hire(name, "admin", []), { path, ...options });
}

story("an admin adds a chat, tries it on the test page, and an agent answers", async (stage) => {
  const boss = await admin(stage, "Celia Chatmaker");
  const { page } = boss;
  await page.getByTestId("new-channels").click();
  await page.getByTestId("choose-chat").click();
  const steps = page.getByTestId("add-chat");
  const next = () => page.getByTestId("chat-next").click();
  await steps.getByLabel("Name").fill("Made by hand");
  await steps.getByLabel("Team").selectOption({ label: "Transfers" });
  await next();
  await steps.getByLabel("Title").fill("Zelmira Pay");
  await steps.getByLabel("Accent", { exact: true }).fill("#00623f");
  // The widget itself, before anything is saved.
  const preview = page.getByTestId("preview").locator("max-chat-preview");
  await preview.getByRole("heading", { name: "Zelmira Pay" }).waitFor();
  expect(await breaches(page), "look").toEqual([]);
  await next();
  await steps.getByLabel("Address 1").fill("https://shop.example/cart");
  await page.keyboard.press("Tab");
  await next();
  await steps.getByText("Made by hand is ready").waitFor();
  expect(await steps.getByLabel("Signing secret", { exact: true }).inputValue()).toMatch(/^whsec_/);
  expect(await steps.getByLabel("Snippet", { exact: true }).inputValue()).toContain(`src="${boss.app}/chat/widget.js"`);
  expect(await breaches(page), "install").toEqual([]);

  const [opened] = await Promise.all([boss.context.waitForEvent("page"), steps.getByTestId("test-page").click()]);
  const visitor = new Visitor(opened, opened.url());
  await visitor.open();
  await visitor.panel.getByText("Hello. How can we help?").waitFor();
  await visitor.writes("Tried on the test page");
  const agent = await stage.agent("agent");
  await agent.row("Tried on the test page").click();
  await agent.reply("It works");
  await visitor.bubble("It works").waitFor();
  expect(await breaches(opened), "test page").toEqual([]);
  await agent.status("It works", "read");
});

story("what is changed is seen in the preview at once, and on the site once it is saved", async (stage) => {
  const [office, site] = [await stage.office(), await stage.site()];
  const { id } = await office.chat("Changing", { title: "Before", allowed_origins: [site.origin] });
  const boss = await admin(stage, "Edda Editor", {}, `/admin/channels/${id}`);
  const panel = boss.page.getByTestId("channel-panel");
  const preview = boss.page.getByTestId("preview").locator("max-chat-preview");
  await preview.getByRole("heading", { name: "Before" }).waitFor();

  await panel.getByTestId("fold-look").locator("summary").click();
  await panel.getByLabel("Title").fill("After");
  await preview.getByRole("heading", { name: "After" }).waitFor();
  await panel.getByTestId("fold-texts").locator("summary").click();
  await panel.getByLabel("Add a language").selectOption("ar");
  const welcome = panel.getByTestId("fold-texts").getByLabel("Welcome");
  expect(await welcome.getAttribute("dir")).toBe("rtl");
  await welcome.fill("أهلًا بكم");
  await boss.page.getByTestId("preview").getByLabel("Language").selectOption("ar");
  await preview.getByText("أهلًا بكم").waitFor();
  await panel.getByTestId("fold-form").locator("summary").click();
  await panel.getByTestId("add-field-name").click();
  await preview.locator("form label").waitFor();
  expect(await breaches(boss.page)).toEqual([]);
  // Nobody else has seen any of it.
  const early = await stage.visitor(id);
  await early.open();
  await early.panel.getByRole("heading", { name: "Before" }).waitFor();

  await panel.getByTestId("save").click();
  await boss.toast("Saved").first().waitFor();
  const late = await stage.visitor(id);
  await late.open();
  await late.panel.getByRole("heading", { name: "After" }).waitFor();
  await late.panel.getByLabel("Name").fill("Nora New");
  await late.panel.getByRole("button", { name: "Start the chat" }).click();
  await late.writes("After the form");
  const agent = await stage.agent("agent");
  await agent.row("After the form").getByText("Nora New").waitFor();
});

for (const colorScheme of ["light", "dark"] as const) {
  story(`nothing on a chat's page breaks the rules, ${colorScheme}, at a desk and on a phone`, async (stage) => {
    const office = await stage.office();
    const fields = ["name", "email"].map((key) => ({ key, label: key, type: "text", required: false }));
    const { id } = await office.chat(`Rules of ${colorScheme}`, {
      title: "Maximiliane-Wilhelmina von der Großen-Schulenburg zu Nordhausen",
      accent: "#ffe08a",
      languages: ["en", "ar"],
      prechat: { on: true, fields },
      upload: { on: true, max_bytes: 5 << 20 },
    });
    for (const [device, options] of Object.entries({ desk: {}, phone: PHONE })) {
      const name = `${device} ${colorScheme}`;
      const boss = await admin(stage, `Ava ${name}`, { ...options, colorScheme }, `/admin/channels/${id}`);
      const { page } = boss;
      const panel = page.getByTestId("channel-panel");
      if (device === "phone") await page.getByTestId("show-preview").tap();
      await page.locator("max-chat-preview").getByRole("dialog").waitFor();
      for (const part of ["look", "sites", "texts", "form", "files", "collect", "app", "sign"])
        await panel.getByTestId(`fold-${part}`).locator("summary").click();
      await panel.getByRole("button", { name: "Set visitor key" }).click();
      await panel.getByRole("radio", { name: "A pair of keys" }).waitFor();
      expect(await breaches(page), name).toEqual([]);
      expect(await overhang(page), name).toBe(0);
    }
  });
}
