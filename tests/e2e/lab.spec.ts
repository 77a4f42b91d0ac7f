import { readFile } from "node:fs/promises";
import AxeBuilder from "@axe-core/playwright";
import { type BrowserContext, expect, type Page, type Response, test } from "@playwright/test";
import { gzipSync } from "node:zlib";
import { recordFromJson } from "../../crdt/lab/sandbox-record.ts";
import { Sandbox } from "../../crdt/lab/sandbox.ts";
import { recordOfSeed, SEEDS } from "../support/seed-runs.ts";

/** What the page itself loads before its world is there, compressed; the worker that holds the world loads its own. */
const SCRIPT_BYTES_MAX = 300 * 1024;
/** What the worker loads before its first world runs. */
const WORKER_BYTES_MAX = 160 * 1024;
const START_TEXT = "# Trip\n\n- the good map\n- a dry tent\n";

async function openLab(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto("/lab");
  await expect(page.getByTestId("editor-A")).toContainText("the good map");
  return page;
}

/** Types at the end of a replica's text. */
async function type(page: Page, replica: string, text: string): Promise<void> {
  await page.getByTestId(`editor-${replica}`).focus();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(text);
}

/** A replica's lines, without the flags of others' carets. */
async function textOf(page: Page, replica: string): Promise<string> {
  return await page.getByTestId(`editor-${replica}`).evaluate((content) => {
    const copy = content.cloneNode(true) as HTMLElement;
    for (const caret of copy.querySelectorAll(".rp-caret")) caret.remove();
    return [...copy.querySelectorAll(".cm-line")].map((line) => line.textContent).join("\n");
  });
}

/** Lets virtual time go by until `done`. */
async function runUntil(page: Page, done: () => Promise<void>): Promise<void> {
  await page.getByTestId("lab-speed").selectOption("5");
  await page.getByTestId("lab-run").click();
  await done();
  await page.getByTestId("lab-run").click();
  await expect(page.getByTestId("lab-run")).toContainText("Run");
}

async function hashOf(page: Page): Promise<string> {
  return (await page.getByTestId("lab-hash").getAttribute("data-hash")) ?? "";
}

test("two replicas write under a cut, agree after the heal; the past is seen, and gone on from", async ({ context }) => {
  const page = await openLab(context);
  await page.getByTestId("cut-B").click();
  await expect(page.getByTestId("word-B")).toHaveText("Cut");
  await type(page, "A", "alpha");
  await type(page, "B", "beta");
  const agreement = page.getByTestId("lab-agreement");
  await runUntil(page, () => expect.poll(() => textOf(page, "C")).toBe(`${START_TEXT}alpha`));
  await expect(agreement).toContainText("A and C agree; B differs.");
  await page.keyboard.press("Alt+w");
  await expect(page.getByTestId("where")).toHaveText(
    /^A and C agree; B differs\. A: online, .*caret last heard of at \d+, .* B: cut off, 4 unsaved, .* C: online, /,
  );
  expect(await textOf(page, "B")).toBe(`${START_TEXT}beta`);
  await expect(page.getByTestId("unsaved-B")).toHaveText("4 unsaved");

  await page.getByTestId("cut-B").click();
  await runUntil(page, () => expect(agreement).toContainText("All 3 agree."));
  const whole = await textOf(page, "A");
  expect(whole).toMatch(/alphabeta|betaalpha/);
  await expect(page.getByTestId("anomaly-summary")).toHaveText(/^No anomaly up to \d/);
  expect(await textOf(page, "B")).toBe(whole);
  const hashes = ["A", "B", "C"].map((name) => page.getByTestId(`hash-${name}`).textContent());
  expect(new Set(await Promise.all(hashes)).size).toBe(1);

  // Back to the beginning by keyboard: everybody has what they had then, and nobody can write there.
  await page.getByTestId("timeline").focus();
  await page.keyboard.press("Home");
  await expect(page.getByTestId("viewing")).toContainText("Viewing");
  for (let n = 0; n < 20 && !((await page.getByTestId("past-A").textContent()) ?? "").endsWith("alpha"); n++)
    await page.keyboard.press("]");
  await expect(page.getByTestId("past-A")).toHaveText(`${START_TEXT}alpha`);
  await expect(page.getByTestId("past-B")).not.toContainText("alpha");
  await expect(page.getByTestId("past-B")).toHaveAttribute("aria-readonly", "true");
  await expect(page.getByTestId("editor-A")).toBeHidden();
  await page.keyboard.press("f");
  await expect(page.getByTestId("lab")).toHaveAttribute("data-world", "2");
  expect(await textOf(page, "A")).toBe(`${START_TEXT}alpha`);
  expect(await textOf(page, "C")).toBe(START_TEXT.replace(/\n$/, "\n"));
  // What came later is gone: B is still cut off, and the fork is written into.
  await expect(page.getByTestId("word-B")).toHaveText("Cut");
  await type(page, "C", "fork");
  await runUntil(page, () => expect.poll(() => textOf(page, "A")).toMatch(/alphafork|forkalpha/));
});

