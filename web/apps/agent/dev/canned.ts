import { randomUUID } from "node:crypto";
import type { Canned, Contact, MediaView } from "@max/api";
import { type Answer, type Body, HOUR, iso, none, ok, refused } from "./answers";
import { me, type Room } from "./sample";

/** Canned responses, and what they read like in a conversation. */
export class CannedMock {
  /** Files by their ids, with addresses that hold. */
  files: (ids: readonly string[]) => MediaView[] = () => [];

  canned: Canned[] = [
    [
      "fee-waived",
      "Fee waived",
      "Good news {first_name}, there is no fee for this resend. It will arrive within the hour.",
      "global",
      null,
    ],
    [
      "fees",
      "Our fees",
      "Our fee depends on the country and how the money is paid out. For {attribute.language} customers see https://example.com/fees",
      "global",
      null,
    ],
    [
      "fee-refund",
      "Refund of a fee",
      "I have asked for your fee of {amount} to be refunded to {account}. It takes 3 working days.",
      "team",
      "t-transfers",
    ],
    [
      "hello",
      "Greeting",
      "Hello {first_name}, this is {agent_first_name} from {company}. How can I help?",
      "personal",
      null,
    ],
    ["ref", "Reference", "Your reference is #{number}.", "global", null],
    ["מתי", "זמן הגעה", "שלום {first_name}, הכסף יגיע עד {time}.", "global", null],
  ].map(([shortcut, title, text, scope, team], index) => ({
    id: `canned-${index}`,
    shortcut: String(shortcut),
    title: String(title),
    text: String(text),
    scope: scope as Canned["scope"],
    team_id: team as string | null,
    owner_id: scope === "personal" ? me.id : null,
    attachments: [],
    updated_at: iso(30 * 24 * HOUR),
    uses: 40 - index * 5,
  }));

  fill(room: Room, id: string, attributes: Contact["attributes"]): Answer {
    const canned = this.canned.find((c) => c.id === id);
    if (!canned) return refused(404, "not_found", "There is no such response.");
    const { contact, number, channel } = room.conversation;
    const known: Record<string, string | undefined> = {
      first_name: contact.name.split(" ")[0],
      name: contact.name,
      agent: me.name,
      agent_first_name: me.name.split(" ")[0],
      company: "Zelmira Pay",
      number: String(number),
      channel: channel.name,
      phone: contact.phone ?? undefined,
      ...Object.fromEntries(Object.entries(attributes).map(([key, value]) => [`attribute.${key}`, String(value)])),
    };
    const unfilled: string[] = [];
    const text = canned.text.replace(/\{([a-z_.]+)\}/g, (all, key: string) => {
      if (known[key] !== undefined) return known[key];
      unfilled.push(key);
      return all;
    });
    return ok({ text, unfilled, attachments: this.files(canned.attachments.map((one) => one.id)) });
  }

  list(method: string, id: string | undefined, query: URLSearchParams, body: Body, admin: boolean): Answer {
    if (method === "GET") {
      const team = query.get("team_id");
      return ok({ items: this.canned.filter((c) => admin || c.team_id === null || !team || c.team_id === team) });
    }
    const clash = this.canned.find((c) => c.shortcut === body.shortcut && c.id !== id);
    if (clash) return refused(409, "already_exists", `/${clash.shortcut} is taken already.`);
    if (method === "POST") {
      const attachments = this.files((body.media_ids as string[] | undefined) ?? []);
      const made = { id: randomUUID(), team_id: null, uses: 0, owner_id: null, ...body, attachments };
      const canned = made as unknown as Canned;
      this.canned.push(canned);
      return ok(canned, 201);
    }
    const at = this.canned.findIndex((c) => c.id === id);
    const old = this.canned[at];
    if (!old) return refused(404, "not_found", "There is no such response.");
    if (method === "DELETE") {
      this.canned.splice(at, 1);
      return none;
    }
    const attachments = body.media_ids ? this.files(body.media_ids as string[]) : old.attachments;
    this.canned[at] = { ...old, ...body, attachments } as Canned;
    return ok(this.canned[at]);
  }
}
