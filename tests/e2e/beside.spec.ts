import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";

test.afterEach(async ({ request }) => {
  await request.post("/control/heal", { data: {} });
});

test("side by side, by keyboard: through one cut the available note goes on, the other refuses; after the heal each is one text", async ({
  page,
}) => {
  await page.goto("/beside");
  const next = page.getByTestId("beside-next");
  const run = page.getByTestId("beside-run");
  await next.focus();
  await page.keyboard.press("Enter");
  await expect(run).toHaveAttribute("data-phase", "whole");
  const [ap, cp] = [page.getByTestId("trial-AP"), page.getByTestId("trial-CP")];
  for (const note of [ap, cp]) await expect(note.getByTestId("cap-card")).toContainText("Nothing is split");

  await expect(next).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(run).toHaveAttribute("data-phase", "apart");
  await expect(cp.getByTestId("bot-refused")).toContainText(/1 of 3 servers/);
  await expect(page.getByTestId("beside-progress")).toContainText("Both have written");
  // One of the two was refused, and has its words for itself.
  await expect(ap.getByTestId("bot-refused")).toHaveCount(0);
  for (const status of await ap.getByTestId("bot-status").all()) await expect(status).toHaveText("Saved");
  await expect(ap.getByTestId("cap-card")).toContainText("You chose A: 2 sides go on writing. There are 2 texts now.");
  await expect(cp.getByTestId("bot-status").filter({ hasText: "Saved" })).toHaveCount(1);
  await expect(cp.getByTestId("cap-card")).toContainText(/You chose C: 1 person is waiting, \d+ edits are drafts\./);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  await page.keyboard.press("Enter");
  await expect(run).toHaveAttribute("data-phase", "done");
  for (const note of [ap, cp]) {
    const texts = await note.getByTestId("bot-text").allTextContents();
    expect(texts).toHaveLength(2);
    expect(texts[0]).toBe(texts[1]);
    expect(texts[0]).toContain("Ana brings bread and olives. ");
    expect(texts[0]).toContain("Bo brings cheese and grapes. ");
    await expect(note.getByTestId("outcome")).toContainText(/All words of both stand in the note/);
    await expect(note.getByTestId("outcome")).toContainText(/agreed, and all was saved, \d+\.\d\d s after the heal/);
  }
  await expect(ap.getByTestId("outcome")).toContainText("Both sides went on");
  await expect(cp.getByTestId("outcome")).toContainText(/was refused, and \d+ edits waited as a draft/);
});
