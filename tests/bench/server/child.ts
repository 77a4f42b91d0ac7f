/** One case with one server, in a process of its own: argv is the server, the case, the server's core, "quick" or "full", and flags for the server's node. The outcome goes to stdout as JSON. */

import { CASES } from "./cases.ts";
import { Context } from "./context.ts";
import { killAll, SERVERS, type ServerName } from "./servers.ts";

const [name, caseId, core, pace, ...nodeFlags] = process.argv.slice(2);
const kind = SERVERS[name as ServerName];
const wanted = CASES.find(({ id }) => id === caseId);
if (kind === undefined || wanted === undefined) throw new Error(`Nothing to run: ${process.argv.slice(2).join(" ")}`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));
process.on("exit", killAll);

const context = new Context({ kind, isQuick: pace === "quick", serverCore: Number(core), nodeFlags });
try {
  const outcome = await wanted.run(context);
  process.stdout.write(JSON.stringify(outcome));
  await context.leaveAll();
  // A profile is written on the way out.
  await context.stop("SIGTERM");
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(1);
}
