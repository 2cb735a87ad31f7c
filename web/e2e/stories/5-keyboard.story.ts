import type { Page } from "playwright-core";
import { expect } from "vitest";
import { PASSWORD, PEOPLE } from "../support/agent";
import { story } from "../support/story";

/** What has the focus, and whether one can see that: it, or the frame around it, looks different from when it has not. */
function focus(page: Page): Promise<{ name: string; ring: boolean }> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!(element instanceof HTMLElement) || element === document.body) return { name: "", ring: false };
    const look = () =>
      [element, element.parentElement, element.closest("form")].map((one) => {
        if (!one) return "";
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
        return `${outlineStyle} ${outlineWidth} ${boxShadow}`;
      });
    const focused = look().join();
    element.blur();
    const ring = look().join() !== focused;
    element.focus();
    return { name: element.getAttribute("aria-label") ?? element.getAttribute("name") ?? element.tagName, ring };
  });
}

story("from the sign-in to a sent reply without a mouse", async (stage) => {
  const customer = await stage.customer("Kira Keyboard");
  await customer.writes("I only have keys");
  const agent = await stage.stranger("agent");
  const { keyboard } = agent.page;
  await agent.page.goto(agent.app);

  await agent.page.getByTestId("login-email").waitFor();
  expect(await focus(agent.page)).toMatchObject({ name: "email", ring: true });
  await keyboard.type(PEOPLE.agent.email);
  await keyboard.press("Tab");
  expect(await focus(agent.page)).toMatchObject({ name: "password", ring: true });
  await keyboard.type(PASSWORD);
  await keyboard.press("Enter");
  await agent.page.waitForURL("**/inbox/mine");

  await agent.page.getByRole("heading", { name: "My inbox" }).waitFor();
  await keyboard.press("g");
  await keyboard.press("q");
  await agent.row(customer.name).waitFor();
  // Down until it is ours, up and down again.
  for (let step = 0; step < 20; step++) {
    await keyboard.press("j");
    if ((await focus(agent.page)).name.startsWith(customer.name)) break;
  }
  expect(await focus(agent.page)).toMatchObject({ ring: true });
  expect((await focus(agent.page)).name).toMatch(/^Kira Keyboard, 1 unread message, I only have keys, WhatsApp/);
  await keyboard.press("Enter");
  await expect.poll(() => focus(agent.page)).toEqual({ name: "Reply to Kira Keyboard", ring: true });

  await keyboard.type("So do I");
  await keyboard.press("Enter");
  await customer.bubble("So do I").waitFor();

  await keyboard.press("g"); // Typed, not a shortcut.
  await keyboard.press("Backspace");
  await keyboard.press("Escape");
  await expect.poll(async () => (await focus(agent.page)).name).not.toBe("Reply to Kira Keyboard");
  await keyboard.press("r");
  await expect.poll(() => focus(agent.page)).toEqual({ name: "Reply to Kira Keyboard", ring: true });
  await keyboard.press("Shift+Enter");
  await keyboard.type("A second line");
  expect(await agent.composer.inputValue()).toBe("\nA second line");
  await keyboard.press("Enter");
  await agent.status("A second line", "read");
});

story("J and K walk through the list, and the conversation follows", async (stage) => {
  const first = await stage.simulator.person("Walter Walk");
  const second = await stage.simulator.person("Wilma Walk");
  for (const { id } of [first, second]) {
    await stage.simulator.call("POST", `customers/${id}/send`, { text: "Next, please", wait_ms: 10_000 });
  }
  const agent = await stage.agent("agent");
  const open = (name: string) => agent.page.getByRole("region", { name: `Conversation with ${name}` }).waitFor();
  await agent.open(first.name);
  await agent.page.keyboard.press("j");
  await open(second.name);
  await agent.page.keyboard.press("k");
  await open(first.name);
  expect(await agent.row(first.name).getAttribute("aria-selected")).toBe("true");
});

story("N writes a note: yellow, and never on the phone", async (stage) => {
  const customer = await stage.customer("Nora Note");
  await customer.writes("Please be discreet");
  const agent = await stage.agent("agent");
  const { keyboard } = agent.page;
  await agent.open(customer.name);
  await agent.message("Please be discreet").waitFor();

  await keyboard.press("n");
  await expect.poll(() => focus(agent.page)).toMatchObject({ name: "Internal note" });
  const yellow = await agent.page.evaluate(() => {
    const probe = document.createElement("i");
    probe.style.background = "var(--note-bg)";
    document.body.append(probe);
    const colour = getComputedStyle(probe).backgroundColor;
    probe.remove();
    return colour;
  });
  const background = (element: Element) => getComputedStyle(element).backgroundColor;
  expect(await agent.page.locator("form[data-region=composer]").evaluate(background)).toBe(yellow);
  await keyboard.type("Their account is under review");
  await keyboard.press("Enter");
  const note = agent.message("Their account is under review");
  await note.filter({ hasText: "Internal note" }).waitFor();
  await expect.poll(() => note.evaluate(background)).toBe(yellow);

  // What is sent after it arrives; the note does not.
  await keyboard.press("Escape");
  await keyboard.press("r");
  await expect.poll(() => focus(agent.page)).toMatchObject({ name: "Reply to Nora Note" });
  await keyboard.type("Of course");
  await keyboard.press("Enter");
  await agent.status("Of course", "read");
  expect(await customer.received()).toEqual(["Of course"]);
  expect(JSON.stringify(await stage.simulator.sent())).not.toContain("under review");
});
