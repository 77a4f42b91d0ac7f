import AxeBuilder from "@axe-core/playwright";
import { type BrowserContext, expect, type Page, test } from "@playwright/test";

/** A laboratory in which A wrote “alpha” and B “beta” at the end at once, and both have both. */
async function openRace(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto("/lab");
  await expect(page.getByTestId("editor-A")).toContainText("the good map");
  for (const [replica, text] of [
    ["A", "alpha"],
    ["B", "beta"],
  ] as const) {
    await page.getByTestId(`editor-${replica}`).focus();
    await page.keyboard.press("Control+End");
    await page.keyboard.insertText(text);
  }
  await page.getByTestId("lab-speed").selectOption("5");
  await page.getByTestId("lab-run").click();
  await expect(page.getByTestId("editor-B")).toContainText("alphabeta");
  await expect(page.getByTestId("editor-A")).toContainText("alphabeta");
  await page.getByTestId("lab-run").click();
  await expect(page.getByTestId("lab-run")).toContainText("Run");
  return page;
}

test("Alt+Enter tells why a character is there, and leads to its moment, its operation and its place in the tree", async ({ context }) => {
  const page = await openRace(context);
  await page.getByTestId("editor-A").focus();
  await page.keyboard.press("Control+End");
  await page.keyboard.press("Alt+Enter");
  const card = page.getByTestId("why-card");
  await expect(card).toBeFocused();
  const sentences = page.getByTestId("why-sentences");
  await expect(sentences).toContainText("B typed it at");
  await expect(sentences).toContainText("At that moment B saw “a dry tent⏎bet” on its left and the end of the text on its right");
  await expect(sentences).toContainText("A typed “alpha” (A:0) at the same place, and neither had seen the other. B:0 stands behind it");
  await expect(sentences).toContainText("arbitrary");
  expect((await new AxeBuilder({ page }).include('[data-testid="why-card"]').analyze()).violations).toEqual([]);

  await page.getByTestId("why-show").click();
  await expect(page.getByTestId("causal-text")).toContainText('B:1 edits: +"beta"');
  await page.getByTestId("why-seek").click();
  await expect(page.getByTestId("past-B")).toContainText("beta");
  await expect(page.getByTestId("past-B")).not.toContainText("alpha");
  await page.getByTestId("to-present").click();
  await page.getByTestId("why-tree").click();
  await expect(page.getByTestId("lens-tree-view").getByRole("button", { pressed: true })).toContainText("B:0");
  await page.getByTestId("why-close").click();
  await expect(card).toBeHidden();
});

test("Alt and a click asks about the character under the pointer", async ({ context }) => {
  const page = await openRace(context);
  const box = await page.getByTestId("editor-A").evaluate((content) => {
    const range = document.createRange();
    const walker = document.createTreeWalker(content, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const at = walker.currentNode.textContent?.indexOf("alpha") ?? -1;
      if (at < 0) continue;
      range.setStart(walker.currentNode, at);
      range.setEnd(walker.currentNode, at + 1);
    }
    const { x, y, width, height } = range.getBoundingClientRect();
    return { x: x + width * 0.75, y: y + height / 2 };
  });
  await page.keyboard.down("Alt");
  await page.mouse.click(box.x, box.y);
  await page.keyboard.up("Alt");
  await expect(page.getByTestId("why-sentences")).toContainText("“a” is A:0.");
});

test("the lens shows items, tombstones and what hangs on what; an item and its operation light up together", async ({ context }) => {
  const page = await openRace(context);
  await page.getByTestId("editor-A").focus();
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Delete");
  await page.getByTestId("timeline").focus();
  await page.keyboard.press("i");
  const cells = page.getByTestId("lens-cells");
  await expect(cells.getByRole("button", { name: "1 tombstone" })).toBeVisible();
  await cells.getByRole("button", { name: /^B:0, 4 live: beta/ }).click();
  await expect(page.getByTestId("causal-text")).toContainText('B:1 edits: +"beta"');
  expect((await new AxeBuilder({ page }).include('[data-testid="lens"]').analyze()).violations).toEqual([]);

  await page.getByTestId("lens-table").click();
  const rows = page.getByTestId("lens-rows");
  await expect(rows.getByRole("row", { name: /tombstone A:5/ })).toBeVisible();
  await rows.getByRole("button", { name: "Id" }).click();
  await expect(rows.getByRole("columnheader", { name: "Id" })).toHaveAttribute("aria-sort", "ascending");
  expect((await new AxeBuilder({ page }).include('[data-testid="lens"]').analyze()).violations).toEqual([]);
  // The other way round: an event lights its item up.
  await page.getByRole("tab", { name: "List" }).click();
  await page.getByTestId("event-list").getByRole("button", { name: "A:1", exact: true }).click();
  await expect(rows.getByRole("button", { pressed: true })).toHaveText("A:0");
});

test("every strategy has a lens and an answer", async ({ context }) => {
  const page = await context.newPage();
  await page.goto("/lab");
  await expect(page.getByTestId("editor-A")).toContainText("the good map");
  await page.getByTestId("lens-toggle").click();
  for (const strategy of ["yjs", "rga", "lww-line", "ot", "lease"]) {
    await page.getByTestId("lab-strategy").selectOption(strategy);
    await page.getByTestId("lens-table").click();
    await expect(page.getByTestId("lens-rows").getByRole("row").nth(1)).toContainText("start:");
    await page.getByTestId("lens-tree").click();
    await page.getByTestId("editor-A").focus();
    await page.keyboard.press("Alt+Enter");
    await expect(page.getByTestId("why-sentences")).toContainText("before this run began");
    expect((await new AxeBuilder({ page }).include('[data-testid="lens"]').analyze()).violations).toEqual([]);
    await page.getByTestId("why-close").click();
  }
});
