import { randomUUID } from "node:crypto";
import type {
  Channel,
  ChannelCheck,
  ChannelRow,
  Delivery,
  DeliveryElement,
  DeliveryFull,
  Fate,
  FateCounts,
} from "@max/api";

/** A delivery with all that the list and its panel show of it. */
type Kept = DeliveryFull & Pick<Delivery, "reason" | "kinds">;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const iso = (ago: number) => new Date(Date.now() - ago).toISOString();
/** When the first delivery of a new channel comes. */
const FIRST = 8_000;

interface Answer {
  status: number;
  value?: unknown;
  code?: string;
  detail?: string;
  extra?: Record<string, unknown>;
}
const ok = (value: unknown, status = 200): Answer => ({ status, value });
const refused = (status: number, code: string, detail: string, extra = {}): Answer => ({ status, code, detail, extra });

const REASONS: Partial<Record<Fate, string>> = {
  dead: "The message has a type nobody knows: `galaxy_message`.",
  ignored: "MAX has no use for `account_review_update`.",
  parked: "The message it belongs to has not come yet.",
  blocked: "The sender is blocked.",
};
const FATES: Fate[] = ["stored", "stored", "stored", "duplicate", "stored", "ignored", "stored", "parked", "dead"];
const KINDS = ["message", "status", "status", "message", "reaction", "account", "message"];

/** A chat as an admin left it. */
const CHAT = {
  title: "Zelmira Pay",
  accent: "#00623f",
  allowed_origins: ["https://zelmirapay.example"],
  languages: ["en", "pt", "ar"],
  texts: {
    en: {
      greeting: "Hi, this is Zelmira Pay. What can we help you with?",
      greeting_closed: "We are back at nine. Leave us a line.",
      consent: "We keep what you write for two years. https://zelmirapay.example/privacy",
    },
    ar: { greeting: "مرحبًا، هنا زيلميرا باي. كيف يمكننا مساعدتك؟" },
  },
  prechat: {
    on: true,
    fields: [
      { key: "name", label: "Your name", type: "text", required: true },
      { key: "order_number", label: "Order number", type: "text", required: false },
    ],
  },
  collect: { page: true, referrer: true, browser: true, time_zone: true },
};

/**
 * Channels and the journal, as the server would answer about them. An access token with "wrong" fails the check of the number, one
 * with "narrow" that of the templates; eight seconds after it was made a channel's first delivery comes.
 */
export class ChannelsMock {
  readonly deliveries: Kept[] = [];
  readonly #channels: ChannelRow[];
  readonly #conversations: () => string[];

  constructor(channels: Channel[], conversations: () => string[]) {
    this.#channels = channels;
    this.#conversations = conversations;
    channels.forEach((channel, i) => {
      channel.webhook_url = `https://max.zelmirapay.example/webhooks/${channel.kind}/${channel.id}`;
      if (channel.kind === "chat") {
        channel.config = structuredClone(CHAT);
        channel.credentials_set = ["signing_secret"];
        return;
      }
      channel.config = { phone_number_id: `10990${i}4421${i}7`, business_account_id: `2200${i}11873` };
      channel.credentials_set = ["access_token", "app_secret", "verify_token"];
    });
    const [, second, third] = channels;
    if (second) {
      second.health = "trouble";
      second.health_detail = "The access token has expired. Make a new one at Meta and replace it here.";
      Object.assign(second, {
        health_code: "190",
        health_words: second.health_detail,
        paused_at: iso(25 * MINUTE),
        paused_reason: second.health_detail,
      });
    }
    if (third) third.active = false;
    for (let i = 0; i < 130; i++) this.#deliver(channels[i % 7 === 3 ? 1 : 0], i, iso((130 - i) * 11 * MINUTE));
  }

