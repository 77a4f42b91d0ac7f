/** Runs that come from elsewhere: a live note, a scenario, a link; and runs that go elsewhere. */

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import { Pad } from "./pad.ts";

const run = promisify(execFile);

/** Plays to the end, quickly. */
async function play(page: Page): Promise<void> {
  await page.getByTestId("lab-speed").selectOption("20");
  if ((await page.getByTestId("lab-run").textContent())?.includes("Pause") === false) await page.getByTestId("lab-run").click();
}

async function hashOf(page: Page): Promise<string> {
  return (await page.getByTestId("lab-hash").getAttribute("data-hash")) ?? "";
}

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

test("a live note that went wrong is forked, taken along, compared under every strategy, rewound, and asked why", async ({ context }) => {
  const one = await Pad.create(context, "lww-note");
  const two = await Pad.open(context, one.path);
  await one.type("alpha ");
  await expect.poll(() => two.text()).toBe("alpha ");
  await two.page.bringToFront();
  await two.toggle("partition", true);
  await two.type("two ");
  await one.page.bringToFront();
  await one.type("one ");
  await one.saved();
  await two.page.bringToFront();
  await two.toggle("partition", false);
  await two.saved();
  await expect.poll(() => one.text()).toBe(await two.text());
  const text = await one.text();
  // Tabs tell their edits in batches.
  const noteId = one.path.split("/").at(-1)!;
  const recorded = async (): Promise<number> => {
    const answer = await one.page.request.get(`/control/journal/${noteId}`);
    const { entries } = (await answer.json()) as { entries: { kind: string }[] };
    return entries.filter(({ kind }) => kind === "intent").length;
  };
  await expect.poll(recorded).toBe(14);

  await two.testId("fork-lab").click();
  const { page } = two;
  await expect(page.getByTestId("source-title")).toHaveText(`Fork of the live note ${noteId}`);
  await expect(page.getByTestId("viewing")).toContainText("Viewing");
  for (const name of ["A", "B"]) await expect(page.getByTestId(`past-${name}`)).toHaveText(text);
  await expect(page.getByTestId("lab-agreement")).toHaveAttribute("data-state", "ok");
  await expect(page.getByTestId("source-told")).not.toContainText("may differ");
  // What was lost stands in the ledger, word for word.
  await page.getByTestId("lab-ledger").locator("summary").click();
  await expect(page.getByTestId("lab-ledger").getByTestId("ledger-words").first()).toHaveText(/two |one /);
  await page.getByRole("button", { name: "Look for anomalies" }).click();
  await expect(page.getByTestId("lab-anomaly").first()).toContainText("lost insert: “two ”");
  await expectAccessible(page);

  // It leaves as a link and as a test.
  await page.getByTestId("lab-export").click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId("export-vitest").click()]);
  expect(await readFile(await download.path(), "utf8")).toContain(await hashOf(page));
  await page.getByTestId("lab-share").click();
  const link = await page.getByTestId("share-link").inputValue();

  // The same gestures under every strategy: here they are lost, elsewhere they are not.
  await page.getByTestId("lab-compare").click();
  await expect(page.getByTestId("compare-shared")).toContainText(`Fork of the live note ${noteId}`);
  expect(page.url()).toContain(link.slice(link.indexOf("#")));
  await expect(page.getByTestId("compare-columns")).toHaveAttribute("data-state", "done", { timeout: 30_000 });
  await expect(page.getByTestId("compare-columns").locator("section")).toHaveCount(STRATEGY_NAMES.length);
  await expect(page.getByTestId("outcome-lww-note").getByTestId("verdict")).toContainText("Lost 4 characters");
  await expect(page.getByTestId("outcome-walker").getByTestId("verdict")).toContainText("Lost 0 characters");
  await page.goBack();
  await expect(page.getByTestId("viewing")).toContainText("Viewing");

  // Back to where both had written apart: each has its own half.
  const pasts = (): Promise<(string | null)[]> => Promise.all(["A", "B"].map((name) => page.getByTestId(`past-${name}`).textContent()));
  const halves = ["alpha one ", "alpha two "];
  const areHalves = async (): Promise<boolean> =>
    (await pasts()).sort((a, b) => (a ?? "").localeCompare(b ?? "")).join("|") === halves.join("|");
  await page.getByTestId("timeline").focus();
  // A fork has all that came in its millisecond: not the last such moment, but the first.
  for (const isWanted of [true, false])
    for (let n = 0; n < 100 && (await areHalves()) !== isWanted; n++) await page.keyboard.press("ArrowLeft");
  // What is shown follows, so it is looked at after each step, until it is there; an arrow could step over so short a time.
  const stepRight = async (): Promise<boolean> => {
    if (await areHalves()) return true;
    await page.getByTestId("event-forward").click();
    return false;
  };
  await expect.poll(stepRight, { intervals: [100], timeout: 60_000 }).toBe(true);
  await page.getByTestId("lab-fork").click();
  await expect(page.getByTestId("viewing")).toContainText("The present");
  await expect(page.getByTestId("lab-agreement")).toHaveAttribute("data-state", "warn");
  await page.getByTestId("editor-A").focus();
  await page.keyboard.press("Control+End");
  await page.keyboard.press("Alt+Enter");
  await expect(page.getByTestId("why-sentences")).toContainText(/came with A.s write A:\d+\.A made it at/);
});

