import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { compress } from "./build/compress";
import { preloadFont } from "./build/preload-font";
import { mockServer } from "./dev/mock";

// `MAX_URL=http://127.0.0.1:8080 npm run dev` works against a running server, otherwise against sample data (dev/).
const server = process.env.MAX_URL;

/** What the inbox shares with screens that load later. */
const COMMON = [
  /query-core.*\/(query|infiniteQuery|mutation)Observer/,
  /react-query.*\/(use(Base|Infinite)?Query|useMutation|suspense|errorBound|IsRestoring|QueryErrorReset)/,
  /lucide.*\/icons\/(inbox|alarm-clock|list-filter|arrow-up|bookmark|chevron-down|ellipsis|users)\./,
  /agent\/src\/(app\/(announce|regions|shortcuts)|lib\/(use-media|use-now|time)|features\/inbox\/(queries|place)|live\/presence)\.tsx?$/,
];

export default defineConfig({
  plugins: [react(), tailwindcss(), preloadFont(), compress(), ...(server ? [] : [mockServer()])],
  build: {
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: true,
    rolldownOptions: {
      output: {
        // What every screen needs goes together: cut into the small pieces that the many lazy screens share, it would compress worse.
        // What only one of them uses (`useBlocker`) stays with it.
        codeSplitting: {
          groups: [
            {
              name: "common",
              test: (id) => COMMON.some((part) => part.test(id)),
            },
            {
              name: "vendor",
              test: /node_modules\/(react|react-dom|scheduler|use-sync-external-store|zustand|openapi-fetch|clsx|class-variance-authority|@tanstack\/[^/]+)\/(?!.*useBlocker)/,
            },
            {
              name: "base",
              test: /packages\/(api|ui)\/src\/(?!dialog|menu|form|input|code-input|choice|confirm|filter-menu|picker|popover|save-bar|search-field|table)|agent\/src\/(lib\/|strings\.ts)/,
            },
          ],
        },
      },
    },
  },
  server: {
    port: 5173,
    ...(server
      ? {
          proxy: {
            // The server takes only what comes from its own address.
            "/api": {
              target: server,
              ws: true,
              changeOrigin: true,
              rewriteWsOrigin: true,
              headers: { origin: server },
            },
            "/healthz": { target: server, changeOrigin: true },
            "/media": { target: server, changeOrigin: true },
          },
        }
      : {}),
  },
});
