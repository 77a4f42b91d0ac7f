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

    test("the compare page and the stock client's", async ({ context, page }) => {
      await page.goto("/compare");
      await expect(page.getByTestId("compare-columns")).toHaveAttribute("data-state", "done");
      await expectNoViolations(page);
      const pad = await Pad.create(context, "yjs");
      await page.goto(`${pad.path}/stock`);
      await expect(page.getByTestId("stock-status")).toHaveText("connected");
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
