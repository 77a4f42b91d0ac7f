/** The pages' policy: it is kept while the app is used, and nothing that somebody else wrote gets around it. */

import { type BrowserContext, expect, type Page, test } from "@playwright/test";
import * as Y from "yjs";
import { openStock } from "../support/live-clients.ts";
import { Pad } from "./pad.ts";
import { PORT } from "./ports.ts";

type Watched = typeof globalThis & { violations?: string[]; ran?: string[] };

/** Every page of `context` remembers what its policy forbade. */
async function watch(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const host = globalThis as Watched;
    host.violations = [];
    host.ran = [];
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile, lineNumber }) =>
      host.violations?.push(`${violatedDirective} ${blockedURI} at ${sourceFile}:${lineNumber}`),
    );
  });
}

function violationsOf(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => (globalThis as Watched).violations ?? ["not watched"]);
}

test("a page's answer carries the policy, with another nonce each time", async ({ request }) => {
  const nonces = new Set<string>();
  for (const path of ["/notes/welcome", "/notes/welcome", "/compare", "/notes/not%20an%20id", "/nothing"]) {
    const headers = (await request.get(path)).headers();
    const policy = headers["content-security-policy"] ?? "";
    expect(policy, path).toMatch(/script-src 'self' 'nonce-[^']+';/);
    expect(policy.replace(/'unsafe-hashes'/g, ""), path).not.toContain("unsafe");
    nonces.add(/'nonce-([^']+)'/.exec(policy)?.[1] ?? "");
    expect(
      [
        headers["x-content-type-options"],
        headers["referrer-policy"],
        headers["cross-origin-opener-policy"],
        headers["cross-origin-embedder-policy"],
      ],
      path,
    ).toEqual(["nosniff", "no-referrer", "same-origin", "require-corp"]);
  }
  expect(nonces.size).toBe(5);
});

test("the app breaks none of it: two tabs, carets, faults, every panel, preview, sharing, another note, the compare page", async ({
  context,
}) => {
  await watch(context);
  const ana = await Pad.create(context, "lww-note");
  const bo = await Pad.open(context, ana.path);
  await ana.type("# Title\n\n- one\n\n`code` [link](https://example.org)\n");
  await ana.page.keyboard.press("Shift+Control+Home");
  await bo.type("two");
  await expect(bo.page.locator(".rp-flag")).toHaveCount(1);
  await bo.toggle("partition", true);
  await bo.type("lost");
  await ana.type("kept");
  await bo.toggle("partition", false);
  await ana.saved();
  for (const name of ["network", "replicas", "ledger"] as const) await ana.drawer(name);
  await ana.page.keyboard.press("Escape");
  await ana.page.getByRole("button", { name: "Split" }).click();
  await expect(ana.testId("preview")).toBeVisible();
  await ana.testId("share").click();
  await expect(ana.testId("share-dialog")).toBeVisible();
  await ana.page.keyboard.press("Escape");
  await ana.testId("status-chip").click();
  await ana.page.keyboard.press("Escape");
  await ana.testId("note-item").last().click();
  await ana.ready(false);
  await ana.page.getByRole("button", { name: /theme/i }).click();
  await ana.page.reload();
  await ana.ready(false);
  const compare = await context.newPage();
  await compare.goto(`/compare?note=${bo.path.split("/").pop()}`);
  await expect(compare.getByTestId("compare-columns")).toHaveAttribute("data-state", "done");
  for (const page of [ana.page, bo.page, compare]) expect(await violationsOf(page)).toEqual([]);
});

