import { useEffect, useRef, useState } from "react";

interface Tip {
  text: string;
  key: string | null;
  rect: DOMRect;
}

/**
 * The one tooltip of the page: shows the `data-tip` of whatever is hovered for 400 ms (at once when moving between) or focused by
 * keyboard. It repeats the accessible name or description of its element, so it is hidden from screen readers.
 */
export function Tooltips() {
  const [tip, setTip] = useState<Tip | null>(null);
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let closed = Number.NEGATIVE_INFINITY;
    let current: Element | null = null;

    const show = (element: Element) => {
      const text = element.getAttribute("data-tip");
      if (text) setTip({ text, key: element.getAttribute("data-tip-key"), rect: element.getBoundingClientRect() });
    };
    const hide = () => {
      clearTimeout(timer);
      if (!current) return;
      current = null;
      setTip((open) => {
        if (open) closed = performance.now();
        return null;
      });
    };
    const over = (event: PointerEvent) => {
      if (event.pointerType === "touch" || !(event.target instanceof Element)) return;
      if (box.current?.contains(event.target)) return;
      const element = event.target.closest("[data-tip]");
      if (element === current) return;
      const open = current !== null && box.current !== null;
      hide();
      if (!element) return;
      current = element;
      timer = setTimeout(() => show(element), open || performance.now() - closed < 300 ? 0 : 400);
    };
    const focus = (event: FocusEvent) => {
      const element =
        event.target instanceof Element && event.target.matches(":focus-visible") && event.target.closest("[data-tip]");
      hide();
      if (element) {
        current = element;
        show(element);
      }
    };
    const key = (event: KeyboardEvent) => {
      if (event.key !== "Tab") hide();
    };
    document.addEventListener("pointerover", over);
    document.addEventListener("pointerdown", hide);
    document.addEventListener("focusin", focus);
    document.addEventListener("focusout", hide);
    document.addEventListener("keydown", key);
    document.addEventListener("scroll", hide, true);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("pointerover", over);
      document.removeEventListener("pointerdown", hide);
      document.removeEventListener("focusin", focus);
      document.removeEventListener("focusout", hide);
      document.removeEventListener("keydown", key);
      document.removeEventListener("scroll", hide, true);
    };
  }, []);

  useEffect(() => {
    const element = box.current;
    if (!tip || !element) return;
    const { width, height } = element.getBoundingClientRect();
    const gap = 6;
    const below = tip.rect.bottom + gap + height <= window.innerHeight;
    const left = Math.min(
      Math.max(tip.rect.left + tip.rect.width / 2 - width / 2, gap),
      window.innerWidth - width - gap,
    );
    element.style.translate = `${Math.round(left)}px ${Math.round(below ? tip.rect.bottom + gap : tip.rect.top - gap - height)}px`;
    element.style.visibility = "visible";
  }, [tip]);

  if (!tip) return null;
  return (
    <div
      ref={box}
      aria-hidden="true"
      style={{ visibility: "hidden" }}
      className="pointer-events-none fixed start-0 top-0 z-(--z-toast) flex max-w-[280px] items-center gap-2 rounded-sm bg-inverse px-2 py-1 text-xs font-medium text-inverse-text shadow-3 rtl:start-auto rtl:left-0"
    >
      {tip.text}
      {tip.key && <kbd className="rounded-xs border border-current px-1 font-sans text-2xs opacity-70">{tip.key}</kbd>}
    </div>
  );
}
