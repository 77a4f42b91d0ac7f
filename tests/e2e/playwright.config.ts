import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import { PORT, portsOf, WORKERS } from "./ports.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const executablePath = [process.env.CHROMIUM_PATH, "/usr/bin/chromium"].find((path) => path !== undefined && existsSync(path));
// This file is read again in each worker; the server is started by the first reader alone.
const dataFolder = (process.env.RIFTPAD_E2E_DATA ??= mkdtempSync(join(tmpdir(), "riftpad-e2e-")));

function serverOn(port: number, env: Readonly<Record<string, string>>) {
  return {
    // node itself, so that the signal at the end reaches it.
    command: `${JSON.stringify(process.execPath)} dist/server.mjs`,
    cwd: ROOT,
    url: `http://127.0.0.1:${port}/healthz`,
    env: { PORT: String(port), HOST: "127.0.0.1", NODE_ENV: "production", ...env },
    reuseExistingServer: false,
    timeout: 60_000,
    gracefulShutdown: { signal: "SIGTERM", timeout: 6_000 },
  } as const;
}

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  outputDir: join(tmpdir(), "riftpad-e2e-results"),
  fullyParallel: false,
  workers: WORKERS,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  use: {
    baseURL: `http://127.0.0.1:${PORT}`,
    viewport: { width: 1440, height: 900 },
    launchOptions: {
      ...(executablePath === undefined ? {} : { executablePath }),
      chromiumSandbox: false,
      args: ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
    },
  },
  webServer: Array.from({ length: WORKERS }, (_, worker) => {
    const { port, linksPort } = portsOf(worker);
    return [
      // A lock that runs out while a test is doing something else.
      serverOn(port, { RIFTPAD_DATA: join(dataFolder, `open-${worker}`), RIFTPAD_LOCK_TTL_MS: "4000" }),
      serverOn(linksPort, {
        RIFTPAD_DATA: join(dataFolder, `links-${worker}`),
        RIFTPAD_ACCESS: "links",
        RIFTPAD_FAULTS: "off",
        RIFTPAD_TOKEN: "the-owner-of-the-e2e-server",
      }),
    ];
  }).flat(),
});
