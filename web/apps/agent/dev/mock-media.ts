import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Content, MediaKind, MediaOffer, MediaView, Message } from "@max/api";
import { formParts, picture, sound } from "./mock-files";
import { me, type Room } from "./sample";
import { asked, STRUCTURED } from "./structured";

const MINUTE = 60_000;
const MB = 1024 * 1024;
const HOURS = 2 * 3_600_000;

interface Kept {
  view: MediaView;
  bytes: Buffer;
  type: string;
}

export interface MediaRooms {
  all: Room[];
  put: (room: Room, message: Message) => void;
}

const LIMITS = {
  image: { mime_types: ["image/jpeg", "image/png"], max_bytes: 5 * MB, caption_chars: 1024 },
  video: { mime_types: ["video/mp4", "video/3gpp"], max_bytes: 16 * MB, caption_chars: 1024 },
  audio: {
    mime_types: ["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"],
    max_bytes: 16 * MB,
    caption_chars: 0,
  },
  document: { mime_types: ["application/pdf", "text/plain", "image/tiff"], max_bytes: 100 * MB, caption_chars: 1024 },
  sticker: { mime_types: ["image/webp"], max_bytes: 100 * 1024, caption_chars: 0 },
};

/**
 * Files and reactions, as the server would answer about them. Uploads with "fail" in their name fail, with "virus" are blocked, with
 * "slow" take a while; what a channel does not take is offered as something else. `POST /dev/expire` ends all addresses given so far.
 * In the conversation with Priya stands one of each kind.
 */
export class MediaMock {
  readonly #rooms: MediaRooms;
  readonly #kept = new Map<string, Kept>();
  #signature = 1;

  constructor(rooms: MediaRooms) {
    this.#rooms = rooms;
    this.seed();
  }

  /** The files a message goes out with. */
  part(body: Record<string, unknown>, words: string): Partial<Message> {
    const ids = Array.isArray(body.media_ids) ? (body.media_ids as string[]) : [];
    const attachments = ids.flatMap((id) => this.view(id) ?? []);
    const [first] = attachments;
    if (!first) return {};
    const note = body.kind === "note";
    const preview = words || first.name || first.kind;
    const content: Content = note
      ? { type: "text", text: words }
      : {
          type: "media",
          kind: first.kind,
          external_id: first.id,
          caption: words || null,
          filename: first.name,
          mime_type: first.mime_type,
        };
    return { attachments, content, preview, text: words || null };
  }

  /** A file with addresses that hold. */
  view(id: string): MediaView | null {
    const kept = this.#kept.get(id);
    if (!kept) return null;
    const { view } = kept;
    const expires = Math.ceil((Date.now() + HOURS) / HOURS) * (HOURS / 1_000);
    const address = (variant: string) =>
      `/media/${id}/${variant}/${encodeURIComponent(view.name)}?expires=${expires}&signature=${this.#signature}`;
    const ready = view.state === "ready";
    const drawn = ready && kept.type.startsWith("image/");
    return {
      ...view,
      url: ready ? address("original") : null,
      thumbnail_url: drawn || (ready && view.kind === "video") ? address("thumbnail") : null,
    };
  }

