import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { expectConverged, Pad } from "./pad.ts";

test.afterEach(async ({ request }) => {
  await request.post("/control/heal", { data: {} });
});

test("split brain: four tabs on two nodes, both sides go on writing, and are one text after the heal", async ({ context }) => {
  test.slow();
  const first = await Pad.create(context, "walker");
  const [ana, bo, cy, di] = await Promise.all(["S1", "S1", "S2", "S3"].map((node) => Pad.open(context, `${first.path}?node=${node}`)));
  const pads = [ana!, bo!, cy!, di!];
  await first.page.close();
  await ana!.type("base ");
  await expectConverged(pads, (text) => expect(text).toBe("base "));

  const panel = await ana!.drawer("network");
  await expect(panel.getByTestId("cap-card")).toContainText("Nothing is split");
  await panel.getByTestId("split-in-half").click();
  await expect(panel.getByTestId("partition-words")).toContainText("cannot reach");
  await expect(panel.getByTestId("island")).toHaveCount(2);
  await ana!.type("left ");
  await cy!.type("right ");
  await expect.poll(() => bo!.text()).toBe("base left ");
  await expect.poll(() => di!.text()).toBe("base right ");
  await expect(panel.getByTestId("cap-card")).toContainText("You chose A: 2 sides go on writing. There are 2 texts now.");
  await expect(panel.getByTestId("island").nth(0)).toContainText(/minority.*edits are saved on S1/);
  await expect(panel.getByTestId("island").nth(1)).toContainText(/majority.*edits are saved on S2 and S3/);
  for (const pad of [ana!, cy!]) await pad.saved();
  expect((await new AxeBuilder({ page: ana!.page }).analyze()).violations).toEqual([]);

  await panel.getByTestId("heal-partitions").click();
  await expectConverged(pads, (text) => {
    expect(text).toContain("left ");
    expect(text).toContain("right ");
  });
  await expect(ana!.testId("convergence-strip")).toContainText(/All agree again \(\d+\.\d\d s\)/);
  await expect(panel.getByTestId("cap-card")).toContainText("Nothing is split");
});

test("a node that crashes takes its tabs down and gives back what its disk has; a tab moves to another node", async ({ context }) => {
  const ana = await Pad.create(context, "walker");
  await ana.page.goto(`${ana.path}?node=S2`);
  await ana.ready(false);
  await ana.type("kept on disk");
  await ana.saved();
  const panel = await ana.drawer("network");
  const node = panel.locator('[data-testid=node-row][data-node="S2"]');
  await panel.getByRole("button", { name: "Crash S2" }).click();
  await expect(node.getByTestId("node-state")).toHaveText("down");
  await ana.type(" and typed while it was down");
  await node.getByRole("button", { name: "Restart S2" }).click();
  await expect(node.getByTestId("node-state")).toHaveText("up");
  await ana.saved();
  await panel.getByTestId("move-self").selectOption("S3");
  await expect.poll(() => new URL(ana.page.url()).searchParams.get("node")).toBe("S3");
  await ana.type("!");
  await ana.saved();
  await expect.poll(() => ana.text()).toBe("kept on disk and typed while it was down!");
  await expect(panel.locator('[data-testid=node-row][data-node="S3"]')).toContainText("Ana");
});

test("a note born without a majority waits, and says why; it begins with what was typed when there is one", async ({
  context,
  request,
}) => {
  const ana = await Pad.open(context, "/");
  await ana.page.goto(`${ana.path}?node=S3`);
  await ana.ready(false);
  await request.post("/control/partition", { data: { groups: [["S1", "S2"], ["S3"]] } });
  const before = ana.path;
  await ana.testId("new-note").click();
  await ana.testId("strategy-walker").click();
  await expect.poll(() => ana.path).not.toBe(before);
  await ana.ready(true);
  await expect(ana.testId("birth-wait")).toHaveText(
    "This side has 1 of 3 servers: a new note needs a majority, 2 of them, and waits for it. What you write is kept on this device.",
  );
  await ana.type("before its birth");
  await ana.stored();
  expect(await ana.status()).toMatchObject({ epoch: null, unsaved: 16 });
  await request.post("/control/heal", { data: {} });
  await ana.saved();
  await expect(ana.testId("birth-wait")).toHaveCount(0);
  expect(await ana.text()).toBe("before its birth");
});

test("a one-way cut, by keyboard: one side sends, hears nothing, and catches up", async ({ context }) => {
  const ana = await Pad.create(context, "walker");
  await ana.page.goto(`${ana.path}?node=S1`);
  await ana.ready(false);
  const bo = await Pad.open(context, `${ana.path}?node=S2`);
  const panel = await ana.drawer("network");
  await panel.getByText("Links one by one").focus();
  await ana.page.keyboard.press("Enter");
  for (const from of ["S2", "S3"]) {
    await panel.getByRole("button", { name: `Cut ${from} to S1` }).focus();
    await ana.page.keyboard.press("Enter");
  }
  await expect(panel.getByTestId("partition-words")).toContainText("nothing back");
  await ana.type("heard");
  await expect.poll(() => bo.text()).toBe("heard");
  await bo.type(" and answered");
  await bo.saved();
  expect(await ana.text()).toBe("heard");
  await panel.getByTestId("heal-partitions").click();
  await expectConverged([ana, bo], (text) => expect(text).toBe("heard and answered"));
});

