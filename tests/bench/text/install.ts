/** The peers' own package: installed on first use, never by `npm start` or `npm test`. */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Whether what the lock file names is there now; says on stderr why not. */
export function ensurePeers(folder: string): boolean {
  const lock = readFileSync(join(folder, "package-lock.json"));
  const want = createHash("sha256").update(lock).update(process.version).digest("hex");
  const stamp = join(folder, "node_modules", ".riftpad-stamp");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === want) return true;
  process.stderr.write("Installing the peers (once) ...\n");
  const npm = process.env["npm_execpath"];
  const args = ["ci", "--no-audit", "--no-fund", "--ignore-scripts"];
  // A production NODE_ENV would leave packages out.
  const env: NodeJS.ProcessEnv = { ...process.env, NODE_ENV: "development" };
  const { status } =
    npm === undefined
      ? spawnSync("npm", args, { cwd: folder, env, stdio: ["ignore", 2, 2], shell: process.platform === "win32" })
      : spawnSync(process.execPath, [npm, ...args], { cwd: folder, env, stdio: ["ignore", 2, 2] });
  if (status !== 0) {
    process.stderr.write("npm ci failed in tests/bench/text/peers; its message is above.\n");
    return false;
  }
  writeFileSync(stamp, want);
  return true;
}

/** The installed version of a peer, or null. */
export function versionOf(name: string, folders: readonly string[]): string | null {
  for (const folder of folders) {
    const file = join(folder, "node_modules", name, "package.json");
    if (existsSync(file)) return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
  }
  return null;
}
