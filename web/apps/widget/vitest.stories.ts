import { defineConfig } from "vitest/config";

/** Stories in Chromium, on what was built. */
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ["stories/*.story.ts"],
    fileParallelism: false,
    testTimeout: 45_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000, interval: 50 } },
  },
});