test("a message is chosen and dropped by keyboard; its writer is told, and the next edit mends the gap", async ({ context }) => {
  const page = await openLab(context);
  await type(page, "A", "x");
  const message = page.locator('[data-testid="message"][data-from="A"][data-name="numbered"]');
  await expect(message).toHaveCount(1);
  await page.getByTestId("wires").focus();
  for (let n = 0; n < 6 && (await message.getAttribute("aria-selected")) !== "true"; n++) await page.keyboard.press("ArrowDown");
  await expect(page.getByTestId("message-details")).toContainText(/update #\d+, A → S1, \d+ B/);
  await expect(page.getByTestId("message-details")).toContainText(/numbered: number \d+; update of \d+ bytes/);
  await page.keyboard.press("x");
  await expect(message).toHaveCount(0);
  await page.getByRole("tab", { name: "List" }).click();
  await expect(page.getByTestId("event-list")).toContainText("An update from A to S1 is lost");
  await runUntil(page, () =>
    expect.poll(async () => Number(await page.getByTestId("lab-time").getAttribute("data-ms"))).toBeGreaterThan(3_000),
  );
  expect(await textOf(page, "B")).toBe(START_TEXT);
  await expect(page.getByTestId("unsaved-A")).toHaveText("1 unsaved");
  await type(page, "A", "y");
  await runUntil(page, () => expect.poll(() => textOf(page, "B")).toBe(`${START_TEXT}xy`));
  await expect(page.getByTestId("unsaved-A")).toHaveCount(0);
});

test("50 seeds give the same run hashes in the page's worker as in Node, and so does what a person makes there", async ({ context }) => {
  // The page's own worker is wanted as its build names it.
  await context.addInitScript(() => {
    const Original = window.Worker;
    window.Worker = class extends Original {
      constructor(...args: ConstructorParameters<typeof Worker>) {
        super(...args);
        Reflect.set(window, "labWorkerArgs", args);
      }
    };
  });
  const page = await openLab(context);
  await page.getByTestId("lab-seed").fill("42");
  await page.getByTestId("lab-seed").press("Enter");
  await expect(page.getByTestId("lab")).toHaveAttribute("data-world", "2");
  await page.getByTestId("bot-A").click();
  for (let n = 0; n < 8; n++) await page.getByTestId("lab-step").click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId("lab-save").click()]);
  const own = await readFile(await download.path(), "utf8");
  await expect.poll(() => hashOf(page)).toBe(recordFromJson(own).hash);
  expect((await Sandbox.replay(recordFromJson(own))).hash).toBe(recordFromJson(own).hash);

  const records = await Promise.all(SEEDS.map(recordOfSeed));
  const hashes = await page.evaluate(async (jsons) => {
    const worker: Worker = new Worker(...(Reflect.get(window, "labWorkerArgs") as ConstructorParameters<typeof Worker>));
    const out: string[] = [];
    for (const json of jsons) {
      worker.postMessage({ type: "load", json });
      out.push(
        await new Promise<string>((resolve, reject) => {
          worker.onmessage = ({ data }: MessageEvent<{ type: string; text?: string; hash?: string }>) => {
            if (data.type === "frame") resolve(data.hash ?? "");
            else if (data.type === "notice" || data.type === "failed") reject(new Error(data.text));
          };
        }),
      );
      worker.postMessage({ type: "shown" });
    }
    worker.terminate();
    return out;
  }, records);
  expect(hashes).toEqual(records.map((json) => recordFromJson(json).hash));
  expect(new Set(hashes).size).toBe(SEEDS.length);
});