test("the stock client's page breaks none of it either, and shows others' carets in no colour but a colour", async ({ context }) => {
  await watch(context);
  const pad = await Pad.create(context, "yjs");
  await pad.type("shared");
  await pad.saved();
  const stock = await context.newPage();
  await stock.goto(`${pad.path}/stock`);
  await expect(stock.getByTestId("stock-editor")).toContainText("shared");
  const evil = openStock(`127.0.0.1:${PORT}`, pad.path.split("/").pop()!);
  await evil.synced();
  const position = Y.createRelativePositionFromTypeIndex(evil.text, 3);
  evil.provider.awareness.setLocalState({
    user: { name: "<b>Evil</b>\u202e", color: "red;background:url(https://evil.example/x)", colorLight: "url(https://evil.example/y)" },
    cursor: { anchor: position, head: position },
  });
  const caret = stock.locator(".cm-ySelectionCaret");
  await expect(caret).toHaveCount(1);
  await expect(caret).toHaveAttribute("style", /^background-color: #455a6b; border-color: #455a6b$/);
  await expect(stock.locator(".cm-ySelectionInfo")).toHaveText("<b>Evil</b>");
  evil.close();
  expect(await violationsOf(stock)).toEqual([]);
});

test("script that was not there from the start does not run: inline, in an attribute, by address, as a string", async ({ context }) => {
  await watch(context);
  const pad = await Pad.open(context, "/");
  await pad.page.evaluate(() => {
    const say = (word: string): string => `globalThis.ran.push("${word}")`;
    const inline = document.createElement("script");
    inline.textContent = say("inline");
    document.body.append(inline);
    const holder = document.createElement("div");
    holder.innerHTML = `<img src="x:" onerror='${say("attribute")}'><a id="evil" href='javascript:${say("address")}'>x</a>`;
    document.body.append(holder);
    document.getElementById("evil")?.click();
    // Later, since what a debugger runs may evaluate strings whatever the page's policy says.
    setTimeout(() => {
      const late = document.createElement("script");
      late.textContent = say("late");
      document.body.append(late);
      setTimeout(say("string") as unknown as () => void, 0);
    }, 0);
  });
  // The browser reports what is alike once.
  const kinds = async (): Promise<readonly string[]> => [
    ...new Set((await violationsOf(pad.page)).map((text) => text.split(" at ")[0] ?? "").sort()),
  ];
  await expect.poll(kinds).toEqual(["img-src x", "script-src eval", "script-src-attr inline", "script-src-elem inline"]);
  expect(await pad.page.evaluate(() => (globalThis as Watched).ran)).toEqual([]);
});

test("hostile Markdown stays text: no script, no frame, no image, no address but harmless ones", async ({ context }) => {
  await watch(context);
  const pad = await Pad.create(context, "yjs");
  const hostile = [
    "<script>ran.push('script')</script>",
    "<img src=x onerror=ran.push('img')>",
    "<svg/onload=ran.push('svg')>",
    "<iframe srcdoc='x'></iframe><style>*{display:none}</style>",
    "[a](javascript:ran.push('link')) [b](  JaVaScRiPt:ran.push(1)) [c](java&#10;script:ran.push(1)) [d](vbscript:x)",
    "[e](data:text/html;base64,PHNjcmlwdD4=) [f](//evil.example) <javascript:ran.push('auto')> [ok](https://example.org/?a=1&b='2)",
    '![g](https://evil.example/p.png) ![x" onerror="ran.push(1)](x) [h](https://e.example "t\\" onmouseover=ran.push(1) ")',
    "| <b onclick=ran.push(1)>x</b> |\n|---|\n| `<script>` |",
    "```html\" onclick=ran.push(1)\n<script>ran.push('code')</script>\n```",
  ].join("\n\n");
  await pad.focus();
  await pad.page.keyboard.insertText(hostile);
  await pad.page.getByRole("button", { name: "Preview", exact: true }).click();
  const preview = pad.testId("preview");
  await expect(preview).toContainText("<script>ran.push('script')</script>");
  await expect(preview.locator("script, iframe, img, svg, style, object, embed, form, input")).toHaveCount(0);
  const attributes = await preview.evaluate((node) =>
    [...node.querySelectorAll("*")].flatMap((element) => [...element.attributes].map(({ name }) => name.toLowerCase())),
  );
  expect(attributes.filter((name) => name.startsWith("on") || name === "style" || name === "srcdoc")).toEqual([]);
  const addresses = await preview.evaluate((node) => [...node.querySelectorAll("a")].map((link) => link.getAttribute("href")));
  expect(addresses.filter((href) => !/^(https?:|mailto:)/.test(href ?? ""))).toEqual([]);
  expect(addresses).toContain("https://example.org/?a=1&b='2");
  for (const link of await preview.locator("a").all()) await expect(link).toHaveAttribute("rel", /noopener/);
  expect(await pad.page.evaluate(() => (globalThis as Watched).ran)).toEqual([]);
  expect(await violationsOf(pad.page)).toEqual([]);
});
