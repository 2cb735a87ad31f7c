/** The words of what stands on a message: reactions, what was changed or taken back. */
export const m = {
  edited: "Edited",
  original: "Show what it said before",
  originalHide: "Hide what it said before",
  deleted: (name: string) => `${name} deleted this message`,

  react: {
    open: "React",
    label: "Reactions",
    more: "More emoji",
    by: (emoji: string, names: string) => `${emoji} from ${names}`,
    remove: (emoji: string) => `Take ${emoji} back`,
    failed: (why: string) => `Your reaction was not sent: ${why}`,
  },
} as const;