test("a bot hands over to whoever types, and people type faster than frames come", async ({ context }) => {
  const page = await openLab(context);
  await page.getByTestId("bot-A").click();
  await page.getByTestId("bot-B").click();
  await page.getByTestId("lab-speed").selectOption("20");
  await page.getByTestId("lab-run").click();
  await expect.poll(async () => (await textOf(page, "A")).length).toBeGreaterThan(120);
  // A bot that has seen half of the word may go on right behind it: this one sees none of it.
  await page.getByTestId("cut-A").click();
  await type(page, "B", "somebody-types-one-word-that-no-bot-goes-into");
  await expect(page.getByTestId("bot-B")).toHaveAttribute("aria-pressed", "false");
  await expect(page.getByTestId("bot-A")).toHaveAttribute("aria-pressed", "true");
  await page.getByTestId("bot-A").click();
  await page.getByTestId("cut-A").click();
  await expect(page.getByTestId("lab-agreement")).toContainText("All 3 agree.");
  const text = await textOf(page, "B");
  expect(text).toContain("somebody-types-one-word-that-no-bot-goes-into");
  await expect.poll(() => textOf(page, "A")).toBe(text);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`nothing stands in anybody's way: at rest, cut, in the past, narrow (${colorScheme})`, async ({ browser }) => {
    const context = await browser.newContext({ colorScheme });
    const page = await openLab(context);
    await expectNoViolations(page);
    await page.getByTestId("cut-B").click();
    await type(page, "A", "x");
    await type(page, "B", "y");
    await page.getByTestId("space-time").focus();
    await page.keyboard.press("ArrowUp");
    await expect(page.getByTestId("causal-text")).toContainText(/came before it|happened to nobody/);
    await expectNoViolations(page);
    await page.getByRole("tab", { name: "List" }).click();
    await page.getByTestId("event-back").click();
    await expect(page.getByTestId("past-A")).toBeVisible();
    await expectNoViolations(page);
    await page.setViewportSize({ width: 320, height: 640 });
    await expectNoViolations(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    await context.close();
  });
}

test("of three nodes the one that leads is cut off: its side waits, the others go on, and all agree after the heal", async ({
  context,
}) => {
  const page = await openLab(context);
  await page.getByTestId("lab-strategy").selectOption("ot");
  await expect(page.getByTestId("lab")).toHaveAttribute("data-world", "2");
  await page.getByTestId("lab-nodes").selectOption("3");
  await expect(page.getByTestId("leader-S1")).toBeVisible();
  await page.getByTestId("isolate-S1").click();
  await expect(page.getByTestId("node-link-S1-S3")).toHaveText("S1 → S3 cut");
  await page.getByTestId("lab-speed").selectOption("20");
  await page.getByTestId("lab-run").click();
  await expect(page.getByTestId("leader-S1")).toHaveCount(0);
  await expect(page.getByTestId("nodes-panel")).toContainText("leads");
  await type(page, "B", "majority");
  await type(page, "A", "minority");
  await expect(page.getByTestId("node-text-S3")).toContainText("majority");
  await expect(page.getByTestId("card-A")).toContainText("This side has 1 of 3 servers");
  await expect(page.getByTestId("node-text-S1")).not.toContainText("minority");
  await page.getByTestId("lab-heal").click();
  await expect(page.getByTestId("node-text-S1")).toContainText("minority");
  await expect(page.getByTestId("lab-agreement")).toHaveText(/^All 3 agree\./);
  await page.getByTestId("lab-run").click();
  await expect(page.getByTestId("node-facts-S1")).toHaveText(/^Reaches S2 and S3; log of \d+, \d+ committed; token \d+$/);

  // Of the past the nodes, their links and what was on its way are shown as they were, and nothing can be done to them.
  await page.getByTestId("timeline").focus();
  await page.keyboard.press("Home");
  await expect(page.getByTestId("past-mark")).toContainText("The past: everything as it was at 0.0 s");
  await expect(page.getByTestId("leader-S1")).toBeVisible();
  await expect(page.getByTestId("node-link-S1-S3")).toHaveText("S1 → S3 cut");
  await expect(page.getByTestId("node-text-S3")).not.toContainText("majority");
  for (const name of ["crash-S1", "cut-A", "home-A", "lab-heal", "message-drop"]) await expect(page.getByTestId(name)).toBeDisabled();
  await page.keyboard.press("h");
  await expect(page.getByTestId("lab-notice")).toContainText("This is the past");
  await expectNoViolations(page);
  await page.keyboard.press("End");
  await expect(page.getByTestId("past-mark")).toHaveCount(0);
  await expect(page.getByTestId("node-text-S1")).toContainText("minority");
  await expect(page.getByTestId("crash-S1")).toBeEnabled();
});

/** One register, two who write while they are apart: one's word is lost when they meet. */
async function openWithLoss(context: BrowserContext): Promise<Page> {
  const page = await openLab(context);
  await page.getByTestId("lab-strategy").selectOption("lww-note");
  await expect(page.getByTestId("lab")).toHaveAttribute("data-world", "2");
  await page.getByTestId("cut-B").click();
  await type(page, "A", "one");
  await type(page, "B", "two");
  await page.getByTestId("cut-B").click();
  return page;
}

test("what is lost is flagged by itself once all has come to rest, and its flag says who avoids it", async ({ context }) => {
  const page = await openWithLoss(context);
  const mark = page.getByTestId("flag-mark");
  await runUntil(page, () => expect(mark).toHaveAccessibleName(/^lost insert at \d/));
  await expect(page.getByTestId("anomaly-summary")).toHaveText(/^1 anomaly up to \d/);
  await expect(page.getByTestId("anomaly-spoken")).toHaveText("1 anomaly so far, the last one found: lost insert.");
  await mark.press("Enter");
  const flag = page.getByTestId("lab-flags").getByTestId("anomaly");
  await expect(flag.locator("summary")).toBeFocused();
  await expect(flag.getByRole("listitem")).toHaveText([/^[AB] typed “(one|two)”$/, /^[AB] typed “(one|two)”$/]);
  await expect(flag).toContainText(/Not under: Walker, .*Operational transformation/);
  await expectNoViolations(page);
});

test("what was lost can be put back once, and again when it is gone again", async ({ context }) => {
  const page = await openWithLoss(context);
  const ledger = page.getByTestId("lab-ledger");
  await runUntil(page, () => expect(ledger.locator("summary")).not.toContainText("nothing lost"));
  await ledger.locator("summary").click();
  const words = await ledger.locator("del").first().textContent();
  const replica = words === "one" ? "A" : "B";
  await ledger.getByRole("button", { name: "Restore", exact: true }).first().click();
  await expect(ledger.getByRole("button", { name: "Restored" })).toBeDisabled();
  await expect.poll(() => textOf(page, replica)).toContain(words);
  await page.getByTestId(`editor-${replica}`).focus();
  await page.keyboard.press("Control+End");
  for (let n = 0; n < 40 && (await textOf(page, replica)).includes(words!); n++) await page.keyboard.press("Backspace");
  await expect(ledger.getByRole("button", { name: "Restored" })).toHaveCount(0);
});

test("the script of the laboratory's page stays within its budget", async ({ context }) => {
  const page = await context.newPage();
  const sizes: Promise<number>[] = [];
  const begun = page.waitForEvent("worker");
  const measure = (response: Response): void => {
    if (response.request().resourceType() === "script") sizes.push(response.body().then((body) => gzipSync(body, { level: 9 }).length));
  };
  page.on("response", measure);
  await page.goto("/lab");
  await expect(page.getByTestId("editor-A")).toBeVisible();
  // What comes later is none of the page's, and may come after the test.
  page.off("response", measure);
  const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  console.log(`script of the laboratory's page: ${(total / 1024).toFixed(1)} kB gzipped in ${sizes.length} files`);
  expect(sizes.length).toBeGreaterThan(3);
  expect(total).toBeLessThanOrEqual(SCRIPT_BYTES_MAX);
  const worker = await begun;
  const loaded = await worker.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
  const scripts = [...new Set([worker.url(), ...loaded])].filter((url) => new URL(url).pathname.endsWith(".js"));
  const bodies = await Promise.all(scripts.map(async (url) => gzipSync(await (await page.request.get(url)).body(), { level: 9 }).length));
  const inWorker = bodies.reduce((sum, size) => sum + size, 0);
  console.log(`script of its worker: ${(inWorker / 1024).toFixed(1)} kB gzipped in ${scripts.length} files`);
  expect(inWorker).toBeGreaterThan(50 * 1024);
  expect(inWorker).toBeLessThanOrEqual(WORKER_BYTES_MAX);
});

async function expectNoViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(
    violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(" ")} ${failureSummary}`).join("; ")}`,
    ),
  ).toEqual([]);
}

