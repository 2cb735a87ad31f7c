// What an admin prepares before a story begins, through the API: people, teams, and whose a conversation is.

import { expect } from "vitest";
import { type Colleague, PASSWORD, PEOPLE } from "./agent";
import type { Customer } from "./simulator";

type Role = "agent" | "team_lead" | "supervisor" | "admin";

/** A team with a queue of its own. */
export interface Team {
  id: string;
  name: string;
}

/** Somebody who was taken on for a story. */
export interface Hired extends Colleague {
  id: string;
}

/** A chat for somebody's site. */
export interface ChatChannel {
  id: string;
  webhook_url: string;
}

interface Conversation {
  id: string;
  state: string;
  contact: { name: string };
  assignee: { id: string; name: string } | null;
  team: Team | null;
}

/** Milliseconds: a token lasts ten minutes, and a story is over long before the other five have passed. */
const FRESH = 300_000;

/** The demo's admin, without a screen. */
export class Office {
  static #last: { office: Office; until: number } | undefined;

  private constructor(
    readonly app: string,
    readonly token: string,
  ) {}

  /** Signs in, unless that was done a moment ago. */
  static async open(app: string): Promise<Office> {
    const last = Office.#last;
    if (last?.office.app === app && Date.now() < last.until) return last.office;
    const door = new Office(app, "");
    const login = { email: PEOPLE.admin.email, password: PASSWORD };
    const { access_token } = await door.call<{ access_token: string }>("POST", "/auth/login", login);
    const office = new Office(app, access_token);
    Office.#last = { office, until: Date.now() + FRESH };
    return office;
  }

  async call<T>(method: string, path: string, data?: object): Promise<T> {
    const response = await fetch(`${this.app}/api/v1${path}`, {
      method,
      headers: { "content-type": "application/json", ...(this.token && { authorization: `Bearer ${this.token}` }) },
      ...(data ? { body: JSON.stringify(data) } : {}),
      signal: AbortSignal.timeout(15_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  async team(name: string): Promise<Team> {
    return this.call("POST", "/teams", { name });
  }

  /** A chat whose conversations come into the queue of the demo's team, with a key that proves visitors. */
  async chat(name: string, config: object, visitorKey?: string): Promise<ChatChannel> {
    const { items } = await this.call<{ items: Team[] }>("GET", "/teams");
    const secret = `whsec_${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64")}`;
    const credentials = { signing_secret: secret, ...(visitorKey ? { visitor_key: visitorKey } : {}) };
    const team_id = items.find((team) => team.name === "Transfers")?.id ?? null;
    return this.call("POST", "/channels", { kind: "chat", name, team_id, config, credentials });
  }

  /** Somebody new, with the password of all. */
  async hire(name: string, role: Role, teams: readonly Team[]): Promise<Hired> {
    const email = `${name.toLowerCase().replaceAll(/[^a-z]+/g, ".")}@stories.test`;
    const team_ids = teams.map((team) => team.id);
    return this.call("POST", "/users", { name, email, role, team_ids, password: PASSWORD });
  }

  async conversation(customer: Customer): Promise<Conversation> {
    const found = () =>
      this.call<{ items: Conversation[] }>(
        "GET",
        `/conversations?view=all&limit=5&q=${encodeURIComponent(customer.name)}`,
      ).then(({ items }) => items.find(({ contact }) => contact.name === customer.name));
    await expect.poll(found).toBeDefined();
    return (await found()) as Conversation;
  }

  /** The customer writes, and the conversation waits in this team's queue. */
  async waits(customer: Customer, team: Team, text: string): Promise<Conversation> {
    await customer.writes(text);
    const { id } = await this.conversation(customer);
    return this.call("POST", `/conversations/${id}/transfer`, { team_id: team.id });
  }

  /** The customer writes, and the conversation is with somebody of this team. */
  async has(owner: Hired, team: Team, customer: Customer, text: string): Promise<Conversation> {
    const { id } = await this.waits(customer, team, text);
    return this.call("POST", `/conversations/${id}/assign`, { user_id: owner.id });
  }
}
