import { expect, test } from "@playwright/test";
import { Pad } from "./pad.ts";

test("a stock Yjs client edits the same note, and is cut off by the same faults", async ({ context }) => {
  const pad = await Pad.create(context, "yjs");
  await pad.type("ours ");
  const stock = await context.newPage();
  await stock.goto(`${pad.path}/stock?node=S2`);
  const editor = stock.getByTestId("stock-editor");
  await expect(editor).toContainText("ours");
  await editor.focus();
  await stock.keyboard.press("Control+End");
  await stock.keyboard.type("theirs");
  await expect.poll(() => pad.text()).toBe("ours theirs");

  const panel = await pad.drawer("network");
  await expect(panel.locator('[data-testid=node-row][data-node="S2"]')).toContainText("Stock");
  const row = panel.getByTestId("network-row").filter({ hasText: "stock client" });
  await row.getByRole("button", { name: /nothing passes/ }).click();
  await expect(row.getByTestId("link-word")).toContainText("Cut");
  await stock.keyboard.type("!");
  await pad.type("?");
  await expect(pad.testId("convergence-strip")).toContainText("does not report");
  expect(await pad.text()).toBe("ours theirs?");
  await row.getByRole("button", { name: "Heal Stock", exact: true }).click();
  await expect
    .poll(async () =>
      Array.from(await pad.text())
        .sort()
        .join(""),
    )
    .toBe(Array.from("ours theirs!?").sort().join(""));
});
