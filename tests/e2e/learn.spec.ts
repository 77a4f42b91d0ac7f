import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";

test("a whole lesson by keyboard: step through it, predict, see what every strategy makes of it, go on", async ({ page }) => {
  await page.goto("/learn");
  await expect(page.getByTestId("lessons-done")).toHaveText(/^0 of/);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.getByTestId("lesson-same-caret").focus();
  await page.keyboard.press("Enter");

  const next = page.getByTestId("next-step");
  await next.focus();
  while (await next.isEnabled()) await page.keyboard.press("Enter");
  await expect(page.getByTestId("replica-A").locator("pre")).toHaveText("Hello Alice!");
  await expect(page.getByTestId("replica-B").locator("pre")).toHaveText("Hello Charlie!");
  // What other strategies make of it is on offer, and nothing tells which is right.
  await expect(page.getByTestId("option")).toHaveCount(5);
  const options = await page.getByTestId("option").allTextContents();
  for (const text of ["Hello AliceCharlie!", "Hello CharlieAlice!", "Hello Charlie!"]) expect(options).toContain(text);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.getByRole("radio", { name: "Hello CharlieAlice!" }).focus();
  await page.keyboard.press("Space");
  await page.getByTestId("heal").focus();
  await page.keyboard.press("Enter");

  await expect(page.getByTestId("reveal")).toBeFocused();
  await expect(page.getByTestId("reveal")).toContainText("Your answer is what RGA (textbook) and Compare and retry make of it.");
  await expect(page.getByTestId("endings").locator("[data-own=true]")).toContainText("Hello AliceCharlie!");
  for (const name of ["A", "B"]) await expect(page.getByTestId(`replica-${name}`).locator("pre")).toHaveText("Hello AliceCharlie!");
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.getByRole("link", { name: "All lessons" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("lessons-done")).toHaveText(/^1 of/);
  await expect(page.getByTestId("lesson-same-caret")).toContainText("finished");
});

test("every lesson plays, dark and 320 px wide too, and asks with at least two answers", async ({ page }) => {
  test.slow();
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto("/learn");
  const ids = await page.locator("[data-testid^=lesson-]").evaluateAll((links) => links.map((link) => link.getAttribute("href")!));
  expect(ids.length).toBeGreaterThanOrEqual(14);
  for (const href of ids) {
    await page.goto(href);
    const next = page.getByTestId("next-step");
    await expect(next).toBeVisible();
    while (await next.isEnabled()) await next.click();
    await expect(page.getByTestId("option").nth(1), href).toBeVisible();
    await page.getByTestId("option").first().click();
    await page.getByTestId("heal").click();
    await expect(page.getByTestId("decisions").locator("li").first(), href).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth), href).toBeLessThanOrEqual(320);
    expect((await new AxeBuilder({ page }).analyze()).violations, href).toEqual([]);
  }
});
