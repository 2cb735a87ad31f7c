import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["stories/*.story.ts"],
    globalSetup: "./support/setup.ts",
    // Two cores: one story at a time, with its browser, the server and the database beside it.
    fileParallelism: false,
    testTimeout: 45_000,
    hookTimeout: 60_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: 10_000, interval: 50 } },
  },
});
