// A phone in the hand: the narrow screen, and the second proof that comes from it.

import type { Page } from "playwright-core";
import { expect } from "vitest";
import { PASSWORD } from "../support/agent";
import { story } from "../support/story";
import { totp } from "../support/totp";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const LONG = "Bartholomäus-Maximilian von und zu Oberhinterwaldkirchen-Niederstetten";
const RIGHT_TO_LEFT = "عبد الرحمن بن محمد الأنصاري";

/** What does not fit the width of the screen: the page itself, lists that scroll sideways, and what can be pressed outside of it. */
function unfit(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.documentElement;
    const wide = Math.max(root.scrollWidth, document.body.scrollWidth) > root.clientWidth ? ["the page"] : [];
    // Rows to swipe are meant to be wider.
    const all = [...document.querySelectorAll("body *")].filter(
      (one) => !one.closest("[class*='overflow-x-auto'], .sr-only"),
    );
    for (const one of all) {
      const { left, right, width } = one.getBoundingClientRect();
      const scrolls = one.scrollWidth > one.clientWidth && /auto|scroll/.test(getComputedStyle(one).overflowX);
      const outside =
        one.matches("a, button, input, select, textarea") && width > 0 && (left < -1 || right > innerWidth + 1);
      if (scrolls || outside) wide.push(one.outerHTML.slice(0, 200));
    }
    return wide;
  });
}

story("from the list to an answer and back, and no screen scrolls sideways in either theme", async (stage) => {
  const office = await stage.office();
  const team = await office.team("Pocket calculators with a long name");
  const boss = await office.hire(`Pia ${LONG.slice(0, 40)}`, "admin", [team]);
  const customer = await stage.customer(LONG);
  const other = await stage.customer(RIGHT_TO_LEFT);
  const { id } = await office.has(boss, team, customer, `See https://example.test/${"very-long-".repeat(20)}`);
  await office.waits(other, team, "أين حوالتي؟");
  const agent = await stage.agent(boss, { ...PHONE, view: "mine" });
  const { page } = agent;
  await agent.row(customer.name).tap();
  await agent.message("https://example.test").waitFor();
  expect(await unfit(page), "conversation").toEqual([]);
  await agent.composer.fill("I will look into it");
  await page.getByTestId("composer-send").tap();
  await agent.status("I will look into it", "read");
  await page.getByTestId("more-button").tap();
  await page.getByRole("menuitem", { name: "Snooze" }).waitFor();
  expect(await unfit(page), "menu").toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Back to list" }).tap();
  await page.getByRole("heading", { name: "My inbox" }).waitFor();
  await agent.row("You: I will look into it").waitFor();

  const screens: [path: string, heading: string | RegExp][] = [
    ["/inbox/mine", "My inbox"],
    ["/inbox/all", "All conversations"],
    ["/inbox/mentions", "Mentions"],
    [`/queues/${team.id}`, team.name],
    [`/inbox/all/${id}`, customer.name],
    ["/settings", "Settings"],
    ["/settings/profile", "Profile"],
    ["/settings/notifications", "Notifications"],
    ["/settings/sessions", "Sessions"],
    ["/settings/two-factor", "Two-factor"],
    ["/settings/canned", "Canned responses"],
    ["/admin/users", "Users"],
    [`/admin/users/${boss.id}`, "Edit user"],
    ["/admin/teams", "Teams"],
    [`/admin/teams/${team.id}`, "Edit team"],
    ["/admin/tags", "Tags"],
    ["/admin/close-reasons", "Close reasons"],
    ["/admin/channels", "Channels"],
    ["/admin/blocked", "Blocked customers"],
    ["/admin/journal", "Journal"],
    ["/admin/audit", "Audit"],
    ["/admin/settings", "Settings"],
  ];
  for (const [path, heading] of screens) {
    await page.goto(`${agent.app}${path}`);
    await page.getByRole("heading", { name: heading }).first().waitFor();
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      expect.soft(await unfit(page), `${path} ${colorScheme}`).toEqual([]);
    }
    // In a row to swipe, the page one is on is in sight.
    for (const chip of await page.locator("nav.overflow-x-auto a[aria-current=page]").all()) {
      const box = await chip.boundingBox();
      expect.soft((box?.x ?? 0) >= 0 && (box?.x ?? 0) + (box?.width ?? 999) <= 390, `chip of ${path}`).toBe(true);
    }
  }
});

story("two-factor is set up, and a code or a recovery code opens the door", async (stage) => {
  const office = await stage.office();
  const person = await office.hire("Tove Twofold", "agent", []);
  const agent = await stage.agent(person, { path: "/settings/two-factor" });
  const { page } = agent;
  await page.getByTestId("two-factor-setup").click();
  await page.getByTestId("setup-password").fill(PASSWORD);
  await page.getByTestId("setup-continue").click();
  await page.getByRole("img", { name: "QR code for your authenticator app" }).waitFor();
  const secret = (await page.getByTestId("setup-secret").textContent()) ?? "";
  // An old one, then the one of now.
  await page.getByTestId("setup-code").fill(totp(secret, -40));
  await page.getByText("That code is not right").waitFor();
  await page.getByTestId("setup-code").fill(totp(secret));
  const codes = page.getByTestId("recovery-codes").getByRole("listitem");
  await codes.first().waitFor();
  const recovery = await codes.allTextContents();
  expect(new Set(recovery).size).toBe(10);
  await page.getByTestId("codes-done").click();
  await page.getByTestId("two-factor-state").filter({ hasText: "Two-factor is on" }).waitFor();

  /** A browser that has given the password, and is asked for more. */
  const half = async () => {
    const other = await stage.stranger(person, PHONE);
    await other.page.goto(`${other.app}/login`);
    await other.signIn();
    await other.page.getByTestId("login-code").waitFor();
    return other;
  };
  const first = await half();
  // The code of a moment ago was used for the set-up; the next one is not too early.
  await first.page.getByTestId("login-code").fill(totp(secret, 1));
  await first.page.waitForURL("**/inbox/mine");

  const second = await half();
  await second.page.getByTestId("login-swap").click();
  await second.page.getByTestId("login-recovery").fill("aaaaa-aaaaa");
  await second.page.getByTestId("login-code-submit").click();
  await second.page.getByText("That code is not right").waitFor();
  await second.page.getByTestId("login-recovery").fill(` ${recovery[0]?.toUpperCase()} `);
  await second.page.getByTestId("login-code-submit").click();
  await second.page.waitForURL("**/inbox/mine");
  await second.page.goto(`${second.app}/settings/two-factor`);
  await second.page.getByText("9 of 10 codes left").waitFor();

  // Each works once.
  const third = await half();
  await third.page.getByTestId("login-swap").click();
  await third.page.getByTestId("login-recovery").fill(recovery[0] ?? "");
  await third.page.getByTestId("login-code-submit").click();
  await third.page.getByText("That code is not right").waitFor();
});
