import type { components } from "./schema";

type Schemas = components["schemas"];

/** A tag as a conversation shows it; `color` is the name of a hue. */
export type TagRef = Schemas["TagRef"];
/** A tag as lists of tags show it. */
export interface TagView {
  id: string;
  name: string;
  color: string;
  /** For this team only; null: for all. */
  team_id: string | null;
  /** On how many conversations it is. */
  uses: number;
}

export type AttributeKind = "text" | "number" | "date" | "boolean" | "choice";
/** A detail of customers that an admin wants to be kept. */
export interface ContactAttribute {
  id: string;
  /** Its name in placeholders. */
  key: string;
  name: string;
  kind: AttributeKind;
  choices: string[];
}

export type AttributeValue = string | number | boolean;
type Person = { id: string; name: string };

/** A conversation among those of a customer. */
export interface PastConversation {
  id: string;
  number: number;
  state: Schemas["State"];
  last_activity_at: string;
  assignee: Person | null;
  close_reason: Person | null;
  preview: string | null;
}

/** A customer, as their page shows them. */
export interface Contact {
  id: string;
  name: string;
  phone: string | null;
  username: string | null;
  email: string | null;
  /** By the key of the attribute. */
  attributes: Record<string, AttributeValue>;
  blocked: boolean;
  identities: {
    id: string;
    channel: { id: string; kind: string; name: string };
    external_id: string;
    created_at: string;
  }[];
  /** Absent in events, which go to many. */
  conversations: PastConversation[];
  block_reason: string | null;
  blocked_at: string | null;
  created_at: string;
}

/** What `PATCH /contacts/{id}` takes: only what changes; a null attribute goes. */
export interface ContactChange {
  name?: string;
  email?: string | null;
  attributes?: Record<string, AttributeValue | null>;
}

/** What stands unfinished on the server. */
export interface SavedDraft {
  text: string;
  reply_to: string | null;
  updated_at: string;
}

export type CannedScope = "personal" | "team" | "global";
/** A text that is written once and used often. */
export interface Canned {
  id: string;
  shortcut: string;
  title: string;
  text: string;
  scope: CannedScope;
  team_id: string | null;
  owner_id: string | null;
  uses: number;
}

/** What a lead says about one message of a colleague. */
export type Feedback = Schemas["Feedback"];
/** Something that happened to a customer's details. */
export type ContactActivity = Schemas["Activity"];
