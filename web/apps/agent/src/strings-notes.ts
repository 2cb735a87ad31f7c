const plural = (n: number, one: string, many: string) => (n === 1 ? one : many);

/** The words of pinned notes and of feedback. */
export const n = {
  pinned: "Pinned",
  pin: "Pin this note",
  unpin: "Unpin this note",
  pins: (count: number) => `${count} pinned ${plural(count, "note", "notes")}`,
  showPins: "Show pinned notes",
  hidePins: "Hide pinned notes",
  goTo: "Go to this note",
  pinFailed: (reason: string) => `The note was not changed. ${reason}`,

  feedback: "Feedback",
  give: "Give feedback",
  count: (count: number) => `${count} ${plural(count, "piece", "pieces")} of feedback`,
  title: (name: string) => `Feedback for ${name}`,
  own: "Feedback for you",
  hint: (name: string) => `Only ${name} and the leads of this team see it.`,
  ownHint: "Only you and the leads of this team see it.",
  label: "Your feedback",
  send: "Give feedback",
  empty: "Write something first",
  failed: "Feedback did not load",
  none: "No feedback yet",
  close: "Close",
  thanks: "Feedback given",
  page: "Feedback",
  lead: "What leads said about messages of yours. Only you and they see it.",
  nothing: "No feedback yet",
  nothingText: "When a lead comments on one of your messages, it shows here and beside the message.",
  open: "Open the conversation",
  older: "Show older",
} as const;
