// An agent with the app open.

import type { BrowserContext, Locator, Page } from "playwright-core";
import { expect } from "vitest";

/** Somebody with an account. */
export interface Colleague {
  email: string;
  name: string;
}

/** The people of the demo. All but the admin are in the team whose queue new conversations come into. */
export const PEOPLE = {
  agent: { email: "agent@demo.test", name: "Leila Moreno" },
  lead: { email: "lead@demo.test", name: "Yuki Tanaka" },
  supervisor: { email: "supervisor@demo.test", name: "Devon Kim" },
  admin: { email: "admin@demo.test", name: "Sofia Nunes" },
} as const satisfies Record<string, Colleague>;
export type Who = keyof typeof PEOPLE;
export const PASSWORD = "demo-password";

/** A page of the agent app. */
export class Agent {
  #token = "";

  constructor(
    readonly page: Page,
    readonly app: string,
    readonly who: Colleague,
  ) {}

  get context(): BrowserContext {
    return this.page.context();
  }

  /** Signs the browser in without the form, which has a story of its own. */
  async enter(): Promise<void> {
    const response = await this.context.request.post(`${this.app}/api/v1/auth/login`, {
      data: { email: this.who.email, password: PASSWORD },
    });
    expect(response.status(), await response.text()).toBe(200);
    this.#token = (await response.json()).access_token;
  }

  /** Types email and password into the form. */
  async signIn(): Promise<void> {
    await this.page.getByTestId("login-email").fill(this.who.email);
    await this.page.getByTestId("login-password").fill(PASSWORD);
    await this.page.getByTestId("login-submit").click();
  }

  /** Another tab of the same browser, looking at the queue. */
  async tab(): Promise<Agent> {
    const other = new Agent(await this.context.newPage(), this.app, this.who);
    await other.look();
    return other;
  }

  /** Goes to a list and waits until the live line works. */
  async look(view: "mine" | "queue" | "all" = "queue"): Promise<void> {
    await this.visit(`/inbox/${view}`);
  }

  /** Goes to a place by its address and waits until the live line works. */
  async visit(path: string): Promise<void> {
    await Promise.all([this.live(), this.page.goto(`${this.app}${path}`)]);
  }

  /** Resolves once the server has said that events flow, on a line opened after this call. */
  live(): Promise<unknown> {
    return this.page.waitForEvent("websocket").then((socket) =>
      socket.waitForEvent("framereceived", {
        predicate: ({ payload }) => String(payload).includes('"ready"'),
      }),
    );
  }

  /** Walks to a list without a reload. */
  async go(place: string): Promise<void> {
    await this.place(place).click();
  }

  /** A place in the sidebar, with the number beside it. */
  place(name: string): Locator {
    return this.page.getByRole("navigation", { name: "Primary" }).getByRole("link", { name });
  }

  /** What MAX says in a corner for a moment. */
  toast(words: string | RegExp): Locator {
    return this.page.locator("[role=status], [role=alert]").getByText(words);
  }

  /** Chooses from the list that is open. */
  async pick(words: string): Promise<void> {
    await this.page.getByRole("option").filter({ hasText: words }).first().click();
  }

  /** Chooses from the list that is open, by typing into it. */
  async find(words: string): Promise<void> {
    await this.page.getByRole("combobox").last().fill(words);
    await this.pick(words);
  }

  /** A row of a table. */
  line(words: string): Locator {
    return this.page.getByTestId("table-row").filter({ hasText: words });
  }

  row(name: string): Locator {
    return this.page.getByTestId("conversation-row").filter({ hasText: name });
  }

  /** Opens somebody's conversation from the list on screen. */
  async open(name: string): Promise<void> {
    await this.row(name).click();
    await this.page.getByRole("region", { name: `Conversation with ${name}` }).waitFor();
  }

  /** Every message in the thread. */
  get messages(): Locator {
    return this.page.getByTestId("message");
  }

  message(text: string | RegExp): Locator {
    return this.messages.filter({ hasText: text });
  }

  get composer(): Locator {
    return this.page.getByTestId("composer-text");
  }

  async reply(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.page.getByTestId("composer-send").click();
  }

  /** Waits until the message with these words has this state. */
  async status(text: string, status: string | RegExp): Promise<void> {
    await expect.poll(() => this.message(text).getAttribute("data-status")).toMatch(status);
  }

  /** The words of each message, oldest first; `of` picks from a set of words those that stand in each. */
  async thread(of: readonly string[]): Promise<string[]> {
    const texts = await this.messages.allTextContents();
    return texts.map((text) => of.find((words) => text.includes(words)) ?? text);
  }

  /** Writes down each state the message with these words goes through, from now on. Returns what reads the list. */
  async watchStatus(text: string): Promise<() => Promise<string[]>> {
    const seen = await this.page.evaluateHandle((words) => {
      const states: string[] = [];
      const look = () => {
        const all = [...document.querySelectorAll<HTMLElement>("[data-testid=message]")];
        const state = all.find((one) => one.textContent?.includes(words))?.dataset.status;
        if (state && state !== states.at(-1)) states.push(state);
      };
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
      look();
      return states;
    }, text);
    return () => seen.jsonValue();
  }

  /** Leaves a mark that a reload of the page would wipe away. Returns what asks for it. */
  async mark(): Promise<() => Promise<boolean>> {
    await this.page.evaluate(() => Object.assign(window, { sameVisit: true }));
    return () => this.page.evaluate(() => "sameVisit" in window);
  }

  /** A call of the API as this person, past the app. */
  async call(method: string, path: string, data?: object): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await this.context.request.fetch(`${this.app}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}` },
      ...(data ? { data } : {}),
    });
    return { status: response.status(), body: await response.json() };
  }

  /** The id of the open conversation. */
  get conversationId(): string {
    return new URL(this.page.url()).pathname.split("/").at(-1) ?? "";
  }
}
