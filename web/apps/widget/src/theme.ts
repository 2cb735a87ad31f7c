import { onAccent, readable } from "./contrast";

/** The neutrals of the design tokens, as far as they are used here. */
const LIGHT = {
  surface: "#ffffff",
  sunken: "#f1f3f5",
  line: "#dddfe4",
  control: "#8b8f98",
  text: "#191c22",
  "text-2": "#4d515a",
  "text-3": "#666a74",
  "bad-text": "#b21920",
  "bad-tint": "#ffeeee",
  ring: "#00000014",
};
const DARK: typeof LIGHT = {
  surface: "#15171b",
  sunken: "#1f2227",
  line: "#2b2e34",
  control: "#686c75",
  text: "#edeef1",
  "text-2": "#b3b6bc",
  "text-3": "#9598a0",
  "bad-text": "#ff9e9b",
  "bad-tint": "#3d1d1c",
  ring: "#ffffff1a",
};

function rules(tokens: typeof LIGHT, accent: string): string {
  // What is written in the accent, and the ring of the focus, must be seen on both grounds.
  const all = { ...tokens, link: readable(accent, tokens.sunken) };
  return Object.entries(all)
    .map(([name, value]) => `--${name}:${value};`)
    .join("");
}

/** The colours for one accent: light, dark as the system says, or one of them as the page says. */
export function theme(accent: string, text?: string): string {
  const { accent: ground, ink } = onAccent(accent, text);
  const dark = `${rules(DARK, ground)}color-scheme:dark;`;
  return (
    `:host{--accent:${ground};--ink:${ink};${rules(LIGHT, ground)}color-scheme:light;}` +
    `@media(prefers-color-scheme:dark){:host(:not([theme=light])){${dark}}}` +
    `:host([theme=dark]){${dark}}`
  );
}

/** Adds styles to a shadow root: by object, which no policy of a page forbids, or by element where that is not known. */
export function dress(root: ShadowRoot, css: string, nonce: string): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  } catch {
    const style = document.createElement("style");
    style.nonce = nonce;
    style.textContent = css;
    root.append(style);
  }
}
