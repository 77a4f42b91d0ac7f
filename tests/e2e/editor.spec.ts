import { expect, test } from "@playwright/test";
import { expectConverged, Pad } from "./pad.ts";

test("undo takes back one's own words and never another's", async ({ context }) => {
  const ana = await Pad.create(context, "walker");
  const bo = await Pad.open(context, ana.path);
  await ana.type("mine ");
  await expect.poll(() => bo.text()).toBe("mine ");
  await bo.type("yours ");
  await expect.poll(() => ana.text()).toBe("mine yours ");
  await ana.focus();
  await ana.page.keyboard.press("Control+z");
  await expectConverged([ana, bo], (text) => expect(text).toBe("yours "));
  await ana.page.keyboard.press("Control+z");
  await ana.page.keyboard.press("Control+Shift+z");
  await expectConverged([ana, bo], (text) => expect(text).toBe("mine yours "));
});

test("an emoji is never cut, whoever deletes half of it", async ({ context }) => {
  const ana = await Pad.create(context, "yjs");
  const bo = await Pad.open(context, ana.path);
  await ana.type("a😀👩‍👩‍👧z");
  await expect.poll(() => bo.text()).toBe("a😀👩‍👩‍👧z");
  await bo.focus();
  await bo.page.keyboard.press("Control+End");
  for (let n = 0; n < 3; n++) await bo.page.keyboard.press("Backspace");
  await expectConverged([ana, bo], (text) => {
    expect(text).not.toMatch(/\p{Surrogate}/u);
    expect(text).toBe("a");
  });
});

test("an input method composes in peace while others type", async ({ context }) => {
  const ana = await Pad.create(context, "walker");
  const bo = await Pad.open(context, ana.path);
  await ana.type("start ");
  await expect.poll(() => bo.text()).toBe("start ");
  await ana.focus();
  const devtools = await ana.page.context().newCDPSession(ana.page);
  for (const text of ["に", "にほ", "にほん"])
    await devtools.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  await bo.focus();
  await bo.page.keyboard.press("Control+Home");
  await bo.page.keyboard.type("BO ");
  await bo.saved();
  // Half-composed text is nobody else's business yet.
  expect(await bo.text()).toBe("BO start ");
  await devtools.send("Input.insertText", { text: "日本" });
  await expectConverged([ana, bo], (text) => expect(text).toBe("BO start 日本"));
});

test("others see where one's caret is, with a name", async ({ context }) => {
  const ana = await Pad.create(context, "walker");
  const bo = await Pad.open(context, ana.path);
  await ana.type("here");
  const flag = bo.page.locator(".rp-flag");
  const name = await flag.getAttribute("title");
  expect(name).toMatch(/^[A-Z][a-z]+/);
  // The name while they type, their letter when they have stopped; and it stands behind what is written.
  await expect(flag).toHaveText(name!.charAt(0));
  await ana.type(" and on");
  await expect(flag).toHaveText(name!);
  const line = await bo.page
    .locator(".cm-line")
    .first()
    .evaluate(({ firstChild }) => {
      const range = document.createRange();
      range.selectNode(firstChild!);
      return range.getBoundingClientRect().right;
    });
  expect((await flag.boundingBox())!.x).toBeGreaterThanOrEqual(line);
  await expect(bo.testId("presence-list").getByTitle(new RegExp(`^${name}: Online`))).toBeVisible();
  await ana.page.close();
  await expect(flag).toHaveCount(0);
});

test("several carets at one place: each has a flag, and none covers another", async ({ context }) => {
  const pads = [await Pad.create(context, "walker")];
  while (pads.length < 3) pads.push(await Pad.open(context, pads[0]!.path));
  const [ana, ...others] = pads;
  await ana!.type("one place");
  for (const pad of others) await pad.type("");
  const boxes = async (): Promise<{ left: number; right: number }[]> =>
    await ana!.page.locator(".rp-flag, .rp-caret").evaluateAll((flags) =>
      flags.map((flag) => {
        const { left, width } = flag.getBoundingClientRect();
        return { left, right: left + Math.max(2, width) };
      }),
    );
  await expect.poll(async () => (await boxes()).length).toBe(4);
  const sorted = (await boxes()).toSorted((a, b) => a.left - b.left);
  for (const [index, { left }] of sorted.entries()) if (index > 0) expect(left).toBeGreaterThanOrEqual(sorted[index - 1]!.right);
});

test("a corrupted text is seen for what it is", async ({ context }) => {
  const sound = await Pad.create(context, "walker");
  const broken = await Pad.open(context, sound.path);
  await sound.type("the same");
  await expect.poll(() => broken.text()).toBe("the same");
  await broken.page.evaluate(() =>
    (globalThis as unknown as { __riftpad: { corrupt(text: string): void } }).__riftpad.corrupt("not the same"),
  );
  for (const pad of [sound, broken]) await expect(pad.testId("convergence-strip")).toContainText("CORRUPT");
  const matrix = (await sound.drawer("replicas")).getByTestId("convergence-matrix");
  await expect(matrix.locator('[data-cell="corrupt"]').first()).toHaveText("CORRUPT");
});

test("a duplicated tab is another replica", async ({ context }) => {
  const first = await Pad.create(context, "walker");
  // What a browser does when a tab is duplicated: same address, and a copy of its session storage.
  const [second] = await Promise.all([context.waitForEvent("page"), first.page.evaluate(() => void window.open(location.href))]);
  const twin = new Pad(second);
  await twin.ready(false);
  expect(await twin.replicaId()).not.toBe(await first.replicaId());
  await Promise.all([first.type("one "), twin.type("two ")]);
  await expectConverged([first, twin], (text) => expect(text).toHaveLength(8));
});
