import { expect, it } from "vitest";
import { CLOSEST, FIT, moved, type Sizes, zoom } from "./zoom";

const sizes: Sizes = { stage: { width: 1000, height: 600 }, picture: { width: 800, height: 600 } };
const middle = { x: 0, y: 0 };

it("keeps what is under the pointer there", () => {
  const at = { x: 200, y: -100 };
  const near = zoom(FIT, 2, at, sizes);
  expect(near).toEqual({ scale: 2, x: -200, y: 100 });
  // The same spot of the picture as before: its distance from the picture's middle has doubled.
  expect((at.x - near.x) / near.scale).toBe(at.x);
  expect((at.y - near.y) / near.scale).toBe(at.y);
});

it("goes from all of it to five times as large, and no further", () => {
  let view = FIT;
  for (let n = 0; n < 20; n++) view = zoom(view, 1.6, middle, sizes);
  expect(view.scale).toBe(CLOSEST);
  for (let n = 0; n < 20; n++) view = zoom(view, 1 / 1.6, { x: 300, y: 20 }, sizes);
  expect(view).toEqual(FIT);
});

it("shows no more than the edge when it is drawn aside", () => {
  const near = zoom(FIT, 2, middle, sizes);
  expect(moved(near, { x: 5_000, y: -5_000 }, sizes)).toEqual({ scale: 2, x: 300, y: -300 });
  expect(moved(near, { x: 10, y: 5 }, sizes)).toEqual({ scale: 2, x: 10, y: 5 });
});

it("stays in the middle while it is smaller than its stage", () => {
  const small: Sizes = { ...sizes, picture: { width: 100, height: 100 } };
  expect(moved(zoom(FIT, 3, { x: 40, y: 40 }, small), { x: 90, y: 90 }, small)).toEqual({ scale: 3, x: 0, y: 0 });
});
