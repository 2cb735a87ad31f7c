import { defineConfig } from "vite";
import { mockVisitors } from "./dev/plugin";

/** For `npm run dev`; what pages embed is made by build/build.ts. */
export default defineConfig({
  plugins: [mockVisitors()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  define: { __PANELS__: '"dev"' },
  server: { port: 5174 },
});
