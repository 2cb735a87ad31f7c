import { randomUUID } from "node:crypto";
import type {
  CloseReason,
  Content,
  Conversation,
  Me,
  Message,
  MessageStatus,
  SharedConversation,
  TagView,
  Team,
} from "@max/api";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const iso = (ago: number) => new Date(Date.now() - ago).toISOString();

export const teams = {
  transfers: { id: "t-transfers", name: "Transfers", color: "blue" },
  support: { id: "t-support", name: "Support", color: "green" },
  sales: { id: "t-sales", name: "Sales", color: "amber" },
  verification: { id: "t-verification", name: "Verification", color: "violet" },
} satisfies Record<string, Team>;

export const me: Me = {
  id: "u-leila",
  name: "Leila Moreno",
  email: "agent@demo.test",
  role: "agent",
  active: true,
  status: "active",
  two_factor: "off",
  photo_url: null,
  last_seen_at: null,
  created_at: iso(40 * 24 * HOUR),
  teams: Object.values(teams),
  language: "en",
  time_zone: null,
  signature: "",
  theme: "system",
  density: "comfortable",
  single_keys: true,
  notifications: {
    assigned: true,
    replies: true,
    mentions: true,
    sound: false,
    desktop: false,
    hide_text: false,
    sign_ins: true,
  },
  recovery_codes_left: 0,
};
export const devon = { id: "u-devon", name: "Devon Kim" };

const tag = (id: string, name: string, color: string): TagView => ({ id, name, color, team_id: null, uses: 9 });
export const tags = [
  tag("g-delayed", "Delayed transfer", "red"),
  tag("g-nigeria", "Nigeria", "green"),
  tag("g-pickup", "Cash pickup", "teal"),
  tag("g-receipts", "Receipts", "amber"),
  tag("g-fraud", "Possible fraud", "red"),
  tag("g-rate", "Rate question", "blue"),
  tag("g-lead", "Sales lead", "orange"),
] as const;
const tagged = (...ids: string[]) =>
  tags.filter((t) => ids.includes(t.id)).map(({ id, name, color }) => ({ id, name, color }));

export const reasons: readonly CloseReason[] = [
  ["resolved", "Resolved"],
  ["no_reply_needed", "No reply needed"],
  ["spam", "Spam"],
  ["duplicate", "Duplicate"],
  ["other", "Other"],
].map(([key = "", name = ""], position) => ({ id: `r-${key}`, key, name, active: true, position }));

const channel = {
  id: "ch-1",
  kind: "whatsapp",
  name: "WhatsApp",
  reply_window_seconds: 86_400,
  max_text_chars: 4_096,
  can_quote: true,
  can_send_templates: true,
};

const webChat = {
  ...channel,
  id: "ch-4",
  kind: "chat",
  name: "Chat on the site",
  reply_window_seconds: null,
  can_send_templates: false,
};

export interface Room {
  conversation: SharedConversation;
  messages: Message[];
  /** Inbound messages the reader has seen. */
  read: number;
  /** The reader was mentioned and has not looked. */
  mentioned?: boolean;
}

type Line = Partial<Message> & { ago: number };

const text = (words: string): Pick<Message, "text" | "content" | "preview"> => ({
  text: words,
  content: { type: "text", text: words },
  preview: words,
});
const customer = (words: string, ago: number): Line => ({ direction: "in", ago, ...text(words) });
const reply = (words: string, ago: number, status: MessageStatus = "read"): Line => ({
  direction: "out",
  ago,
  status,
  ...text(words),
});
const note = (words: string, ago: number): Line => ({
  direction: "out",
  kind: "note",
  ago,
  author: { type: "user", ...devon },
  ...text(words),
});
const rich = (content: Content, preview: string, ago: number): Line => ({
  direction: "in",
  ago,
  content,
  preview,
  text: null,
});

let number = 20_410;

