/** What a person does with Riftpad, for the specs. One `Pad` is one open tab. */

import { type BrowserContext, expect, type Locator, type Page } from "@playwright/test";
import type { JournalEntry } from "../../crdt/base/journal.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import type { SessionStatus } from "../../crdt/sync/replica-session.ts";

/** What the page offers to tests. */
interface Hook {
  text(): string;
  status(): SessionStatus;
  readonly replicaId: string;
  journal(): readonly JournalEntry[];
  corrupt(text: string): void;
}

type HookedWindow = typeof globalThis & { readonly __riftpad?: Hook };

export class Pad {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Opens a note in a new tab and waits until it is there. `isOffline`: it cannot sync. */
  static async open(context: BrowserContext, path: string, { isOffline = false } = {}): Promise<Pad> {
    const pad = new Pad(await context.newPage());
    await pad.page.goto(path);
    await pad.ready(isOffline);
    return pad;
  }

  /** Makes a note of that strategy in a new tab. */
  static async create(context: BrowserContext, strategy: StrategyName): Promise<Pad> {
    const pad = await Pad.open(context, "/");
    const before = new URL(pad.page.url()).pathname;
    await pad.page.getByTestId("new-note").click();
    await pad.page.getByTestId(`strategy-${strategy}`).click();
    await expect.poll(() => new URL(pad.page.url()).pathname).not.toBe(before);
    await pad.ready(false);
    return pad;
  }

  async ready(isOffline: boolean): Promise<void> {
    await expect(this.testId("editor")).toBeVisible();
    await expect
      .poll(() => this.page.evaluate(() => (globalThis as HookedWindow).__riftpad?.status() ?? null))
      .toMatchObject(isOffline ? { isLoaded: true } : { isLoaded: true, connection: "synced" });
  }

  get path(): string {
    return new URL(this.page.url()).pathname;
  }

  testId(id: string): Locator {
    return this.page.getByTestId(id);
  }

  text(): Promise<string> {
    return this.page.evaluate(() => (globalThis as HookedWindow).__riftpad!.text());
  }

  status(): Promise<SessionStatus> {
    return this.page.evaluate(() => (globalThis as HookedWindow).__riftpad!.status());
  }

  replicaId(): Promise<string> {
    return this.page.evaluate(() => (globalThis as HookedWindow).__riftpad!.replicaId);
  }

  journal(): Promise<readonly JournalEntry[]> {
    return this.page.evaluate(() => [...(globalThis as HookedWindow).__riftpad!.journal()]);
  }

  /** Types at the end of the text. */
  async type(text: string): Promise<void> {
    await this.focus();
    await this.page.keyboard.press("Control+End");
    await this.page.keyboard.type(text, { delay: 3 });
  }

  async focus(): Promise<void> {
    const editor = this.testId("editor");
    await editor.and(this.page.locator("[contenteditable]")).or(editor.locator("[contenteditable]")).first().focus();
  }

  /** Everything typed so far is durable on the server. */
  async saved(): Promise<void> {
    await expect.poll(async () => (await this.status()).unsaved).toBe(0);
  }

  /** Everything typed so far is in this browser's storage. */
  async stored(): Promise<void> {
    await expect.poll(async () => (await this.status()).unstored).toBe(0);
  }

  /** Presses a switch of the bar until it says `on`. */
  async toggle(name: "latency" | "partition", on: boolean): Promise<void> {
    const button = this.testId(`toggle-${name}`);
    await expect(button).toHaveAttribute("aria-pressed", String(!on));
    await button.click();
    await expect(button).toHaveAttribute("aria-pressed", String(on));
  }

  /** Opens a drawer by the name of its tab. */
  async drawer(name: "network" | "replicas" | "ledger"): Promise<Locator> {
    const panel = this.testId(`drawer-${name}`);
    if (!(await panel.isVisible())) {
      const title = new RegExp(`^${name}`, "i");
      await this.page
        .getByRole("tab", { name: title })
        .or(this.page.getByRole("button", { name: title }))
        .first()
        .click();
    }
    await expect(panel).toBeVisible();
    return panel;
  }
}

/** All pads hold the same text, which passes `check`. */
export async function expectConverged(pads: readonly Pad[], check: (text: string) => void): Promise<void> {
  await expect.poll(async () => new Set(await Promise.all(pads.map((pad) => pad.text()))).size).toBe(1);
  for (const pad of pads) await expect(pad.testId("convergence-strip")).toContainText(/\bagree\b(?!;)/);
  for (const pad of pads) await pad.saved();
  check(await pads[0]!.text());
}
