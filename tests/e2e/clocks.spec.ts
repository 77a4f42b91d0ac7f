import { expect, test } from "@playwright/test";
import { Pad } from "./pad.ts";

test.afterEach(async ({ request }) => {
  await request.post("/control/heal", { data: {} });
});

test("a clock that is ahead wins a title, the ledger says whose clock it was, and by a hybrid clock the same rename stays", async ({
  context,
}) => {
  const ana = await Pad.create(context, "walker");
  const bo = await Pad.open(context, ana.path);
  const drawer = await ana.drawer("network");
  await drawer.getByTestId("clocks").locator("summary").press("Enter");
  const row = drawer.locator(`[data-testid="clock-row"][data-replica="${await ana.replicaId()}"]`);
  await row.getByRole("button", { name: /5 minutes ahead/ }).press("Enter");
  await expect(row.getByTestId("clock-offset")).toHaveText("5 min ahead");

  await rename(ana, "From the future");
  await expect(drawer.getByTestId("clock-owned")).toContainText(/owns the title until \d\d:\d\d:\d\d/);
  await expect.poll(() => titleOf(bo)).toBe("From the future");
  await rename(bo, "Really later");
  const ledger = await bo.drawer("ledger");
  await expect(ledger.getByTestId("ledger-words")).toHaveText("Really later");
  await expect(ledger.getByTestId("ledger-lateness")).toHaveText(
    /^Lost to clock skew: (\S+)'s clock was 5 min ahead\. In real time \S+ wrote .* later\.$/,
  );
  await expect.poll(() => titleOf(bo)).toBe("From the future");

  await drawer.getByRole("radio", { name: "Hybrid clock" }).check();
  await (await bo.drawer("network")).getByTestId("clocks").locator("summary").press("Enter");
  await expect(bo.page.getByRole("radio", { name: "Hybrid clock" })).toBeChecked();
  await rename(bo, "Seen, so later");
  for (const pad of [ana, bo]) await expect.poll(() => titleOf(pad)).toBe("Seen, so later");
});

test("by server time it is a server's clock that loses a title, and the ledger names that server", async ({ context }) => {
  const ana = await Pad.create(context, "walker");
  const bo = await Pad.open(context, `${ana.path}?node=S2`);
  const drawer = await ana.drawer("network");
  await drawer.getByTestId("clocks").locator("summary").press("Enter");
  await drawer.getByRole("radio", { name: "Server time" }).check();
  const row = drawer.locator('[data-testid="clock-row"][data-replica="S1"]');
  await row.getByRole("button", { name: "Set the clock of S1 5 minutes ahead" }).press("Enter");
  await expect(row.getByTestId("clock-offset")).toHaveText("5 min ahead");
  // Both tabs stamp so before either writes.
  await (await bo.drawer("network")).getByTestId("clocks").locator("summary").press("Enter");
  await expect(bo.page.getByRole("radio", { name: "Server time" })).toBeChecked();
  await rename(ana, "By S1");
  await expect.poll(() => titleOf(bo)).toBe("By S1");
  await rename(bo, "By S2");
  const ledger = await bo.drawer("ledger");
  await expect(ledger.getByTestId("ledger-words")).toHaveText("By S2");
  await expect(ledger.getByTestId("ledger-lateness")).toHaveText(
    /^Lost to clock skew: S1's clock was 5 min ahead\. In real time \S+ wrote .* later\.$/,
  );
});

async function rename(pad: Pad, title: string): Promise<void> {
  const field = pad.testId("note-title");
  await field.click();
  await field.fill(title);
  await field.press("Enter");
}

function titleOf(pad: Pad): Promise<string> {
  return pad.testId("note-title").evaluate((field) => (field instanceof HTMLInputElement ? field.value : (field.textContent ?? "")));
}
