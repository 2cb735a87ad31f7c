import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { compress } from "./build/compress";
import { preloadFont } from "./build/preload-font";
import { mockServer } from "./dev/mock";

// `MAX_URL=http://127.0.0.1:8080 npm run dev` works against a running server, otherwise against sample data (dev/).
const server = process.env.MAX_URL;

/** What every screen needs. */
const CORE = [
  /node_modules\/(react|react-dom|scheduler|use-sync-external-store|zustand|openapi-fetch|clsx|class-variance-authority|@tanstack\/[^/]+)\//,
  /lucide-react\/.*\/(shared|createLucideIcon|Icon|context|defaultAttributes)/,
  /preload-helper/,
  /lucide.*\/icons\/(check|circle-alert|circle-exclamation-point|triangle-alert|triangle-exclamation-point|x|inbox|alarm-clock|list-filter|arrow-up|bookmark|chevron-down|ellipsis|users|globe|mail|smartphone|message-square)\./,
  /packages\/api\/src\//,
  /packages\/ui\/src\/(?!dialog|menu|form|input|code-input|choice|confirm|filter-menu|picker|popover|save-bar|search-field|table)/,
  /agent\/src\/(lib\/|strings\.ts|live\/(keys|pages|views|presence)\.ts)/,
  /agent\/src\/(app\/(announce|regions|shortcuts|services|words)|features\/(inbox\/(queries|place)|composer\/(drafts|pending)))\.tsx?$/,
];

/** What of it only some screens use. */
const LATER = [
  /useBlocker/,
  /(queries|mutation)Observer/,
  /use(SuspenseQ|Q)ueries|useMutation/,
  /agent\/src\/lib\/undo/,
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
          includeDependenciesRecursively: false,
          groups: [
            {
              name: "core",
              test: (id) => CORE.some((part) => part.test(id)) && !LATER.some((part) => part.test(id)),
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
