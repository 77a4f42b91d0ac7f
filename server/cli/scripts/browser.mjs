/**
 * Finds a Chromium for the end-to-end tests, or installs one: CHROMIUM_PATH; Playwright's own; the
 * well-known places; the one inside an npm package; Playwright's download; Debian's package.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/**
 * The path of a browser that starts.
 * @throws Error that says what to install when there is none and none could be had.
 */
export async function ensureBrowser(modules) {
  const require = createRequire(join(modules, "x.js"));
  const load = async (name) => import(pathToFileURL(require.resolve(name)).href);
  const own = async () => (await load("playwright")).default.chromium.executablePath();
  const tried = [];
  const works = (path) => {
    if (!path || !existsSync(path)) return false;
    const answer = spawnSync(path, ["--version", "--no-sandbox"], { encoding: "utf8", timeout: 30_000 });
    if (answer.status === 0) return true;
    tried.push(`${path}: ${(answer.stderr || answer.error?.message || `exit ${answer.status}`).trim().split("\n").at(-1)}`);
    return false;
  };

  if (process.env.CHROMIUM_PATH) {
    if (works(process.env.CHROMIUM_PATH)) return process.env.CHROMIUM_PATH;
    throw new Error(`CHROMIUM_PATH is ${process.env.CHROMIUM_PATH}, which does not start. Point it at a Chromium or unset it.`);
  }
  const playwrights = await own();
  for (const path of [playwrights, ...PLACES]) if (works(path)) return path;

  try {
    const packaged = (await load("@sparticuz/chromium")).default;
    const path = await packaged.executablePath();
    if (works(path)) return path;
  } catch (error) {
    tried.push(`@sparticuz/chromium: ${error.message}`);
  }

  console.log("No browser found; installing one ...");
  spawnSync(process.execPath, [join(modules, "playwright", "cli.js"), "install", "chromium"], { stdio: "inherit", timeout: 300_000 });
  if (works(playwrights)) return playwrights;

  if (existsSync("/etc/debian_version") && process.getuid?.() === 0) {
    spawnSync("apt-get", ["update", "-qq"], { stdio: "inherit" });
    spawnSync("apt-get", ["install", "-y", "-qq", "chromium", "fonts-noto-color-emoji"], {
      stdio: "inherit",
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    for (const path of PLACES) if (works(path)) return path;
  }
  throw new Error(`No Chromium that starts was found or could be installed. Install one and set CHROMIUM_PATH to it.\n${tried.join("\n")}`);
}
