// The simulator's control API, and a customer with their phone page.

import type { Locator, Page } from "playwright-core";

/** Someone on the other side, as the simulator knows them. */
interface Person {
  id: string;
  name: string;
}

/** A send that the simulator took from MAX, with how often it took it. */
interface Sent {
  wamid: string;
  times_accepted: number;
}

/** A mail that MAX sent. */
interface Mail {
  subject: string;
  text: string;
}

/** Talks to the simulator behind the phone page. */
export class Simulator {
  constructor(readonly url: string) {}

  async call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.url}/_sim/${path}`, {
      method,
      ...(body ? { headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(15_000),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer as T;
  }

  /** Somebody new, or one of those who are there from the start. */
  async person(name: string): Promise<Person> {
    const { data } = await this.call<{ data: Person[] }>("GET", "customers");
    return data.find((one) => one.name === name) ?? this.call("POST", "customers", { name });
  }

  /** All sends that MAX got accepted, oldest first. */
  async sent(): Promise<Sent[]> {
    return (await this.call<{ data: Sent[] }>("GET", "sent?limit=1000")).data;
  }

  /** What MAX mailed to this address, newest first. */
  async mails(to: string): Promise<Mail[]> {
    return (await this.call<{ data: Mail[] }>("GET", `mails?to=${encodeURIComponent(to)}`)).data;
  }
}

/** A customer, by their phone page. */
export class Customer {
  constructor(
    readonly simulator: Simulator,
    readonly page: Page,
    readonly id: string,
    readonly name: string,
  ) {}

  get phone(): Locator {
    return this.page.locator(`[data-customer="${this.id}"]`);
  }

  /** What stands on the phone, the same words as in the bubble. */
  bubble(text: string): Locator {
    return this.phone.getByTestId("phone-message").filter({ hasText: text });
  }

  /** Types on the phone. */
  async types(text: string): Promise<void> {
    await this.phone.getByTestId("phone-input").fill(text);
    await this.phone.getByTestId("phone-input").press("Enter");
  }

  /** Sends without typing, and waits until MAX has acknowledged it. */
  async writes(text: string): Promise<void> {
    const answer = await this.simulator.call<{ delivered: boolean }>("POST", `customers/${this.id}/send`, {
      text,
      wait_ms: 10_000,
    });
    if (!answer.delivered) throw new Error(`MAX did not acknowledge "${text}"`);
  }

  /** Sends something of this kind, such as `image`, and waits until MAX has acknowledged it. */
  async sends(sample: string): Promise<void> {
    const sent = { sample, wait_ms: 10_000 };
    const answer = await this.simulator.call<{ delivered: boolean }>("POST", `customers/${this.id}/send`, sent);
    if (!answer.delivered) throw new Error(`MAX did not acknowledge the ${sample}`);
  }

  /** Picks a bubble to reply to, and types. */
  async repliesTo(quoted: string, text: string): Promise<void> {
    const bubble = this.bubble(quoted);
    await bubble.hover();
    await bubble.getByTestId("phone-reply").click();
    await this.types(text);
  }

  /** Makes something go wrong for this customer only. */
  async trouble(fault: { kind: string; count?: number; [more: string]: unknown }): Promise<void> {
    await this.simulator.call("POST", "faults", { customer: this.id, ...fault });
  }

  /** Everything goes right again for this customer. */
  async calm(): Promise<void> {
    const { data } = await this.simulator.call<{ data: { id: number; customer?: string }[] }>("GET", "faults");
    for (const fault of data.filter((one) => one.customer === this.id)) {
      // It may have struck for the last time meanwhile.
      await this.simulator.call("DELETE", `faults/${fault.id}`).catch(() => {});
    }
  }

  /** Words from the business on the phone, oldest first. */
  async received(): Promise<string[]> {
    const { data } = await this.simulator.call<{ data: { from: string; message: { text?: { body: string } } }[] }>(
      "GET",
      `chats?customer=${encodeURIComponent(this.id)}`,
    );
    return data.filter((one) => one.from === "business").map((one) => one.message.text?.body ?? "");
  }
}
