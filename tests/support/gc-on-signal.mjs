/** Loaded into a server under test (`--import`): collects its garbage on SIGUSR2, and says so. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
process.on("SIGUSR2", () => {
  // The first finds what is garbage; the pages under it are let go of by the next.
  collect();
  collect();
  process.stdout.write("collected\n");
});
