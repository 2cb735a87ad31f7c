// One accent, and what can be read on it and beside it (WCAG 2.2).

type Colour = readonly [number, number, number];

const WHITE: Colour = [255, 255, 255];
const BLACK: Colour = [0, 0, 0];
/** Contrast of small text. */
const READABLE = 4.5;
/** The accent where the company's is not a colour. */
const COBALT = "#335bd9";

function parse(hex: string): Colour {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function hex(colour: Colour): string {
  return `#${colour.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
}

function luminance(colour: Colour): number {
  const [red = 0, green = 0, blue = 0] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function between(a: Colour, b: Colour): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** From 1 to 21. */
export function contrast(a: string, b: string): number {
  return between(parse(a), parse(b));
}

/** The colour, moved towards black or white until it can be read on the ground. */
export function readable(colour: string, ground: string): string {
  const below = parse(ground);
  const towards = luminance(below) > 0.18 ? BLACK : WHITE;
  const from = parse(colour);
  let now = from;
  for (let step = 1; step <= 20 && between(now, below) < READABLE; step++) {
    now = from.map((part, index) => part + (((towards[index] ?? 0) - part) * step) / 20) as unknown as Colour;
  }
  return hex(now);
}

/** The accent and the text on it. What was asked for holds where it can be read. */
export function onAccent(accent: string, wanted?: string): { accent: string; ink: string } {
  const is = (text: string | undefined) => /^#[0-9a-f]{6}$/i.test(text ?? "");
  const ground = is(accent) ? accent : COBALT;
  if (wanted && is(wanted) && contrast(ground, wanted) >= READABLE) return { accent: ground, ink: wanted };
  // One of the two can be read on any colour; a softer black could not.
  const best = between(parse(ground), WHITE) >= between(parse(ground), BLACK) ? WHITE : BLACK;
  return { accent: ground, ink: hex(best) };
}
