/** Links, on a server that needs them and on which faults are switched off. */

import { type Browser, type BrowserContext, expect, test } from "@playwright/test";
import { Pad } from "./pad.ts";
import { LINKS_PORT } from "./ports.ts";

const BASE = `http://127.0.0.1:${LINKS_PORT}`;
const TOKEN = "the-owner-of-the-e2e-server";

async function person(browser: Browser): Promise<BrowserContext> {
  return browser.newContext({ baseURL: BASE });
}

/** Makes a link in the open dialog and returns its address. */
async function makeLink(pad: Pad, right: "edit" | "view"): Promise<string> {
  await pad.testId("share-right").selectOption(right);
  const links = pad.testId("share-link").and(pad.page.locator(`[data-right="${right}"]`));
  const before = await links.count();
  await pad.testId("share-make").click();
  await expect(links).toHaveCount(before + 1);
  return links.first().getByTestId("share-address").inputValue();
}

test("an owner shares a note: one writes along, one reads along, and is out when the link is revoked", async ({ browser }) => {
  const ownersBrowser = await person(browser);
  const owner = await Pad.open(ownersBrowser, `/notes/welcome?cap=${TOKEN}`);
  // The token does not stay where it could be passed on with the address.
  expect(owner.page.url()).toBe(`${BASE}/notes/welcome`);
  await owner.testId("new-note").click();
  await owner.testId("strategy-walker").click();
  await expect.poll(() => owner.path).not.toBe("/notes/welcome");
  await owner.ready(false);
  await owner.testId("note-title").fill("For two");
  await owner.testId("note-title").press("Enter");
  await owner.type("from the owner ");
  await owner.saved();
  await owner.testId("share").click();
  const [edit, view] = [await makeLink(owner, "edit"), await makeLink(owner, "view")];

  const writer = await Pad.open(await person(browser), edit);
  await expect.poll(() => writer.text()).toBe("from the owner ");
  await writer.type("from a guest ");
  await expect.poll(() => owner.text()).toBe("from the owner from a guest ");

  const readersBrowser = await person(browser);
  const reader = await Pad.open(readersBrowser, view);
  await expect(reader.testId("view-only")).toContainText("you can read along, but not write");
  await expect.poll(() => reader.text()).toBe("from the owner from a guest ");
  await reader.focus();
  await reader.page.keyboard.type("not taken");
  await writer.type("!");
  await expect.poll(() => reader.text()).toBe("from the owner from a guest !");
  expect(await owner.text()).toBe("from the owner from a guest !");
  await expect(reader.testId("note-title")).toHaveAttribute("readonly", "");

  // The list holds what this browser has links of, and no title of others.
  await expect(reader.testId("note-item")).toHaveText([/For two/]);
  await expect(reader.testId("new-note")).toHaveCount(0);
  // It still knows its link when it comes back without it.
  const again = await Pad.open(readersBrowser, owner.path);
  await expect.poll(() => again.text()).toBe("from the owner from a guest !");

  await owner.page.locator('[data-testid="share-link"][data-right="view"]').getByTestId("share-revoke").click();
  for (const pad of [reader, again]) await expect(pad.testId("status-chip")).toHaveText(/Refused/);
  await reader.testId("status-chip").click();
  await expect(reader.page.getByText("This link was revoked").first()).toBeVisible();
  expect((await writer.status()).connection).toBe("synced");
});

test("a token that the server does not take shuts nobody out of what their links open", async ({ browser }) => {
  const owner = await Pad.open(await person(browser), `/notes/welcome?cap=${TOKEN}`);
  await owner.testId("share").click();
  const edit = await makeLink(owner, "edit");
  const context = await person(browser);
  await Pad.open(context, edit);
  const stale = await context.newPage();
  await stale.goto("/notes/welcome?cap=a-token-from-before-the-disk-was-lost");
  await new Pad(stale).ready(false);
});

test("without a link there is no note, no list, and a sentence that says why", async ({ browser }) => {
  const page = await (await person(browser)).newPage();
  await page.goto("/notes/welcome");
  await expect(page.getByTestId("forbidden-note")).toContainText("Ask whoever shared it for a link");
  await expect(page.getByTestId("note-item")).toHaveCount(0);
  await expect(page.getByText("Welcome to Riftpad")).toHaveCount(0);
  await page.getByTestId("share").click();
  await expect(page.getByTestId("share-refused")).toBeVisible();
});

test("where faults are switched off their controls are not there", async ({ browser }) => {
  const pad = await Pad.open(await person(browser), `/notes/welcome?cap=${TOKEN}`);
  await expect(pad.testId("convergence-strip")).toContainText(/agree/);
  await expect(pad.testId("toggle-partition")).toHaveCount(0);
  await pad.drawer("network");
  await expect(pad.testId("no-faults")).toBeVisible();
  await expect(pad.testId("heal-everything")).toHaveCount(0);
  await expect(pad.page.getByRole("button", { name: /nothing passes/ })).toHaveCount(0);
});
