import type { components } from "./schema";

type Schemas = components["schemas"];

/** Somebody or something with a name. */
export type Named = Schemas["Named"];
export type Priority = Schemas["Priority"];
export type ConversationState = Schemas["State"];
export type Sort = Schemas["Sort"];
/** What a list shows, as its query says it. */
export type ListFilter = Schemas["ListFilter"];

/** Something that happened to a conversation between its messages. */
export type TimelineEntry = Schemas["TimelineEntry"];
/** Who had a conversation, and why it was them. */
export type AssignmentRecord = Schemas["AssignmentRecord"];
/** Somebody a conversation could be given to, or why not. */
export type Assignee = Schemas["AssigneeView"];
export type CloseReason = Schemas["CloseReason"];

/** A team's queue as a whole. */
export type Queue = Schemas["QueueView"];
/** The same, with who is there for it. */
export type QueueDetail = Schemas["QueueDetail"];
export type QueueAgent = Schemas["QueueAgent"];

/** The numbers beside the lists. */
export type Counts = Schemas["Counts"];
/** A list's filter and order under a name. What differs from reader to reader is absent in events. */
export type SavedView = Schemas["SavedView"];
export type NewView = Schemas["CreateView"];
export type ViewChange = Schemas["UpdateView"];

/** A step for many conversations, as a job. */
export type Bulk = Schemas["Bulk"];
export type BulkProgress = Omit<Bulk, "created_at" | "finished_at">;
export type BulkDetails = Schemas["BulkDetails"];
export type BulkFailure = Schemas["Failure"];

/** Whether somebody is there. */
export type Availability = Schemas["Availability"];
export type UserPresence = Schemas["UserPresence"];
/** Who looks at a conversation and who writes in it. */
export type ConversationPresence = Schemas["ConversationPresence"];
