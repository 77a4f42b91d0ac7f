/**
 * Takes the README's picture of the built product: two replicas of one note, one of them cut off. Starts a server
 * of its own on a folder of its own. Usage: npm run picture
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureBrowser } from "./browser.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const PICTURE = join(ROOT, ".github", "riftpad.png");
const { chromium } = (await import("playwright")).default;

const server = spawn(process.execPath, [join(ROOT, "dist/server.mjs")], {
  env: { ...process.env, PORT: "0", NODE_ENV: "production", RIFTPAD_DATA: mkdtempSync(join(tmpdir(), "riftpad-picture-")) },
  stdio: ["ignore", "pipe", "inherit"],
});
const url = await new Promise((resolve, reject) => {
  let output = "";
  server.stdout.on("data", (chunk) => {
    output += chunk;
    const found = /http:\/\/\S+/.exec(output);
    if (found) resolve(found[0]);
  });
  server.on("exit", () => reject(new Error(`The server ended: ${output}`)));
});
const browser = await chromium.launch({ executablePath: await ensureBrowser(join(ROOT, "node_modules")), chromiumSandbox: false });
try {
  const context = await browser.newContext({ viewport: { width: 1200, height: 620 }, colorScheme: "light" });
  const open = async (path) => {
    const page = await context.newPage();
    await page.goto(url + path);
    await synced(page);
    return page;
  };
  const synced = (page) => page.waitForFunction(() => globalThis.__riftpad?.status().connection === "synced");
  const type = async (page, text) => {
    await page.getByTestId("editor").focus();
    await page.keyboard.press("Control+End");
    await page.keyboard.type(text);
  };
  const ana = await open("/");
  await ana.getByTestId("new-note").click();
  await ana.getByTestId("strategy-lww-note").click();
  await ana.waitForFunction(() => !location.pathname.endsWith("/welcome"));
  await synced(ana);
  await ana.getByTestId("note-title").fill("Trip to the coast");
  await ana.getByTestId("note-title").press("Enter");
  await type(ana, "## Packing\n\n- socks\n- passport\n");
  const bo = await open(new URL(ana.url()).pathname);
  await bo.getByTestId("toggle-partition").click();
  await bo.waitForFunction(() => document.querySelector('[data-testid="cut-banner"]') !== null);
  await type(bo, "- sunscreen");
  await type(ana, "- tickets for the ferry");
  await bo.getByTestId("toggle-partition").click();
  await ana.waitForFunction(() => document.querySelector('[data-testid="convergence-strip"]')?.textContent?.includes("agree again"));
  await type(ana, "\n- and a map");
  await bo.getByTestId("toggle-partition").click();
  await bo.waitForFunction(() => document.querySelector('[data-testid="cut-banner"]') !== null);
  await type(ana, " of the tides");
  await ana.getByRole("button", { name: "Ledger" }).first().click();
  await ana.getByTestId("ledger-words").first().waitFor();
  await ana.waitForFunction(() => document.querySelector('[data-testid="convergence-strip"]')?.textContent?.includes("behind"));
  await ana.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
  mkdirSync(dirname(PICTURE), { recursive: true });
  await ana.screenshot({ path: PICTURE });
  console.log(PICTURE);
} finally {
  await browser.close();
  server.kill("SIGTERM");
}