  /** Whether it was something about files. */
  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean> {
    const path = url.pathname.replace("/api/v1", "");
    const method = request.method ?? "GET";
    const [, noun, id = "", what, sub, how] = path.split("/");
    const answer = (status: number, value?: unknown) => {
      response.statusCode = status;
      response.setHeader("content-type", status >= 400 ? "application/problem+json" : "application/json");
      response.end(value === undefined ? "" : JSON.stringify(value));
      return true;
    };
    const refuse = (status: number, code: string, detail: string) =>
      answer(status, { type: "about:blank", title: code, status, code, detail });

    if (path === "/dev/expire") {
      this.#signature += 1;
      return answer(200, {});
    }
    if (url.pathname.startsWith("/media/")) return this.#bytes(request, response, id, what ?? "", url);
    if (noun === "channels" && what === "capabilities")
      return answer(200, { media: { per_message: 1, ...LIMITS }, structured: STRUCTURED });
    if (noun === "conversations" && what === "messages" && how === "reaction") {
      const { emoji } = JSON.parse((await read(request)).toString("utf8")) as { emoji: string | null };
      return this.#react(id, sub ?? "", emoji, answer);
    }
    if (noun !== "media") return false;
    if (method === "POST" && !id) {
      const { status, value, code, detail } = await this.#upload(request);
      return code ? refuse(status, code, detail ?? "") : answer(status, value);
    }
    const kept = this.#kept.get(id);
    if (!kept) return refuse(404, "not_found", "This file is not there any more.");
    if (what === "link") return answer(200, this.view(id));
    if (method === "DELETE") {
      this.#kept.delete(id);
      return answer(204);
    }
    if (what === "convert") {
      const { to } = JSON.parse((await read(request)).toString("utf8")) as { to: string };
      await pause(800);
      const kind: MediaKind = to === "document" ? "document" : "image";
      const bytes = to === "document" ? kept.bytes : picture(800, 600, 120);
      const type = to === "document" ? kept.type : "image/png";
      return answer(200, this.#keep({ ...kept.view, kind, mime_type: type, size: bytes.length }, bytes, type));
    }
    if (what === "fetch") {
      this.#set(id, { state: "pending", error: null });
      setTimeout(() => this.#set(id, { state: "ready" }), 1_500);
      return answer(202, this.view(id));
    }
    return answer(200, this.view(id));
  }

  #bytes(request: IncomingMessage, response: ServerResponse, id: string, variant: string, url: URL): true {
    const kept = this.#kept.get(id);
    if (!kept || Number(url.searchParams.get("signature")) !== this.#signature) {
      response.statusCode = 403;
      response.end();
      return true;
    }
    const { width, height } = kept.view;
    const poster = variant === "thumbnail" && kept.view.kind === "video";
    const bytes = poster ? picture(width ?? 640, height ?? 360, 210) : kept.bytes;
    const range = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? "");
    response.setHeader("content-type", poster ? "image/png" : kept.type);
    response.setHeader("accept-ranges", "bytes");
    if (range) {
      const from = Number(range[1]);
      const to = range[2] ? Number(range[2]) : bytes.length - 1;
      response.statusCode = 206;
      response.setHeader("content-range", `bytes ${from}-${to}/${bytes.length}`);
      response.end(bytes.subarray(from, to + 1));
    } else response.end(bytes);
    return true;
  }

