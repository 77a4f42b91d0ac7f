import { expect, test } from "@playwright/test";
import { Pad } from "./pad.ts";

test("typed texts: the CRDTs keep both edits, the register says what it lost", async ({ page }) => {
  await page.goto("/compare");
  await expect(page.getByTestId("compare-columns")).toHaveAttribute("data-state", "done");
  for (const strategy of ["walker", "yjs", "fugue"]) {
    await expect(page.getByTestId(`outcome-${strategy}`).getByTestId("outcome-text")).toHaveText("Milk 2L\nEggs\nRye Bread");
  }
  const register = page.getByTestId("outcome-lww-note");
  await expect(register.getByTestId("verdict")).toContainText("Lost 3 characters");
  await expect(register).toContainText("4 of 7 typed characters stand, 3 lost; it lost “ 2L”.");
  await register.getByTestId("column-ledger").locator("summary").click();
  await expect(register.getByTestId("ledger-words")).toHaveText(" 2L");
  await expect(register.getByTestId("ledger-row")).toContainText("B wrote the whole note without having seen A's");
  await expect(page.getByTestId("outcome-walker").getByTestId("column-ledger")).toHaveText("Nothing lost.");

  // Whoever lost least stands first, whoever lost most last; what departs from the baseline is marked.
  const columns = page.getByTestId("compare-columns").locator("section");
  const lost = async (): Promise<number[]> =>
    (await columns.getByTestId("verdict").allTextContents()).map((text) => Number(/Lost (\d+)/.exec(text)?.[1]));
  expect(await lost()).not.toEqual((await lost()).sort((a, b) => a - b));
  await page.getByLabel("Sort by").selectOption("lost");
  expect(await lost()).toEqual((await lost()).sort((a, b) => a - b));
  for (const metric of await page.getByLabel("Sort by").locator("option").allTextContents())
    await expect(page.locator("thead")).toContainText(metric === "as listed" ? "Strategy" : metric);
  await page.getByLabel("Mark differences to").selectOption("lww-note");
  await expect(page.getByTestId("outcome-walker").locator("ins")).toHaveText(" 2L");
  await page.getByLabel("Mark differences to").selectOption("");
  await page.getByTestId("compare-textOfB").fill("Milk\nEggs\nBread");
  await expect(register.getByTestId("outcome-text")).toHaveText("Milk 2L\nEggs\nBread");
});

test("a note's recording is replayed through every strategy", async ({ context, page }) => {
  const pad = await Pad.create(context, "walker");
  await pad.type("recorded words");
  await pad.saved();
  const noteId = pad.path.split("/").at(-1);
  await expect(async () => {
    await page.goto(`/compare?note=${noteId}`);
    await expect(page.getByTestId("outcome-lww-note").getByTestId("outcome-text")).toHaveText("recorded words", { timeout: 3_000 });
  }).toPass();
});

test("a recording of a note that had text before begins in that text, on the compare page and in the laboratory", async ({
  context,
  page,
}) => {
  const pad = await Pad.open(context, "/notes/welcome");
  const before = await pad.text();
  expect(before).toContain("# Break this network");
  await pad.type("and more");
  await pad.saved();
  await expect(async () => {
    await page.goto("/compare?note=welcome");
    await expect(page.getByTestId("outcome-walker").getByTestId("outcome-text")).toContainText("and more", { timeout: 3_000 });
  }).toPass();
  await expect(page.getByTestId("outcome-walker").getByTestId("outcome-text")).toContainText("# Break this network");
  await expect(page.getByText("dots stand for it")).toHaveCount(0);
  await page.goto("/lab?fork=welcome");
  // As a moment that is over, whose text stands in the card.
  await expect(page.getByTestId("past-A")).toContainText("Break this network");
  await expect(page.getByTestId("past-A")).toContainText("and more");
});

test("six strategies on a live recording, scrubbed together", async ({ context, page }) => {
  const pad = await Pad.create(context, "walker");
  await pad.type("abc");
  await pad.saved();
  const noteId = pad.path.split("/").at(-1);
  await expect(async () => {
    await page.goto(`/compare?note=${noteId}`);
    await expect(page.getByTestId("outcome-lww-note").getByTestId("outcome-text")).toHaveText("abc", { timeout: 3_000 });
  }).toPass();
  const boxes = page.getByRole("group", { name: "Strategies (at least two)" }).getByRole("checkbox");
  for (let n = (await boxes.count()) - 1; n >= 6; n--) await boxes.nth(n).uncheck();
  const columns = page.getByTestId("compare-columns");
  await expect(columns.locator("section")).toHaveCount(6);
  await expect(columns).toHaveAttribute("data-state", "done");
  await page.getByRole("button", { name: "Run again" }).click();
  await expect(page.getByRole("progressbar", { name: "Strategies replayed" })).toHaveAttribute("max", "6");
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(columns).toHaveAttribute("data-state", "cancelled");
  await expect(page.getByText(/Cancelled after [0-5] of 6 strategies/)).toBeVisible();
  await page.getByRole("button", { name: "Run again" }).click();
  await expect(columns).toHaveAttribute("data-state", "done");
  await page.getByTestId("compare-scrub").press("Home");
  await expect(columns.getByTestId("outcome-text")).toHaveText(Array.from({ length: 6 }, () => "(empty)"));
  await page.getByTestId("compare-scrub").press("End");
  await expect(columns.getByTestId("outcome-text")).toHaveText(Array.from({ length: 6 }, () => "abc"));
});

test("a scenario's anomaly is flagged, with its smallest steps", async ({ page }) => {
  await page.goto("/compare?scenario=backward-typing");
  await expect(page.getByTestId("compare-columns")).toHaveAttribute("data-state", "done");
  const flag = page.getByTestId("outcome-rga").getByTestId("anomaly").first();
  await expect(flag).toContainText("interleaved run");
  await expect(page.getByTestId("outcome-rga").getByTestId("verdict")).toContainText(/· \d+ anomal(y|ies)$/);
  await flag.locator("summary").click();
  await expect(flag).toContainText("Not under:");
  await flag.getByRole("button", { name: "Smallest steps" }).click();
  await expect(flag.getByTestId("smallest").locator("li").first()).toBeVisible();
  await page.goto("/compare?scenario=clock-skew");
  await expect(page.getByTestId("compare-columns")).toHaveAttribute("data-state", "done");
  await expect(
    page
      .getByTestId("compare-script")
      .getByText(/⚠ views differed in \d+ of the columns/)
      .first(),
  ).toBeVisible();
});
