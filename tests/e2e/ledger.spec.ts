import { expect, test } from "@playwright/test";
import { expectConverged, Pad } from "./pad.ts";

test("lww-note: what was typed while cut is lost, stands in the ledger, and Restore brings it back", async ({ context }) => {
  const winner = await Pad.create(context, "lww-note");
  const loser = await Pad.open(context, winner.path);
  await winner.type("base ");
  await expect.poll(() => loser.text()).toBe("base ");

  await loser.toggle("partition", true);
  await loser.type("doomed");
  await winner.type("stays");
  await loser.toggle("partition", false);
  await expectConverged([winner, loser], (text) => expect(text).toBe("base stays"));

  const ledger = await winner.drawer("ledger");
  await expect(ledger.getByTestId("ledger-words")).toHaveText("doomed");
  await expect(ledger.getByTestId("ledger-kept")).toHaveText("Kept 10 of 16 characters");
  await expect(ledger).toContainText("older stamp");

  await winner.page.reload();
  await winner.ready(false);
  await expect((await winner.drawer("ledger")).getByTestId("ledger-words")).toHaveText("doomed");

  await (await winner.drawer("ledger")).getByRole("button", { name: "Restore" }).click();
  await expectConverged([winner, loser], (text) => {
    expect(text).toContain("stays");
    expect(text).toContain("doomed");
  });
  // It cannot be put back twice; and where the restoration is undone it can.
  await expect(ledger.getByRole("button", { name: "Restored" })).toBeDisabled();
  await expect(ledger.getByTestId("ledger-standing")).toHaveText("Restored. In the note now");
  await expect(ledger.locator("del")).toHaveCount(0);
  await winner.page.keyboard.press("ControlOrMeta+z");
  await expectConverged([winner, loser], (text) => expect(text).toBe("base stays"));
  await expect(ledger.getByRole("button", { name: "Restore", exact: true })).toBeEnabled();
  await expect(ledger.locator("del")).toHaveText("doomed");
});

test("walker: a word typed into a line that another deletes meanwhile is a row of the ledger, and its line comes back", async ({
  context,
}) => {
  const deleter = await Pad.create(context, "walker");
  const writer = await Pad.open(context, deleter.path);
  await deleter.type("Intro\nThe quick fox\nEnd");
  await expect.poll(() => writer.text()).toBe("Intro\nThe quick fox\nEnd");

  await writer.toggle("partition", true);
  await press(writer, ["Control+End", "ArrowUp", "Home", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"]);
  await writer.page.keyboard.type("very ");
  await press(deleter, ["Control+End", "ArrowUp", "Home", "Shift+ArrowDown", "Delete"]);
  await writer.toggle("partition", false);
  await expectConverged([writer, deleter], (text) => expect(text).toBe("Intro\nvery End"));

  const ledger = await writer.drawer("ledger");
  await expect(ledger.getByTestId("ledger-words")).toHaveText("very ");
  await expect(ledger.getByTestId("ledger-orphans")).toContainText("1 edit was orphaned");
  await expect(ledger.getByTestId("ledger-row")).toContainText("without having seen it");
  await ledger.getByRole("button", { name: "Restore around it" }).click();
  await expectConverged([writer, deleter], (text) => expect(text).toBe("Intro\nThe very quick fox\nEnd"));
  await expect(ledger.getByRole("button", { name: "Restored" })).toBeDisabled();
  await writer.page.keyboard.press("ControlOrMeta+z");
  await expectConverged([writer, deleter], (text) => expect(text).toBe("Intro\nvery End"));
});

test("two titles given apart: one is lost, and the ledger says which", async ({ context }) => {
  const first = await Pad.create(context, "walker");
  const second = await Pad.open(context, first.path);
  await second.toggle("partition", true);
  await rename(second, "Given on the island");
  await rename(first, "Given on the mainland");
  await second.toggle("partition", false);
  for (const pad of [first, second]) await expect.poll(() => titleOf(pad)).toBe("Given on the mainland");
  await expect((await first.drawer("ledger")).getByTestId("ledger-words")).toHaveText("Given on the island");
});

async function press(pad: Pad, keys: readonly string[]): Promise<void> {
  await pad.focus();
  for (const key of keys) await pad.page.keyboard.press(key);
}

async function rename(pad: Pad, title: string): Promise<void> {
  const field = pad.testId("note-title");
  await field.click();
  await field.fill(title);
  await field.press("Enter");
}

async function titleOf(pad: Pad): Promise<string> {
  return pad.testId("note-title").evaluate((field) => (field instanceof HTMLInputElement ? field.value : (field.textContent ?? "")));
}