test("a scenario is not played by itself; its link gives the same hash in another browser", async ({ browser, context }) => {
  const page = await context.newPage();
  await page.goto("/lab?scenario=same-caret&strategy=yjs");
  await expect(page.getByTestId("source-title")).toHaveText("Two words at one caret");
  await expect(page.getByTestId("source-lesson")).toContainText("Both words stay whole");
  await expect(page.getByTestId("source-state")).toHaveAttribute("data-state", "ready");
  await expect(page.getByTestId("lab-run")).toContainText("Play");
  await expect(page.getByTestId("lab-time")).toHaveAttribute("data-ms", "0");
  await expectAccessible(page);
  await play(page);
  await expect(page.getByTestId("source-state")).toHaveAttribute("data-state", "equal");
  const hash = await hashOf(page);
  await page.getByTestId("lab-share").click();
  const link = await page.getByTestId("share-link").inputValue();
  expect(link.length).toBeLessThan(2_000);
  await expectAccessible(page);

  const other = await browser.newContext();
  const fresh = await other.newPage();
  await fresh.goto(link);
  await expect(fresh.getByTestId("source-title")).toHaveText("Two words at one caret");
  await expect(fresh.getByTestId("source-state")).toHaveAttribute("data-state", "ready");
  await play(fresh);
  await expect(fresh.getByTestId("source-state")).toHaveAttribute("data-state", "equal");
  expect(await hashOf(fresh)).toBe(hash);
  // Whoever takes a hand in it gets another run, and is told.
  await fresh.getByTestId("lab-reset").click();
  await expect(fresh.getByTestId("source-state")).toHaveAttribute("data-state", "ready");
  await fresh.getByTestId("editor-A").focus();
  await fresh.keyboard.type("mine");
  await play(fresh);
  await expect(fresh.getByTestId("source-state")).toHaveAttribute("data-state", "differs");
  await other.close();
});

test("the catalogue is searched; what cannot be opened says why", async ({ context }) => {
  const page = await context.newPage();
  await page.goto("/lab");
  await page.getByTestId("lab-scenarios").click();
  const list = page.getByTestId("catalogue");
  await list.getByRole("searchbox").fill("typo");
  await expect(list.getByRole("listitem")).toHaveCount(1);
  await expectAccessible(page);
  await list.getByRole("searchbox").fill("nothing of the kind");
  await expect(list.getByRole("listitem")).toHaveCount(0);
  await list.getByRole("searchbox").fill("");
  await list.getByRole("combobox").selectOption("duplicate");
  await list.getByRole("link", { name: "Two people correct one typo" }).click();
  await expect(page.getByTestId("source-title")).toHaveText("Two people correct one typo");

  const refused = [
    ["/lab?scenario=no-such", "There is no scenario"],
    ["/lab?fork=nobody-wrote-this", "no such note"],
    ["/lab#s=1.AAAA", ""],
    ["/lab#s=<script>alert(1)</script>", "No packed scenario"],
  ] as const;
  for (const [address, why] of refused) {
    await page.goto("about:blank");
    await page.goto(address);
    await expect(page.getByTestId("source-title")).toHaveText("This cannot be opened");
    await expect(page.getByTestId("source-lesson")).toContainText(why);
  }
  await expectAccessible(page);
});

