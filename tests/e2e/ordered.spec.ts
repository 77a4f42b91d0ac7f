/** Notes whose writes the server orders: what a cut does to them, and what comes of it after the heal. */

import { expect, type Locator, test } from "@playwright/test";
import { expectConverged, Pad } from "./pad.ts";

test.afterEach(async ({ request }) => {
  for (const node of ["S1", "S2"]) await request.post(`/control/nodes/${node}`, { data: { action: "resume" } });
});

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

test("lease: that an edit was refused is no longer said once the lock is free", async ({ context }) => {
  const holder = await Pad.create(context, "lease");
  const other = await Pad.open(context, holder.path);
  await holder.type("mine");
  await expect.poll(() => other.text()).toBe("mine");
  await other.type("x");
  const alert = other.page.getByRole("alert").filter({ hasText: "The edit was not taken" });
  await expect(alert).toBeVisible();
  await holder.page.getByRole("button", { name: "Give it up" }).click();
  // Long before it would go by itself.
  await expect(alert).toBeHidden({ timeout: 4_000 });
});

test("lease: a holder whose node stands still bounces into the ledger when it goes on, and overwrites where fencing is off", async ({
  context,
  request,
}) => {
  const pause = (node: string) => request.post(`/control/nodes/${node}`, { data: { action: "pause", ms: 60_000 } });
  const holder = await Pad.create(context, "lease");
  const other = await Pad.open(context, `${holder.path}?node=S2`);
  await holder.type("mine ");
  await expect.poll(() => other.text()).toBe("mine ");
  await expect(holder.testId("lease-holder")).toHaveText("You have the lock");
  await expect(other.testId("lease-left")).toHaveText(/^\d+ s left$/);
  const name = (await other.testId("lease-holder").textContent())!.replace(" has the lock", "");
  await other.type("x");
  await expect(other.page.getByRole("alert").filter({ hasText: `${name} is writing` })).toBeVisible();
  expect(await other.text()).toBe("mine ");

  // The holder's node orders the note, and stands still. The others choose another as soon as its lease is ended, by keyboard.
  const network = await other.drawer("network");
  await expect(network.getByTestId("lease-of-note")).toContainText("S1 orders this note");
  await pause("S1");
  await expect(network.locator('[data-testid=node-row][data-node="S1"]').getByTestId("node-state")).toContainText("paused");
  await end(network, "lease");
  await expect(network.getByTestId("lease-of-note")).toContainText(/S[23] orders this note/);
  await other.page.getByRole("button", { name: "Ask for the lock" }).press("Enter");
  await expect(network.getByTestId("lock-of-note")).toContainText(`${name} has it under token 1`);
  await expect(network.getByTestId("lock-of-note")).toContainText("Waiting: You");
  await end(network, "lock");
  await expect(network.getByTestId("lock-of-note")).toContainText("You have it under token 2");
  // Nobody could tell the holder.
  await expect(holder.testId("lease-holder")).toHaveText("You have the lock");
  await paste(holder, "too late");
  await paste(other, "in time");
  await other.saved();
  await network.getByRole("button", { name: "Wake S1" }).click();
  await expectConverged([holder, other], (text) => expect(text).toBe("mine in time"));

  // Now nobody looks at the token: who stood still overwrites what was written meanwhile.
  await other.page.getByRole("checkbox", { name: "Fencing" }).press("Space");
  await expect(network.getByTestId("lock-of-note")).toContainText("Fencing is off");
  await pause("S2");
  const own = await holder.drawer("network");
  await request.delete(`/control/leases/${holder.path.split("/").at(-1)}`);
  await expect(own.getByTestId("lease-of-note")).toContainText(/S[13] orders this note/);
  await holder.page.getByRole("button", { name: "Ask for the lock" }).press("Enter");
  await expect(own.getByTestId("lock-of-note")).toContainText("Waiting: You");
  await end(own, "lock");
  await expect(own.getByTestId("lock-of-note")).toContainText("You have it under token 3");
  await paste(other, ", late");
  await paste(holder, ", lost");
  await holder.saved();
  await own.getByRole("button", { name: "Wake S2" }).click();
  await expectConverged([holder, other], (text) => expect(text).toBe("mine in time, late"));
  const words = (await holder.drawer("ledger")).getByTestId("ledger-words");
  for (const lost of [", lost", "too late"]) await expect(words.filter({ hasText: lost })).toBeVisible();
  await expect(holder.testId("drawer-ledger")).toContainText("older fencing token");
});

async function end(network: Locator, what: "lease" | "lock"): Promise<void> {
  await network.getByRole("button", { name: `End the ${what}` }).press("Enter");
  await network.getByRole("button", { name: "End it now" }).press("Enter");
}

/** At the end of the text in one edit, so that it is one line of the ledger. */
async function paste(pad: Pad, text: string): Promise<void> {
  await pad.focus();
  await pad.page.keyboard.press("Control+End");
  await pad.page.keyboard.insertText(text);
}
