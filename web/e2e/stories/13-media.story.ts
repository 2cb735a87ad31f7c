// Files, both ways. Each story has a customer of its own; what they send are the sample files of the phone page.

import type { Locator } from "playwright-core";
import { expect } from "vitest";
import type { Agent } from "../support/agent";
import { files } from "../support/files";
import type { Customer } from "../support/simulator";
import { type Stage, story } from "../support/story";

/** A customer who has written, and the agent looking at it. */
async function meet(stage: Stage, name: string, words: string): Promise<{ agent: Agent; customer: Customer }> {
  const customer = await stage.customer(name);
  await customer.writes(words);
  const agent = await stage.agent("agent");
  await agent.open(customer.name);
  await agent.message(words).waitFor();
  return { agent, customer };
}

/** The picture has come and can be seen, rather than only its frame. */
const drawn = (picture: Locator) =>
  expect
    .poll(() => picture.locator("img").evaluate((img) => (img as HTMLImageElement).naturalWidth))
    .toBeGreaterThan(0);

story("whatever the customer sends is seen, heard and saved", async (stage) => {
  const { agent, customer } = await meet(stage, "Mila Media", "I will send you everything");
  const { page } = agent;
  for (const sample of ["image", "voice", "document", "sticker", "location", "contact"]) {
    await customer.sends(sample);
  }
  const [photo, sticker] = [page.getByTestId("picture").first(), page.getByTestId("picture").nth(1)];
  await drawn(photo);
  await drawn(sticker);
  await agent.message("This is how it arrived").waitFor();
  await agent.message("Borough Market").getByRole("link", { name: "Open in OpenStreetMap" }).waitFor();
  await agent.message("Bo Lindqvist").getByRole("button", { name: "Copy +44 7700 900188" }).waitFor();

  // By key: from the message to its picture, large, on and back.
  await photo.focus();
  await page.keyboard.press("Enter");
  const box = page.getByTestId("lightbox");
  await expect
    .poll(() => box.locator("img").evaluate((img) => (img as HTMLImageElement).naturalWidth))
    .toBeGreaterThan(0);
  const [saved] = await Promise.all([page.waitForEvent("download"), box.getByTestId("lightbox-download").click()]);
  expect(saved.suggestedFilename()).toMatch(/^photo\.(jpg|png)$/);
  await page.keyboard.press("Escape");
  await expect.poll(() => photo.evaluate((element) => element === document.activeElement)).toBe(true);

  // Nothing is heard before it is wanted.
  const player = page.getByTestId("player");
  expect(await player.locator("audio").getAttribute("src")).toBeNull();
  await player.getByTestId("play").click();
  await expect
    .poll(() => player.locator("audio").evaluate((audio) => (audio as HTMLAudioElement).played.length))
    .toBe(1);

  const [invoice] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download invoice-2041.pdf" }).click(),
  ]);
  expect(invoice.suggestedFilename()).toBe("invoice-2041.pdf");
  expect(await invoice.failure()).toBeNull();
});

story("a picture is pasted with words, two files are dropped, one is thought better of", async (stage) => {
  const { agent, customer } = await meet(stage, "Pavel Pasted", "Which form do you mean?");
  const { page } = agent;
  await files.paste(agent.composer, [files.picture("form.png")]);
  const chip = (name: string) => page.getByTestId("chip").filter({ hasText: name });
  await expect.poll(() => chip("form.png").getAttribute("data-state")).toBe("ready");
  await agent.reply("This one, please");
  await agent.status("This one, please", "read");
  const shown = customer.bubble("This one, please").getByRole("img", { name: "This one, please" });
  await expect.poll(() => shown.evaluate((img) => (img as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);

  // The line is slow for one of them.
  await page.route("**/api/v1/media", async (route) => {
    const slow = route.request().postDataBuffer()?.includes("holiday.png");
    if (!slow) await route.continue();
  });
  await files.drop(page.getByRole("region", { name: `Conversation with ${customer.name}` }), [
    files.letter("terms.pdf"),
    files.picture("holiday.png"),
  ]);
  await expect.poll(() => chip("terms.pdf").getAttribute("data-state")).toBe("ready");
  expect(await page.getByTestId("composer-send").getAttribute("aria-description")).toContain("holiday.png");
  await chip("holiday.png").getByRole("button", { name: "Stop uploading holiday.png" }).click();
  await expect.poll(() => chip("holiday.png").count()).toBe(0);
  await page.getByTestId("composer-send").click();
  await customer.bubble("terms.pdf").waitFor();
  await agent.status("terms.pdf", "read");
  expect(await customer.bubble("holiday.png").count()).toBe(0);
});

story("what the channel does not take is told before it is sent, and sent as what it takes", async (stage) => {
  const { agent, customer } = await meet(stage, "Rosa Refused", "Do you have a brochure?");
  const { page } = agent;
  const picker = page.getByTestId("attach-input");
  await picker.setInputFiles(files.archive("brochures.zip"));
  const chip = page.getByTestId("chip");
  await expect.poll(() => chip.getAttribute("data-state")).toBe("failed");
  const send = page.getByTestId("composer-send");
  expect(await send.getAttribute("aria-description")).toBe("brochures.zip cannot be sent. Remove it.");
  await chip.getByTestId("chip-remove").click();

  await picker.setInputFiles(files.moving("cover.gif"));
  await expect.poll(() => chip.getAttribute("data-state")).toBe("choose");
  await page.getByTestId("offer-jpeg").click();
  await expect.poll(() => chip.getAttribute("data-state")).toBe("ready");
  await agent.reply("The cover");
  await agent.status("The cover", "read");
  await customer.bubble("The cover").getByRole("img").waitFor();
});

story("what could not be fetched is tried again and comes", async (stage) => {
  const { agent, customer } = await meet(stage, "Fiona Failed", "Here is my passport");
  await customer.trouble({ kind: "media_gone" });
  await customer.sends("image");
  const failed = agent.page.getByTestId("media-failed");
  // MAX tries some times by itself.
  await failed.waitFor({ timeout: 30_000 });
  await customer.calm();
  await failed.getByTestId("media-again").click();
  await drawn(agent.page.getByTestId("picture"));
  await agent.message("This is how it arrived").waitFor();
});