test("metadata, a guard and what breaks without it play on the page", async ({ context }) => {
  const page = await context.newPage();
  await page.goto("/lab?scenario=votes&engine=g-counter");
  await expect(page.getByTestId("lab-engine")).toHaveValue("g-counter");
  await page.getByTestId("lab-engine").selectOption("pn-counter");
  await play(page);
  await expect(page.getByTestId("source-state")).toHaveAttribute("data-state", "equal");
  for (const name of ["A", "B", "C", "S1"]) await expect(page.getByTestId(`fields-${name}`)).toContainText("Votes+1");
  await expect(page.getByTestId("lab-meta-agreement")).toHaveText("Their metadata is the same.");
  // As at 400 % zoom: the longest name of an engine runs out of nothing.
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto("/lab?scenario=title-race");
  await expect(page.getByTestId("lab-engine")).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 1440, height: 900 });

  await page.goto("/lab?scenario=duplicated-tab-guard");
  await expect(page.getByTestId("source-state")).toHaveAttribute("data-state", "ready");
  await page.getByTestId("lab-speed").selectOption("20");
  await page.getByTestId("lab-run").click();
  const guard = page.getByTestId("lab-guard");
  await expect(guard).toHaveAttribute("aria-checked", "true");
  await guard.press("Enter");
  await expect(guard).toHaveAttribute("aria-checked", "false");
  await expect(page.getByTestId("source-state")).toHaveAttribute("data-state", "equal");
  await expect(page.getByTestId("lab-endings")).toContainText("A and B have “aONETWOb”.");
  await expect(page.getByTestId("lab-endings")).toContainText("A has “aONEb”; B has “aTWOb”.");
  await expect(page.getByTestId("lab-agreement")).toHaveAttribute("data-state", "warn");
  await expectAccessible(page);
});

test("a run leaves as a test that passes, and as a diagram", async ({ context }) => {
  const page = await context.newPage();
  await page.goto("/lab?scenario=same-line&strategy=lww-line");
  await expect(page.getByTestId("source-state")).toHaveAttribute("data-state", "ready");
  await play(page);
  await expect(page.getByTestId("source-state")).toHaveAttribute("data-state", "equal");
  const take = async (form: string): Promise<string> => {
    await page.getByTestId("lab-export").click();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId(`export-${form}`).click()]);
    return await readFile(await download.path(), "utf8");
  };
  expect(await take("mermaid")).toMatch(/^sequenceDiagram\n {2}participant A\n[^]*A->>S1: numbered\n/);
  expect(JSON.parse(await take("session"))).toMatchObject({ kind: "sandbox", hash: await hashOf(page) });
  const code = await take("vitest");
  const folder = await mkdtemp(join(import.meta.dirname, "../unit/exported-"));
  try {
    // One folder deeper than where it is meant to lie, so that nobody else's run of the tests finds it half written.
    await writeFile(join(folder, "run.test.ts"), code.replaceAll('"../../crdt', '"../../../crdt'));
    const vitest = ["vitest", "run", "--config", "tests/vitest.config.ts", "--maxWorkers=1", join(folder, "run.test.ts")];
    const { stdout } = await run("npx", vitest, { cwd: join(import.meta.dirname, "../.."), env: { ...process.env, NO_COLOR: "1" } });
    expect(stdout).toMatch(/2 passed/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
