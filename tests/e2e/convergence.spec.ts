import { expect, test } from "@playwright/test";
import { expectConverged, Pad } from "./pad.ts";

for (const strategy of ["walker", "yjs", "fugue"] as const) {
  test(`${strategy}: three tabs type at once and converge`, async ({ context }) => {
    const first = await Pad.create(context, strategy);
    const pads = [first, await Pad.open(context, first.path), await Pad.open(context, first.path)];
    expect(new Set(await Promise.all(pads.map((pad) => pad.replicaId()))).size).toBe(3);
    await Promise.all(pads.map((pad, n) => pad.type(["alpha ", "bravo ", "charlie "][n]!.repeat(5))));
    await expectConverged(pads, (text) => {
      expect(Array.from(text).sort().join("")).toBe(Array.from("alpha bravo charlie ".repeat(5)).sort().join(""));
    });
    await expect(first.testId("convergence-strip")).toContainText("All 6 agree");
  });

  test(`${strategy}: one tab is cut, both sides edit, and after the heal nothing is lost`, async ({ context }) => {
    const inside = await Pad.create(context, strategy);
    const apart = await Pad.open(context, inside.path);
    await inside.type("start ");
    await expect.poll(() => apart.text()).toBe("start ");

    await apart.toggle("partition", true);
    await expect(apart.testId("cut-banner")).toContainText("cut off on purpose");
    await inside.type("majority ");
    await apart.type("island ");
    expect(await inside.text()).toBe("start majority ");
    expect(await apart.text()).toBe("start island ");
    for (const pad of [inside, apart]) await expect(pad.testId("convergence-strip")).toContainText(/cut for \d+ s/);

    await apart.toggle("partition", false);
    await expectConverged([inside, apart], (text) => {
      for (const word of ["start", "majority", "island"]) expect(text).toContain(word);
      expect(text).toHaveLength("start majority island ".length);
    });
    await expect(inside.testId("convergence-strip")).toContainText(/All agree again \(\d+\.\d\d s\)/);
    await expect(await inside.drawer("ledger")).toContainText("Nothing lost: this strategy keeps every edit.");
  });
}

test("walker: three tabs, one cut off and reloaded on its island, and the other side reloaded too: one text in the end", async ({
  context,
}) => {
  const ana = await Pad.create(context, "walker");
  await ana.focus();
  // Long enough to be packed when it is handed on and stored.
  await ana.page.keyboard.insertText("The quick brown fox jumps over the lazy dog. ".repeat(60));
  await ana.saved();
  const bo = await Pad.open(context, ana.path);
  const cy = await Pad.open(context, ana.path);
  const start = await ana.text();
  for (const pad of [bo, cy]) await expect.poll(() => pad.text()).toBe(start);

  await cy.toggle("partition", true);
  await cy.type("island ");
  await cy.stored();
  await Promise.all([ana.type("ana "), bo.type("bo ")]);
  await cy.page.reload();
  await cy.ready(true);
  expect(await cy.text()).toBe(`${start}island `);
  await cy.type("still ");
  await bo.saved();
  await bo.page.reload();
  await bo.ready(false);
  await expect.poll(async () => (await bo.text()) === (await ana.text())).toBe(true);

  await cy.toggle("partition", false);
  await expectConverged([ana, bo, cy], (text) => {
    expect(text.startsWith(start)).toBe(true);
    expect(text).toContain("island still ");
    expect(Array.from(text.slice(start.length)).sort().join("")).toBe(Array.from("island still ana bo ").sort().join(""));
  });
  await cy.page.reload();
  await cy.ready(false);
  expect(await cy.text()).toBe(await ana.text());
});

test("what reaches the others is 800 ms late, by the stamps in the journals", async ({ context }) => {
  const slow = await Pad.create(context, "fugue");
  const other = await Pad.open(context, slow.path);
  await slow.toggle("latency", true);
  await slow.focus();
  await slow.page.keyboard.press("x");
  await expect.poll(() => other.text()).toBe("x");
  const self = await slow.replicaId();
  const reader = await other.replicaId();
  const typed = (await slow.journal()).find((entry) => entry.kind === "intent" && entry.replica === self);
  const seen = (await other.journal()).find(
    (entry) => entry.kind === "applied" && entry.replica === reader && entry.splices.some(({ insert }) => insert === "x"),
  );
  const delayMs = seen!.atMs - typed!.atMs;
  expect(delayMs).toBeGreaterThanOrEqual(800);
  expect(delayMs).toBeLessThan(1_600);
});

test("the matrix and the network drawer say who is cut", async ({ context }) => {
  const inside = await Pad.create(context, "fugue");
  const apart = await Pad.open(context, inside.path);
  await apart.toggle("partition", true);
  await inside.type("news");
  const network = await inside.drawer("network");
  await expect(network.locator(`[data-replica="${await apart.replicaId()}"]`).getByTestId("link-word")).toContainText("Cut");
  const matrix = (await inside.drawer("replicas")).getByTestId("convergence-matrix");
  await expect(matrix.locator('[data-cell="behind"]').first()).toHaveText("behind 4");

  await (await inside.drawer("network")).getByTestId("heal-everything").click();
  await expectConverged([inside, apart], (text) => expect(text).toBe("news"));
  await expect((await inside.drawer("replicas")).locator('[data-cell="behind"]')).toHaveCount(0);
});
