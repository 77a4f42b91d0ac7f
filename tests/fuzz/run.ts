/**
 * `npm run fuzz -- WHAT [options]`: fuzzers that run for as long as they are told to. Each is a module of its own with a
 * `main(options)` that returns whether all held; one more is one more line here.
 */

import { parseArgs } from "node:util";

export interface FuzzOptions {
  readonly minutes: number;
  readonly seed: number;
  /** How many seeds at most. */
  readonly seeds: number;
  /** How many kills, where that is what counts. */
  readonly rounds: number;
  /** Where a report goes as JSON; null: nowhere. */
  readonly json: string | null;
}

const FUZZERS: Readonly<Record<string, () => Promise<{ readonly main: (options: FuzzOptions) => boolean | Promise<boolean> }>>> = {
  text: () => import("./text/main.ts"),
  mutants: () => import("./text/mutants-main.ts"),
  soak: () => import("./text/soak.ts"),
  durability: () => import("./durability/main.ts"),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: "0" },
    seeds: { type: "string", default: "Infinity" },
    rounds: { type: "string", default: "500" },
    json: { type: "string" },
  },
});
const load = FUZZERS[positionals[0] ?? ""];
const numbers = { minutes: Number(values.minutes), seed: Number(values.seed), seeds: Number(values.seeds), rounds: Number(values.rounds) };
if (load === undefined || Object.values(numbers).some(Number.isNaN)) {
  console.error(
    `Usage: npm run fuzz -- ${Object.keys(FUZZERS).join("|")} [--minutes N] [--seed S] [--seeds COUNT] [--rounds COUNT] [--json FILE]`,
  );
  process.exit(2);
}
const { main } = await load();
process.exit((await main({ ...numbers, json: values.json ?? null })) ? 0 : 1);
