import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

/** This near the end counts as at the end. */
const NEAR = 48;
/** Older pages are asked for this long before the top is reached. */
const AHEAD = 400;
/** Further away than so many screens is gone to at once rather than scrolled to. */
const FAR = 3;
/** By then a smooth scroll is over. */
const ARRIVED = 1_000;

/**
 * Scrolling of a thread: starts at what is new or at the end, stays at the end while it is there, keeps still while older pages come in
 * above, and goes to the end for what the reader sends.
 */
export function useThreadScroll(options: {
  /** Oldest message shown; a change means that a page was put on top. */
  first: string | null;
  /** Newest thing shown. */
  last: string | null;
  ready: boolean;
  /** The reader's own newest message on its way. */
  own: string | null;
  onTop: () => void;
}) {
  const { first, last, ready, own } = options;
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const end = useRef(true);
  const placed = useRef(false);
  const before = useRef<{ first: string | null; height: number; own: string | null }>({
    first: null,
    height: 0,
    own: null,
  });
  const onTop = useRef(options.onTop);
  onTop.current = options.onTop;

  /** Where it stood last. What has grown below the end is no reason to leave it: only going up is. */
  const top = useRef(0);
  const note = useCallback((fresh = false) => {
    const element = scroller.current;
    if (!element) return;
    const near = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
    if (near || fresh || element.scrollTop < top.current - 1) end.current = near;
    top.current = element.scrollTop;
    setAtEnd(end.current);
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `last` is what makes the content grow
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || !ready) return;
    const old = before.current;
    before.current = { first, height: element.scrollHeight, own };
    if (!placed.current) {
      placed.current = true;
      const fresh = element.querySelector<HTMLElement>("[data-new]");
      element.scrollTop = element.scrollHeight;
      if (fresh && fresh.offsetTop < element.scrollTop) element.scrollTop = fresh.offsetTop - 24;
      note(true);
      return;
    }
    if (own && own !== old.own) {
      end.current = true;
      element.scrollTop = element.scrollHeight;
    } else if (first !== old.first && old.first !== null) element.scrollTop += element.scrollHeight - old.height;
    else if (end.current) element.scrollTop = element.scrollHeight;
    note();
  }, [first, last, own, ready, note]);

  useEffect(() => {
    const element = scroller.current;
    const inner = content.current;
    if (!element || !inner) return;
    const onScroll = () => {
      note();
      if (element.scrollTop < AHEAD) onTop.current();
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    // The composer grows, the window changes, a font arrives: the end stays the end.
    const watch = new ResizeObserver(() => {
      if (end.current) element.scrollTop = element.scrollHeight;
      before.current.height = element.scrollHeight;
      note();
    });
    watch.observe(element);
    watch.observe(inner);
    return () => {
      element.removeEventListener("scroll", onScroll);
      watch.disconnect();
    };
  }, [note]);

  const toEnd = useCallback(
    () => scroller.current?.scrollTo({ top: scroller.current.scrollHeight, behavior: "smooth" }),
    [],
  );
  /** `false`: it is not here. */
  const jump = useCallback(
    (id: string): boolean => {
      const element = scroller.current;
      const target = element?.querySelector<HTMLElement>(`[data-message-id="${CSS.escape(id)}"]`);
      if (!element || !target) return false;
      // What grows on the way is no reason to go back to the end.
      end.current = false;
      const far = Math.abs(target.getBoundingClientRect().top) > FAR * element.clientHeight;
      target.scrollIntoView({ block: "center", behavior: far ? "instant" : "smooth" });
      setTimeout(() => note(true), ARRIVED);
      target.focus({ preventScroll: true });
      // The focus is only drawn for those who use keys.
      target.animate?.([{ boxShadow: "0 0 0 4px var(--accent-line)" }, { boxShadow: "0 0 0 4px transparent" }], {
        duration: 1_600,
        easing: "ease-in",
      });
      return true;
    },
    [note],
  );

  return { scroller, content, atEnd, toEnd, jump };
}

/** Pages that are loaded in search of one message. */
const FURTHEST = 40;

/** Goes to a message; where it is further back than what is loaded, older pages come first. */
export function useSeek(
  query: {
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    isFetchNextPageError: boolean;
    fetchNextPage: () => unknown;
  },
  messages: readonly unknown[],
  jump: (id: string) => boolean,
): (id: string) => void {
  const [wanted, setWanted] = useState<{ id: string; left: number } | null>(null);
  const { hasNextPage: more, isFetchingNextPage: loading, isFetchNextPageError: failed, fetchNextPage: load } = query;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each page that has come is a new chance
  useEffect(() => {
    if (!wanted || loading) return;
    // Where it has just come, it is on screen by now: this runs after drawing.
    if (jump(wanted.id) || !more || failed || wanted.left === 0) return setWanted(null);
    setWanted({ ...wanted, left: wanted.left - 1 });
    void load();
  }, [wanted?.id, messages.length, loading, more, failed, jump]);
  return useCallback((id: string) => setWanted({ id, left: FURTHEST }), []);
}

const look = () => document.visibilityState === "visible" && document.hasFocus();

/** Whether the reader is looking: the page is visible and the window is in front. */
export function useAttention(): boolean {
  const [attentive, setAttentive] = useState(look);
  useEffect(() => {
    const update = () => setAttentive(look());
    window.addEventListener("focus", update);
    window.addEventListener("blur", update);
    document.addEventListener("visibilitychange", update);
    return () => {
      window.removeEventListener("focus", update);
      window.removeEventListener("blur", update);
      document.removeEventListener("visibilitychange", update);
    };
  }, []);
  return attentive;
}
