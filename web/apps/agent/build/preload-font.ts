import type { Plugin } from "vite";

/** Tells the browser about the main font before it has read the style sheet. */
export function preloadFont(): Plugin {
  return {
    name: "max-preload-font",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(_html, { bundle }) {
        const font = Object.keys(bundle ?? {}).find((name) => /inter-latin-wght.*\.woff2$/.test(name));
        if (!font) throw new Error("the Inter font is not in the bundle");
        const attrs = { rel: "preload", href: `/${font}`, as: "font", type: "font/woff2", crossorigin: true };
        return [{ tag: "link", attrs, injectTo: "head" }];
      },
    },
  };
}
