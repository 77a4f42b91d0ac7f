import { gzipSync } from "node:zlib";
import { expect, test } from "@playwright/test";
import { STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import { Pad } from "./pad.ts";

/**
 * What a first note may load, compressed. Next's and React's runtimes are 136 kB of it, CodeMirror and its grammar 106 kB, and the
 * text CRDT 32 kB.
 */
const SCRIPT_BYTES_MAX = 312 * 1024;

test("notes are found, renamed, deleted, and brought back", async ({ context }) => {
  const pad = await Pad.create(context, "walker");
  const { page } = pad;
  const title = `Quarterly ${Date.now()}`;
  await pad.testId("note-title").fill(title);
  await pad.testId("note-title").press("Enter");
  await expect(page).toHaveTitle(`${title} · Riftpad`);
  await pad.testId("note-search").fill(title.toLowerCase());
  await expect(pad.testId("note-item")).toHaveCount(1);
  await page.getByRole("button", { name: `Delete ${title}` }).click();
  await expect(pad.testId("note-item")).toHaveCount(0);
  await expect(pad.testId("deleted-note")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(pad.testId("note-item")).toHaveText(new RegExp(title));
  await expect(pad.testId("deleted-note")).toHaveCount(0);
});

test("an address that no note has offers to make one", async ({ context }) => {
  const page = await context.newPage();
  await page.goto(`/notes/fresh-${Date.now()}`);
  await expect(page.getByTestId("missing-note")).toContainText("No note has the address");
  await page.getByTestId("strategy-yjs").click();
  const pad = new Pad(page);
  await pad.ready(false);
  await expect(pad.testId("strategy-badge")).toHaveText("Yjs");
});

test("with the keyboard alone: make a note, write, cut, heal, read the ledger", async ({ context }) => {
  const pad = await Pad.open(context, "/");
  const { page } = pad;
  const { keyboard } = page;
  const before = pad.path;
  await keyboard.press("Alt+n");
  await expect(pad.testId("strategy-lww-note")).toBeVisible();
  for (let n = 0; n < 3; n++) await keyboard.press("Tab");
  await expect(pad.testId("strategy-lww-note")).toBeFocused();
  await keyboard.press("Enter");
  await expect.poll(() => pad.path).not.toBe(before);
  await pad.ready(false);

  for (let n = 0; n < 6 && !(await isFocusIn(pad, ".cm-content")); n++) await keyboard.press("F6");
  await keyboard.type("typed");
  await expect.poll(() => pad.text()).toBe("typed");
  await pad.saved();
  await keyboard.press("Control+Shift+O");
  await expect(pad.testId("toggle-partition")).toHaveAttribute("aria-pressed", "true");
  await keyboard.press("Control+Shift+O");
  await expect(pad.testId("toggle-partition")).toHaveAttribute("aria-pressed", "false");

  await keyboard.press("Control+Shift+L");
  await expect(pad.testId("drawer-network")).toBeVisible();
  for (let n = 0; n < 6 && !(await isFocusIn(pad, "#drawer")); n++) await keyboard.press("F6");
  await expect(page.getByRole("tab", { name: "Network" })).toBeFocused();
  await keyboard.press("ArrowRight");
  await keyboard.press("ArrowRight");
  await expect(pad.testId("drawer-ledger")).toContainText("Nothing lost so far");
  await keyboard.press("Escape");
  await expect(page.locator("#drawer")).toHaveCount(0);

  // Out of the text again: Tab alone indents, Escape lets go.
  await pad.focus();
  await keyboard.press("Escape");
  await keyboard.press("Tab");
  expect(await isFocusIn(pad, ".cm-content")).toBe(false);
  await keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard" })).toBeVisible();
  await keyboard.press("Escape");
  await expect(page.getByRole("dialog", { name: "Keyboard" })).toBeHidden();
});

test("the strategies of a new note stand one below the other, each with its line", async ({ context }) => {
  const pad = await Pad.open(context, "/");
  await pad.testId("new-note").click();
  const choices = pad.page.getByRole("group", { name: "Strategy of the new note" }).getByRole("button");
  await expect(choices).toHaveCount(STRATEGY_NAMES.length);
  const isCut = (button: HTMLElement | SVGElement): boolean => button.scrollHeight > button.clientHeight;
  for (const choice of await choices.all()) expect(await choice.evaluate(isCut)).toBe(false);
});

test("a drawer moves nothing that is under it", async ({ context }) => {
  const pad = await Pad.open(context, "/");
  const line = pad.page.locator(".cm-line").first();
  // The heading is as high as one only when its Markdown has been read.
  await expect.poll(async () => (await line.boundingBox())?.height).toBeGreaterThan(30);
  const before = await line.boundingBox();
  await pad.drawer("network");
  expect(await line.boundingBox()).toEqual(before);
  await pad.toggle("partition", true);
  expect(await line.boundingBox()).toEqual(before);
  await pad.toggle("partition", false);
});

test("the script of the first note stays within its budget", async ({ context }) => {
  const page = await context.newPage();
  const sizes = new Map<string, Promise<number>>();
  page.on("response", (response) => {
    if (response.request().resourceType() === "script")
      sizes.set(
        response.url(),
        response.body().then((body) => gzipSync(body, { level: 9 }).length),
      );
  });
  await page.goto("/");
  const pad = new Pad(page);
  await pad.ready(false);
  const total = (await Promise.all(sizes.values())).reduce((sum, size) => sum + size, 0);
  console.log(`script of the first note: ${(total / 1024).toFixed(1)} kB gzipped in ${sizes.size} files`);
  expect(sizes.size).toBeGreaterThan(3);
  expect(total).toBeLessThanOrEqual(SCRIPT_BYTES_MAX);
});

function isFocusIn(pad: Pad, selector: string): Promise<boolean> {
  return pad.page.evaluate((wanted) => document.activeElement?.closest(wanted) !== null, selector);
}
