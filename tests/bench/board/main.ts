/**
 * `npm run bench -- board [--keys N] [--seconds N] [--latency MS] [--json]`: what the partition board costs a tab. One Chromium tab on
 * a note with seven writers, every link slowed down so that messages are to be seen on their way; measured with the network panel
 * closed, then open. Needs `npm run build`, and Linux, as Chromium counts a thread's time nowhere else. Everything runs on one machine.
 */

import { spawn } from "node:child_process";
import { cpus, loadavg } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type CDPSession, chromium, type Page } from "playwright";
import { startServer } from "../../support/server-process.ts";
import { type Figures, quantile, rowsOf } from "./figures.ts";
import { watchPage } from "./page-watch.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const WRITERS = 7;
const SETTLE_MS = 3_000;

const flags = process.argv.slice(3);
const [keysPerS, seconds, latencyMs] = [numberAfter("--keys", 18), numberAfter("--seconds", 10), numberAfter("--latency", 300)];

const { ensureBrowser } = (await import(new URL("server/cli/scripts/browser.mjs", `file://${ROOT}`).href)) as {
  readonly ensureBrowser: (modules: string) => Promise<string>;
};
const server = await startServer({ hasPages: true });
const base = `http://${server.url}`;
const browser = await chromium.launch({ executablePath: await ensureBrowser(`${ROOT}node_modules`), chromiumSandbox: false });
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  // What tsx writes around functions, for the one that runs in the page.
  await page.addInitScript("globalThis.__name = (named) => named");
  const note = await openNote(page);
  const writers = await startWriters(note);
  const own = await page.evaluate(() => (window as unknown as { __riftpad: { replicaId: string } }).__riftpad.replicaId);
  for (const replica of [...writers.ids, own]) await slowDown(replica);
  const closed = await measure(page, writers);
  await page.getByRole("toolbar").getByRole("button", { name: "Network" }).click();
  await page.getByTestId("pill").first().waitFor();
  const open = await measure(page, writers);
  writers.stop();
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, load ${loadavg()[0]?.toFixed(1)}, Node ${process.versions.node}, Chromium ${browser.version()}`;
  if (flags.includes("--json")) console.log(JSON.stringify({ machine, keysPerS, seconds, latencyMs, closed, open }));
  else {
    console.log(`8 replicas, ${WRITERS} of them press ${keysPerS} keys a second, links ${latencyMs} ms one way.\n${machine}.\n`);
    for (const row of rowsOf({ closed, open })) console.log(row);
  }
} finally {
  await browser.close();
  await server.stop("SIGTERM");
}

/** A new note in the tab, in step with the server; its id. */
async function openNote(page: Page): Promise<string> {
  await page.goto(`${base}/`);
  await page.getByTestId("new-note").click();
  const before = page.url();
  await page.getByTestId("strategy-walker").click();
  await page.waitForURL((url) => url.href !== before);
  await page.getByTestId("status-chip").filter({ hasText: "Saved" }).waitFor();
  return new URL(page.url()).pathname.split("/").pop()!;
}

interface Writers {
  readonly ids: readonly string[];
  /** Keys pressed and frames received since they began. */
  readonly counts: { keys: number; frames: number };
  stop(): void;
}

async function startWriters(note: string): Promise<Writers> {
  const script = fileURLToPath(new URL("writers.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, server.url, note, String(WRITERS), String(keysPerS)], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const counts = { keys: 0, frames: 0 };
  const ids = await new Promise<readonly string[]>((resolve, reject) => {
    createInterface(child.stdout).on("line", (line) => {
      const [word, ...rest] = line.split(" ");
      if (word === "here") resolve(rest);
      if (word !== "second") return;
      counts.keys += Number(rest[0]);
      counts.frames += Number(rest[1]);
    });
    child.once("exit", (code) => reject(new Error(`The writers ended with ${code}`)));
  });
  return { ids, counts, stop: () => child.stdin.end() };
}

async function slowDown(replica: string): Promise<void> {
  await fetch(`${base}/control/links/${replica}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ up: { latencyMs }, down: { latencyMs } }),
  });
}

async function measure(page: Page, { counts }: Writers): Promise<Figures> {
  await wait(SETTLE_MS);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  await page.locator(".cm-content").first().click();
  const [from, before] = [{ ...counts }, await taskMs(cdp)];
  const seen = await page.evaluate(watchPage, seconds * 1_000);
  const [to, after] = [{ ...counts }, await taskMs(cdp)];
  await cdp.detach();
  return {
    updatesPerS: (to.keys - from.keys) / seconds,
    framesPerS: (to.frames - from.frames) / seconds,
    fps: (1_000 * seen.framesMs.length) / seen.framesMs.reduce((sum, ms) => sum + ms, 0),
    frameMsP95: quantile(seen.framesMs, 0.95),
    mainMsPerS: (after - before) / (seen.tookMs / 1_000),
    mainMsPerFrame: (after - before) / seen.framesMs.length,
    longTasks: seen.longMs.length,
    keyMsP50: quantile(seen.keysMs, 0.5),
    keyMsP95: quantile(seen.keysMs, 0.95),
  };
}

/** How long the tab's main thread has been at work. */
async function taskMs(cdp: CDPSession): Promise<number> {
  const { metrics } = await cdp.send("Performance.getMetrics");
  return 1_000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? NaN);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function numberAfter(name: string, usual: number): number {
  const value = flags.includes(name) ? Number(flags[flags.indexOf(name) + 1]) : usual;
  if (!(value > 0)) throw new RangeError(`${name} ${value}: expected more than 0`);
  return value;
}
