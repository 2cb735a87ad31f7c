import type { BrowserContextOptions } from "playwright-core";
import { expect } from "vitest";
import { type Chat, type Stage, story } from "./stage";

const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const FIELDS = [
  { key: "name", label: "Your name", type: "text", required: true },
  { key: "email", label: "Email", type: "email", required: false },
  { key: "order", label: "Order number", type: "text", required: false },
];

/** Walks through the states of the widget and measures each. */
async function walk(stage: Stage, chat: Chat): Promise<void> {
  const { visitors } = stage;
  const well = async (state: string) => expect(await chat.breaches(), state).toEqual([]);
  await well("closed");
  await chat.open();
  await chat.panel.getByRole("textbox").first().waitFor();
  await well("opened");
  visitors.says({ text: "Hello, see https://example.com/help", reactions: [{ emoji: "👍", by: "agent" }] });
  visitors.says({ type: "choices", text: "Which?", choices: [{ id: "1", title: "This one" }] });
  await chat.panel.getByRole("button", { name: "This one" }).click();
  await expect.poll(() => chat.own()).toEqual(["This one"]);
  visitors.reads();
  visitors.joins();
  visitors.says({ text: "A reply", reply_to: { id: "x", text: "This one" } });
  visitors.says({ type: "media", media: { ...visitors.picture("letter.pdf"), kind: "document" } });
  visitors.says({ type: "media", media: { ...visitors.picture("voice.ogg"), kind: "voice" } });
  visitors.types(true);
  await chat.panel.locator(".dots").waitFor();
  await well("messages");
  await chat.panel.locator(".head button[aria-expanded]").click();
  await chat.panel.locator(".menu").waitFor();
  await well("options");
  await chat.page.keyboard.press("Escape");
  await chat.panel.locator(".foot button[aria-expanded]").click();
  await chat.panel.locator(".emoji").waitFor();
  await well("emoji");
  await chat.page.keyboard.press("Escape");
  await chat.page.context().setOffline(true);
  await chat.panel.locator(".banner").waitFor();
  await well("offline");
  await chat.page.context().setOffline(false);
  visitors.config = { ...visitors.config };
  await chat.close();
  visitors.says({ text: "Still there?" });
  await chat.page.locator("max-chat .badge").waitFor();
  await well("unread");
}

for (const colorScheme of ["light", "dark"] as const) {
  story(`no state breaks the rules of accessibility, ${colorScheme}`, async (stage) => {
    await walk(stage, await stage.visit(await stage.device({ colorScheme })));
  });
}

story("no state breaks the rules on a phone", async (stage) => {
  await walk(stage, await stage.visit(await stage.device(PHONE)));
});

for (const accent of ["#ffe14d", "#9aa0a6", "#111111", "#ffffff", "url(x)}*{color:red"]) {
  story(`an accent of ${accent} can be read, in light and in dark`, async (stage) => {
    stage.visitors.config = { ...stage.visitors.config, accent, accent_text: "#eeeeee" };
    for (const colorScheme of ["light", "dark"] as const) {
      const chat = await stage.visit(await stage.device({ colorScheme }));
      await chat.open();
      await chat.text("What can we help").waitFor();
      stage.visitors.says({ type: "choices", text: "Which?", choices: [{ id: "1", title: "This one" }] });
      await chat.panel.getByRole("button", { name: "This one" }).click();
      await chat.panel.locator(".choices .on").waitFor();
      await chat.text(/^Sent/).waitFor();
      expect(await chat.breaches()).toEqual([]);
    }
  });
}

story("Arabic runs from right to left, with its own words", async (stage) => {
  const { visitors } = stage;
  visitors.config = { ...visitors.config, language: "ar", direction: "rtl", texts: {}, online: false };
  const chat = await stage.visit();
  await chat.launcher.click();
  await chat.panel.getByText("مرحبًا. كيف يمكننا مساعدتك؟").waitFor();
  await chat.panel.getByText("لا يوجد أحد هنا الآن.", { exact: false }).waitFor();
  const box = chat.panel.getByRole("textbox", { name: "اكتب رسالة" });
  await box.fill("السلام عليكم");
  await box.press("Enter");
  await expect.poll(() => chat.own()).toEqual(["السلام عليكم"]);
  // One's own stand at the end of the line, which is the left.
  const [own, panel] = await Promise.all([chat.panel.locator(".me .bubble").boundingBox(), chat.panel.boundingBox()]);
  expect((own?.x ?? 0) - (panel?.x ?? 0)).toBeLessThan(40);
  const place = await chat.launcher.boundingBox();
  expect(place?.x).toBeGreaterThan(1_100);
  expect(await chat.breaches()).toEqual([]);
});

