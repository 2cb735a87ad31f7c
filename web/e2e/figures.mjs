// How soon a page's visitor can use the chat, on a phone and a line as people have them. By hand: `npm run figures`, with a release build in
// MAX_BIN. Prints a table for docs/performance.md.

import { join } from "node:path";
import { runnerImport } from "vite";

const load = async (name) => (await runnerImport(join(import.meta.dirname, "support", name))).module;
const { Stack } = await load("stack.ts");
const { launch } = await load("chromium.ts");

const LOADS = 15;
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
/** A processor four times slower than this one. */
const SLOWER = 4;
/** Lines as Lighthouse knows them: bytes a second, and milliseconds of a round trip. */
const LINES = {
  "no limit": null,
  "4G (10 Mbit/s, 40 ms)": { rate: (10 * 1024 * 1024) / 8, latency: 40 },
  "slow 4G (1.6 Mbit/s, 150 ms)": { rate: (1.6 * 1024 * 1024) / 8, latency: 150 },
};

/** In the page: when the launcher could first be pressed, and when the panel could first be written in. */
function watch() {
  const root = () => document.querySelector("max-chat")?.shadowRoot;
  const seen = {};
  window.__seen = seen;
  const look = () => {
    seen.launcher ??= root()?.querySelector("[part~=launcher]")?.checkVisibility() ? performance.now() : undefined;
    seen.field ??= root()?.querySelector("textarea")?.checkVisibility() ? performance.now() : undefined;
    if (seen.field === undefined) setTimeout(look, 1);
  };
  look();
}

async function visit(browser, address, line) {
  const context = await browser.newContext(PHONE);
  try {
    const page = await context.newPage();
    await page.addInitScript(watch);
    const devtools = await context.newCDPSession(page);
    await devtools.send("Network.enable");
    if (line) {
      const { rate, latency } = line;
      const limits = { offline: false, latency, downloadThroughput: rate, uploadThroughput: rate };
      await devtools.send("Network.emulateNetworkConditions", limits);
    }
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
    await page.goto(address, { waitUntil: "commit" });
    await page.waitForFunction(() => window.__seen.launcher);
    const opened = await page.evaluate(() => performance.now());
    await page.locator("max-chat").locator("[part~=launcher]").tap();
    await page.waitForFunction(() => window.__seen.field);
    return await page.evaluate((opened) => {
      const [script] = performance.getEntriesByType("resource").filter(({ name }) => name.includes("/chat/widget"));
      const { launcher, field } = window.__seen;
      return { asked: launcher - script.startTime, loaded: launcher - script.responseEnd, opened: field - opened };
    }, opened);
  } finally {
    await context.close();
  }
}

/** A line for the person at the terminal. */
const say = (line) => process.stdout.write(`${line}\n`);

const at = (values, share) => values.sort((a, b) => a - b)[Math.ceil(values.length * share) - 1].toFixed(0);

const stack = await Stack.start("figures", { samples: true });
const browser = await launch();
try {
  const login = await fetch(`${stack.app}/api/v1/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "admin@demo.test", password: "demo-password" }),
  });
  const { access_token } = await login.json();
  const headers = { authorization: `Bearer ${access_token}` };
  const { items } = await (await fetch(`${stack.app}/api/v1/channels`, { headers })).json();
  const address = `${stack.app}/demo/site?channel=${items.find(({ kind }) => kind === "chat").id}`;
  say(
    `${LOADS} visits of each kind, a processor ${SLOWER} times slower, nothing cached; median and 90th percentile.\n`,
  );
  say("| line | script loaded to launcher, ms | script asked for to launcher, ms | pressed to first letter, ms |");
  say("|---|---:|---:|---:|");
  for (const [name, line] of Object.entries(LINES)) {
    await visit(browser, address, line);
    const visits = [];
    for (let n = 0; n < LOADS; n++) visits.push(await visit(browser, address, line));
    const column = (which) => {
      const values = visits.map((one) => one[which]);
      return `${at(values, 0.5)} / ${at(values, 0.9)}`;
    };
    say(`| ${name} | ${column("loaded")} | ${column("asked")} | ${column("opened")} |`);
  }
} finally {
  await browser.close();
  await stack.stop();
}
