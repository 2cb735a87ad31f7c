/** How a picture stands on its stage: `scale` 1 is as large as fits, `x` and `y` are how far its middle is from that of the stage. */
export interface View {
  scale: number;
  x: number;
  y: number;
}

/** Pixels, before any zoom. */
export interface Sizes {
  stage: { width: number; height: number };
  picture: { width: number; height: number };
}

export interface Point {
  x: number;
  y: number;
}

export const FIT: View = { scale: 1, x: 0, y: 0 };
export const CLOSEST = 5;
/** One press of a button or key. */
export const STEP = 1.6;
/** What pressing the picture itself does. */
export const CLOSE = 2.5;

/** Brings a picture nearer or further by `factor`, so that what is at `at` (from the middle of the stage) stays there. */
export function zoom(view: View, factor: number, at: Point, sizes: Sizes): View {
  const scale = Math.min(CLOSEST, Math.max(1, view.scale * factor));
  const grown = scale / view.scale;
  return kept({ scale, x: at.x - (at.x - view.x) * grown, y: at.y - (at.y - view.y) * grown }, sizes);
}

export const moved = (view: View, by: Point, sizes: Sizes): View =>
  kept({ ...view, x: view.x + by.x, y: view.y + by.y }, sizes);

/** Never further than its edge, and in the middle where it is smaller than the stage. */
function kept({ scale, x, y }: View, { stage, picture }: Sizes): View {
  const within = (value: number, room: number, size: number) => {
    const most = Math.max(0, (size * scale - room) / 2);
    // Adding 0 makes 0 of -0.
    return Math.min(most, Math.max(-most, value)) + 0;
  };
  return { scale, x: within(x, stage.width, picture.width), y: within(y, stage.height, picture.height) };
}
