import { expect } from "vitest";
import { story } from "./stage";

/** A token like those of the company's server; the sample server looks at nothing but whom it names. */
function tokenOf(sub: string): string {
  return `e30.${Buffer.from(JSON.stringify({ sub })).toString("base64url")}.c2ln`;
}

story("two tabs show the same, send once, and have one line", async (stage) => {
  const { visitors } = stage;
  const device = await stage.device();
  const one = await stage.visit(device);
  await one.open();
  await one.write("From one");
  await one.text(/^Sent/).waitFor();
  const two = await stage.visit(device);
  await two.open();
  await expect.poll(() => two.own()).toEqual(["From one"]);
  await two.write("From two");
  await expect.poll(() => one.own()).toEqual(["From one", "From two"]);
  await expect.poll(() => two.own()).toEqual(["From one", "From two"]);
  visitors.says({ text: "To both" });
  await one.text("To both").waitFor();
  await two.text("To both").waitFor();
  expect(visitors.people).toHaveLength(1);
  expect(visitors.last.sockets.size).toBe(1);
  expect(visitors.last.messages.map(({ text }) => text)).toEqual(["From one", "From two", "To both"]);
  expect(visitors.calls.filter((call) => call === "POST messages")).toHaveLength(2);
  await expect.poll(() => visitors.last.seen).toBe(3);
});

story("when the tab that speaks goes, the other goes on", async (stage) => {
  const { visitors } = stage;
  const device = await stage.device();
  const one = await stage.visit(device);
  await one.open();
  await one.write("Hello");
  await one.text(/^Sent/).waitFor();
  const two = await stage.visit(device);
  await two.open();
  await expect.poll(() => two.own()).toEqual(["Hello"]);
  await one.page.close();
  await two.write("Still here");
  await expect.poll(() => visitors.last.messages.map(({ text }) => text)).toEqual(["Hello", "Still here"]);
  visitors.says({ text: "Good" });
  await two.text("Good").waitFor();
});

story("a tab that sleeps is not waited for", async (stage) => {
  const { visitors } = stage;
  const device = await stage.device();
  const one = await stage.visit(device);
  await one.open();
  await one.write("Hello");
  await one.text(/^Sent/).waitFor();
  // As a phone does with a tab in the background: nothing in it runs any more, and its lock is still held.
  const devtools = await device.newCDPSession(one.page);
  await devtools.send("Debugger.enable");
  await devtools.send("Debugger.pause");
  void one.page.evaluate(() => 0).catch(() => {});
  const two = await stage.visit(device);
  await two.open();
  await two.write("Wake up");
  await expect.poll(() => visitors.last.messages.map(({ text }) => text)).toEqual(["Hello", "Wake up"]);
  await devtools.send("Debugger.resume");
  await devtools.send("Debugger.disable");
  await expect.poll(() => one.own()).toEqual(["Hello", "Wake up"]);
});

story("somebody who is signed in has one history on two devices", async (stage) => {
  const { visitors } = stage;
  const token = tokenOf("user-7");
  const phone = await stage.visit(await stage.device(), `user-token=${token}`);
  await phone.open();
  await phone.write("Written on the phone");
  await phone.text(/^Sent/).waitFor();
  const desk = await stage.visit(await stage.device());
  await desk.open();
  await desk.text("What can we help").waitFor();
  expect(await desk.own()).toEqual([]);
  await desk.page.locator("max-chat").evaluate((chat, jwt) => {
    (chat as unknown as { identify: (jwt: string) => void }).identify(jwt);
  }, token);
  await expect.poll(() => desk.own()).toEqual(["Written on the phone"]);
  await desk.write("And at the desk");
  await expect.poll(() => phone.own()).toEqual(["Written on the phone", "And at the desk"]);
  expect(visitors.people.filter(({ sub }) => sub === "user-7")).toHaveLength(1);
  // Signing out leaves nothing behind.
  await desk.page.locator("max-chat").evaluate((chat) => (chat as unknown as { logout: () => void }).logout());
  await desk.panel.waitFor({ state: "detached" });
  await expect.poll(() => desk.page.evaluate(() => localStorage.length)).toBe(0);
  await desk.open();
  await desk.text("What can we help").waitFor();
  expect(await desk.own()).toEqual([]);
});

story("the next user of a device sees nothing of the one before", async (stage) => {
  const device = await stage.device();
  const first = await stage.visit(device, `user-token=${tokenOf("ana")}`);
  await first.open();
  await first.write("This is private");
  await first.text(/^Sent/).waitFor();
  await first.page.close();
  const second = await stage.visit(device, `user-token=${tokenOf("ben")}`);
  await second.open();
  await second.text("What can we help").waitFor();
  await expect.poll(() => stage.visitors.people.length).toBe(2);
  expect(await second.own()).toEqual([]);
});

story("a signed token that is not good is told to the page, and the chat works without", async (stage) => {
  stage.visitors.signed = () => false;
  const chat = await stage.visit(undefined, `user-token=${tokenOf("user-7")}`);
  await expect.poll(() => chat.told()).toContainEqual(["token", {}]);
  await chat.open();
  await chat.write("Hello");
  await chat.text(/^Sent/).waitFor();
});

story("a device can be forgotten, in all its tabs", async (stage) => {
  const { visitors } = stage;
  const device = await stage.device();
  const one = await stage.visit(device);
  await one.open();
  await one.write("Forget me");
  await one.text(/^Sent/).waitFor();
  const two = await stage.visit(device);
  await two.open();
  await expect.poll(() => two.own()).toEqual(["Forget me"]);
  await two.panel.getByRole("button", { name: "Options" }).click();
  await two.panel.getByRole("button", { name: "Forget this device" }).click();
  expect(await two.breaches()).toEqual([]);
  await two.panel.getByRole("button", { name: "Forget", exact: true }).click();
  for (const tab of [one, two]) await tab.panel.waitFor({ state: "detached" });
  await expect.poll(() => one.page.evaluate(() => localStorage.length)).toBe(0);
  await expect.poll(() => visitors.people[0]?.tokens.size).toBe(0);
  await two.open();
  await two.text("What can we help").waitFor();
  expect(await two.own()).toEqual([]);
});