/** A conversation with its messages, newest last. */
function room(
  name: string,
  team: Team,
  options: {
    mine?: boolean;
    unread?: number;
    assignee?: typeof devon;
    window?: number;
    phone?: string | null;
    tags?: string[];
    more?: Partial<SharedConversation>;
  },
  lines: Line[],
): Room {
  const id = randomUUID();
  const contactId = `c-${name}`;
  const messages = lines.map((line, index) => {
    const direction = line.direction ?? "in";
    const { ago, ...rest } = line;
    return {
      id: randomUUID(),
      conversation_id: id,
      seq: index + 1,
      client_id: null,
      direction,
      kind: "reply",
      author:
        direction === "in" ? { type: "contact", id: contactId, name } : { type: "user", id: me.id, name: me.name },
      text: null,
      content: { type: "text", text: "" },
      preview: "",
      attachments: [],
      reply_to: null,
      status: direction === "in" ? "received" : "sent",
      error: null,
      sent_at: null,
      mentions: [],
      pinned: false,
      edited_at: null,
      forwarded: false,
      referral: null,
      folded: false,
      reactions: [],
      original_text: null,
      revoked_at: null,
      feedback_count: null,
      release_at: null,
      created_at: iso(ago),
      ...rest,
    } satisfies Message;
  });
  const inbound = messages.filter((m) => m.direction === "in").length;
  const last = messages.at(-1) as Message;
  const waiting = !options.mine && !options.assignee;
  const firstWaiting = messages.find((m) => m.direction === "in");
  number += 1;
  return {
    read: inbound - (options.unread ?? 0),
    messages,
    conversation: {
      id,
      number,
      state: waiting ? "queued" : "assigned",
      contact: {
        id: contactId,
        name,
        phone: options.phone === undefined ? "+44 7700 900 142" : options.phone,
        username: null,
      },
      channel,
      team,
      assignee: options.mine ? { id: me.id, name: me.name } : (options.assignee ?? null),
      priority: "normal",
      tags: tagged(...(options.tags ?? [])),
      snoozed_until: null,
      snoozed_until_reply: false,
      closed_at: null,
      close_reason: null,
      pinned_notes: 0,
      folded_count: 0,
      reply_waits: false,
      blocked: false,
      inbound_count: inbound,
      last_message: lastOf(last),
      last_activity_at: last.created_at,
      window_expires_at: options.window === undefined ? iso(-23 * HOUR - 58 * MINUTE) : iso(-options.window),
      waiting_since: waiting ? (firstWaiting?.created_at ?? null) : null,
      created_at: iso(3 * 24 * HOUR),
      ...options.more,
    },
  };
}

export function lastOf(m: Message): NonNullable<Conversation["last_message"]> {
  return {
    id: m.id,
    seq: m.seq,
    direction: m.direction,
    kind: m.kind,
    preview: m.preview,
    author_id: m.author.type === "user" ? m.author.id : null,
    author_name: m.author.name,
    created_at: m.created_at,
  };
}

