import type { AttributeKind } from "@max/api";

/** The words of what stands beside a conversation: the customer, their tags, what happened. */
export const c = {
  tabs: { customer: "Customer", activity: "Activity" },
  tabsLabel: "About this conversation",
  loadFailed: "Customer details did not load",
  since: (date: string) => `Customer since ${date}`,
  blocked: "Blocked",

  tags: {
    title: "Tags",
    add: "Tag",
    addLabel: "Add a tag",
    remove: (name: string) => `Remove tag ${name}`,
    find: "Find a tag",
    none: "No tag has that name",
    noneYet: "No tags yet. An admin or a lead can create them.",
    create: (name: string) => `Create “${name}”`,
    forTeam: (team: string) => `For ${team}`,
    forAll: "For every team",
    failed: (name: string, reason: string) => `${name} was not changed. ${reason}`,
    createFailed: (name: string, reason: string) => `${name} was not created. ${reason}`,
    loadFailed: "Tags did not load",
  },

  identities: "Identities",
  details: "Details",
  conversation: "Conversation",
  fields: { name: "Name", email: "Email", phone: "Phone", username: "Username" },
  add: "Add",
  edit: (name: string) => `Edit ${name.toLowerCase()}`,
  addTo: (name: string) => `Add ${name.toLowerCase()}`,
  yes: "Yes",
  no: "No",
  nothing: "Not set",
  hint: "Enter saves, Esc leaves it as it was",
  nameMissing: "A customer needs a name",
  notNumber: "Enter a number",
  saveFailed: (field: string, reason: string) => `${field} was not saved. ${reason}`,
  kinds: { text: "Text", number: "Number", date: "Date", boolean: "Yes or no", choice: "Choice" } satisfies Record<
    AttributeKind,
    string
  >,

  past: {
    title: "Previous conversations",
    none: "This is the first conversation.",
    number: (n: number) => `#${n}`,
    states: {
      new: "New",
      triage: "Triage",
      queued: "Waiting",
      assigned: "Open",
      snoozed: "Snoozed",
      closed: "Closed",
    },
    back: "Back to the customer",
    open: "Open in full",
    readOnly: "To read only",
    failed: "This conversation did not load",
    hidden: "You may not read this conversation.",
    older: "Show older messages",
    empty: "No messages",
  },

  block: {
    block: "Block customer",
    unblock: "Unblock customer",
    title: (name: string) => `Block ${name}?`,
    text: "What they write is kept and can be read, but it counts as unread nowhere, enters no queue and makes no sound. They are not told. You can unblock them at any time.",
    reason: "Reason, for colleagues (optional)",
    confirm: "Block",
    cancel: "Cancel",
    state: "This customer is blocked",
    stateText: "What they write is kept, raises no unread and enters no queue.",
    blocked: (name: string) => `${name} is blocked`,
    unblocked: (name: string) => `${name} is not blocked any more`,
    failed: (reason: string) => `That did not work. ${reason}`,
  },

  activity: {
    title: "Activity",
    failed: "What happened did not load",
    empty: "Nothing has happened yet.",
    customer: "The customer",
    renamed: (who: string, to: string) => (to ? `${who} changed the name to ${to}` : `${who} changed the name`),
    email: (who: string, to: string) => (to ? `${who} changed the email to ${to}` : `${who} removed the email`),
    attribute: (who: string, name: string, to: string) =>
      to ? `${who} set ${name} to ${to}` : `${who} changed ${name || "a detail"}`,
    other: (who: string, kind: string) => `${who}: ${kind.replaceAll("_", " ")}`,
  },
} as const;
