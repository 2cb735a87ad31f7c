// A story: people with browsers, and what happens to them. When it fails, each page leaves a screenshot and a trace in output/.

import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { Agent, type Colleague, PEOPLE, type Who } from "./agent";
import { launch } from "./chromium";
import { Office } from "./office";
import { Customer, Simulator } from "./simulator";
import { Site, type VisitOptions, Visitor } from "./site";
import { OUTPUT } from "./stack";

declare global {
  interface Window {
    /** What the page was kept from doing by its content security policy. */
    violations: string[];
  }
}

/** Where a story plays. */
export interface Stage {
  readonly simulator: Simulator;
  /** An agent in a browser of their own, signed in, looking at a list. */
  agent(who: Who | Colleague, options?: AgentOptions): Promise<Agent>;
  /** A browser of their own with the app's address, nobody signed in. */
  stranger(who: Who | Colleague, options?: BrowserOptions): Promise<Agent>;
  /** Where people and teams are made, past the app. */
  office(): Promise<Office>;
  /** A customer with their phone in hand. */
  customer(name: string): Promise<Customer>;
  /** Somebody's site, at an address of its own, that can carry the chat. */
  site(): Promise<Site>;
  /** Somebody who comes to that site in a browser of their own. */
  visitor(channelId: string, options?: VisitOptions): Promise<Visitor>;
}

interface BrowserOptions extends BrowserContextOptions {
  /** Seconds in which a reply can be taken back. Most stories are not about that and do not wait for it. */
  hold?: 0 | 5 | 10;
}

interface AgentOptions extends BrowserOptions {
  /** The list they look at first. */
  view?: "mine" | "queue" | "all";
  /** Another place than a list. */
  path?: string;
}

interface Addresses {
  app: string;
  phone: string;
}

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** Tells a story to the test runner. `at`: another server than the common one. */
export function story(
  title: string,
  tell: (stage: Stage) => Promise<void>,
  options: { timeout?: number; at?: () => Addresses } = {},
): void {
  test(
    title,
    async ({ task }) => {
      const { app, phone } = options.at?.() ?? { app: inject("app"), phone: inject("phone") };
      const scene = new Scene(app, new Simulator(phone));
      try {
        await tell(scene);
        await scene.check();
      } catch (error) {
        await scene.keep(task.name);
        throw error;
      } finally {
        await scene.end();
      }
    },
    options.timeout,
  );
}

class Scene implements Stage {
  readonly #contexts: BrowserContext[] = [];
  readonly #errors: string[] = [];
  #site: Site | undefined;

  constructor(
    readonly app: string,
    readonly simulator: Simulator,
  ) {}

  async stranger(who: Who | Colleague, options: BrowserOptions = {}): Promise<Agent> {
    const page = await this.#page({ viewport: { width: 1440, height: 900 }, ...options });
    return new Agent(page, this.app, typeof who === "string" ? PEOPLE[who] : who);
  }

  async agent(who: Who | Colleague, { view = "queue", path, ...options }: AgentOptions = {}): Promise<Agent> {
    const agent = await this.stranger(who, options);
    await agent.enter();
    await agent.visit(path ?? `/inbox/${view}`);
    return agent;
  }

  office(): Promise<Office> {
    return Office.open(this.app);
  }

  async customer(name: string): Promise<Customer> {
    const { id } = await this.simulator.person(name);
    const page = await this.#page({ viewport: { width: 1200, height: 800 } });
    const customer = new Customer(this.simulator, page, id, name);
    await page.goto(`${this.simulator.url}/#${encodeURIComponent(id)}`);
    await customer.phone.waitFor();
    return customer;
  }

  async site(): Promise<Site> {
    this.#site ??= await Site.open(this.app);
    return this.#site;
  }

  async visitor(channelId: string, { title, referrer, ...options }: VisitOptions = {}): Promise<Visitor> {
    const site = await this.site();
    const page = await this.#page({ viewport: { width: 1200, height: 800 }, ...options });
    const visitor = new Visitor(page, site.address(channelId, title));
    await page.goto(visitor.address, referrer ? { referer: referrer } : {});
    return visitor;
  }

  async #page({ hold = 0, ...options }: BrowserOptions): Promise<Page> {
    const context = await browser.newContext({ reducedMotion: "reduce", ...options });
    this.#contexts.push(context);
    context.setDefaultTimeout(10_000);
    await context.tracing.start({ snapshots: true, screenshots: false });
    context.on("weberror", (error) => this.#errors.push(String(error.error().stack ?? error.error())));
    await context.addInitScript((seconds) => {
      if (location.protocol.startsWith("http"))
        localStorage.setItem("max.hold", localStorage.getItem("max.hold") ?? seconds);
      window.violations = [];
      addEventListener("securitypolicyviolation", (event) => {
        window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
      });
    }, String(hold));
    return context.newPage();
  }

  /** What no story may leave behind. */
  async check(): Promise<void> {
    expect(this.#errors, "errors in a page").toEqual([]);
    for (const page of this.#contexts.flatMap((context) => context.pages())) {
      expect(await page.evaluate(() => window.violations), `violations of the policy on ${page.url()}`).toEqual([]);
    }
  }

  async keep(title: string): Promise<void> {
    const name = title.toLowerCase().replace(/[^a-z0-9]+/g, "-");
    let number = 0;
    for (const context of this.#contexts) {
      for (const page of context.pages()) {
        number += 1;
        await page.screenshot({ path: join(OUTPUT, `${name}-${number}.png`), timeout: 5_000 }).catch(() => {});
      }
      await context.tracing.stop({ path: join(OUTPUT, `${name}-${number}.zip`) }).catch(() => {});
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#contexts.map((context) => context.close()));
    this.#site?.close();
  }
}
