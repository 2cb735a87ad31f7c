import type { components } from "./schema";

type Schemas = components["schemas"];

/** Somebody or something with a name. */
export type Named = Schemas["Named"];

/** Something that happened to a conversation between its messages. */
export type TimelineEntry = Schemas["TimelineEntry"];
/** Somebody a conversation could be given to, or why not. */
export type Assignee = Schemas["AssigneeView"];
export type CloseReason = Schemas["CloseReason"];

/** Whether somebody is there. */
export type Availability = Schemas["Availability"];
export type UserPresence = Schemas["UserPresence"];
/** Who looks at a conversation and who writes in it. */
export type ConversationPresence = Schemas["ConversationPresence"];
