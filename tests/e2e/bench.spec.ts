import { readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Locator, type Page, test } from "@playwright/test";

interface Report {
  readonly format: string;
  readonly machine: Readonly<Record<string, unknown>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly measuredAt: string;
  readonly rows: readonly {
    readonly workload: string;
    readonly strategy: string;
    readonly count: number;
    readonly samples: readonly unknown[];
    readonly figures: Readonly<Record<string, { readonly unit: string; readonly median: number; readonly p95: number } | null>>;
  }[];
}

async function openBench(page: Page): Promise<void> {
  await page.goto("/bench");
  await expect(page.getByRole("button", { name: "Run in this browser" })).toBeEnabled();
}

/** Leaves these workloads and engines checked, of those that are there. */
async function choose(page: Page, titles: readonly string[]): Promise<void> {
  for (const box of await page.getByRole("checkbox").all()) if (await box.isChecked()) await box.uncheck();
  for (const title of titles) await page.getByRole("checkbox", { name: title, exact: true }).check();
}

const status = (page: Page): Locator => page.getByTestId("bench-status");

test("a small run: a number with its unit in each column, each engine agreeing with itself; the file matches the table", async ({
  page,
}) => {
  await openBench(page);
  await expect(status(page)).toContainText("Nothing measured yet");
  // Measured, or said why not: never a box that leads to nothing.
  await expect(page.getByTestId("bench-memory")).toHaveText(/^Memory( too|: not measurable in this browser, since \S)/);
  await choose(page, ["Two at once", "B1.1 append", "Three islands at one caret", "Walker", "Yjs"]);
  await page.getByTestId("bench-count-writers").fill("200");
  await page.getByTestId("bench-count-shapes").fill("1000");
  await page.getByTestId("bench-count-scenarios").fill("2");
  await page.getByLabel("Repetitions").fill("3");
  await page.getByRole("button", { name: "Run in this browser" }).click();
  await expect(status(page)).toHaveAttribute("data-state", "done");
  const table = page.getByTestId("bench-results");
  await expect(table.locator("tbody tr[data-state=done]")).toHaveCount(6);
  for (const header of [
    "Write ms",
    "Apply ms",
    "Load ms",
    "Encoded bytes",
    "Wire bytes per keystroke",
    "Memory kB per copy",
    "Tombstones %",
  ])
    await expect(table.getByRole("columnheader", { name: new RegExp(header.replace(" ", "\\s*")) })).toBeVisible();
  await expect(page.getByTestId("bench-machine")).toContainText(/\d+ cores?.*Riftpad \d.*Yjs 13\..*20\d\d-/);

  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download JSON" }).click();
  const report = JSON.parse(readFileSync(await (await downloading).path(), "utf8")) as Report;
  expect(report).toMatchObject({ format: "riftpad-bench", versions: { yjs: expect.stringMatching(/^13\./) } });
  expect(report.rows).toHaveLength(6);
  for (const { workload, strategy, count, samples, figures } of report.rows) {
    const row = page.getByTestId(`bench-row-${workload}-${strategy}`);
    await expect(row.getByRole("rowheader")).toContainText(count.toLocaleString("en"));
    expect(samples).toHaveLength(3);
    for (const [column, figure] of Object.entries(figures)) {
      if (figure === null) continue;
      const cell = row.locator(`[data-column="${column}"]`);
      const shown = Number((await cell.innerText()).trim().split(/\s/)[0]!.replaceAll(",", ""));
      // Three digits are shown, whole numbers whole.
      expect(Math.abs(shown - figure.median), `${workload} ${strategy} ${column}`).toBeLessThanOrEqual(
        Math.max(0.006 * figure.median, figure.median >= 100 ? 0.5 : 0),
      );
      expect(figure.p95).toBeGreaterThanOrEqual(figure.median);
    }
  }
  const appended = report.rows.find(({ workload, strategy }) => workload === "b1-1" && strategy === "yjs");
  // One block, whose id takes at most seven bytes more than the shortest.
  expect(appended?.figures.encoded?.median).toBeGreaterThan(1_000);
  expect(appended?.figures.encoded?.median).toBeLessThan(1_030);

  await expectNoViolations(page);
  await page.getByLabel("Show").selectOption("write");
  await page.getByText("The chart as a table").click();
  await expect(page.getByTestId("bench-twin").locator("tbody tr")).toHaveCount(6);
  await expectNoViolations(page);
});

