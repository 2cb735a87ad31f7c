import { expect } from "vitest";
import { story } from "../support/story";

story("the session is renewed and nobody notices", async (stage) => {
  const customer = await stage.customer("Renate Renewal");
  const agent = await stage.stranger("agent");
  await agent.enter();
  // Tokens that the app takes to be short-lived; the server's answers are real and the cookie changes each time.
  let renewals = 0;
  await agent.page.route("**/api/v1/auth/refresh", async (route) => {
    const response = await route.fetch();
    renewals += 1;
    await route.fulfill({ response, json: { ...(await response.json()), expires_in: 2 } });
  });
  await agent.look();
  const sameVisit = await agent.mark();
  await customer.writes("Are you still signed in?");
  await agent.open(customer.name);
  await agent.composer.fill("Half a sen");
  const before = renewals;
  await expect.poll(() => renewals).toBeGreaterThan(before + 1);
  expect(await agent.composer.inputValue()).toBe("Half a sen");

  // A token that the server turns down is renewed too, and the call made again.
  let refusals = 0;
  await agent.page.route("**/messages", async (route) => {
    if (route.request().method() !== "POST" || refusals > 0) return route.continue();
    refusals += 1;
    return route.fulfill({
      status: 401,
      contentType: "application/problem+json",
      json: { type: "about:blank", title: "Unauthorized", status: 401, code: "unauthenticated", detail: "" },
    });
  });
  await agent.reply("Yes, I am");
  await agent.status("Yes, I am", "read");
  expect(refusals).toBe(1);
  expect(await customer.received()).toEqual(["Yes, I am"]);
  await customer.writes("Good");
  await agent.message("Good").waitFor();
  expect(await sameVisit()).toBe(true);
});

story("a reload keeps the session and the place", async (stage) => {
  const customer = await stage.customer("Rhea Reload");
  await customer.writes("Stay where you are");
  const agent = await stage.agent("agent");
  await agent.open(customer.name);
  await agent.composer.fill("Not finished");
  await Promise.all([agent.live(), agent.page.reload()]);
  await agent.message("Stay where you are").waitFor();
  expect(await agent.composer.inputValue()).toBe("Not finished");
});

story("two tabs renew at once and sign out together", async (stage) => {
  const first = await stage.agent("agent");
  const elsewhere = await stage.agent("agent");
  const second = await first.tab();
  for (let round = 0; round < 3; round++) {
    const answers = [first, second].map(({ page }) => page.waitForResponse("**/api/v1/auth/refresh"));
    await Promise.all([first.live(), second.live(), first.page.reload(), second.page.reload()]);
    expect((await Promise.all(answers)).map((answer) => answer.status())).toEqual([200, 200]);
  }

  await first.page.getByTestId("user-menu").click();
  const out = first.page.waitForResponse("**/api/v1/auth/logout");
  await first.page.getByTestId("sign-out").click();
  expect((await out).status()).toBe(204);
  for (const { page } of [first, second]) await page.getByTestId("login-email").waitFor();

  // The cookie is worth nothing any more, and the other browser is another session.
  await second.page.goto(`${second.app}/inbox/mine`);
  await second.page.getByTestId("login-email").waitFor();
  await Promise.all([elsewhere.live(), elsewhere.page.reload()]);
  await elsewhere.page.getByRole("heading", { name: "Unassigned" }).waitFor();
});

story("a wrong password is refused in words, and the way back leads on", async (stage) => {
  const agent = await stage.stranger("agent");
  await agent.page.goto(`${agent.app}/inbox/all`);
  await agent.page.getByTestId("login-email").fill("agent@demo.test");
  await agent.page.getByTestId("login-password").fill("not-the-password");
  await agent.page.getByTestId("login-submit").click();
  await agent.page.getByRole("alert").filter({ hasText: "do not match" }).waitFor();
  await agent.signIn();
  await agent.page.getByRole("heading", { name: "All conversations" }).waitFor();
});