  #deliver(channel: Channel | undefined, i: number, received_at: string) {
    const rooms = this.#conversations();
    const elements = Array.from({ length: 1 + ((i * 5) % 4) }, (_, index): DeliveryElement => {
      const fate = FATES[(i * 3 + index * 7) % FATES.length] as Fate;
      return {
        index,
        kind: KINDS[(i + index) % KINDS.length] as string,
        fate,
        reason: REASONS[fate] ?? null,
        external_id: `wamid.HBgLMjM0ODAzNTU1MDE${(i * 97 + index).toString(36).toUpperCase()}VAgASGBQzQTdG`,
        sender: fate === "ignored" ? null : `+23480355501${String(i % 90).padStart(2, "0")}`,
        conversation_id: fate === "stored" ? (rooms[i % rooms.length] ?? null) : null,
        channel_id: channel?.id ?? null,
      };
    });
    const dots = JSON.stringify(
      {
        object: "whatsapp_business_account",
        entry: elements.map((e) => ({ id: "•••", text: { body: "•••••••" }, type: e.kind })),
      },
      null,
      2,
    );
    this.deliveries.push({
      id: randomUUID(),
      channel: channel ? { id: channel.id, name: channel.name, kind: channel.kind } : null,
      received_at,
      size: 420 + i * 137,
      reason: elements.find((e) => e.fate === "dead" || e.fate === "ignored")?.reason ?? null,
      kinds: [...new Set(elements.map((e) => e.kind))],
      elements,
      body: dots,
      body_is_json: true,
    });
  }

  /** Answers what is about channels and deliveries, else null. */
  handle(method: string, path: string, query: URLSearchParams, body: Record<string, unknown>): Answer | null {
    const [, noun = "", id, what] = path.split("/");
    if (noun === "ingest") return ok(this.#health());
    if (noun === "channels") return this.#channel(method, id, what, body);
    if (noun !== "deliveries") return null;
    if (id === "replay") {
      const items: { id: string; elements: FateCounts }[] = [];
      const failed: { id: string; detail: string }[] = [];
      for (const one of (body.ids as string[]) ?? []) {
        const delivery = this.deliveries.find((d) => d.id === one);
        if (!delivery) failed.push({ id: one, detail: "There is no such delivery." });
        else if (this.#off(delivery)) failed.push({ id: one, detail: "Its channel is switched off." });
        else items.push({ id: one, elements: counts(this.#replay(delivery)) });
      }
      return ok({ items, failed });
    }
    if (!id) return this.#list(query);
    const delivery = this.deliveries.find((d) => d.id === id);
    if (!delivery) return refused(404, "not_found", "There is no such delivery.");
    if (what === "raw")
      return ok({ body: delivery.body.replaceAll("•••••••", "Hello, has my money arrived?"), base64: false });
    if (what === "replay" && this.#off(delivery)) return refused(409, "channel_off", "The channel is switched off.");
    if (what === "replay") return ok(this.#replay(delivery));
    return ok(delivery);
  }

  #off = (delivery: Kept) => this.#channels.some((one) => one.id === delivery.channel?.id && !one.active);

  #replay(delivery: Kept): Kept {
    for (const element of delivery.elements) {
      if (element.fate !== "dead" && element.fate !== "parked") continue;
      Object.assign(element, { fate: "stored", reason: null, conversation_id: this.#conversations()[0] ?? null });
    }
    delivery.reason = delivery.elements.find((e) => e.fate === "ignored")?.reason ?? null;
    return delivery;
  }

  #list(query: URLSearchParams): Answer {
    const get = (name: string) => query.get(name);
    const q = get("q")?.toLowerCase() ?? "";
    const all = this.deliveries
      .filter((d) => !get("channel_id") || d.channel?.id === get("channel_id"))
      .filter((d) => !get("fate") || d.elements.some((e) => e.fate === get("fate")))
      .filter(
        (d) =>
          (!get("from") || d.received_at >= String(get("from"))) && (!get("to") || d.received_at <= String(get("to"))),
      )
      .filter((d) => !q || d.elements.some((e) => `${e.sender} ${e.external_id} ${e.reason}`.toLowerCase().includes(q)))
      .toReversed();
    const start = Number(get("cursor") ?? 0);
    const end = start + Number(get("limit") ?? 50);
    const items = all
      .slice(start, end)
      .map(({ body: _, body_is_json: __, ...row }): Delivery => ({ ...row, elements: counts(row) }));
    return ok({ items, next_cursor: end < all.length ? String(end) : null });
  }

  #last = (id: string) => this.deliveries.findLast((d) => d.channel?.id === id)?.received_at ?? null;

  #health() {
    const dead = (id?: string) =>
      this.deliveries
        .filter((d) => !id || d.channel?.id === id)
        .flatMap((d) => d.elements)
        .filter((e) => e.fate === "dead").length;
    return {
      dead: dead(),
      waiting: 0,
      channels: this.#channels.map(({ id, name, kind, active, health, health_detail }) => ({
        id,
        name,
        kind,
        active,
        health,
        health_detail: health_detail ?? null,
        last_delivery_at: this.#last(id),
        deliveries_24h: this.deliveries.filter((d) => d.channel?.id === id && d.received_at > iso(DAY)).length,
        dead: dead(id),
      })),
    };
  }

  /** Pausing, resuming, asking the provider; two secrets; a message to try it. A number with "000" is refused. */
  #care(method: string, channel: ChannelRow, what: string, body: Record<string, unknown>): Answer {
    const none = { paused_at: null, paused_reason: null, paused_by: null };
    if (what === "pause")
      Object.assign(channel, { paused_at: iso(0), paused_by: "You", paused_reason: body.reason ?? null });
    if (what === "resume") Object.assign(channel, none, { health: "ok", health_code: null, health_words: null });
    if (what === "secrets") Object.assign(channel, { previous_secret_until: method === "DELETE" ? null : iso(-DAY) });
    if (what !== "test") return ok(channel);
    if (String(body.to).includes("000")) {
      return refused(422, "invalid", "Some fields are wrong.", {
        fields: [{ field: "to", message: "WhatsApp does not know this number." }],
      });
    }
    return ok({ message_id: randomUUID(), template: "hello_world" });
  }

  #channel(method: string, id: string | undefined, what: string | undefined, body: Record<string, unknown>): Answer {
    if (!id && method === "GET") {
      const items = this.#channels.toSorted((a, b) => a.name.localeCompare(b.name));
      return ok({ items, next_cursor: null });
    }
    const config = body.config as Record<string, string> | undefined;
    const credentials = (body.credentials ?? {}) as Record<string, string>;
    if (id === "check")
      return ok({
        checks: checks(
          credentials,
          this.#channels.find((c) => c.id === body.channel_id),
        ).filter(({ check }) => (check === "callback") === (body.kind === "chat")),
      });
    if (!id) {
      if (
        config?.phone_number_id &&
        this.#channels.some(
          (c) => (c.config as { phone_number_id?: string }).phone_number_id === config?.phone_number_id,
        )
      ) {
        return refused(409, "already_exists", "Another channel already speaks for this account.", {
          fields: [{ field: "config", message: "Already in use." }],
        });
      }
      const made: ChannelRow = {
        id: randomUUID(),
        kind: String(body.kind),
        name: String(body.name),
        team_id: (body.team_id as string | null) ?? null,
        reopen_hours: 24,
        config,
        credentials_set: Object.keys(credentials),
        webhook_url: `https://max.zelmirapay.example/webhooks/${body.kind}/${randomUUID()}`,
        active: true,
        health: "ok",
        health_detail: null,
        created_at: iso(0),
        updated_at: iso(0),
      };
      this.#channels.push(made);
      setTimeout(() => this.#deliver(made, this.deliveries.length, iso(0)), FIRST);
      return ok(made, 201);
    }
    const channel = this.#channels.find((c) => c.id === id);
    if (!channel) return refused(404, "not_found", "There is no such channel.");
    if (what) return this.#care(method, channel, what, body);
    if (method === "PATCH") {
      const { credentials: _, ...rest } = body;
      Object.assign(channel, rest);
      if (credentials.access_token) {
        const none = {
          health_detail: null,
          health_code: null,
          health_words: null,
          paused_at: null,
          paused_reason: null,
        };
        Object.assign(channel, { health: "ok", ...none });
      }
    }
    return ok(channel);
  }
}

