import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { closeBrowser, Stage } from "./stage";

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());
afterAll(closeBrowser);

test("a visitor writes, and an agent answers", async () => {
  const { visitors } = stage;
  const chat = await stage.visit();
  // Nobody who does not open it costs a session, or has anything kept on the device.
  expect(visitors.calls).toEqual(["GET config"]);
  expect(await chat.page.evaluate(() => localStorage.length)).toBe(0);
  await chat.open();
  await chat.panel.getByText("What can we help you with?").waitFor();
  await expect.poll(() => chat.box.evaluate((box) => box.matches(":focus"))).toBe(true);
  await chat.write("Where is my money?");
  await chat.panel.getByText("Sent", { exact: false }).waitFor();
  await expect.poll(() => chat.own()).toEqual(["Where is my money?"]);
  visitors.reads();
  await chat.panel.getByText(/^Read \d/).waitFor();
  visitors.joins();
  await chat.panel.getByText("Leila joined the chat").waitFor();
  await chat.panel.getByRole("heading", { name: "Leila Moreno" }).waitFor();
  visitors.types(true);
  await chat.panel.getByRole("img", { name: "Leila Moreno is typing" }).waitFor();
  visitors.says({ text: "On its way: https://example.com/track." });
  const link = chat.panel.getByRole("link", { name: "https://example.com/track" });
  expect(await link.getAttribute("rel")).toBe("noopener noreferrer nofollow");
  await expect.poll(() => chat.panel.getByRole("img", { name: /typing/ }).count()).toBe(0);
  await expect.poll(() => visitors.last.seen).toBe(visitors.last.messages.length);
  expect(await chat.told()).toContainEqual(["open", {}]);
  expect(visitors.headers.every(({ cookie }) => cookie === undefined)).toBe(true);
});
