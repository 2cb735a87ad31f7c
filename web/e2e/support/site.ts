// A page of somebody's shop with the chat on it, and who comes there. The page's policy is as strict as one with a chat can be.

import { createServer, type Server } from "node:http";
import type { BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";

/** How somebody comes to the site. */
export interface VisitOptions extends BrowserContextOptions {
  /** The page's title. */
  title?: string;
  /** The page they come from. */
  referrer?: string;
}

const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** A web site that is none of MAX's. */
export class Site {
  private constructor(
    readonly server: Server,
    /** As a browser writes it. */
    readonly origin: string,
  ) {}

  /** `max`: where the script comes from. */
  static async open(max: string): Promise<Site> {
    const policy = [
      "default-src 'none'",
      `script-src ${max}`,
      `connect-src ${max} ${max.replace("http", "ws")}`,
      `img-src ${max}`,
      `media-src ${max}`,
      "base-uri 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ].join("; ");
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? "/", "http://site");
      if (url.pathname === "/favicon.ico") return response.writeHead(204).end();
      const title = escaped(url.searchParams.get("title") ?? "Shop");
      const channel = escaped(url.searchParams.get("channel") ?? "");
      response.writeHead(200, { "content-security-policy": policy, "content-type": "text/html; charset=utf-8" });
      response.end(
        `<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width,initial-scale=1">` +
          `<title>${title}</title></head><body><main><h1>${title}</h1><p>Things to buy</p></main>` +
          `<script async crossorigin src="${max}/chat/widget.js" data-channel="${channel}"></script></body></html>`,
      );
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const address = server.address();
    if (!address || typeof address === "string") throw new Error("no port");
    return new Site(server, `http://127.0.0.1:${address.port}`);
  }

  address(channelId: string, title = "Shop"): string {
    return `${this.origin}/things?${new URLSearchParams({ channel: channelId, title })}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** Somebody on the site, with the chat in its corner. */
export class Visitor {
  constructor(
    readonly page: Page,
    readonly address: string,
  ) {}

  get context(): BrowserContext {
    return this.page.context();
  }

  get launcher(): Locator {
    return this.page.locator("max-chat .launcher");
  }

  get panel(): Locator {
    return this.page.locator("max-chat").getByRole("dialog");
  }

  get box(): Locator {
    return this.panel.getByRole("textbox", { name: "Write a message" });
  }

  /** The page in another tab of the same browser. */
  async tab(): Promise<Visitor> {
    const other = new Visitor(await this.context.newPage(), this.address);
    await other.page.goto(this.address);
    return other;
  }

  async open(): Promise<void> {
    await this.launcher.click();
    await this.panel.waitFor();
  }

  async writes(text: string): Promise<void> {
    await this.box.fill(text);
    await this.panel.getByRole("button", { name: "Send", exact: true }).click();
  }

  /** A bubble with these words. */
  bubble(text: string | RegExp): Locator {
    return this.panel.locator(".bubble").filter({ hasText: text });
  }

  /** The words of each bubble, oldest first. */
  said(): Promise<string[]> {
    return this.panel.locator(".bubble:not(.dots)").allTextContents();
  }

  /** Somebody of the company is writing. */
  get dots(): Locator {
    return this.panel.locator(".dots");
  }

  /** The page tells the chat who is signed in. */
  async signIn(token: string): Promise<void> {
    await this.page.locator("max-chat").evaluate((chat, jwt) => {
      (chat as HTMLElement & { identify: (jwt: string) => void }).identify(jwt);
    }, token);
  }
}
