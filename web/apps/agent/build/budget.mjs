// Fails when the first load of the inbox takes more JavaScript than it may, or comes in an order that cannot work. Run after `npm run build`.
import { readFileSync, statSync } from "node:fs";
import { exit, stderr, stdout } from "node:process";

/** gzip bytes of all scripts before a signed-in agent sees the list. */
const LIMIT = 150 * 1000;
/** What the inbox route loads: the entry, the shell and the screen, with everything they import at once. */
const ROUTE = ["index.html", "src/app/shell.tsx", "src/features/inbox/screen.tsx"];

const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

const files = new Set(["theme.js"]);
function add(name) {
  const chunk = manifest[name];
  if (!chunk) throw new Error(`${name} is not in the build`);
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const other of chunk.imports ?? []) add(other);
}
for (const name of ROUTE) add(name);

// What the core takes from a chunk that needs the core itself is not there yet when it is first used.
const core = Object.keys(manifest).find((name) => name.startsWith("_core-"));
const odd = (manifest[core]?.imports ?? []).filter((name) => !name.startsWith("_rolldown-runtime"));
if (!core || odd.length > 0) {
  stderr.write(`The core must import nothing: add what it takes from ${odd.join(", ")} to CORE in vite.config.ts.\n`);
  exit(1);
}

let total = 0;
for (const file of files) {
  const size = statSync(new URL(`${file}.gz`, dist)).size;
  total += size;
  stdout.write(`${(size / 1000).toFixed(1).padStart(8)} kB  ${file}\n`);
}
stdout.write(`${(total / 1000).toFixed(1).padStart(8)} kB  first load of the inbox, gzip, limit ${LIMIT / 1000} kB\n`);
if (total > LIMIT) {
  stderr.write("The first load of the inbox is over its budget.\n");
  exit(1);
}
