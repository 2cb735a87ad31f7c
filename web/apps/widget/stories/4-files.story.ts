import { expect } from "vitest";
import { story } from "./stage";

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

story("a file is picked, goes up at once, and goes with the message", async (stage) => {
  const { visitors } = stage;
  const chat = await stage.visit();
  await chat.open();
  await chat.text("What can we help").waitFor();
  await chat.panel
    .locator("input[type=file]")
    .setInputFiles({ name: "receipt.png", mimeType: "image/png", buffer: PNG });
  await chat.panel.getByRole("button", { name: "Remove receipt.png" }).waitFor();
  expect(await chat.breaches()).toEqual([]);
  await chat.box.fill("Here it is");
  await expect.poll(() => chat.panel.getByRole("progressbar").count()).toBe(0);
  await chat.panel.getByRole("button", { name: "Send" }).click();
  await chat.panel.getByRole("link", { name: /receipt.png/ }).waitFor();
  await expect
    .poll(() => visitors.last.messages.map(({ type, text }) => text ?? type))
    .toEqual(["media", "Here it is"]);
  await expect
    .poll(() => chat.panel.locator("img[alt^=receipt]").evaluate((image) => (image as HTMLImageElement).naturalWidth))
    .toBe(1);
});

story("files come by paste and by drop", async (stage) => {
  const chat = await stage.visit();
  await chat.open();
  await chat.text("What can we help").waitFor();
  const give = (kind: "paste" | "drop") =>
    chat.page.locator("max-chat").evaluate((host, how) => {
      const files = new DataTransfer();
      files.items.add(new File(["words"], `${how}.txt`, { type: "text/plain" }));
      const root = host.shadowRoot as ShadowRoot;
      if (how === "paste") {
        const event = new ClipboardEvent("paste", { clipboardData: files, bubbles: true, cancelable: true });
        root.querySelector("textarea")?.dispatchEvent(event);
      } else {
        for (const name of ["dragover", "drop"]) {
          const event = new DragEvent(name, { dataTransfer: files, bubbles: true, cancelable: true });
          setTimeout(() => root.querySelector(".thread")?.dispatchEvent(event), name === "drop" ? 100 : 0);
        }
      }
    }, kind);
  await give("paste");
  await chat.panel.getByRole("button", { name: "Remove paste.txt" }).waitFor();
  await give("drop");
  await chat.panel.getByRole("button", { name: "Remove drop.txt" }).waitFor();
  await chat.panel.getByRole("button", { name: "Send" }).click();
  await chat.panel.getByRole("link", { name: /drop.txt/ }).waitFor();
  await expect
    .poll(() => stage.visitors.last.messages.map(({ media }) => media?.name))
    .toEqual(["paste.txt", "drop.txt"]);
});

story("what is too large or of a wrong kind is told before it is sent; what got lost goes again", async (stage) => {
  const { visitors } = stage;
  const chat = await stage.visit();
  await chat.open();
  await chat.text("What can we help").waitFor();
  const input = chat.panel.locator("input[type=file]");
  await input.setInputFiles([
    { name: "film.png", mimeType: "image/png", buffer: Buffer.alloc(1_000_001) },
    { name: "run.exe", mimeType: "application/x-msdownload", buffer: PNG },
  ]);
  await chat.text("film.png is too large. A file may have 1 MB.").waitFor();
  await chat.text("run.exe is a kind of file that cannot be sent here.").waitFor();
  expect(visitors.calls).not.toContain("POST media");
  visitors.trouble = [{ path: /POST media/, status: 500, count: 1 }];
  await input.setInputFiles({ name: "again.png", mimeType: "image/png", buffer: PNG });
  await chat.text("again.png did not arrive.").waitFor();
  expect(await chat.breaches()).toEqual([]);
  await chat.panel.getByRole("button", { name: "Try again" }).click();
  await chat.panel.getByRole("button", { name: "Send" }).click();
  await expect.poll(() => visitors.last.messages.map(({ media }) => media?.name)).toEqual(["again.png"]);
});

story("a file that is going up can be stopped", async (stage) => {
  const { visitors } = stage;
  const chat = await stage.visit();
  await chat.open();
  await chat.text("What can we help").waitFor();
  await chat.page.route("**/media", () => {});
  await chat.panel.locator("input[type=file]").setInputFiles({ name: "slow.png", mimeType: "image/png", buffer: PNG });
  await chat.panel.getByRole("progressbar", { name: "slow.png" }).waitFor();
  await chat.panel.getByRole("button", { name: "Wait until the file is up" }).waitFor();
  const failed = chat.page.waitForEvent("requestfailed");
  await chat.panel.getByRole("button", { name: "Remove slow.png" }).click();
  await failed;
  expect(await chat.panel.getByRole("progressbar").count()).toBe(0);
  await chat.write("Without it");
  await expect.poll(() => visitors.last.messages.map(({ text }) => text)).toEqual(["Without it"]);
});

story("what agents send is shown from MAX only, and what is gone says so", async (stage) => {
  const { visitors } = stage;
  const chat = await stage.visit();
  await chat.open();
  await chat.text("What can we help").waitFor();
  const picture = visitors.picture("mine.png");
  visitors.says({ type: "media", media: picture });
  await chat.panel.getByRole("img", { name: "mine.png" }).waitFor();
  visitors.says({ type: "media", media: { ...picture, name: "theirs.png", url: "https://elsewhere.example/x.png" } });
  visitors.says({ type: "media", media: { ...picture, name: "bad.pdf", kind: "document", state: "blocked" } });
  visitors.says({
    type: "media",
    media: { ...picture, name: "soon.pdf", kind: "document", url: null, state: "pending" },
  });
  visitors.says({ type: "media", media: { ...picture, name: "void.png", url: `${visitors.origin}/media/none` } });
  await chat.text("No longer available").first().waitFor();
  await chat.text("Blocked, because it may be harmful").waitFor();
  await chat.text("Being checked").waitFor();
  expect(await chat.panel.getByRole("link", { name: /theirs|bad|soon/ }).count()).toBe(0);
  await chat.panel.locator(".file", { hasText: "void.png" }).waitFor();
  expect(await chat.breaches()).toEqual([]);
});
