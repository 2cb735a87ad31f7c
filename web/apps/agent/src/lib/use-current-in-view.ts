import { type RefObject, useEffect, useRef } from "react";

/** For a row of links to swipe: brings the one that is on into sight, whenever `place` changes. Give the row a scroll padding. */
export function useCurrentInView<T extends HTMLElement>(place: string): RefObject<T | null> {
  const row = useRef<T>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another place is another link that is on
  useEffect(() => {
    const current = row.current?.querySelector("[aria-current=page]");
    current?.scrollIntoView?.({ inline: "nearest", block: "nearest" });
  }, [place]);
  return row;
}
