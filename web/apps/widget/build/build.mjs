// Builds what pages embed: widget.js, one classic script, and a panel per language, which it loads when the chat is opened. Each is
// built by itself: shared pieces would be further requests.

import { createHash } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = `${root}dist/`;
const LANGUAGES = ["en", "es", "pt", "fr", "ar"];

/** Bundles one file with all it needs. */
async function bundle(entry, name, panels) {
  const result = await build({
    root,
    configFile: false,
    logLevel: "warn",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    define: { __PANELS__: JSON.stringify(panels) },
    build: {
      write: false,
      target: "es2022",
      ...(panels
        ? { lib: { entry, formats: ["iife"], name: "MaxChat", fileName: () => name } }
        : // As a library Vite would keep the whitespace of a module.
          {
            rolldownOptions: {
              input: root + entry,
              preserveEntrySignatures: "strict",
              output: { entryFileNames: name },
            },
          }),
    },
  });
  const [output] = [result].flat();
  if (!output || !("output" in output)) throw new Error("nothing was built");
  const [chunk, ...more] = output.output;
  if (more.length > 0) throw new Error(`${name} came with ${more.map(({ fileName }) => fileName).join(", ")}`);
  return chunk.code;
}

/** Writes a file, and its compressed forms beside it. */
async function put(name, code) {
  const bytes = Buffer.from(code);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  await writeFile(dist + name, bytes);
  await writeFile(`${dist}${name}.gz`, await promisify(gzip)(bytes, { level: 9 }));
  await writeFile(`${dist}${name}.br`, await promisify(brotliCompress)(bytes, { params }));
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist);
const hash = createHash("sha256");
for (const language of LANGUAGES) {
  const code = await bundle(`src/entries/${language}.ts`, `panel.${language}.js`, "");
  hash.update(code);
  await put(`panel.${language}.js`, code);
}
await put("widget.js", await bundle("src/main.ts", "widget.js", hash.digest("hex").slice(0, 12)));
