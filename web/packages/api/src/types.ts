import type { TeamView } from "./admin-types";
import type { MediaView } from "./media-types";
import type { components } from "./schema";
import type { Feedback, SharedContact, TagView } from "./tool-types";
import type { BulkProgress, Named, SavedView, TimelineEntry } from "./work-types";

type Schemas = components["schemas"];

/**
 * A schema of the server's document as the server really fills it: every member present, and those it describes loosely narrowed.
 * A narrowed member that the document no longer has fails to compile.
 */
export type Filled<
  Schema,
  Narrowed extends { [Key in keyof Narrowed]: Key extends keyof Schema ? unknown : never } = object,
> = {
  [Key in keyof Schema]-?: Key extends keyof Narrowed ? Narrowed[Key] : Exclude<Schema[Key], undefined>;
};

/** A team; `color` is the name of a hue, such as `blue`. */
export type Team = Schemas["Team"];
/** A colleague as lists show them. */
export type User = Filled<Schemas["User"]>;
/** Who is signed in, with what they chose. */
export type Me = Filled<Schemas["Me"], { notifications: Filled<Schemas["Notifications"]> }>;
/** What `PATCH /me` takes: only what changes. */
export type MeChanges = Schemas["UpdateMe"];
/** A place where somebody is signed in. */
export type DeviceSession = Filled<Schemas["Session"]>;
export type SignInOptions = Schemas["SignInOptions"];
export type LinkInfo = Schemas["LinkInfo"];
export type TotpSetup = Schemas["TotpSetup"];
/** Signing in. `totp`: six digits or a recovery code. `remember`: stay signed in on this device; so unless said otherwise. */
export type Credentials = Pick<Schemas["LoginRequest"], "email" | "password"> & Partial<Schemas["LoginRequest"]>;
export type SessionBody = Omit<Schemas["SignInResponse"], "user"> & { user: Me };
export type View = Schemas["View"];
export type NewMessage = Schemas["CreateMessage"];
/** A message template as the provider has it. */
export type MessageTemplate = Schemas["TemplateView"];
/** What is filled into a template. */
export type TemplateVariables = Schemas["Variables"];

export type LastMessage = Filled<Schemas["LastMessage"], { direction: "in" | "out"; kind: "reply" | "note" }>;

/** What a conversation says about its reader alone. */
export type OwnPart = "unread" | "mentioned" | "scheduled";
/** A conversation as events carry it: told to many people, so without what is the reader's own. */
export type SharedConversation = Omit<Conversation, OwnPart>;
/** A conversation as a list row and a header show it. `unread` counts for the reader only. */
export type Conversation = Filled<
  Schemas["ConversationView"],
  {
    contact: Filled<Schemas["ContactRef"]>;
    last_message: LastMessage | null;
    unread: number;
    mentioned: boolean;
    scheduled: number;
  }
>;

export type MessageStatus = Schemas["Status"];
export type MessageError = Filled<Omit<Schemas["MessageError"], "reason">> & {
  /** What it comes down to, where screens may act on that; absent for all else. */
  reason?: "window_closed" | "account" | (string & {}) | null;
};
/** What only a message says that waits for the customer. */
type Waiting = "waits_for" | "expires_at";
/** A message that has its place. `feedback_count` is only for its author and for leads, and never in events. */
export type Message = Filled<
  Omit<Schemas["MessageView"], Waiting>,
  {
    seq: number;
    author: Filled<Schemas["Author"]>;
    attachments: MediaView[];
    reply_to: Filled<Schemas["Quote"]> | null;
    error: MessageError | null;
    feedback_count: number | null | undefined;
  }
>;
/** A message of the reader's own that waits for its time, or could not go when it came. It has no place yet. */
export type HeldMessage = Omit<Message, "seq"> & { seq: null } & Pick<Schemas["MessageView"], Waiting>;

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
  /** `composed: false`: it was held before, or belongs to a step; what stands in the composer is something else. */
  "message.created": { message: Message; conversation: SharedConversation; composed?: boolean };
  "message.updated": { message: Message | HeldMessage };
  "message.held": { message: HeldMessage };
  "message.deleted": { conversation_id: string; id: string };
  /** More came than a customer may write in a while; the messages themselves are in no event. */
  "conversation.flood": { conversation_id: string; folded_count: number };
  /** To admins: how a channel is, or what it is called. */
  "channel.updated": { channel: Schemas["Channel"] };
  /** A channel sends nothing for the moment, or goes on. */
  "channel.paused": { channel_id: string; paused: Schemas["Pause"] | null };
  /** Without `template` several may have changed. */
  "template.updated": { channel_id: string; template?: MessageTemplate };
  "tag.changed": { tag: TagView };
  "tag.deleted": { id: string; merged_into?: string | null };
  "contact.updated": { contact: SharedContact };
  /** To the author of the message, and to who gave it. */
  "feedback.created": { feedback: Feedback };
  /** The reader wrote on another screen; `origin` is that screen. */
  "draft.changed": {
    conversation_id: string;
    kind: "reply" | "note";
    text: string;
    reply_to?: string | null;
    seq?: number;
    updated_at: string;
    origin?: string | null;
  };
  "conversation.updated": { conversation: SharedConversation };
  "conversation.taken": {
    id: string;
    number: number;
    assignee: { id: string; name: string } | null;
    team_id: string | null;
    state: Conversation["state"];
  };
  /** The reader has read so far, on another screen; less than before when they marked it unread. */
  "conversation.read": { conversation_id: string; inbound_count: number; seq: number };
  /** Without `preview` where the reader's team is asked, but they do not see the conversation. */
  "conversation.mentioned": {
    conversation_id: string;
    number: number;
    message_id: string;
    by: Named;
    preview?: string | null;
  };
  "timeline.added": { conversation_id: string; entry: TimelineEntry };
  "view.changed": { view: SavedView };
  "view.deleted": { id: string };
  "bulk.progress": BulkProgress;
  /** Something about the reader changed: ask for `/me` again. */
  "me.changed": object;
  /** The reader signed in somewhere else. */
  "session.started": { session_id: string; device: string; address: string; at: string };
  "user.changed": { user: User };
  "team.changed": { team: TeamView };
  "team.deleted": { id: string };
}

export type LiveEvent = { [K in keyof Events]: { kind: K; data: Events[K] } }[keyof Events];
