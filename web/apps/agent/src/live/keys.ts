import type { Scope } from "./views";

/** Names of what the query cache holds. */
export const keys = {
  lists: ["conversations"] as const,
  list: ({ view, teamId, filter }: Scope) =>
    filter && Object.keys(filter).length > 0
      ? (["conversations", view, teamId, filter] as const)
      : (["conversations", view, teamId] as const),
  eachConversation: ["conversation"] as const,
  conversation: (id: string) => ["conversation", id] as const,
  messages: (id: string) => ["messages", id] as const,
  /** The reader's messages that wait for their time. */
  held: (id: string) => ["held", id] as const,
  timeline: (id: string) => ["timeline", id] as const,
};

/** Names of what the query cache holds about numbers and saved views. */
export const COUNTS = ["counts"] as const;
export const VIEWS = ["views"] as const;
