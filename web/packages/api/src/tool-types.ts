import type { MediaView } from "./media-types";
import type { components } from "./schema";
import type { Filled } from "./types";

type Schemas = components["schemas"];

/** A tag as a conversation shows it; `color` is the name of a hue. */
export type TagRef = Schemas["TagRef"];
/** A tag as lists of tags show it. */
export type TagView = Filled<Schemas["Tag"]>;

export type AttributeKind = Schemas["AttributeKind"];
/** A detail of customers that an admin wants to be kept. */
export type ContactAttribute = Schemas["Attribute"];
export type AttributeValue = string | number | boolean;

/** A conversation among those of a customer. */
export type PastConversation = Filled<Schemas["ContactConversation"]>;

/** A customer, as their page shows them; `attributes` by the key of the attribute. */
export type Contact = Filled<
  Schemas["ContactView"],
  { attributes: Record<string, AttributeValue>; conversations: PastConversation[] }
>;
/** A customer who is blocked, as the list of them says. */
export type BlockedContact = Filled<Schemas["BlockedContact"]>;

/** A customer as events carry them: told to many people, so without their conversations. */
export type SharedContact = Omit<Contact, "conversations">;

/** What `PATCH /contacts/{id}` takes: only what changes; a null attribute goes. */
export interface ContactChange {
  name?: string;
  email?: string | null;
  attributes?: Record<string, AttributeValue | null>;
}

/** What stands unfinished on the server. */
export type SavedDraft = Pick<Filled<Schemas["Draft"]>, "text" | "reply_to" | "updated_at">;

export type CannedScope = Schemas["Sharing"];
/** A text that is written once and used often. */
export type Canned = Filled<Schemas["Canned"], { attachments: MediaView[] }>;

/** What a lead says about one message of a colleague. */
export type Feedback = Filled<Schemas["Feedback"]>;
/** Something that happened to a customer's details. */
export type ContactActivity = Schemas["Activity"];
