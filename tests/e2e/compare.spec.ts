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
  await flag.locator("summary").click();
  await expect(flag).toContainText("Not under:");
  await flag.getByRole("button", { name: "Smallest steps" }).click();
  await expect(flag.getByTestId("smallest").locator("li").first()).toBeVisible();
});
