const plural = (n: number, one: string, many: string) => (n === 1 ? one : many);

/** The words of writing: sending, taking back, sending later, canned responses, mentions. */
export const w = {
  more: "More ways to send",
  tools: "More",
  close: "Close",
  cancel: "Cancel",

  send: {
    andClose: "Send and close",
    andCloseAs: (reason: string) => `Send and close: ${reason}`,
    andCloseWith: "Send and close with another reason",
    later: "Send later",
    fillIn: (blank: string) => `Fill in ${blank} first`,
    fillInMany: (n: number) => `Fill in ${n} blanks first`,
    blanks: (n: number) => `${n} ${plural(n, "blank", "blanks")} to fill in. Tab goes to the next.`,
  },

  held: {
    sendingIn: (seconds: number) => `Sending in ${seconds}s`,
    undo: "Undo",
    undoing: "Taking it back",
    undoFailed: "MAX did not answer. The message may still be sent.",
    tooLate: "It had already been sent.",
    sendsAt: (time: string) => `Sends ${time}`,
    sendNow: "Send now",
    edit: "Edit",
    takeBack: "Take back",
    takenBack: "Taken back. Your words are in the composer.",
    anyway: "Send anyway",
    notSent: (reason: string) => `Not sent: ${reason}`,
    spoke: (name: string) => `${name} wrote just now`,
    somebodySpoke: "something was said here just now",
    editTitle: "Edit scheduled message",
    editWaiting: "Edit the reply that waits",
    text: "Message",
    time: "Send at",
    save: "Save",
  },

  stale: {
    toast: (name: string) => `${name} replied just now`,
    title: (name: string) => `${name} replied just now`,
    anyway: "Send anyway",
    edit: "Keep editing",
  },

  later: {
    title: "Send later",
    lead: (zone: string) => `Times are yours, ${zone}.`,
    presets: { hour: "In an hour", evening: "This evening", tomorrow: "Tomorrow morning", monday: "Monday morning" },
    pick: "Pick a time",
    schedule: "Schedule",
    past: "Pick a time that is still to come.",
    far: "Pick a time within 30 days.",
    window: (time: string) =>
      `The reply window closes ${time}. Later than that the message is only sent if the customer has written again.`,
    done: (time: string) => `Scheduled for ${time}`,
  },

  reason: {
    title: "Send and close",
    lead: "Why is this conversation done? The reason is remembered for next time.",
  },

  canned: {
    open: "Canned responses",
    key: "/",
    label: "Canned responses",
    none: (query: string) => `No canned response for “${query}”`,
    empty: "No canned responses yet",
    emptyHint: "Make your own in Settings.",
    failed: "Canned responses did not load",
    preview: "Preview",
    loading: "Loading canned responses",
    count: (n: number) => `${n} ${plural(n, "response", "responses")}`,
    scope: { personal: "Yours", team: "Team", global: "Everyone" },
    raw: "MAX did not answer, so the blanks are yours to fill in.",
  },

  mention: {
    open: "Mention a colleague",
    key: "@",
    label: "People and teams",
    none: (query: string) => `Nobody is called “${query}”`,
    loading: "Loading people",
    failed: "People did not load",
    team: "Team",
    count: (n: number) => `${n} ${plural(n, "match", "matches")}`,
  },

  typing: {
    reply: (name: string) => `${name} is writing a reply. Sending is still possible.`,
    replies: (names: string) => `${names} are writing replies. Sending is still possible.`,
    note: (name: string) => `${name} is writing a note.`,
  },

  heldUp:
    "Messages are not going out at the moment. What you write waits here and goes out by itself, in order. There is nothing to send again.",
  channelPaused: "This channel is paused. Replies wait here and leave, in order, when it is back.",
  channelPausedFor: (reason: string) =>
    `This channel is paused (“${reason}”). Replies wait here and leave, in order, when it is back.`,
  channelStopped:
    "The channel takes no messages right now, and the admins know. Replies wait here and leave, in order, when it is back.",
  blocked: "This customer is blocked. What they write is kept and tells nobody.",
} as const;
