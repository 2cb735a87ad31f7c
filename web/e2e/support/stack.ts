// The real binary as `max demo`, with its own PostgreSQL and simulator, in a folder of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** What a failing run leaves behind, and the log of the server. */
export const OUTPUT = resolve(import.meta.dirname, "../output");

const REPOSITORY = resolve(import.meta.dirname, "../../..");
/** Milliseconds: making a database from nothing is the slow part. */
const START = 60_000;
const STOP = 40_000;
/** Quicker phones than people have, in milliseconds, each step still to be seen. */
const PACE = { sent_ms: 100, delivered_ms: 250, read_ms: 400, jitter_ms: 50 };

function binary(): string {
  const target = process.env.CARGO_TARGET_DIR ?? "target";
  const path = process.env.MAX_BIN ?? resolve(REPOSITORY, target, "debug/max");
  if (!existsSync(path)) throw new Error(`${path} is missing: build it with "cargo build --bin max", or set MAX_BIN`);
  return path;
}

/** A port nobody listens on. */
async function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer().on("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address && typeof address === "object" ? done(address.port) : failed(new Error("no port"))));
    });
  });
}

/** MAX and the simulator, running. */
export class Stack {
  #process: ChildProcess | null = null;
  readonly #folder = mkdtempSync(join(tmpdir(), "max-e2e-"));

  private constructor(
    /** Where the agent app is. */
    readonly app: string,
    /** Where the phone page and the simulator's control API are. */
    readonly phone: string,
    readonly log: string,
    readonly samples: boolean,
  ) {}

  /** Starts with nothing in the database, or with the sample conversations. `name` is that of the log file. */
  static async start(name: string, { samples = false } = {}): Promise<Stack> {
    const [app, phone] = [await freePort(), await freePort()];
    mkdirSync(OUTPUT, { recursive: true });
    const stack = new Stack(
      `http://127.0.0.1:${app}`,
      `http://127.0.0.1:${phone}`,
      join(OUTPUT, `${name}.log`),
      samples,
    );
    rmSync(stack.log, { force: true });
    try {
      await stack.up();
    } catch (error) {
      await stack.stop();
      throw error;
    }
    return stack;
  }

  /** Starts the process, on what the last one left, and waits until it is ready. */
  async up(): Promise<void> {
    const { app, phone, log } = this;
    const listen = ["--listen", new URL(app).host, "--phone-listen", new URL(phone).host];
    const args = ["demo", ...(this.samples ? [] : ["--empty"]), ...listen, "--data-dir", this.#folder];
    const out = openSync(log, "a");
    const told = statSync(log).size;
    const child = spawn(binary(), args, { cwd: this.#folder, stdio: ["ignore", out, out] });
    closeSync(out);
    this.#process = child;
    const late = Date.now() + START;
    // The last word comes when the simulator has its number.
    const ready = async () =>
      readFileSync(log).subarray(told).includes("MAX is running.") && (await answers(`${app}/readyz`));
    while (!(await ready())) {
      if (child.exitCode !== null) throw new Error(`max ended at once; see ${log}`);
      if (Date.now() > late) throw new Error(`max is not ready after ${START / 1000} s; see ${log}`);
      await pause(50);
    }
    await fetch(`${phone}/_sim/settings`, {
      method: "PATCH",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(PACE),
    });
  }

  /** Ends the process without a word, as a power cut would. Its database goes on. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Ends everything and removes what it kept. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill(signal);
    const late = setTimeout(() => child.kill("SIGKILL"), STOP);
    await ended;
    clearTimeout(late);
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return response.ok;
  } catch {
    return false;
  }
}