export function sample(): Room[] {
  const amara = room("Amara Okafor", teams.transfers, { mine: true, tags: ["g-delayed", "g-nigeria"] }, [
    customer("Hi, I sent money to my brother in Lagos on Friday and it still says processing. TRX-48213", 22 * MINUTE),
    reply("Good morning Amara. Thanks for the reference, let me check it with the payout partner now.", 20 * MINUTE),
    note(
      "Palmgrove Bank rejected the payout: account name does not match. Leila, ask for the exact name on the account, then we can resend free of charge.",
      15 * MINUTE,
    ),
    reply(
      "The bank returned it because the name did not match the account. Could you send me the name exactly as it appears on his bank card?",
      12 * MINUTE,
    ),
    rich(
      {
        type: "media",
        kind: "document",
        external_id: "sample",
        voice: false,
        animated: false,
        filename: "account-letter.pdf",
        mime_type: "application/pdf",
      },
      "account-letter.pdf",
      4 * MINUTE,
    ),
    customer("It is Chukwuemeka D. Okafor, I left out the D", 3.5 * MINUTE),
    customer("Perfect. Can you resend it today then?", 3 * MINUTE),
  ]);
  const states = room("Jonas Lindqvist", teams.verification, { mine: true, window: 48 * MINUTE }, [
    customer("Hello, my documents were refused", 26 * HOUR),
    rich(
      {
        type: "media",
        kind: "image",
        external_id: "sample",
        voice: false,
        animated: false,
        caption: "broken part",
        mime_type: "image/jpeg",
      },
      "Photo · broken part",
      25 * HOUR,
    ),
    rich(
      { type: "media", kind: "audio", external_id: "sample", voice: true, animated: false, mime_type: "audio/ogg" },
      "Voice message",
      25 * HOUR - MINUTE,
    ),
    rich(
      {
        type: "location",
        latitude: 59.3293,
        longitude: 18.0686,
        name: "Central Station",
        address: "Vasagatan 1, Stockholm",
      },
      "Location · Central Station",
      24.9 * HOUR,
    ),
    rich({ type: "reaction", to: "x", emoji: "👍" }, "Reacted 👍", 24.8 * HOUR),
    reply("Checking that for you", 30 * MINUTE, "queued"),
    reply("I found it, one moment", 25 * MINUTE, "sent"),
    reply("It was returned by the bank", 20 * MINUTE, "delivered"),
    reply("I can resend it today", 18 * MINUTE, "read"),
    {
      ...reply("Here is the new receipt", 15 * MINUTE, "failed"),
      error: { code: "131026", message: "the customer is not on WhatsApp", detail: null },
    },
    reply("I have sent the form to your email", 10 * MINUTE, "unconfirmed"),
  ]);
  const quoted = states.messages[8] as Message;
  states.messages.push({
    ...(states.messages[0] as Message),
    id: randomUUID(),
    seq: 12,
    ...text("Great, thank you https://example.com/help"),
    reply_to: { id: quoted.id, preview: quoted.preview },
    created_at: iso(9 * MINUTE),
  });
  Object.assign(states.conversation, {
    last_message: lastOf(states.messages.at(-1) as Message),
    inbound_count: 6,
    last_activity_at: iso(9 * MINUTE),
  });
  states.read = 6;
  const long = room(
    "Fatou Diallo",
    teams.support,
    { mine: true, unread: 2 },
    Array.from({ length: 240 }, (_, i) =>
      i % 3 === 1
        ? reply(`Answer number ${i}`, (240 - i) * 20 * MINUTE)
        : customer(`Message number ${i} with some words to fill the line`, (240 - i) * 20 * MINUTE),
    ),
  );
  return [
    amara,
    room("Tomás Ferreira", teams.support, { mine: true, unread: 2, tags: ["g-pickup"] }, [
      reply("Your pickup code is 4471.", 10 * MINUTE),
      customer("I am at the branch", 5 * MINUTE),
      customer("The pickup code is not working at the branch", 4 * MINUTE),
    ]),
    room(
      "Chukwuemeka Nwosu",
      teams.support,
      { mine: true, unread: 2, more: { folded_count: 42, window_expires_at: iso(-38 * MINUTE) } },
      [
        customer("HELLO???", 13 * MINUTE),
        customer("answer me", 12 * MINUTE),
        ...Array.from({ length: 42 }, (_, i) => ({
          ...customer("answer me ".repeat(1 + (i % 3)), 11 * MINUTE),
          folded: true,
        })),
      ],
    ),
    room("Nadia Haddad", teams.sales, { mine: true, unread: 1, phone: null, more: { channel: webChat } }, [
      customer("مرحبا، أين طلبي؟ (TRX-48213)", 5 * MINUTE),
      reply("I am looking for it, one moment", 4 * MINUTE, "delivered"),
      customer("Thank you, I wait here", 3 * MINUTE),
    ]),
    room("Priya Raman", teams.sales, { mine: true, unread: 1, tags: ["g-receipts"] }, [
      customer("Can I get a receipt for order ORD-7741?", 11 * MINUTE),
    ]),
    states,
    long,
    room("+44 7700 900 318", teams.support, { unread: 1, phone: "+44 7700 900 318", tags: ["g-fraud"] }, [
      customer("STOP sending me codes i didnt ask for", 31 * MINUTE),
    ]),
    room("Mei-Ling Chua", teams.transfers, { mine: true, window: -3 * HOUR, tags: ["g-rate"] }, [
      customer("What is the rate for 500 euro?", 27 * HOUR),
      reply("Thanks for waiting, Mei-Ling.", 26 * HOUR),
      {
        ...reply("500 euro make 5,420 rand today.", 2 * HOUR, "failed"),
        error: { code: "window_closed", message: "the reply window had closed", detail: null },
      },
    ]),
    room("Rafael Ortega", teams.transfers, { assignee: devon }, [
      customer("gracias", 65 * MINUTE),
      { ...reply("You are welcome. Have a good trip", 60 * MINUTE), author: { type: "user", ...devon } },
    ]),
    room("Hanna Weiss", teams.sales, { unread: 1, tags: ["g-lead"] }, [
      customer("Business account: monthly payroll to 14 people", 2 * HOUR),
    ]),
    room("מיכל לוי", teams.support, { unread: 1, phone: null }, [
      customer("שלום, הכסף עדיין לא הגיע. אפשר לבדוק?", 8 * MINUTE),
    ]),
    room("Camille Laurent", teams.support, { mine: true, more: { state: "snoozed", snoozed_until: iso(-17 * HOUR) } }, [
      customer("The bank says there is no incoming transfer", 50 * MINUTE),
    ]),
    room("Grace Mwangi", teams.support, { mine: true, more: { state: "snoozed", snoozed_until_reply: true } }, [
      reply("Please send us the photo of your card when you have it.", 5 * HOUR),
    ]),
    room(
      "Pedro Almeida",
      teams.transfers,
      {
        mine: true,
        more: { state: "closed", closed_at: iso(HOUR), close_reason: { id: "r-resolved", name: "Resolved" } },
      },
      [customer("Thank you, and the second transfer arrived too", 70 * MINUTE)],
    ),
    ...(
      [
        ["Ibrahim Sesay", 12.6, "Money was taken twice from my card this morning", "urgent", ["g-delayed"]],
        ["Diego Paredes", 4.2, "Wrong account number, please stop TRX-48260", "high", ["g-fraud", "g-delayed"]],
        ["Nadia Haddad", 3.4, "Is code 884 120 from you?", "normal", ["g-fraud"]],
        ["Oskar Blom", 2.1, "How long to Poland on a Sunday?", "normal", ["g-rate"]],
        ["Lucía Benítez", 22, "Invoice for order ORD-7790 shows the old address", "normal", ["g-receipts"]],
        ["Wei Zhang", 9.5, "Limit increase for property purchase", "normal", []],
        ["Anneke de Vries", 0.6, "My promo code did not apply", "normal", []],
        ["Sana Qureshi", 0.3, "Add a second recipient in Lahore", "low", []],
        ["Kwame Boateng", 0.1, "Hello, is the cedi rate fixed for today?", "normal", ["g-rate"]],
      ] as const
    ).map(([name, minutes, words, priority, ids]) =>
      room(name, teams.transfers, { unread: 1, tags: [...ids], more: { priority } }, [
        customer(words, minutes * MINUTE),
      ]),
    ),
    ...Array.from({ length: 130 }, (_, i) =>
      room(`Customer ${i + 1}`, Object.values(teams)[i % 4] as Team, { assignee: devon }, [
        customer(`Question ${i + 1}`, (3 + i) * HOUR),
      ]),
    ),
  ];
}
