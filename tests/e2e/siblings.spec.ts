import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { expectConverged, Pad } from "./pad.ts";

test("mv-note: what was typed apart stands beside the text, and can be chosen", async ({ context }) => {
  const ana = await Pad.create(context, "mv-note");
  const bo = await Pad.open(context, ana.path);
  await ana.type("base ");
  await expect.poll(() => bo.text()).toBe("base ");

  await bo.toggle("partition", true);
  await bo.type("first");
  await ana.type("second");
  await expect(ana.testId("sibling")).toHaveCount(0);
  await bo.toggle("partition", false);
  await expectConverged([ana, bo], (text) => expect(text).toBe("base second"));

  const choice = ana.testId("sibling");
  await expect(choice).toHaveCount(1);
  await expect(bo.testId("sibling")).toHaveCount(1);
  await choice.locator("summary").click();
  await expect(choice.getByLabel("The other version")).toHaveText("base first");
  expect((await new AxeBuilder({ page: ana.page }).analyze()).violations).toEqual([]);
  await choice.getByRole("button", { name: "Use this version" }).click();
  await expectConverged([ana, bo], (text) => expect(text).toBe("base first"));
  for (const pad of [ana, bo]) await expect(pad.testId("sibling")).toHaveCount(0);
  await expect((await bo.drawer("ledger")).getByTestId("ledger-words")).toHaveText("second");
});