test("a line from one node to another cuts that direction and heals it; across links it cuts them; Escape gives it up", async ({
  context,
}) => {
  const ana = await Pad.create(context, "walker");
  const panel = await ana.drawer("network");
  const board = panel.getByTestId("partition-board");
  await board.scrollIntoViewIfNeeded();
  const words = panel.getByTestId("partition-words");
  await expect(words).toHaveText("Everybody reaches everybody.");
  const centre = async (node: string): Promise<{ x: number; y: number }> => {
    const box = (await board.getByText(node, { exact: true }).boundingBox())!;
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };
  const [s1, s2, s3] = [await centre("S1"), await centre("S2"), await centre("S3")];
  const { mouse, keyboard } = ana.page;
  const draw = async (from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> => {
    await mouse.move(from.x, from.y);
    await mouse.down();
    await mouse.move(to.x, to.y, { steps: 4 });
  };
  await draw(s2, s3);
  await expect(panel.getByTestId("stroke-words")).toHaveText("Let go to cut S2 to S3");
  await mouse.up();
  // S1 carries it further.
  await expect(board.locator('[data-cut="one"]')).toHaveCount(1);
  await expect(words).toHaveText("Everybody reaches everybody.");
  await draw(s2, s3);
  await expect(panel.getByTestId("stroke-words")).toHaveText("Let go to heal S2 to S3");
  await mouse.up();
  await expect(board.locator('[data-cut="none"]')).toHaveCount(4);
  const height = (s1.y + s3.y) / 2;
  await draw({ x: s3.x, y: height }, { x: s2.x, y: height });
  await expect(panel.getByTestId("stroke-words")).toHaveText("Let go to cut 2 links both ways");
  await keyboard.press("Escape");
  await mouse.up();
  await expect(board.locator('[data-cut="none"]')).toHaveCount(4);
  await draw({ x: s3.x, y: height }, { x: s2.x, y: height });
  await mouse.up();
  await expect(panel.getByTestId("island")).toHaveCount(2);
});

test("the same cut under ot: the side without a majority is told why, keeps its words, and they are committed after the heal", async ({
  context,
}) => {
  test.slow();
  const ana = await Pad.create(context, "ot");
  await ana.page.goto(`${ana.path}?node=S1`);
  await ana.ready(false);
  const bo = await Pad.open(context, `${ana.path}?node=S2`);
  await bo.type("base ");
  await expectConverged([ana, bo], (text) => expect(text).toBe("base "));

  const panel = await bo.drawer("network");
  await panel.getByTestId("split-in-half").click();
  await expect(panel.getByTestId("island")).toHaveCount(2);
  await ana.type("minority ");
  await bo.type("majority ");
  await bo.saved();
  expect((await ana.status()).unsaved).toBeGreaterThan(0);
  await expect.poll(async () => (await ana.status()).pause, { timeout: 30_000 }).toMatch(/1 of 3 servers/);
  await expect(ana.testId("status-chip")).toContainText(/Paused, \d+ edits? kept as a draft/);
  await expect(panel.getByTestId("cap-card")).toContainText(/You chose C: 1 person is waiting, \d+ edits are drafts\./);
  await expect(panel.getByTestId("island").filter({ hasText: "minority" })).toContainText(/May not commit anything: .*1 of 3 servers/);
  await expect(panel.getByTestId("island").filter({ hasText: "majority" })).toContainText(
    /orders under token \d+, and an edit counts once 2 of 3 nodes have it/,
  );
  expect(await bo.text()).toBe("base majority ");

  await panel.getByTestId("heal-partitions").click();
  await expectConverged([ana, bo], (text) => {
    expect(text).toContain("majority ");
    expect(text).toContain("minority ");
  });
  await expect(panel.getByTestId("cap-card")).toContainText("Nothing is split");
});

test("the link between two nodes is slow and lossy, set by keyboard; what was written is everywhere after the heal", async ({
  context,
}) => {
  const ana = await Pad.create(context, "walker");
  await ana.page.goto(`${ana.path}?node=S1`);
  await ana.ready(false);
  const bo = await Pad.open(context, `${ana.path}?node=S2`);
  const panel = await ana.drawer("network");
  await panel.getByText("Conditions between nodes").press("Enter");
  const row = panel.getByTestId("node-link-S1-S2");
  await row.getByLabel("Bandwidth for S1 and S2").selectOption("9.6 kbit/s");
  await expect(row).toContainText("S1 → S2: 9.6 kbit/s · S2 → S1: 9.6 kbit/s");
  await row.getByLabel("Bandwidth for S1 and S2").selectOption("unlimited");
  await row.getByText("Datagram mode").press("Enter");
  await row.getByLabel("Loss for S1 and S2 in percent").fill("50");
  await expect(row).toContainText("S1 → S2: datagrams: 50 % lost · S2 → S1: datagrams: 50 % lost");
  await ana.type("through a bad link");
  await ana.saved();
  await panel.getByTestId("heal-everything").click();
  await expect(row).toContainText("S1 → S2: clear · S2 → S1: clear");
  await expect.poll(() => bo.text()).toBe("through a bad link");
});
