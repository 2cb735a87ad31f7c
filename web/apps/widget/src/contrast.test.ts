import { expect, it } from "vitest";
import { contrast, onAccent, readable } from "./contrast";
import { theme } from "./theme";

const COLOURS = ["#000000", "#ffffff", "#335bd9", "#ffe14d", "#9aa0a6", "#00ff00", "#cc272b", "#777777", "#808080"];

it("measures as the standard says", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
  expect(contrast("#ffffff", "#ffffff")).toBe(1);
});

it.each(COLOURS)("what is written on %s can be read", (accent) => {
  for (const wanted of [undefined, ...COLOURS, "red", ""]) {
    const chosen = onAccent(accent, wanted);
    expect(chosen.accent).toBe(accent);
    expect(contrast(accent, chosen.ink), `${wanted}`).toBeGreaterThanOrEqual(4.5);
  }
});

it("keeps the text that was asked for where it can be read", () => {
  expect(onAccent("#00623f", "#ffe14d").ink).toBe("#ffe14d");
  expect(onAccent("#00623f", "#00623f").ink).toBe("#ffffff");
});

it.each(COLOURS)("%s as a text can be read in light and in dark", (colour) => {
  for (const ground of ["#ffffff", "#f1f3f5", "#15171b", "#1f2227"]) {
    expect(contrast(readable(colour, ground), ground)).toBeGreaterThanOrEqual(4.5);
  }
});

it("leaves alone what can be read as it is", () => {
  expect(readable("#00623f", "#ffffff")).toBe("#00623f");
});

it("takes nothing for a colour that is none", () => {
  for (const evil of ["", "red", "#fff", "#12345g", "url(//evil.example)", "#335bd9;}*{color:red", "#335bd9\n"]) {
    const css = theme(evil, evil);
    expect(css, evil).toContain("--accent:#335bd9;");
    expect(css).not.toContain("evil");
    expect(css).not.toContain("*{");
  }
});