story("the form before the chat asks, says what is missing, and is asked once", async (stage) => {
  const { visitors } = stage;
  visitors.config = {
    ...visitors.config,
    prechat: { on: true, fields: FIELDS },
    texts: { consent: "By writing you accept https://example.com/privacy." },
  };
  const device = await stage.device();
  const chat = await stage.visit(device);
  await chat.open();
  await chat.panel.getByLabel("Your name").waitFor();
  await chat.panel.getByRole("link", { name: "https://example.com/privacy" }).waitFor();
  expect(await chat.breaches()).toEqual([]);
  await chat.panel.getByLabel("Email").fill("not an address");
  await chat.panel.getByRole("button", { name: "Start the chat" }).click();
  await chat.text("Please fill this in.").waitFor();
  await chat.text("This does not look like an email address.").waitFor();
  await expect.poll(() => chat.panel.getByLabel("Your name").evaluate((field) => field.matches(":focus"))).toBe(true);
  expect(await chat.breaches()).toEqual([]);
  await chat.panel.getByLabel("Your name").fill("Tomás");
  await chat.panel.getByLabel("Email").fill("tomas@example.com");
  await chat.panel.getByLabel("Order number").fill("A-7");
  await chat.panel.getByLabel("Order number").press("Enter");
  await chat.box.waitFor();
  const given = { name: "Tomás", email: "tomas@example.com", attributes: { order: "A-7" } };
  expect(visitors.last.told).toContainEqual(given);
  await chat.page.reload();
  await chat.box.waitFor();
  expect(await chat.panel.getByLabel("Your name").count()).toBe(0);
});

story("keyboard: Escape goes back to where one came from, and the page's shortcuts stay quiet", async (stage) => {
  const chat = await stage.visit();
  await chat.page.evaluate(() => {
    const heard: string[] = [];
    Object.assign(window, { heard });
    document.addEventListener("keydown", ({ key }) => heard.push(key));
  });
  await chat.page.getByLabel("Search").focus();
  await chat.page.keyboard.press("Tab");
  await expect.poll(() => chat.launcher.evaluate((button) => button.matches(":focus"))).toBe(true);
  await chat.page.keyboard.press("Enter");
  await chat.box.waitFor();
  await expect.poll(() => chat.box.evaluate((box) => box.matches(":focus"))).toBe(true);
  await chat.page.keyboard.type("/help");
  // The menu closes first, then the chat.
  await chat.panel.getByRole("button", { name: "Options" }).click();
  await chat.panel.getByRole("button", { name: "Sound for new messages", pressed: false }).waitFor();
  await chat.page.keyboard.press("Escape");
  await expect.poll(() => chat.panel.locator(".menu").count()).toBe(0);
  await chat.page.keyboard.press("Escape");
  await chat.panel.waitFor({ state: "detached" });
  await expect.poll(() => chat.launcher.evaluate((button) => button.matches(":focus"))).toBe(true);
  const heard = await chat.page.evaluate(() => (window as unknown as { heard: string[] }).heard);
  expect(heard).toEqual(["Tab"]);
});

story("a screen reader is told what agents write, and nothing else", async (stage) => {
  const { visitors } = stage;
  const chat = await stage.visit();
  await chat.open();
  await chat.text("What can we help").waitFor();
  const said = chat.page.locator("max-chat .sr[role=status]");
  await chat.write("My own words");
  await chat.text(/^Sent/).waitFor();
  expect(await said.textContent()).toBe("");
  visitors.says({ text: "An answer" });
  await expect.poll(() => said.textContent()).toBe("Leila Moreno: An answer");
  expect(await chat.panel.getByRole("log").getAttribute("aria-live")).toBe("off");
});

story("on a phone the chat fills the screen, holds the keyboard in, and keeps above the keys", async (stage) => {
  const chat = await stage.visit(await stage.device(PHONE));
  await chat.launcher.tap();
  await chat.panel.waitFor();
  expect(await chat.panel.boundingBox()).toEqual({ x: 0, y: 0, width: 390, height: 844 });
  expect(await chat.panel.getAttribute("aria-modal")).toBe("true");
  expect(await chat.launcher.isVisible()).toBe(false);
  // Nobody has touched the box, so no keys cover what is to be read.
  await expect.poll(() => chat.panel.evaluate((panel) => panel.matches(":focus"))).toBe(true);
  for (let press = 0; press < 12; press++) {
    await chat.page.keyboard.press("Tab");
    expect(await chat.page.evaluate(() => document.activeElement?.tagName)).toBe("MAX-CHAT");
  }
  // The keys come up: what is seen of the page is less high.
  await chat.page.evaluate(() => {
    const view = window.visualViewport as VisualViewport;
    Object.defineProperty(view, "height", { value: 500, configurable: true });
    view.dispatchEvent(new Event("resize"));
  });
  await expect.poll(async () => (await chat.panel.boundingBox())?.height).toBe(500);
  // Enter is a new line where Shift is far.
  await chat.box.fill("One");
  await chat.box.press("Enter");
  await chat.box.pressSequentially("Two");
  await chat.panel.getByRole("button", { name: "Send" }).tap();
  await expect.poll(() => chat.own()).toEqual(["One\nTwo"]);
  await chat.panel.getByRole("button", { name: "Close chat" }).tap();
  await chat.panel.waitFor({ state: "detached" });
});