test("events are filtered and the diagram saved; what is held is tried in every order, and an ending replayed", async ({ context }) => {
  const page = await openLab(context);
  await page.getByTestId("lab-strategy").selectOption("lww-note");
  await expect(page.getByTestId("lab")).toHaveAttribute("data-world", "2");
  await page.getByTestId("lab-hold").click();
  await type(page, "A", "xz");
  await type(page, "B", "y");
  await expect(page.getByTestId("try-orders")).toHaveAttribute("data-apart", "3");
  // A's second message is moved before its first by keyboard, and after it by a button.
  const updates = page.locator('[data-testid="message"][data-from="A"][data-name="numbered"]');
  const order = async (): Promise<(string | null)[]> =>
    await updates.evaluateAll((list) => list.map((each) => each.getAttribute("data-message")));
  const [first, second] = await order();
  await page.getByTestId("wires").focus();
  for (let n = 0; n < 6 && (await updates.nth(1).getAttribute("aria-selected")) !== "true"; n++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Shift+ArrowLeft");
  await expect.poll(order).toEqual([second, first]);
  await page.getByTestId("message-later").click();
  await expect.poll(order).toEqual([first, second]);

  await page.getByTestId("filter-lane").selectOption("1");
  await page.getByTestId("filter-words").fill("edits");
  await expect(page.getByTestId("filter-count")).toHaveText("1 shown");
  const saved = async (form: string): Promise<string> => {
    await page.getByTestId("history-export").click();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId(`history-${form}`).click()]);
    return (await readFile(await download.path())).toString(form === "png" ? "latin1" : "utf8");
  };
  expect((await saved("svg")).match(/<circle/g)).toHaveLength(1);
  expect((await saved("png")).slice(1, 4)).toBe("PNG");
  expect((JSON.parse(await saved("json")) as { events: object[] }).events).toEqual([expect.objectContaining({ kind: "edit", lane: 1 })]);
  await page.getByRole("tab", { name: "List" }).click();
  await expect(page.getByTestId("event-list")).toContainText('B:1 edits: +"y"');

  await page.getByTestId("try-orders").click();
  await page.getByTestId("orders-twice").check();
  await page.getByTestId("orders-run").click();
  await expect(page.getByTestId("orders-verdict")).toHaveText(/^6 orders of 3 messages, each twice → 1 final text ✓$/);
  await page.getByTestId("orders-replay").click();
  await expect(page.getByTestId("orders-steps").getByRole("listitem")).toHaveCount(6);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  // A moment with a name is gone back to, and gone on from; the fork knows it too.
  await page.keyboard.press("Escape");
  await page.getByTestId("checkpoint-name").fill("both wrote");
  await page.keyboard.press("Enter");
  await page.getByTestId("checkpoint-go").click();
  await expect(page.getByTestId("viewing")).toContainText("Viewing");
  await expect(page.getByTestId("past-A")).toHaveText(`${START_TEXT}xz`);
  await page.getByTestId("checkpoint-fork").click();
  await expect(page.getByTestId("lab")).toHaveAttribute("data-world", "3");
  await expect(page.getByTestId("checkpoint-go")).toContainText("both wrote");
  expect(await textOf(page, "A")).toBe(`${START_TEXT}xz`);

  // By keyboard: who reaches the node, and the next region.
  await page.getByTestId("timeline").focus();
  await page.keyboard.press("p");
  await page.getByTestId("partition-half").click();
  await expect(page.getByTestId("partition-text")).toHaveText("A and B reach S1. C is cut off: what they write waits with them.");
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("word-C")).toHaveText("Cut");
  await page.getByTestId("timeline").focus();
  await page.keyboard.press("F6");
  await expect(page.getByRole("tab", { name: "List" })).toBeFocused();
});

test("a run is compared with one that was kept, event by event", async ({ context }) => {
  const page = await openLab(context);
  await type(page, "A", "x");
  await page.getByRole("tab", { name: "Difference" }).click();
  await expect(page.getByTestId("difference-words")).toContainText("There is no other run yet");
  await page.getByTestId("keep-run").click();
  await expect(page.getByTestId("difference-words")).toContainText("events happened in both");
  await type(page, "B", "y");
  await expect(page.getByTestId("difference-words")).toContainText('only in this run: B:1 edits: +"y"');
  expect((await new AxeBuilder({ page }).include("#history-view").analyze()).violations).toEqual([]);
});
