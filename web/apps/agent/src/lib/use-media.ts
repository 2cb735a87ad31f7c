import { useSyncExternalStore } from "react";

/** The steps of the layout, the same as the `phone`, `desk` and `wide` variants in the style sheet. */
export const media = {
  phone: "(width < 760px)",
  wide: "(width >= 1200px)",
  roomy: "(width >= 1360px)",
  touch: "(pointer: coarse)",
} as const;

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    () => matchMedia(query).matches,
  );
}
