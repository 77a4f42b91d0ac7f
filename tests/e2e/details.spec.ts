import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { Pad } from "./pad.ts";

test("M1: a title that was given apart shows both, and either can be chosen", async ({ context }) => {
  const ana = await Pad.create(context, "walker");
  const bo = await Pad.open(context, ana.path);
  await bo.toggle("partition", true);
  await ana.testId("note-title").fill("Ana's plan");
  await ana.testId("note-title").press("Enter");
  await bo.testId("note-title").fill("Bo's plan");
  await bo.testId("note-title").press("Enter");
  await expect(ana.testId("conflict-card")).toHaveCount(0);
  await bo.toggle("partition", false);

  const card = ana.testId("conflict-card");
  await expect(card).toHaveText(/title “Bo's plan” replaced your “Ana's plan”.*later stamp stays/);
  await expect(bo.testId("conflict-card")).toHaveText(/Your title “Bo's plan” replaced/);
  expect((await new AxeBuilder({ page: ana.page }).analyze()).violations).toEqual([]);
  await card.getByRole("button", { name: /Use mine/ }).click();
  for (const pad of [ana, bo]) {
    await expect(pad.testId("note-title")).toHaveValue("Ana's plan");
    await expect(pad.testId("conflict-card")).toHaveCount(0);
  }
});

test("M5 and M6: a tag added while it was removed stays and is asked about; votes of two add up; a pinned note comes first", async ({
  context,
}) => {
  const ana = await Pad.create(context, "walker");
  const bo = await Pad.open(context, ana.path);
  await ana.testId("new-tag").fill("todo");
  await ana.testId("new-tag").press("Enter");
  await expect(bo.testId("tag")).toHaveText(/todo/);

  await bo.toggle("partition", true);
  await ana.page.getByRole("button", { name: "Remove the tag todo" }).click();
  await bo.page.getByRole("button", { name: "Remove the tag todo" }).click();
  await bo.testId("new-tag").fill("todo");
  await bo.testId("new-tag").press("Enter");
  for (const pad of [ana, bo]) await pad.page.getByRole("button", { name: "Vote for it" }).click();
  await bo.toggle("partition", false);

  for (const pad of [ana, bo]) {
    await expect(pad.testId("tag")).toHaveText(/todo/);
    await expect(pad.testId("votes")).toHaveText("2");
  }
  await expect(ana.testId("conflict-card")).toHaveText(/added the tag “todo” while you removed it.*so the tag stays/);
  await ana.testId("conflict-card").getByRole("button", { name: "Remove it" }).click();
  for (const pad of [ana, bo]) {
    await expect(pad.testId("tag")).toHaveCount(0);
    await expect(pad.testId("conflict-card")).toHaveCount(0);
  }
  await bo.testId("pin").click();
  await expect(ana.testId("pinned-list").getByTestId("note-item")).toHaveCount(1);
  await expect(ana.testId("note-details")).toContainText("views by 2 replicas");
});

test("M8: who deletes a note is told apart from who wrote in it unseen, and it can be had back", async ({ context }) => {
  const ana = await Pad.create(context, "walker");
  const bo = await Pad.open(context, ana.path);
  await bo.toggle("partition", true);
  await bo.type("three words unseen");
  await ana
    .testId("note-list")
    .locator("li[data-current=true]")
    .getByRole("button", { name: /^Delete/ })
    .click();
  await expect(ana.testId("deleted-note")).toHaveText(/You deleted this note/);
  await bo.toggle("partition", false);

  await expect(bo.testId("deleted-note")).toHaveText(/deleted this note at .* 18 characters of yours could not be seen then/);
  await bo.testId("deleted-note").getByRole("button", { name: "Restore the note" }).click();
  for (const pad of [ana, bo]) await expect(pad.testId("deleted-note")).toHaveCount(0);
});
