let opener: (() => void) | null = null;

/** Opens the tags of the conversation on screen. `false`: there is none. */
export function openTags(): boolean {
  opener?.();
  return opener !== null;
}

/** The picker that is on screen. Returns the function that takes it away again. */
export function offerTags(open: () => void): () => void {
  opener = open;
  return () => {
    if (opener === open) opener = null;
  };
}
