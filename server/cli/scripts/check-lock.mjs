/**
 * Every optional dependency that the lock file names must itself be in it: otherwise `npm ci` fails
 * on the platform that needs it, though `npm install` succeeded here.
 */
import { readFileSync } from "node:fs";

const { packages } = JSON.parse(readFileSync(new URL("../../../package-lock.json", import.meta.url), "utf8"));
const missing = [];
for (const [path, entry] of Object.entries(packages)) {
  for (const name of Object.keys(entry.optionalDependencies ?? {})) {
    const places = [`node_modules/${name}`];
    for (let at = path; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf("/node_modules/"))))
      places.push(`${at}/node_modules/${name}`);
    if (!places.some((place) => place in packages)) missing.push(`${path || "the project"} needs ${name}`);
  }
}
if (missing.length > 0) {
  console.error(`package-lock.json is incomplete:\n  ${missing.join("\n  ")}`);
  process.exit(1);
}
console.log(`package-lock.json is complete (${Object.keys(packages).length} packages)`);
