/**
 * The words of the inbox and of what stands around every screen. Screens that load later bring theirs along: `strings-*.ts`, made in
 * the same way. Every word the app shows is in one of these, so that other languages can follow. Functions where a value goes in.
 * House style: plain, short, second person, sentence case, no exclamation marks.
 */
const plural = (n: number, one: string, many: string) => (n === 1 ? one : many);

export const s = {
  product: "MAX",
  title: (place: string, unread: number) => `${unread > 0 ? `(${unread}) ` : ""}${place} · MAX`,
  and: ", ",
  dot: " · ",
  dismiss: "Dismiss",
  tryNow: "Try now",
  tryAgain: "Try again",
  copyErrorId: "Copy error ID",
  copied: "Copied",
  retrying: (seconds: number) => `Trying again in ${seconds}s.`,
  noAnswer: "MAX did not answer.",
  now: "now",

  nav: {
    label: "Primary",
    mine: "My inbox",
    queue: "Unassigned",
    all: "All conversations",
    teams: "Team queues",
    unread: (n: number) => `${n} unread`,
    waiting: (n: number) => `${n} waiting`,
    collapse: "Toggle sidebar",
    inbox: "Inbox",
    queues: "Queues",
    you: "You",
    skipList: "Skip to conversations",
    skipThread: "Skip to messages",
    skipComposer: "Skip to reply",
    skipMain: "Skip to content",
    home: "MAX, my inbox",
    admin: "Admin",
  },

  user: {
    menu: (name: string) => `${name}, account menu`,
    theme: "Theme",
    system: "Match system",
    light: "Light",
    dark: "Dark",
    shortcuts: "Keyboard shortcuts",
    settings: "Settings",
    signOut: "Sign out",
    role: { agent: "Agent", team_lead: "Team lead", supervisor: "Supervisor", admin: "Admin" },
  },

  list: {
    label: "Conversations",
    open: (n: number, more: boolean) => `${n}${more ? "+" : ""} open`,
    waiting: (n: number, more: boolean) => `${n}${more ? "+" : ""} waiting`,
    total: (n: number, more: boolean) => `${n}${more ? "+" : ""}`,
    you: "You:",
    draft: "Draft:",
    author: (name: string) => `${name}:`,
    note: "Note:",
    nothing: "No messages yet",
    unread: (n: number) => `${n} unread ${plural(n, "message", "messages")}`,
    assigned: (name: string) => `Assigned to ${name}`,
    waitingFor: (span: string) => `${span} waiting`,
    waitingShort: (span: string) => span,
    fresh: (n: number) => `${n} new`,
    closed: "Closed",
    snoozed: "Snoozed",
    more: "Loading more conversations",
    moreFailed: "More conversations did not load.",
    failed: "Conversations did not load",
    priority: { low: "Low", normal: "", high: "High", urgent: "Urgent" },
    empty: {
      mine: {
        title: "You are all caught up",
        text: (n: number) =>
          n > 0
            ? `${n} ${plural(n, "conversation is", "conversations are")} waiting for someone.`
            : "Nothing is waiting for you.",
      },
      queue: { title: "Nobody is waiting", text: "New conversations appear here by themselves." },
      team: { title: "Nothing open in this team", text: "New conversations appear here by themselves." },
      all: { title: "No conversations yet", text: "They appear here when customers write." },
    },
    takeNext: "Take next",
    showMine: "Go to my inbox",
  },

  thread: {
    log: "Messages",
    pick: "Pick a conversation",
    pickText: "Use J and K to move, Enter to answer.",
    back: "Back to list",
    number: (n: number) => `#${n}`,
    take: "Take",
    taking: "Taking",
    takeKey: "T",
    taken: (name: string) => `${name} took this conversation`,
    takeFailed: "Taking it did not work. Try again.",
    yours: "Assigned to you",
    unassigned: "Unassigned",
    noTeam: "No team",
    hidePanel: "Hide customer details",
    showPanel: "Show customer details",
    today: "Today",
    yesterday: "Yesterday",
    failed: "Messages did not load",
    you: "You",
    system: "MAX",
    customer: "Customer",
    newMessages: (n: number) => `${n} new messages`,
    spoken: (name: string, text: string) => `${name}: ${text}`,
  },

  refused: {
    notSent: (reason: string) => `Not sent: ${reason}`,
    window_closed: "the reply window is closed",
    conversation_taken: (name: string) => `${name} took this conversation`,
    conversation_taken_someone: "Someone else took this conversation",
    stale_view: (name: string) => `${name} wrote just now`,
    held: (name: string, reason: string) => `Your message to ${name} was not sent: ${reason}`,
    forbidden: "you cannot answer here",
    not_found: "this conversation is not available",
    idempotency_conflict: "this was already sent with other words",
    server: "MAX could not take it",
  },

  live: {
    offline: (n: number) =>
      n > 0
        ? `You are offline. ${n} ${plural(n, "message", "messages")} will send when you reconnect.`
        : "You are offline. What you see may be out of date.",
    reconnecting: "Reconnecting. Times may be a little behind.",
    starting: "MAX cannot be reached",
    startingText: "Check your connection. We keep trying.",
  },
} as const;
