import { type Browser, chromium } from "playwright-core";

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Debian's Chromium, or the one named by MAX_CHROMIUM. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env.MAX_CHROMIUM ?? "/usr/bin/chromium", args: ARGS });
}
