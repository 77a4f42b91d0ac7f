/** The fuzzer is itself tested: bugs planted into the text CRDT must be found. The long run: `npm run fuzz -- mutants`. */

import { expect, it } from "vitest";
import { type Mutant, MUTANTS } from "./text/mutants.ts";
import { planted, tryAll } from "./text/mutate.ts";

/** Seeds that each may take here. */
const SEEDS_MAX = 20;

it("a mutant whose place is not there exactly once is an error", () => {
  const mutant: Mutant = { name: "m", file: "f.ts", find: "x", replace: "y" };
  expect(planted("a x b", mutant)).toBe("a y b");
  for (const source of ["a b", "x x"]) expect(() => planted(source, mutant)).toThrow("expected once");
});

it(`each of ${MUTANTS.length} planted bugs is found within ${SEEDS_MAX} seeds`, { timeout: 300_000 }, async () => {
  const verdicts = await tryAll(SEEDS_MAX, () => undefined);
  expect(verdicts.filter(({ seeds }) => seeds === null)).toEqual([]);
  expect(verdicts.length).toBe(MUTANTS.length);
});
