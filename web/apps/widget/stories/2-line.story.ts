import { expect } from "vitest";
import { story } from "./stage";

story("what is written without a network is sent once, in order, after it is back and over a reload", async (stage) => {
  const { visitors } = stage;
  const chat = await stage.visit();
  await chat.open();
  await chat.write("One");
  await chat.text(/^Sent/).waitFor();
  await chat.page.context().setOffline(true);
  await chat.text("No connection. Go on writing").waitFor();
  await chat.write("Two");
  await chat.write("Three");
  await expect.poll(() => chat.own()).toEqual(["One", "Two", "Three"]);
  await expect.poll(() => chat.text("Waiting for a connection").count()).toBe(2);
  await chat.page.context().setOffline(false);
  await chat.text(/^Sent/).waitFor();
  await expect.poll(() => chat.text("Waiting for a connection").count()).toBe(0);
  expect(visitors.last.messages.map(({ text }) => text)).toEqual(["One", "Two", "Three"]);

  visitors.down = true;
  visitors.cut();
  await chat.write("Four");
  await chat.text("Connecting").waitFor();
  await chat.page.goto("about:blank");
  visitors.down = false;
  await chat.page.goto(stage.site);
  await chat.panel.waitFor();
  await expect.poll(() => chat.own()).toEqual(["One", "Two", "Three", "Four"]);
  await expect.poll(() => visitors.last.messages.map(({ text }) => text)).toEqual(["One", "Two", "Three", "Four"]);
});

story("what agents write while the line is cut is there when it is back", async (stage) => {
  const { visitors } = stage;
  const chat = await stage.visit();
  await chat.open();
  await chat.write("Hello");
  await chat.text(/^Sent/).waitFor();
  visitors.down = true;
  visitors.cut();
  await expect.poll(() => visitors.last.sockets.size).toBe(0);
  visitors.says({ text: "Missed" });
  visitors.down = false;
  await chat.text("Missed").waitFor();
  expect(await chat.panel.locator(".bubble", { hasText: "Missed" }).count()).toBe(1);
});

story("an answer that is lost does not send twice", async (stage) => {
  const { visitors } = stage;
  const chat = await stage.visit();
  await chat.open();
  await chat.text("What can we help").waitFor();
  // The message arrives; the answer does not.
  let lost = 0;
  await chat.page.route("**/messages", async (route) => {
    if (route.request().method() !== "POST" || lost++ > 0) return route.continue();
    await route.fetch();
    await route.abort();
  });
  await chat.write("Once only");
  await expect.poll(() => visitors.calls.filter((call) => call === "POST messages").length).toBe(2);
  await chat.text(/^Sent/).waitFor();
  expect(visitors.last.messages).toHaveLength(1);
  expect(await chat.own()).toEqual(["Once only"]);
});

story("a refused message says so and goes again at a tap; what comes after it goes on", async (stage) => {
  const { visitors } = stage;
  const chat = await stage.visit();
  await chat.open();
  await chat.text("What can we help").waitFor();
  visitors.trouble = [{ path: /POST messages/, status: 422, count: 2 }];
  await chat.write("Refused");
  await chat.panel.getByRole("button", { name: "This message was not accepted. Tap to try again." }).waitFor();
  await chat.write("Refused too");
  await chat.panel.getByRole("button", { name: "Delete" }).nth(1).click();
  await chat.write("Fine");
  await expect.poll(() => visitors.last.messages.map(({ text }) => text)).toEqual(["Fine"]);
  expect(await chat.breaches()).toEqual([]);
  await chat.panel.getByRole("button", { name: "This message was not accepted. Tap to try again." }).click();
  await expect.poll(() => visitors.last.messages.map(({ text }) => text)).toEqual(["Fine", "Refused"]);
  await expect.poll(() => chat.own()).toEqual(["Fine", "Refused"]);
});

story("a server that is busy is left alone for as long as it says", async (stage) => {
  const { visitors } = stage;
  const chat = await stage.visit();
  await chat.open();
  await chat.text("What can we help").waitFor();
  visitors.trouble = [{ path: /POST messages/, status: 429, count: 1, headers: { "retry-after": "2" } }];
  const began = Date.now();
  await chat.write("Patience");
  await expect.poll(() => visitors.last.messages.length).toBe(1);
  expect(Date.now() - began).toBeGreaterThan(1_900);
});

story("a token that has run out is renewed, and one that is unknown replaced", async (stage) => {
  const { visitors } = stage;
  const chat = await stage.visit();
  await chat.open();
  await chat.write("Before");
  await chat.text(/^Sent/).waitFor();
  const before = visitors.last;
  visitors.send({ type: "expired" });
  await expect.poll(() => visitors.calls.filter((call) => call === "POST session").length).toBe(2);
  await chat.write("Renewed");
  await expect.poll(() => before.messages.map(({ text }) => text)).toEqual(["Before", "Renewed"]);
  // The server has forgotten this device.
  before.tokens.clear();
  await chat.write("After");
  await expect.poll(() => visitors.people.length).toBe(2);
  await expect.poll(() => visitors.last.messages.map(({ text }) => text)).toEqual(["After"]);
  // What another visitor wrote is not shown to this one.
  await expect.poll(() => chat.own()).toEqual(["After"]);
});

story("where sockets do not get through, messages come anyway", async (stage) => {
  const { visitors } = stage;
  const chat = await stage.visit();
  await chat.page.routeWebSocket(/socket/, (socket) => socket.close());
  await chat.open();
  await chat.write("Hello");
  await expect.poll(() => visitors.people[0]?.messages.length).toBe(1);
  visitors.says({ text: "By the slow way" });
  await chat.text("By the slow way").waitFor({ timeout: 20_000 });
});

story("a chat that cannot be loaded says so, and opens at the next try", async (stage) => {
  const chat = await stage.visit();
  await chat.page.route("**/panel.en.js*", (route) => route.abort());
  await chat.launcher.click();
  await chat.page.getByText("The chat cannot be reached right now. Please try again.").waitFor();
  expect(await chat.launcher.getAttribute("aria-expanded")).toBe("false");
  expect(await chat.breaches()).toEqual([]);
  await chat.page.unroute("**/panel.en.js*");
  await chat.open();
  await chat.text("What can we help").waitFor();
});

story("a channel that does not know this site shows nothing", async (stage) => {
  stage.visitors.trouble = [{ path: /GET config/, status: 403, count: 9 }];
  const page = await (await stage.device()).newPage();
  await page.goto(stage.site);
  await expect.poll(() => stage.visitors.calls).toEqual(["GET config"]);
  expect(await page.locator("max-chat").count()).toBe(1);
  expect(await page.locator("max-chat .launcher").count()).toBe(0);
});
