// What the visitor API says (docs/api.md, "Visitors").

/** Somebody who answers: nothing but a display name and a photo. */
export interface Agent {
  name: string;
  photo_url: string | null;
}

export interface Media {
  kind: string;
  name: string | null;
  mime_type: string | null;
  /** Bytes. */
  size: number | null;
  width: number | null;
  height: number | null;
  url: string | null;
  thumbnail_url: string | null;
  /** `ready`, or why there is nothing to open. */
  state: string;
}

export interface Place {
  latitude: number;
  longitude: number;
  name: string | null;
  address: string | null;
}

export interface Choice {
  id: string;
  title: string;
}

export type Status = "sent" | "delivered" | "read" | "failed";

export interface Message {
  id: string;
  /** The id the visitor's own page gave the message. */
  client_id?: string | null;
  seq: number;
  from: "visitor" | "agent" | "system";
  agent: Agent | null;
  type: string;
  text: string | null;
  media: Media | null;
  location?: Place | null;
  choices: Choice[] | null;
  reply_to: { id: string; text: string | null } | null;
  reactions: { emoji: string; by: string }[];
  /** Of own messages. */
  status: Status | null;
  at: string;
  edited_at: string | null;
  deleted: boolean;
}

export interface Conversation {
  id: string;
  state: "open" | "closed";
  agent: Agent | null;
  waiting_position: number | null;
}

export interface Visitor {
  id: string;
  name: string | null;
  email: string | null;
  /** The company knows who this is. */
  known: boolean;
}

export interface Field {
  key: string;
  label: string;
  type: string;
  required: boolean;
}

export interface Config {
  title: string;
  accent: string;
  accent_text: string;
  position: "right" | "left";
  branding: boolean;
  language: string;
  direction: "ltr" | "rtl";
  /** The company's own words: `welcome`, `greeting` while somebody is there, `greeting_closed`, `offline`, `consent`. */
  texts: Record<string, string | undefined>;
  prechat: { on: boolean; fields: Field[] };
  upload: { on: boolean; max_bytes: number; mime_types: string[] };
  /** What may be told about the visitor's page; what is not allowed is not sent. */
  collect?: { page?: boolean; referrer?: boolean; browser?: boolean; time_zone?: boolean };
  /** Somebody is there to answer. */
  online: boolean;
  reply_time_minutes: number | null;
  agents: Agent[];
}

export interface Session {
  token: string;
  visitor: Visitor;
  conversation: Conversation | null;
  messages: Message[];
  unread: number;
  cursor: string | null;
  /** There are older messages. */
  more?: boolean;
}

/** A file that MAX has taken. */
export interface Uploaded {
  id: string;
  kind: string;
  name: string;
  size: number;
  url: string | null;
}
