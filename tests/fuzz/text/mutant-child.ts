/** What mutate.ts builds and runs: seeds from 0 on, a line for each; exits with 1 at the first that fails. */

import { runSeed } from "./engine.ts";

for (let seed = 0; seed < Number(process.argv[2]); seed++) {
  const { failure } = runSeed(seed);
  if (failure !== null) {
    console.log(`failed: ${failure.error.message.slice(0, 160).replaceAll("\n", " ")}`);
    process.exit(1);
  }
  console.log("held");
}
