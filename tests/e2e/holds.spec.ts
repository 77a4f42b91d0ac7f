import AxeBuilder from "@axe-core/playwright";
import { expect, type Locator, test } from "@playwright/test";
import { expectConverged, Pad } from "./pad.ts";

test.afterEach(async ({ request }) => {
  await request.post("/control/heal", { data: {} });
});

/** Two tabs in step; Ana looks at the messages, and what Bo sends is held. */
async function setUp(ana: Pad): Promise<{ bo: Pad; panel: Locator; hold: Locator }> {
  const bo = await Pad.open(ana.page.context(), ana.path);
  await ana.type("base ");
  await expectConverged([ana, bo], (text) => expect(text).toBe("base "));
  const panel = (await ana.drawer("network")).getByTestId("messages-panel");
  const hold = panel.getByRole("switch", { name: "Hold messages from Bo" });
  await hold.focus();
  await ana.page.keyboard.press("Space");
  await expect(hold).toBeChecked();
  return { bo, panel, hold };
}

const updates = (panel: Locator): Locator => panel.locator('[data-testid=held-message][data-name="numbered"]');

/** Walks down the list until an update is chosen. */
async function chooseUpdate(ana: Pad, panel: Locator): Promise<void> {
  await panel.getByTestId("messages").focus();
  await ana.page.keyboard.press("Home");
  const chosen = panel.locator('[data-testid=held-message][aria-selected="true"]');
  const rows = await panel.getByTestId("held-message").count();
  for (let n = 0; n < rows && (await chosen.getAttribute("data-name")) !== "numbered"; n++) await ana.page.keyboard.press("ArrowDown");
  await expect(chosen).toHaveAttribute("data-name", "numbered");
}

test("a message of Bo's is held, looked into and dropped by keyboard; sync mends it", async ({ context }) => {
  const ana = await Pad.create(context, "walker");
  const { bo, panel, hold } = await setUp(ana);
  await bo.type("x");
  await expect(updates(panel)).toHaveCount(1);
  await expect(updates(panel)).toHaveAttribute("data-state", "held");
  expect(await ana.text()).toBe("base ");
  await chooseUpdate(ana, panel);
  await expect(panel.getByTestId("message-details")).toContainText(/update of \d+ bytes/);
  await expect(panel.getByTestId("message-contents")).toContainText(/inserts "x"/);
  expect((await new AxeBuilder({ page: ana.page }).analyze()).violations).toEqual([]);
  await ana.page.keyboard.press("x");
  await expect(panel.getByTestId("message-said")).toHaveText(/Dropped update from Bo to S1/);
  await expect(updates(panel)).toHaveCount(0);
  await bo.type("y");
  await expect(updates(panel)).toHaveCount(1);
  await hold.click();
  await expectConverged([ana, bo], (text) => expect(text).toBe("base xy"));
});

test("messages of Bo's are delivered by keyboard: the next, then all", async ({ context }) => {
  const ana = await Pad.create(context, "walker");
  const { bo, panel } = await setUp(ana);
  for (const [n, letter] of ["a", "b", "c"].entries()) {
    await bo.type(letter);
    await expect(updates(panel)).toHaveCount(n + 1);
  }
  // The last before the one ahead of it, and back: carets are messages too.
  await panel.getByTestId("messages").focus();
  await ana.page.keyboard.press("End");
  const ids = (): Promise<string[]> => panel.getByTestId("held-message").evaluateAll((rows) => rows.map(({ id }) => id));
  const chosen = await panel.locator('[data-testid=held-message][aria-selected="true"]').getAttribute("id");
  const before = await ids();
  const ahead = before[before.indexOf(chosen!) - 1];
  const order = async (): Promise<string[]> => (await ids()).filter((id) => id === chosen || id === ahead);
  await ana.page.keyboard.press("Alt+ArrowUp");
  await expect.poll(order).toEqual([chosen, ahead]);
  await ana.page.keyboard.press("Alt+ArrowDown");
  await expect.poll(order).toEqual([ahead, chosen]);
  for (let n = 0; n < 10 && (await ana.text()) === "base "; n++) {
    const count = await panel.getByTestId("held-message").count();
    await ana.page.keyboard.press(".");
    await expect.poll(() => panel.getByTestId("held-message").count()).toBeLessThan(count);
  }
  await expect.poll(() => ana.text()).toBe("base a");
  await expect(updates(panel)).toHaveCount(2);
  await ana.page.keyboard.press("Shift+.");
  await expect.poll(() => ana.text()).toBe("base abc");
  await expect(panel.getByTestId("held-message")).toHaveCount(0);
});
