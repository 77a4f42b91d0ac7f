/** Counts storms. */

import type { Storm } from "./storm.ts";

/** The command that plays one storm again. */
export function rerunOf(strategy: string, nemesis: string, seed: number | string, planted: string | null = null): string {
  const what = planted === null ? `--strategy ${strategy} --nemesis ${nemesis}` : `--planted "${planted}"`;
  return `rerun: npm run sim -- ${what} --seed ${seed} --seeds 1`;
}

interface Row {
  worlds: number;
  failed: number;
  inserted: number;
  acknowledged: number;
  losses: number;
  reigns: number;
}

const NOTHING: Row = { worlds: 0, failed: 0, inserted: 0, acknowledged: 0, losses: 0, reigns: 0 };

export class Tally {
  readonly #byStrategy = new Map<string, Row>();
  readonly #byNemesis = new Map<string, Row>();
  readonly totals: Row = { ...NOTHING };

  add(strategy: string, nemesis: string, { findings, inserted, acknowledged, losses, reigns }: Omit<Storm, "traceHash" | "acts">): void {
    for (const row of [this.totals, rowOf(this.#byStrategy, strategy), rowOf(this.#byNemesis, nemesis)]) {
      row.worlds++;
      if (findings.length > 0) row.failed++;
      row.inserted += inserted;
      row.acknowledged += acknowledged;
      row.losses += losses;
      row.reigns += reigns;
    }
  }

  report(): string {
    const lines = [...this.#byStrategy, ...this.#byNemesis, ["all", this.totals] as const].map(
      ([name, { worlds, failed, inserted, acknowledged, losses, reigns }]) =>
        `${name.padEnd(12)} ${worlds} worlds, ${failed} failed; ${inserted} marks inserted, ${acknowledged} acknowledged, ` +
        `${losses} losses in the ledger, ${reigns} tokens promised`,
    );
    return lines.join("\n");
  }
}

function rowOf(rows: Map<string, Row>, name: string): Row {
  const row = rows.get(name) ?? { ...NOTHING };
  rows.set(name, row);
  return row;
}
