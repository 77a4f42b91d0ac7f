/** What the fuzzer found, by name: each seed once failed. */

import { expect, it } from "vitest";
import { rerunCommand, runSeed } from "./text/engine.ts";

it.each([
  ["what the author of a cut's last event does next counts from that one's caret", 2],
  ["somebody who builds on nothing has not seen what was cut off", 6],
  ["whoever claims to have one half of a surrogate pair gets both", 300_053],
  ["undo never speaks of half a surrogate pair", 200_118],
  ["text that was put back stays beside what was typed while it was there", 100_018],
] as const)("%s", (_, seed) => {
  const { failure } = runSeed(seed);
  expect(failure?.error.message ?? "held", rerunCommand(seed)).toBe("held");
});
