/** Loaded into a server under test (`--import`): collects its garbage on SIGUSR2, and says how many bytes are left and resident. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
process.on("SIGUSR2", () => {
  // What the first finds may have held buffers, which the next lets go of.
  collect();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.stdout.write(`collected: ${heapUsed + external} bytes are left, ${rss} resident\n`);
});
