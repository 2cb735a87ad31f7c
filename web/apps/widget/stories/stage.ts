// A page of somebody's site with the widget on it, in Chromium, and MAX at another address behind it.

import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { AxeBuilder } from "@axe-core/playwright";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { Visitors } from "../dev/visitors";

const DIST = new URL("../dist/", import.meta.url);
const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

let browser: Promise<Browser> | undefined;

/** Debian's Chromium, or the one named by MAX_CHROMIUM. */
function launch(): Promise<Browser> {
  browser ??= chromium.launch({
    executablePath: process.env.MAX_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  return browser;
}

async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
  browser = undefined;
}

/** Tells a story to the test runner, with a stage of its own. */
export function story(title: string, tell: (stage: Stage) => Promise<void>): void {
  test(title, async () => {
    const stage = await Stage.open();
    try {
      await tell(stage);
      await stage.check();
    } finally {
      await stage.close();
    }
  });
}
afterAll(closeBrowser);

async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** MAX and a site, at two addresses. */
export class Stage {
  readonly #contexts: BrowserContext[] = [];
  readonly #errors: string[] = [];

  private constructor(
    readonly visitors: Visitors,
    readonly site: string,
    readonly servers: Server[],
  ) {}

  static async open(): Promise<Stage> {
    const visitors = new Visitors("");
    const max = createServer(async (request, response) => {
      const url = new URL(request.url ?? "/", visitors.origin);
      if (await visitors.handle(request, response, url)) return;
      const name = url.pathname.match(/^\/chat\/((?:widget|panel\.\w+)\.js)$/)?.[1];
      if (!name || visitors.down) return request.socket.destroy();
      response.setHeader("access-control-allow-origin", "*");
      response.setHeader("cross-origin-resource-policy", "cross-origin");
      response.setHeader("content-type", "text/javascript");
      response.end(await readFile(new URL(name, DIST)));
    });
    visitors.attach(max);
    visitors.origin = await listen(max);
    const site = createServer((request, response) => {
      const url = new URL(request.url ?? "/", "http://site");
      if (url.pathname === "/favicon.ico") return response.writeHead(204).end();
      // As strict as a page can be that has a chat.
      const csp = [
        "default-src 'none'",
        `script-src ${visitors.origin}`,
        `connect-src ${visitors.origin} ${visitors.origin.replace("http", "ws")}`,
        `img-src ${visitors.origin}`,
        `media-src ${visitors.origin}`,
        "style-src 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
      ].join("; ");
      response.setHeader("content-security-policy", csp);
      response.setHeader("content-type", "text/html; charset=utf-8");
      const more = [...url.searchParams]
        .map(([name, value]) => ` data-${name}="${value.replaceAll('"', "&quot;")}"`)
        .join("");
      response.end(
        `<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width,initial-scale=1"><title>Shop</title>` +
          `<script async src="${visitors.origin}/chat/widget.js" data-channel="c1"${more}></script></head>` +
          `<body><h1>Shop</h1><main><p>Things to buy</p><p><input aria-label="Search"></p></main></body></html>`,
      );
    });
    return new Stage(visitors, await listen(site), [max, site]);
  }

  /** A browser of somebody. */
  async device(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await (await launch()).newContext({
      viewport: { width: 1200, height: 900 },
      reducedMotion: "reduce",
      ...options,
    });
    this.#contexts.push(context);
    context.setDefaultTimeout(10_000);
    context.on("weberror", (error) => this.#errors.push(String(error.error())));
    await context.addInitScript(() => {
      Object.assign(window, { violations: [], told: [] });
      addEventListener("securitypolicyviolation", (event) => {
        (window as unknown as { violations: string[] }).violations.push(
          `${event.violatedDirective} ${event.blockedURI}`,
        );
      });
      for (const name of ["open", "close", "unread", "message", "token"]) {
        addEventListener(`max-chat:${name}`, (event) => {
          (window as unknown as { told: unknown[] }).told.push([name, (event as CustomEvent).detail]);
        });
      }
    });
    return context;
  }

  /** The site in a tab, with its chat there. */
  async visit(context?: BrowserContext, query = ""): Promise<Chat> {
    const page = await (context ?? (await this.device())).newPage();
    await page.goto(`${this.site}/?${query}`);
    const chat = new Chat(page);
    await chat.launcher.waitFor();
    return chat;
  }

  /** What no page may leave behind. */
  async check(): Promise<void> {
    expect(this.#errors, "errors in a page").toEqual([]);
    for (const page of this.#contexts.flatMap((context) => context.pages())) {
      const found = await page.evaluate(() => (window as unknown as { violations: string[] }).violations);
      expect(found, "violations of the page's policy").toEqual([]);
    }
  }

  async close(): Promise<void> {
    for (const context of this.#contexts) await context.close();
    this.visitors.cut();
    for (const server of this.servers) {
      server.closeAllConnections();
      server.close();
    }
  }
}

/** The widget, as a visitor finds it. */
export class Chat {
  constructor(readonly page: Page) {}

  get launcher(): Locator {
    return this.page.locator("max-chat .launcher");
  }

  get panel(): Locator {
    return this.page.getByRole("dialog");
  }

  get box(): Locator {
    return this.page.getByRole("textbox", { name: "Write a message" });
  }

  get bubbles(): Locator {
    return this.panel.locator(".bubble");
  }

  async open(): Promise<void> {
    await this.launcher.click();
    await this.panel.waitFor();
  }

  async write(text: string): Promise<void> {
    await this.box.fill(text);
    await this.box.press("Enter");
  }

  /** Everything but one's own shows up as this. */
  text(words: string | RegExp): Locator {
    return this.panel.getByText(words);
  }

  async close(): Promise<void> {
    await this.page.keyboard.press("Escape");
    await this.panel.waitFor({ state: "detached" });
  }

  /** The words of each bubble that is one's own, in their order. */
  own(): Promise<string[]> {
    return this.panel.locator(".me .bubble").allTextContents();
  }

  told(): Promise<[string, Record<string, unknown>][]> {
    return this.page.evaluate(() => (window as unknown as { told: [string, Record<string, unknown>][] }).told);
  }

  /** What breaks the rules of accessibility on the page now. */
  async breaches(): Promise<string[]> {
    const { violations } = await new AxeBuilder({ page: this.page }).withTags(WCAG).analyze();
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 140)} ${node.failureSummary?.replace(/\s+/g, " ")}`),
    );
  }
}
