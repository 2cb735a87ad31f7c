/** The words of the settings about writing. */
export const x = {
  writing: {
    page: "Writing",
    lead: "How this device sends. Other devices have their own choice.",
    undo: "Undo send",
    undoHint:
      "MAX holds each reply for a moment, in which you can take it back. It is sent even when you close the tab.",
    undoLabel: "Hold replies for",
    seconds: (n: number) => (n === 0 ? "Do not hold" : `${n} seconds`),
    reason: "Send and close",
    reasonHint: "The reason you chose last is used again without asking.",
    noReason: "You will be asked the next time.",
    forget: "Ask again next time",
  },
} as const;