story("what is hostile stays text", async (stage) => {
  const { visitors } = stage;
  const evil = `<img src=x onerror="window.evil=1"><script>window.evil=1</script>`;
  visitors.config = { ...visitors.config, title: evil, texts: { welcome: evil, consent: evil } };
  const chat = await stage.visit();
  await chat.open();
  await chat.panel.getByRole("heading", { name: evil }).waitFor();
  const agent = { name: `\u202e${evil}`, photo_url: "https://elsewhere.example/track.png" };
  const picture = visitors.picture("x");
  visitors.says({
    text: `${evil} javascript:alert(1) https://user:pw@example.com/ "https://example.com/"onmouseover=1`,
    agent,
  });
  visitors.says({ type: "media", agent, media: { ...picture, kind: "document", name: "photo\u202egpj.exe" } });
  visitors.says({
    type: "media",
    agent,
    media: { ...picture, kind: "document", name: evil, url: "javascript:alert(1)" },
  });
  visitors.says({ type: "choices", text: evil, agent, choices: [{ id: evil, title: evil }] });
  visitors.says({ type: "notice", from: "system", agent: null, text: evil });
  await chat.panel.getByRole("button", { name: evil }).click();
  await expect.poll(() => chat.own()).toEqual([evil]);
  const links = await chat.panel.getByRole("link").evaluateAll((all) => all.map((one) => one.getAttribute("href")));
  expect(links.filter((href) => !href?.startsWith(visitors.origin))).toEqual(["https://example.com/"]);
  await chat.panel.locator(".file", { hasText: "photogpj.exe" }).waitFor();
  expect(await chat.page.evaluate(() => "evil" in window)).toBe(false);
  expect(await chat.panel.locator("script, img[onerror], img[src*=elsewhere]").count()).toBe(0);
});

story("the element works by its attributes and methods, and tells what happens", async (stage) => {
  const chat = await stage.visit(undefined, "position=left&language=es");
  const place = await chat.launcher.boundingBox();
  expect(place?.x).toBeLessThan(100);
  expect(stage.visitors.calls).toEqual(["GET config"]);
  const call = (name: "open" | "close" | "remove") =>
    chat.page.locator("max-chat").evaluate((element, what) => {
      (element as unknown as Record<string, () => void>)[what]?.();
    }, name);
  await call("open");
  await chat.panel.waitFor();
  await expect.poll(() => stage.visitors.people.length).toBe(1);
  await expect.poll(() => stage.visitors.last.sockets.size).toBe(1);
  stage.visitors.says({ text: "Hi" });
  await expect
    .poll(() => chat.told())
    .toContainEqual(["message", { message: expect.objectContaining({ text: "Hi" }) }]);
  await call("close");
  await chat.panel.waitFor({ state: "detached" });
  expect((await chat.told()).map(([name]) => name)).toEqual(["open", "unread", "message", "unread", "close"]);
  await call("remove");
  await expect.poll(() => stage.visitors.last.sockets.size).toBe(0);
});

story("sound is off until somebody wants it, and then stays on, but not while they are looking", async (stage) => {
  const { visitors } = stage;
  const device = await stage.device();
  await device.addInitScript(() => {
    const Real = window.AudioContext;
    Object.assign(window, {
      chimes: 0,
      AudioContext: class extends Real {
        constructor() {
          super();
          (window as unknown as { chimes: number }).chimes += 1;
        }
      },
    });
  });
  const chat = await stage.visit(device);
  const chimes = () => chat.page.evaluate(() => (window as unknown as { chimes: number }).chimes);
  const hears = async (text: string) => {
    visitors.says({ text });
    await expect.poll(async () => JSON.stringify(await chat.told())).toContain(text);
  };
  await chat.open();
  await chat.text("What can we help").waitFor();
  await chat.close();
  await hears("Quietly");
  expect(await chimes()).toBe(0);
  await chat.open();
  await chat.panel.getByRole("button", { name: "Options" }).click();
  await chat.panel.getByRole("button", { name: "Sound for new messages" }).click();
  await chat.panel.getByRole("button", { name: "Sound for new messages", pressed: true }).waitFor();
  await hears("While looking");
  expect(await chimes()).toBe(0);
  await chat.page.keyboard.press("Escape");
  await chat.close();
  await hears("Aloud");
  expect(await chimes()).toBe(1);
  await chat.page.reload();
  await chat.launcher.waitFor();
  await expect.poll(() => visitors.last.sockets.size).toBe(1);
  await hears("Aloud again");
  expect(await chimes()).toBe(1);
});

story("a page may choose light or dark itself", async (stage) => {
  const chat = await stage.visit(await stage.device({ colorScheme: "dark" }), "theme=light");
  await chat.open();
  await chat.text("What can we help").waitFor();
  const ground = () => chat.panel.evaluate((panel) => getComputedStyle(panel).backgroundColor);
  expect(await ground()).toBe("rgb(255, 255, 255)");
  await chat.page.locator("max-chat").evaluate((element) => element.setAttribute("theme", "dark"));
  expect(await ground()).toBe("rgb(21, 23, 27)");
  expect(await chat.breaches()).toEqual([]);
});
