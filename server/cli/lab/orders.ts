/** `orders`: every order in which what was written apart may arrive, and what it ends in. */

import { holdUpdates } from "../../../crdt/lab/held-updates.ts";
import { type Orders, tryOrders } from "../../../crdt/lab/orders.ts";
import { loadNodeStrategy } from "../../../crdt/strategy/registry.ts";
import { argumentsFrom, oneStrategy, scriptsOf, UsageError } from "./arguments.ts";

export const ORDERS_USAGE = "usage: npm run --silent lab -- orders FILE.json|ID --strategy S [--duplicates] [--json]";

const BAR_WIDTH = 30;

/** @throws UsageError where nothing was written apart. */
export async function orders(rest: readonly string[]): Promise<number> {
  const given = argumentsFrom(rest, { "--duplicates": false, "--json": false }, ORDERS_USAGE);
  const name = oneStrategy(given, ORDERS_USAGE);
  const strategy = await loadNodeStrategy(name);
  const results: object[] = [];
  let isOneEnding = true;
  for (const script of await scriptsOf(given.file)) {
    const held = await holdUpdates(script, strategy);
    if (held.updates.length === 0) {
      process.stderr.write(`lab: ${script.id}: nobody wrote anything while cut off: there is nothing to deliver in another order\n`);
      continue;
    }
    const result = tryOrders(held, { hasDuplicates: given.options.has("--duplicates"), seed: script.seed });
    isOneEnding &&= result.isOneEnding;
    const updates = held.updates.map(({ by, step, update }) => ({ by, step, bytes: update.length }));
    results.push({ scenario: script.id, strategy: name, updates, ...result });
    if (!given.options.has("--json")) process.stdout.write(`${script.id} ${script.title} · ${name}\n${report(result, updates)}\n`);
  }
  if (results.length === 0) throw new UsageError("nothing to deliver");
  if (given.options.has("--json")) process.stdout.write(`${JSON.stringify(results, null, 1)}\n`);
  return isOneEnding ? 0 : 1;
}

function report({ tried, isExhaustive, endings, isOneEnding }: Orders, updates: readonly { readonly by: string }[]): string {
  const count = `${tried.toLocaleString("en")} ${isExhaustive ? (tried === 1 ? "order" : "orders") : "sampled orders"}`;
  const of = `${updates.length} ${updates.length === 1 ? "message" : "messages"}`;
  const found = `${endings.length} ${endings.length === 1 ? "ending" : "endings"}`;
  const lines = [`  ${count} of ${of} → ${found} ${isOneEnding ? "✓" : "✗"}`];
  for (const { count: ends, text, siblings, structures, order, isSettled, refused } of endings) {
    const bar = "█".repeat(Math.max(1, Math.round((BAR_WIDTH * ends) / tried)));
    lines.push(`  ${bar.padEnd(BAR_WIDTH)} ${String(ends).padStart(String(tried).length)}  ${JSON.stringify(text)}`);
    if (siblings.length > 0) lines.push(`      side by side: ${siblings.map((sibling) => JSON.stringify(sibling)).join(" ")}`);
    if (structures > 1) lines.push(`      ${structures} structures`);
    if (!isSettled) lines.push("      something was still open");
    if (refused > 0) lines.push(`      ${refused} messages refused: they cannot be true`);
    if (endings.length > 1) lines.push(`      as in: ${order.map((n) => `${updates[n]!.by}${n + 1}`).join(" ")}`);
  }
  return lines.join("\n");
}
