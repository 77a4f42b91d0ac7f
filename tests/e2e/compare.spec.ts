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
