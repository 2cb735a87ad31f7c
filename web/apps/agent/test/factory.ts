import type { ChannelRow, Conversation, Me, MediaView, Message, MessageTemplate, StructuredLimits } from "@max/api";

export const me: Me = {
  id: "me",
  name: "Leila Moreno",
  email: "l@x.test",
  role: "agent",
  active: true,
  status: "active",
  two_factor: "off",
  photo_url: null,
  last_seen_at: null,
  created_at: "2026-01-05T09:00:00Z",
  teams: [{ id: "t1", name: "Support", color: "#333" }],
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

const START = Date.UTC(2026, 10, 23, 9, 0);
/** A time some minutes after the start of the test day. */
export const at = (minutes: number): string => new Date(START + minutes * 60_000).toISOString();

/** An inbound text, unless told otherwise; its time follows from `seq`. */
export function message(part: Partial<Message> & { seq: number }): Message {
  const words = `message ${part.seq}`;
  return {
    id: `m${part.seq}`,
    conversation_id: "c1",
    client_id: null,
    direction: "in",
    kind: "reply",
    author: { type: "contact", id: "p1", name: "Amara Okafor" },
    text: words,
    content: { type: "text", text: words },
    preview: words,
    attachments: [],
    reply_to: null,
    status: "received",
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
    created_at: at(part.seq),
    ...part,
  };
}

/** What a channel takes of places and questions, with fewer rows than a real one. */
export const structured: StructuredLimits = {
  location: { name_chars: 1000, address_chars: 1000 },
  buttons: { text_chars: 1024, edge_chars: 60, max_buttons: 3, title_chars: 20, id_chars: 256 },
  list: {
    text_chars: 1024,
    edge_chars: 60,
    button_chars: 20,
    max_sections: 10,
    max_rows: 3,
    section_title_chars: 24,
    row_title_chars: 24,
    row_description_chars: 72,
    row_id_chars: 200,
  },
};

/** A photo that can be shown, unless told otherwise. Its addresses hold until 2100. */
export function media(part: Partial<MediaView> & { id: string }): MediaView {
  const { id } = part;
  return {
    kind: "image",
    state: "ready",
    name: "photo.jpg",
    mime_type: "image/jpeg",
    size: 40_960,
    width: 800,
    height: 600,
    duration_ms: null,
    voice: false,
    animated: false,
    url: `/media/${id}/original/photo.jpg?expires=4102444800&signature=x`,
    thumbnail_url: `/media/${id}/thumbnail/photo.jpg?expires=4102444800&signature=x`,
    error: null,
    ...part,
  };
}

/** A message that is one file. */
export const mediaMessage = (seq: number, file: MediaView, part: Partial<Message> = {}): Message =>
  message({
    seq,
    text: null,
    preview: file.name ?? file.kind,
    content: { type: "media", kind: file.kind, external_id: file.id, voice: file.voice },
    attachments: [file],
    ...part,
  });

/** One of the reader's own replies. */
export const reply = (part: Partial<Message> & { seq: number }): Message =>
  message({ direction: "out", author: { type: "user", id: me.id, name: me.name }, status: "sent", ...part });

/** A conversation of the reader's with one unread message, unless told otherwise. */
export function conversation(part: Partial<Conversation> = {}): Conversation {
  return {
    id: "c1",
    number: 1,
    state: "assigned",
    contact: { id: "p1", name: "Amara Okafor", phone: "+15550100", username: null },
    channel: {
      id: "ch",
      kind: "whatsapp",
      name: "WhatsApp",
      reply_window_seconds: 86_400,
      max_text_chars: 4_096,
      can_quote: true,
      can_send_templates: true,
    },
    team: { id: "t1", name: "Support", color: "#333" },
    assignee: { id: me.id, name: me.name },
    priority: "normal",
    tags: [],
    snoozed_until: null,
    snoozed_until_reply: false,
    closed_at: null,
    close_reason: null,
    pinned_notes: 0,
    folded_count: 0,
    reply_waits: false,
    blocked: false,
    mentioned: false,
    scheduled: 0,
    unread: 1,
    inbound_count: 1,
    last_message: {
      id: "m1",
      seq: 1,
      direction: "in",
      kind: "reply",
      preview: "message 1",
      author_name: "Amara Okafor",
      author_id: null,
      created_at: at(1),
    },
    last_activity_at: at(1),
    window_expires_at: at(24 * 60),
    waiting_since: null,
    created_at: at(0),
    ...part,
  };
}

/** Random numbers that are the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A copy in random order. */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
  }
  return copy;
}

/** A channel of which all is well, unless told otherwise. */
export const channelRow = (part: Partial<ChannelRow> = {}): ChannelRow => ({
  id: "h1",
  kind: "whatsapp",
  name: "WhatsApp Lagos",
  team_id: null,
  config: { phone_number_id: "109", business_account_id: "220" },
  credentials_set: ["access_token", "app_secret", "verify_token"],
  webhook_url: "https://max.test/hooks/whatsapp/h1",
  active: true,
  health: "ok",
  health_detail: null,
  health_code: null,
  health_words: null,
  paused_at: null,
  paused_reason: null,
  paused_by: null,
  previous_secret_until: null,
  language: null,
  reopen_hours: 24,
  created_at: "2026-11-01T00:00:00Z",
  updated_at: "2026-11-01T00:00:00Z",
  ...part,
});

/** An approved template with nothing to fill in, unless told otherwise. */
export const template = (part: Partial<MessageTemplate> = {}): MessageTemplate => ({
  id: "t1",
  channel_id: "ch",
  name: "follow_up",
  language: "en_US",
  category: "utility",
  status: "approved",
  quality: null,
  parameter_format: "positional",
  rejected_reason: null,
  synced_at: "2026-11-25T09:00:00Z",
  components: [{ type: "BODY", text: "May we go on?" }],
  defaults: null,
  ...part,
});
