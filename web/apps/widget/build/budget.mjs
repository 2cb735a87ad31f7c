// Fails when the widget is larger than it may be. Run after `npm run build`.
import { readdirSync, statSync } from "node:fs";
import { exit, stderr, stdout } from "node:process";

/** gzip bytes of what every page loads. */
const PAGE = 12 * 1000;
/** And of what those load in addition, once, who open the chat. */
const PANEL = 20 * 1000;

const dist = new URL("../dist/", import.meta.url);
let over = false;
for (const name of readdirSync(dist).filter((file) => file.endsWith(".js"))) {
  const size = statSync(new URL(`${name}.gz`, dist)).size;
  const limit = name === "widget.js" ? PAGE : PANEL;
  over ||= size > limit;
  stdout.write(`${(size / 1000).toFixed(1).padStart(8)} kB  ${name}, gzip, limit ${limit / 1000} kB\n`);
}
if (over) stderr.write("The widget is over its budget.\n");
exit(over ? 1 : 0);
