import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { Pad } from "./pad.ts";

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("the note page: plain, with each drawer, cut, and narrow", async ({ context }) => {
      const pad = await Pad.create(context, "lww-note");
      await pad.type("# Heading\n\n- item\n");
      await expectNoViolations(pad.page);
      for (const name of ["network", "replicas", "ledger"] as const) {
        await pad.drawer(name);
        await expectNoViolations(pad.page);
      }
      await pad.toggle("partition", true);
      await pad.type("apart");
      await expect(pad.testId("convergence-strip")).toContainText("cut for");
      await expectNoViolations(pad.page);
      await pad.page.setViewportSize({ width: 390, height: 844 });
      await expect(pad.testId("status-chip")).toBeVisible();
      await expectNoViolations(pad.page);
    });

    test("what is seen less often: a missing note, a deleted one, the keys, the details, 320 px, a refusal", async ({ context }) => {
      const page = await context.newPage();
      await page.goto(`/notes/nobody-${colorScheme}`);
      await expect(page.getByTestId("missing-note")).toBeVisible();
      await expectNoViolations(page);
      await page.goto("/notes/not%20an%20id");
      await expectNoViolations(page);
      const pad = await Pad.create(context, "walker");
      await pad.testId("status-chip").click();
      await expect(pad.page.getByText("Edits not yet saved")).toBeVisible();
      await expectNoViolations(pad.page);
      await pad.page.keyboard.press("Escape");
      await pad.page.getByRole("button", { name: "Keyboard shortcuts" }).click();
      await expectNoViolations(pad.page);
      await pad.page.keyboard.press("Escape");
      await pad.testId("share").click();
      await pad.testId("share-make").click();
      await expect(pad.testId("share-link")).toHaveCount(1);
      await expectNoViolations(pad.page);
      await pad.page.keyboard.press("Escape");
      await pad.page.getByRole("button", { name: "Preview" }).click();
      await expectNoViolations(pad.page);
      await pad.page.setViewportSize({ width: 320, height: 640 });
      await expectNoViolations(pad.page);
      await pad.page.getByRole("button", { name: "Notes" }).click();
      await expectNoViolations(pad.page);
      await pad.page.keyboard.press("Escape");
      await pad.page.setViewportSize({ width: 1440, height: 900 });
      await pad.page
        .getByRole("button", { name: /^Delete / })
        .first()
        .click();
      await expect(pad.page.getByRole("button", { name: "Undo" })).toBeVisible();
      await expectNoViolations(pad.page);
    });

    test("the compare page and the stock client's", async ({ context, page }) => {
      await page.goto("/compare");
      await expect(page.getByTestId("compare-columns")).toHaveAttribute("data-state", "done");
      await expectNoViolations(page);
      await page.getByRole("button", { name: "Words" }).click();
      await expect(page.getByTestId("glossary-sheet")).toBeVisible();
      await expectNoViolations(page);
      const pad = await Pad.create(context, "yjs");
      await page.goto(`${pad.path}/stock`);
      await expect(page.getByTestId("stock-status")).toHaveText("connected");
      await expectNoViolations(page);
      // Its own search, which brings light colours.
      await page.getByTestId("stock-editor").click();
      await page.keyboard.press("ControlOrMeta+f");
      await expect(page.getByPlaceholder("Find")).toBeVisible();
      await expectNoViolations(page);
    });
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
