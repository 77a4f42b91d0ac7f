/** `npm run bench -- <what> [options]`: hands over to that benchmark's own main.ts, which knows its options. */

import { existsSync } from "node:fs";

const KNOWN = ["text", "server", "board"] as const;

const [what] = process.argv.slice(2);
if (what === "--help") {
  console.log(`Usage: npm run bench -- ${KNOWN.join("|")} [options]; with --help after it, each says which.`);
  process.exit(0);
}
const name = KNOWN.find((known) => known === what);
if (name === undefined) fail(`Unknown benchmark "${what ?? ""}". Known: ${KNOWN.join(", ")}`);
const main = new URL(`${name}/main.ts`, import.meta.url);
if (!existsSync(main)) fail(`The benchmark "${name}" is not in this checkout`);
await import(main.href);

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
