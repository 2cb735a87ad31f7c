import { type PointerEvent, type RefObject, useEffect, useRef, useState } from "react";
import { CLOSE, FIT, moved, type Point, type Sizes, STEP, type View, zoom } from "./zoom";

/** What is no further than this was meant as a press. */
const STILL = 4;

export interface Zoom {
  view: View;
  /** It follows a hand, so it does not glide. */
  held: boolean;
  nearer: () => void;
  further: () => void;
  /** For the stage. */
  hand: {
    onPointerDown: (event: PointerEvent) => void;
    onPointerMove: (event: PointerEvent) => void;
    onPointerUp: (event: PointerEvent) => void;
    onPointerCancel: (event: PointerEvent) => void;
  };
}

/** Zooming and moving a picture by wheel, by hand and by two fingers. */
export function useZoom(stage: RefObject<HTMLElement | null>, picture: RefObject<HTMLElement | null>): Zoom {
  const [view, setView] = useState(FIT);
  const [held, setHeld] = useState(false);
  const down = useRef(new Map<number, Point>());
  /** How far the hand has gone since it came down; more than a little is no press. */
  const way = useRef(0);
  /** It came down on the picture itself. What follows is told to the stage, wherever the hand is. */
  const met = useRef(false);

  const sizes = (): Sizes => ({
    stage: { width: stage.current?.clientWidth ?? 0, height: stage.current?.clientHeight ?? 0 },
    picture: { width: picture.current?.offsetWidth ?? 0, height: picture.current?.offsetHeight ?? 0 },
  });
  const at = ({ clientX, clientY }: { clientX: number; clientY: number }): Point => {
    const box = stage.current?.getBoundingClientRect();
    return box
      ? { x: clientX - box.left - box.width / 2, y: clientY - box.top - box.height / 2 }
      : { x: clientX, y: clientY };
  };
  const by = (factor: number, point: Point = { x: 0, y: 0 }) => setView((now) => zoom(now, factor, point, sizes()));

  const wheel = useRef((_: WheelEvent) => {});
  wheel.current = (event) => {
    event.preventDefault();
    // Wheels count in lines or in pixels.
    const far = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1);
    by(Math.exp(-Math.max(-200, Math.min(200, far)) * 0.004), at(event));
  };
  useEffect(() => {
    const element = stage.current;
    const onWheel = (event: WheelEvent) => wheel.current(event);
    // React listens in a way that cannot keep the page from scrolling.
    element?.addEventListener("wheel", onWheel, { passive: false });
    return () => element?.removeEventListener("wheel", onWheel);
  }, [stage]);

  const up = (event: PointerEvent, pressed: boolean) => {
    const alone = down.current.size === 1;
    if (!down.current.delete(event.pointerId) || !alone) return;
    setHeld(false);
    if (!pressed || way.current > STILL || !met.current) return;
    setView((now) => (now.scale > 1 ? FIT : zoom(now, CLOSE, at(event), sizes())));
  };
  return {
    view,
    held,
    nearer: () => by(STEP),
    further: () => by(1 / STEP),
    hand: {
      onPointerDown: (event) => {
        if (event.button !== 0) return;
        if (down.current.size === 0) {
          way.current = 0;
          met.current = event.target === picture.current;
        }
        down.current.set(event.pointerId, at(event));
        event.currentTarget.setPointerCapture?.(event.pointerId);
      },
      onPointerMove: (event) => {
        const before = down.current.get(event.pointerId);
        if (!before) return;
        const now = at(event);
        const others = [...down.current].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
        down.current.set(event.pointerId, now);
        way.current += Math.hypot(now.x - before.x, now.y - before.y);
        if (way.current > STILL) setHeld(true);
        const [other] = others;
        if (!other) setView((old) => moved(old, { x: now.x - before.x, y: now.y - before.y }, sizes()));
        else {
          const apart = (point: Point) => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y));
          const between = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
          by(apart(now) / apart(before), between);
        }
      },
      onPointerUp: (event) => up(event, true),
      onPointerCancel: (event) => up(event, false),
    },
  };
}
