import { rmSync } from "node:fs";
import type { TestProject } from "vitest/node";
import { OUTPUT, Stack } from "./stack";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the agent app is. */
    app: string;
    /** Where the phone page and the simulator's control API are. */
    phone: string;
  }
}

/** One server for all stories. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  rmSync(OUTPUT, { recursive: true, force: true });
  const stack = await Stack.start("max");
  project.provide("app", stack.app);
  project.provide("phone", stack.phone);
  return () => stack.stop();
}