function counts(delivery: { elements: DeliveryElement[] }): FateCounts {
  const sum: FateCounts = {};
  for (const { fate } of delivery.elements) sum[fate] = (sum[fate] ?? 0) + 1;
  return sum;
}

function checks(credentials: Record<string, string>, channel: Channel | undefined): ChannelCheck[] {
  const token = credentials.access_token ?? (channel?.health === "trouble" ? "wrong" : "");
  const bad = token.includes("wrong");
  const narrow = token.includes("narrow");
  return [
    {
      check: "callback",
      ok: true,
      words: "There is no callback address: answers are read in the widget only.",
      detail: null,
    },
    {
      check: "number",
      ok: !bad,
      words: bad
        ? "Meta does not accept the access token. Make a new one for a system user and enter it here."
        : "It is +234 803 555 0142, Zelmira Pay.",
      detail: bad ? "(190) Error validating access token: the session has expired." : null,
    },
    {
      check: "account",
      ok: !bad,
      words: bad ? "Not asked: the token comes first." : "The number belongs to it.",
      detail: null,
    },
    {
      check: "templates",
      ok: !bad && !narrow,
      words: bad
        ? "Not asked: the token comes first."
        : narrow
          ? "The token lacks whatsapp_business_management. Make it again with both permissions."
          : "12 templates can be read.",
      detail: narrow ? "(200) Requires whatsapp_business_management permission" : null,
    },
  ];
}
