/** Notes whose writes the server orders: what a cut does to them, and what comes of it after the heal. */

import { expect, test } from "@playwright/test";
import { expectConverged, Pad } from "./pad.ts";

test("ot: a tab that is cut off keeps what it types as unsaved, and it is moved over what came first", async ({ context }) => {
  const first = await Pad.create(context, "ot");
  const second = await Pad.open(context, first.path);
  await first.type("one ");
  await expect.poll(() => second.text()).toBe("one ");
  await second.toggle("partition", true);
  await second.type("island ");
  await first.type("mainland ");
  await first.saved();
  await expect(second.testId("status-chip")).not.toContainText("Saved");
  expect((await second.status()).unsaved).toBe(7);
  // What is not committed outlives a reload.
  await second.stored();
  await second.page.reload();
  await second.ready(true);
  await expect.poll(() => second.text()).toBe("one island ");
  await second.toggle("partition", false);
  await expectConverged([first, second], (text) => expect(text).toBe("one mainland island "));
  await expect(second.testId("status-chip")).toContainText("Saved");
});

test("cas-diff3: lines that both changed become a question in the text, others merge", async ({ context }) => {
  const first = await Pad.create(context, "cas-diff3");
  const second = await Pad.open(context, first.path);
  await first.type("Total: 10");
  await expect.poll(() => second.text()).toBe("Total: 10");
  await second.toggle("partition", true);
  await second.type(" euros");
  await first.type(" dollars");
  await first.saved();
  await second.toggle("partition", false);
  await expectConverged([first, second], (text) => expect(text).toBe("‹Total: 10 dollars|CONFLICT|Total: 10 euros›"));
});

test("quorum: the later whole note stays, and the ledger has what it overwrote", async ({ context }) => {
  const first = await Pad.create(context, "quorum");
  const second = await Pad.open(context, first.path);
  await first.type("base ");
  await expect.poll(() => second.text()).toBe("base ");
  await second.toggle("partition", true);
  await second.type("late");
  await first.type("lost");
  await first.saved();
  await second.toggle("partition", false);
  await expectConverged([first, second], (text) => expect(text).toBe("base late"));
  const ledger = await first.drawer("ledger");
  await expect(ledger.getByTestId("ledger-words")).toHaveText("lost");
  await expect(ledger).toContainText("without having seen");
});

test("lease, a tab on each of two nodes: a holder that was away bounces into the ledger, and overwrites where fencing is off", async ({
  context,
}) => {
  const holder = await Pad.create(context, "lease");
  const other = await Pad.open(context, `${holder.path}?node=S2`);
  await holder.type("mine ");
  await expect.poll(() => other.text()).toBe("mine ");
  await expect(holder.testId("lease-holder")).toHaveText("You have the lock");
  await expect(other.testId("lease-left")).toHaveText(/^\d+ s left$/);
  const name = (await other.testId("lease-holder").textContent())!.replace(" has the lock", "");

  // Away from here on, the holder cannot renew; the one who asked has the lock when its time is over.
  await holder.toggle("partition", true);
  await other.type("x");
  await expect(other.page.getByRole("alert").filter({ hasText: `${name} is writing` })).toBeVisible();
  expect(await other.text()).toBe("mine ");
  await other.page.getByRole("button", { name: "Ask for the lock" }).click();
  await other.page.getByRole("button", { name: "Write a draft" }).click();
  await other.page.getByRole("textbox", { name: "Your draft: only you see it" }).fill("my draft");
  await other.page.getByRole("button", { name: "Keep the draft" }).click();
  await expect(other.testId("draft")).toContainText("8 characters");
  await expect(other.testId("lease-holder")).toHaveText("You have the lock");
  await paste(holder, "too late");
  await other.testId("draft").locator("summary").click();
  await other.page.getByRole("button", { name: "Insert at the end" }).click();
  await other.saved();
  await holder.toggle("partition", false);
  await expectConverged([holder, other], (text) => expect(text).toBe("mine my draft"));

  // Now nobody looks at the token: who was away overwrites what was written meanwhile.
  const fencing = other.page.getByRole("checkbox", { name: "Fencing" });
  await fencing.click();
  await expect(fencing).not.toBeChecked();
  await other.toggle("partition", true);
  await holder.page.getByRole("button", { name: "Ask for the lock" }).click();
  await other.type(", late");
  await expect(holder.testId("lease-holder")).toHaveText("You have the lock");
  await paste(holder, ", in time");
  await holder.saved();
  await other.toggle("partition", false);
  await expectConverged([holder, other], (text) => expect(text).toBe("mine my draft, late"));
  const ledger = await holder.drawer("ledger");
  const words = ledger.getByTestId("ledger-words");
  for (const lost of [", in time", "too late"]) await expect(words.filter({ hasText: lost })).toBeVisible();
  await expect(ledger).toContainText("older fencing token");
});

/** At the end of the text in one edit, so that it is one line of the ledger. */
async function paste(pad: Pad, text: string): Promise<void> {
  await pad.focus();
  await pad.page.keyboard.press("Control+End");
  await pad.page.keyboard.insertText(text);
}
