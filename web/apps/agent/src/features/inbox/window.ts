import { type RefObject, useLayoutEffect, useState } from "react";

/** Rows drawn beyond what is seen, on each side. */
const BEYOND = 8;

/**
 * Which rows of a long list are in sight. All rows have one height, so this is arithmetic. `reveal` scrolls a row into sight, no
 * further than it has to.
 */
export function useRowWindow(scroller: RefObject<HTMLElement | null>, count: number, height: number) {
  const [seen, setSeen] = useState({ first: 0, last: 30 });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = () => {
      const first = Math.floor(element.scrollTop / height);
      const last = Math.ceil((element.scrollTop + element.clientHeight) / height);
      setSeen((old) => (old.first === first && old.last === last ? old : { first, last }));
    };
    look();
    element.addEventListener("scroll", look, { passive: true });
    const size = new ResizeObserver(look);
    size.observe(element);
    return () => {
      element.removeEventListener("scroll", look);
      size.disconnect();
    };
  }, [scroller, height]);

  const from = Math.max(0, Math.min(seen.first, count - 1) - BEYOND);
  const to = Math.min(count, seen.last + BEYOND);
  return {
    indexes: Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index),
    last: to - 1,
    total: count * height,
    reveal: (index: number) => {
      const element = scroller.current;
      if (!element) return;
      const top = index * height;
      if (top < element.scrollTop) element.scrollTop = top;
      else if (top + height > element.scrollTop + element.clientHeight) {
        element.scrollTop = top + height - element.clientHeight;
      }
    },
  };
}
