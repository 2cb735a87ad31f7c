import type { TeamView } from "./admin-types";
import type { components } from "./schema";

type Schemas = components["schemas"];

/**
 * A schema of the server's document as the server really fills it: every member present, and those it describes loosely narrowed.
 * A narrowed member that the document no longer has fails to compile.
 */
type Filled<
  Schema,
  Narrowed extends { [Key in keyof Narrowed]: Key extends keyof Schema ? unknown : never } = object,
> = {
  [Key in keyof Schema]-?: Key extends keyof Narrowed ? Narrowed[Key] : Exclude<Schema[Key], undefined>;
};

/** A team; `color` is the name of a hue, such as `blue`. */
export type Team = Schemas["Team"];
/** Who is signed in. */
export type User = Schemas["User"];
export type SessionBody = Schemas["SignInResponse"];
export type View = Schemas["View"];
export type NewMessage = Schemas["CreateMessage"];

export type LastMessage = Filled<Schemas["LastMessage"], { direction: "in" | "out"; kind: "reply" | "note" }>;

/** A conversation as events carry it: told to many people, so without `unread`. */
export type SharedConversation = Omit<Conversation, "unread">;
/** A conversation as a list row and a header show it. `unread` counts for the reader only. */
export type Conversation = Filled<
  Schemas["ConversationView"],
  {
    contact: Filled<Schemas["ContactRef"]>;
    last_message: LastMessage | null;
    unread: number;
  }
>;

export type MessageStatus = Schemas["Status"];
export type MessageError = Filled<Schemas["MessageError"]>;
export type Message = Filled<
  Schemas["MessageView"],
  {
    author: Filled<Schemas["Author"]>;
    reply_to: Filled<Schemas["Quote"]> | null;
    error: MessageError | null;
  }
>;

/** One page of a keyset-paged list. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export type MediaKind = Schemas["MediaKind"];
/** What a message says; `type` tells which of these it is. Optional members may be absent or null. */
export type Content = Schemas["Content"];

/** Events the socket delivers, by `kind`. */
export interface Events {
  "message.created": { message: Message; conversation: SharedConversation };
  "message.updated": { message: Message };
  "conversation.updated": { conversation: SharedConversation };
  "conversation.taken": {
    id: string;
    number: number;
    assignee: { id: string; name: string };
    team_id: string | null;
    state: Conversation["state"];
  };
  "conversation.read": { conversation_id: string; inbound_count: number; seq: number };
  "user.changed": { user: User };
  "team.changed": { team: TeamView };
  "team.deleted": { id: string };
}

export type LiveEvent = { [K in keyof Events]: { kind: K; data: Events[K] } }[keyof Events];
