import { useRef, useState } from "react";

/** For a button that opens something which loads with the first sign of interest: what the button needs, and whether it is open. */
export function useIntent<E extends HTMLElement = HTMLButtonElement>(load: () => Promise<unknown>) {
  const anchor = useRef<E>(null);
  const [open, show] = useState(false);
  const [asked, setAsked] = useState(false);
  const setOpen = (next: boolean) => {
    if (next) setAsked(true);
    show(next);
  };
  return {
    anchor,
    open,
    /** It was opened before, so it may be drawn. */
    asked,
    setOpen,
    button: {
      "aria-expanded": open,
      onPointerEnter: () => void load(),
      onFocus: () => void load(),
      onClick: () => setOpen(!open),
    },
  };
}
