import { expect } from "vitest";
import { story } from "./stage";

story("a visitor writes, and an agent answers", async (stage) => {
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

story("typing and receipts go both ways", async (stage) => {
  const { visitors } = stage;
  const chat = await stage.visit();
  await chat.open();
  await chat.box.pressSequentially("Hello");
  const typing = () => visitors.last.told.filter(({ frame }) => frame === "typing").map(({ on }) => on);
  await expect.poll(typing).toEqual([true]);
  await chat.box.press("Enter");
  await expect.poll(typing).toEqual([true, false]);
  const answer = visitors.says({ text: "One moment" });
  await expect
    .poll(() => visitors.last.told)
    .toContainEqual({ frame: "delivered", type: "delivered", seq: answer.seq });
  await expect.poll(() => visitors.last.seen).toBe(answer.seq);
  visitors.changes(answer, { text: "One moment please", edited_at: new Date().toISOString() });
  await chat.text("One moment please").waitFor();
  await chat.text(/^Edited/).waitFor();
  visitors.changes(answer, { deleted: true, text: null });
  await chat.text("This message was deleted").waitFor();
});

story("buttons answer for the visitor, once", async (stage) => {
  const { visitors } = stage;
  const chat = await stage.visit();
  await chat.open();
  await chat.text("What can we help").waitFor();
  const choices = [
    { id: "a", title: "Where is my transfer" },
    { id: "b", title: "Account or limits" },
  ];
  visitors.says({ type: "choices", text: "What is it about?", choices });
  await chat.panel.getByRole("button", { name: "Account or limits" }).click();
  await expect.poll(() => chat.own()).toEqual(["Account or limits"]);
  expect(await chat.panel.getByRole("button", { name: /transfer|limits/ }).count()).toBe(0);
  await expect.poll(() => chat.panel.locator(".choices .on").textContent()).toBe("Account or limits");
  expect(visitors.last.messages.at(-1)).toMatchObject({ from: "visitor", text: "Account or limits" });
});

story("what came while the chat was closed is counted, on the button and in the title", async (stage) => {
  const { visitors } = stage;
  const device = await stage.device();
  const chat = await stage.visit(device);
  await chat.open();
  await chat.write("Are you there?");
  await chat.text(/^Sent/).waitFor();
  await chat.close();
  visitors.says({ text: "We are" });
  visitors.says({ text: "How can we help?" });
  await chat.page.getByRole("button", { name: "Open chat. New messages: 2" }).waitFor();
  await expect.poll(() => chat.page.title()).toBe("(2) Shop");
  // Another day, another page.
  await chat.page.close();
  const later = await stage.visit(device);
  await later.page.getByRole("button", { name: "Open chat. New messages: 2" }).waitFor();
  await later.open();
  await later.text("How can we help?").waitFor();
  await expect.poll(() => later.page.title()).toBe("Shop");
  await expect.poll(() => visitors.last.seen).toBe(3);
  expect(await later.own()).toEqual(["Are you there?"]);
});

story("a reload keeps the chat open and what was being written", async (stage) => {
  const chat = await stage.visit();
  await chat.open();
  await chat.write("First");
  await chat.text(/^Sent/).waitFor();
  await chat.box.fill("Half a sen");
  await chat.page.reload();
  await chat.panel.waitFor();
  await expect.poll(() => chat.own()).toEqual(["First"]);
  expect(await chat.box.inputValue()).toBe("Half a sen");
  // The page did not ask for the keyboard, so it stays where the page has it.
  expect(await chat.page.evaluate(() => document.activeElement?.tagName)).toBe("BODY");
});

story("older messages come when one goes up, and stay in place", async (stage) => {
  const { visitors } = stage;
  const device = await stage.device();
  const first = await stage.visit(device);
  await first.open();
  await first.text("What can we help").waitFor();
  for (let number = 1; number <= 75; number++) visitors.says({ text: `Line ${number}` });
  await first.text("Line 75").waitFor();
  await first.page.close();
  const chat = await stage.visit(device);
  await chat.panel.waitFor({ state: "detached" });
  await chat.open();
  await chat.panel.getByText("Line 75", { exact: true }).waitFor();
  expect(await chat.panel.getByText("Line 45", { exact: true }).count()).toBe(0);
  const thread = chat.panel.getByRole("log");
  await thread.evaluate((box) => {
    box.scrollTop = 0;
  });
  await chat.panel.getByText("Line 30", { exact: true }).waitFor();
  // What was read stays under the eye.
  await expect.poll(() => thread.evaluate((box) => box.scrollTop)).toBeGreaterThan(500);
  await thread.evaluate((box) => {
    box.scrollTop = 0;
  });
  await chat.panel.getByText("Line 1", { exact: true }).waitFor();
  await chat.panel.getByText("What can we help", { exact: false }).waitFor();
  visitors.says({ text: "Something new" });
  await chat.panel.getByRole("button", { name: "New messages" }).click();
  await expect
    .poll(() => thread.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight))
    .toBeLessThan(2);
});