test("rows are sorted by a column, p95 is there on focus, and one row is run alone, by keyboard", async ({ page }) => {
  await openBench(page);
  await choose(page, ["Random places", "Walker", "Yjs", "RGA (textbook)"]);
  await page.getByTestId("bench-count-writers").fill("100");
  await page.getByRole("button", { name: "Run in this browser" }).press("Enter");
  await expect(status(page)).toHaveAttribute("data-state", "done");
  const encoded = page.locator("[data-column=encoded]");
  const numbers = async (): Promise<number[]> => (await encoded.allInnerTexts()).map((text) => Number(text.replaceAll(",", "")));
  const header = page.getByRole("columnheader", { name: /Encoded/ });
  await header.getByRole("button").press("Enter");
  await expect(header).toHaveAttribute("aria-sort", "ascending");
  expect(await numbers()).toEqual((await numbers()).toSorted((a, b) => a - b));
  await header.getByRole("button").press("Enter");
  await expect(header).toHaveAttribute("aria-sort", "descending");
  expect(await numbers()).toEqual((await numbers()).toSorted((a, b) => b - a));

  const time = page.locator("[data-column=write] [tabindex]").first();
  await time.focus();
  await expect(time).toContainText(/p95 [\d.,]+ ms, [\d.,]+ to [\d.,]+ in 5 repetitions/);
  expect((await time.locator("span").last().boundingBox())?.width).toBeGreaterThan(100);

  const yjs = page.getByTestId("bench-row-random-yjs");
  const others = await page.getByTestId("bench-row-random-walker").innerText();
  await page.getByLabel("Repetitions").fill("2");
  await yjs.getByRole("button", { name: "Rerun Random places, 100, Yjs" }).press("Enter");
  await expect(yjs).toContainText("in 2 repetitions");
  expect(await page.getByTestId("bench-row-random-walker").innerText()).toBe(others);
});

test("a run that takes too long is cancelled, and what it had measured stays", async ({ page }) => {
  await openBench(page);
  await choose(page, ["Typing on", "Two at once", "Walker"]);
  await page.getByTestId("bench-count-writers").fill("150");
  await page.getByRole("button", { name: "Run in this browser" }).click();
  await expect(status(page)).toHaveAttribute("data-state", "done");
  await page.getByTestId("bench-count-writers").fill("200000");
  await page.getByRole("checkbox", { name: "Yjs", exact: true }).check();
  await page.getByRole("button", { name: "Run in this browser" }).click();
  await expect(page.getByRole("progressbar")).toBeVisible();
  await expect(page.locator("tr[data-state=waiting]")).toHaveCount(4);
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(status(page)).toContainText("Cancelled. 0 of 4 rows were measured");
  await expect(page.locator("tr[data-state=missing]")).toHaveCount(4);
  await expectNoViolations(page);
  await page.getByTestId("bench-count-writers").fill("100");
  await page.getByRole("button", { name: "Run in this browser" }).click();
  await expect(page.locator("tr[data-state=done]")).toHaveCount(4);
});

test("a recorded trace from a file, and a file that is none", async ({ page }) => {
  await openBench(page);
  const file = page.getByTestId("bench-file");
  await file.setInputFiles({ name: "broken.json", mimeType: "application/json", buffer: Buffer.from('{"txns":[{"patches":[[0]]}]}') });
  await expect(page.getByText(/broken is no trace that can be played: .*txns\[0\]\.patches\[0\]\[1\]/)).toBeVisible();
  const txns = Array.from({ length: 50 }, (_, n) => ({ patches: [[n, 0, "x"]] }));
  const trace = JSON.stringify({ startContent: "", endContent: "x".repeat(50), txns });
  await file.setInputFiles({ name: "fifty.json", mimeType: "application/json", buffer: Buffer.from(trace) });
  await choose(page, ["Fugue (textbook)"]);
  await expect(page.getByText("Choose a workload.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Run in this browser" })).toBeDisabled();
  await page.getByRole("checkbox", { name: "fifty, 50 steps" }).check();
  await page.getByRole("button", { name: "Run in this browser" }).click();
  await expect(page.getByTestId("bench-row-trace:fifty-fugue")).toHaveAttribute("data-state", "done");
});

test("copies that differ give no number: a scenario that is meant to go wrong", async ({ page }) => {
  await openBench(page);
  await choose(page, ["A tab that was duplicated", "Walker"]);
  await page.getByRole("button", { name: "Run in this browser" }).click();
  const row = page.getByTestId("bench-row-scenario:duplicated-tab-walker");
  await expect(row).toContainText("Failed, so no number: Playing 1 of 5: the replicas and their node do not agree");
  await expect(row.locator("[data-column]")).toHaveCount(0);
  await expect(row.getByRole("button", { name: /^Rerun/ })).toBeEnabled();
  await expectNoViolations(page);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`no barriers and no sideways scrolling, ${colorScheme}`, async ({ browser }) => {
    const context = await browser.newContext({ colorScheme, reducedMotion: "reduce" });
    const page = await context.newPage();
    await openBench(page);
    await expectNoViolations(page);
    await choose(page, ["Right to left", "Walker", "Yjs"]);
    await page.getByTestId("bench-count-writers").fill("100");
    await page.getByRole("button", { name: "Run in this browser" }).click();
    await expect(status(page)).toHaveAttribute("data-state", "done");
    for (const width of [1440, 900, 390, 320]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await expectNoViolations(page);
    }
    await context.close();
  });
}

async function expectNoViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(
    violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(" ")} ${failureSummary}`).join("; ")}`,
    ),
  ).toEqual([]);
}