  async #upload(
    request: IncomingMessage,
  ): Promise<{ status: number; value?: unknown; code?: string; detail?: string }> {
    const parts = formParts(await read(request), request.headers["content-type"] ?? "");
    const file = parts.find(({ filename }) => filename !== null);
    const forCustomer = parts.some(({ name }) => name === "conversation_id");
    const name = file?.filename ?? "";
    if (!file) return { status: 422, code: "invalid", detail: "There is no file." };
    if (name.includes("slow")) await pause(4_000);
    if (name.includes("fail"))
      return { status: 503, code: "unavailable", detail: "Storage did not answer. Try again." };
    const [family] = file.type.split("/");
    const kind: MediaKind = family === "image" || family === "video" || family === "audio" ? family : "document";
    const limits = LIMITS[kind];
    const offers: MediaOffer[] = [];
    let unfit: string | null = null;
    if (forCustomer && !limits.mime_types.includes(file.type) && !name.includes("virus")) {
      unfit = `WhatsApp does not take files of the type ${file.type}.`;
    } else if (forCustomer && file.bytes.length > limits.max_bytes) {
      unfit = `WhatsApp takes photos up to ${limits.max_bytes / MB} MB.`;
    }
    if (unfit && kind === "image") offers.push({ to: "jpeg", why: "Send it as a JPEG picture." });
    if (unfit && kind !== "document" && LIMITS.document.mime_types.includes(file.type)) {
      offers.push({ to: "document", why: "Send it as a file to be saved." });
    }
    const view = this.#keep(
      {
        ...blank(kind),
        name,
        mime_type: file.type || "application/octet-stream",
        size: file.bytes.length,
        state: name.includes("virus") ? "blocked" : "ready",
        ...(kind === "image" && file.type === "image/png"
          ? { width: file.bytes.readUInt32BE(16), height: file.bytes.readUInt32BE(20) }
          : {}),
      },
      file.bytes,
      file.type,
    );
    return { status: 201, value: { ...view, unfit, offers } };
  }

  #keep(view: MediaView, bytes: Buffer, type: string): MediaView {
    const id = randomUUID();
    this.#kept.set(id, { view: { ...view, id, size: bytes.length }, bytes, type });
    return this.view(id) as MediaView;
  }

  /** Changes a file and tells of the messages it is in. */
  #set(id: string, change: Partial<MediaView>) {
    const kept = this.#kept.get(id);
    if (!kept) return;
    kept.view = { ...kept.view, ...change };
    for (const room of this.#rooms.all) {
      const message = room.messages.find((one) => one.attachments.some((media) => media.id === id));
      if (!message) continue;
      const attachments = message.attachments.map((media) => (media.id === id ? (this.view(id) ?? media) : media));
      this.#rooms.put(room, { ...message, attachments });
    }
  }

  #react(
    conversation: string,
    id: string,
    emoji: string | null,
    answer: (status: number, value?: unknown) => boolean,
  ): boolean {
    const room = this.#rooms.all.find((one) => one.conversation.id === conversation);
    const message = room?.messages.find((one) => one.id === id);
    if (!room || !message) return answer(404, { code: "not_found", detail: "There is no such message." });
    const others = (message.reactions ?? []).filter(({ by }) => by !== "user");
    const ours: Message["reactions"] = emoji
      ? [{ emoji, by: "user", author_name: me.name, at: new Date().toISOString() }]
      : [];
    const next = { ...message, reactions: [...others, ...ours] };
    this.#rooms.put(room, next);
    return answer(200, next);
  }

  /** Puts one of each kind into the sample. */
  seed() {
    const named = (name: string) => this.#rooms.all.find((r) => r.conversation.contact.name.startsWith(name));
    const priya = named("Priya");
    if (!priya) return;
    const photo = (width: number, height: number, hue: number, name = "photo.png") =>
      this.#keep(
        { ...blank("image"), name, mime_type: "image/png", width, height },
        picture(width, height, hue),
        "image/png",
      );
    const file = (kind: MediaKind, name: string, type: string, bytes: Buffer, more: Partial<MediaView> = {}) =>
      this.#keep({ ...blank(kind), name, mime_type: type, ...more }, bytes, type);
    const media = (one: MediaView, caption: string | null = null): Partial<Message> => ({
      text: caption,
      preview: caption ?? one.name ?? one.kind,
      attachments: [one],
      content: { type: "media", kind: one.kind, external_id: one.id, voice: one.voice, caption },
    });
    const words = (text: string): Partial<Message> => ({ text, preview: text, content: { type: "text", text } });
    const other = (content: Content, preview: string): Partial<Message> => ({ text: null, content, preview });

    const lines: [number, Partial<Message>][] = [
      [301, words("Hello")],
      [
        300,
        {
          ...words("Hello! Is the blue one still on offer?"),
          referral: {
            source_type: "ad",
            source_url: "https://example.com/autumn",
            headline: "Autumn rates",
            body: "Send money home without a fee until Sunday.",
          },
        },
      ],
      [290, media(photo(1200, 800, 200, "receipt.png"), "This is the receipt I got at the counter")],
      [280, media(photo(800, 1200, 30))],
      [279, media(photo(900, 900, 90))],
      [278, media(photo(1200, 700, 150))],
      [277, media(photo(700, 900, 260))],
      [276.5, media(photo(1000, 800, 320))],
      [276, media(photo(1000, 600, 10))],
      [260, media(file("audio", "voice-message.wav", "audio/wav", sound(9), { voice: true, duration_ms: 9_000 }))],
      [255, media(file("audio", "song of the sea.wav", "audio/wav", sound(4), { duration_ms: 4_000 }))],
      [
        250,
        media(
          file("video", "branch.mp4", "video/mp4", Buffer.from("none"), {
            width: 1280,
            height: 720,
            duration_ms: 42_000,
          }),
          "The queue at the branch",
        ),
      ],
      [240, media(file("document", "statement-october.pdf", "application/pdf", Buffer.alloc(184_320)))],
      [
        238,
        media(
          file("document", "annexe\u202egpj.exe", "application/octet-stream", Buffer.alloc(2_400_000), {
            state: "blocked",
          }),
        ),
      ],
      [230, media(photo(256, 256, 60))],
      [
        225,
        other(
          {
            type: "location",
            latitude: 59.3293,
            longitude: 18.0686,
            name: "Central Station",
            address: "Vasagatan 1, Stockholm",
            url: "https://example.com/station",
          },
          "Location · Central Station",
        ),
      ],
      [
        220,
        other(
          {
            type: "contacts",
            contacts: [
              { name: "Ravi Raman", phones: ["+44 7700 900 321"], emails: ["ravi@example.com"] },
              { name: "Anjali Raman", phones: ["+44 7700 900 322"], emails: [] },
            ],
          },
          "2 contacts",
        ),
      ],
      [215, other({ type: "choice", kind: "button", title: "Yes, send it again" }, "Yes, send it again")],
      [
        214,
        other(
          { type: "choice", kind: "list", title: "Cash pickup", description: "Ready within the hour" },
          "Cash pickup",
        ),
      ],
      [
        210,
        other(
          {
            type: "choice",
            kind: "form",
            title: "Book a call",
            form: {
              screen_0_First_name_0: "Priya",
              screen_0_Day_1: "2026-12-01",
              agreed: true,
              topics: ["Fees", "Limits"],
            },
          },
          "Book a call",
        ),
      ],
      [
        205,
        other(
          {
            type: "order",
            note: "For my sister",
            items: [
              { product_id: "CARD-BLUE", quantity: 2, price: 4.5, currency: "GBP" },
              { product_id: "SIM-EU", quantity: 1, price: 12, currency: "GBP" },
            ],
          },
          "Order · 2 items",
        ),
      ],
      [200, { ...words("Please keep this safe"), forwarded: true }],
      [
        190,
        {
          ...words("My new address is 14 Park Lane"),
          edited_at: iso(188),
          original_text: "My new address is 41 Park Lane",
          reactions: [{ emoji: "❤️", by: "contact", author_name: "Priya Raman", at: iso(180) }],
        },
      ],
      [185, { ...words(""), revoked_at: iso(184) }],
      [180, { ...words("שלום, הקבלה עדיין לא הגיעה https://example.com/קבלה"), reactions: [] }],
      [170, words(`${"I have written everything down so that nothing is lost. ".repeat(60)}That is all.`)],
      [160, other({ type: "unsupported", kind: "poll", detail: "a poll" }, "Unsupported message")],
      [150, other({ type: "notice", text: "Priya Raman changed her number" }, "Priya Raman changed her number")],
      [
        20,
        media(
          this.#keep(
            { ...blank("image"), state: "pending", mime_type: "image/jpeg" },
            picture(900, 700, 45),
            "image/png",
          ),
        ),
      ],
      [
        15,
        media(
          this.#keep(
            {
              ...blank("video"),
              name: "passport.mp4",
              state: "failed",
              error: { code: "expired", message: "WhatsApp no longer has this file." },
            },
            picture(900, 700, 75),
            "image/png",
          ),
        ),
      ],
      [12, media(photo(1100, 820, 180), "Is this the right form?")],
    ];
    const base = priya.messages[0] as Message;
    const sticker = { kind: "sticker" as const, animated: true };
    priya.messages = [
      ...lines.map(
        ([ago, part]): Message => ({
          ...base,
          id: randomUUID(),
          ...part,
          created_at: iso(ago),
        }),
      ),
      ...priya.messages,
    ];
    const small = priya.messages.find(({ attachments }) => attachments[0]?.width === 256);
    if (small?.attachments[0]) {
      const kept = this.#kept.get(small.attachments[0].id);
      if (kept) kept.view = { ...kept.view, ...sticker };
      small.attachments = [{ ...small.attachments[0], ...sticker }];
      small.content = { type: "media", kind: "sticker", external_id: "s", animated: true };
    }
    const ours = photo(1000, 700, 300, "form.png");
    for (const [ago, question] of asked) {
      priya.messages.push({
        ...base,
        id: randomUUID(),
        direction: "out",
        author: { type: "user", id: me.id, name: me.name },
        status: "read",
        text: question.text,
        preview: question.text,
        content: question,
        created_at: iso(ago),
      });
    }
    const form = priya.messages.find(({ text }) => text === "Is this the right form?");
    priya.messages.push({
      ...base,
      id: randomUUID(),
      direction: "out",
      author: { type: "user", id: me.id, name: me.name },
      status: "delivered",
      ...media(ours, "This one, please"),
      reply_to: form ? { id: form.id, preview: form.preview } : null,
      reactions: [{ emoji: "🙏", by: "contact", author_name: "Priya Raman", at: iso(9) }],
      created_at: iso(10),
    });
    priya.messages = priya.messages.map((message, index) => ({ ...message, seq: index + 1 }));
    const inbound = priya.messages.filter(({ direction }) => direction === "in").length;
    priya.conversation = { ...priya.conversation, inbound_count: inbound };
    priya.read = inbound;

    const letter = named("Amara")?.messages.find(({ content }) => content.type === "media");
    if (letter) {
      letter.attachments = [file("document", "account-letter.pdf", "application/pdf", Buffer.alloc(188_416))];
    }
  }
}

const iso = (minutes: number) => new Date(Date.now() - minutes * MINUTE).toISOString();
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const blank = (kind: MediaKind): MediaView => ({
  id: "",
  kind,
  state: "ready",
  name: "",
  mime_type: null,
  size: null,
  width: null,
  height: null,
  duration_ms: null,
  voice: false,
  animated: false,
  url: null,
  thumbnail_url: null,
  error: null,
});

async function read(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
