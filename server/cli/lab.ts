/**
 * The laboratory's command line: one file for each subcommand in lab/.
 *
 * Exit codes: 0 all that was expected came out; 1 something else did; 2 bad arguments, or a file that cannot be played.
 */

import { UsageError } from "./lab/arguments.ts";
import { compare, COMPARE_USAGE } from "./lab/compare.ts";
import { orders, ORDERS_USAGE } from "./lab/orders.ts";
import { replay, REPLAY_USAGE } from "./lab/replay.ts";
import { run, RUN_USAGE } from "./lab/run.ts";
import { shrink, SHRINK_USAGE } from "./lab/shrink.ts";

interface Command {
  readonly usage: string;
  readonly meaning: string;
  readonly start: (rest: readonly string[]) => Promise<number>;
}

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ["run", { usage: RUN_USAGE, meaning: "Plays scenarios, and compares with what they expect.", start: run }],
  ["compare", { usage: COMPARE_USAGE, meaning: "The same edits under several strategies, in figures.", start: compare }],
  ["shrink", { usage: SHRINK_USAGE, meaning: "The smallest scenario that still goes wrong. 1: it does not.", start: shrink }],
  ["orders", { usage: ORDERS_USAGE, meaning: "Every order in which what was written apart may arrive. 1: not one ending.", start: orders }],
  ["replay", { usage: REPLAY_USAGE, meaning: "Step by step, with what everybody has.", start: replay }],
]);

async function main([name, ...rest]: readonly string[]): Promise<number> {
  if (name === "--help" || name === "-h" || name === "help") return help([...COMMANDS.values()]);
  if (name === undefined) throw new UsageError(usages());
  const command = COMMANDS.get(name);
  if (command === undefined) throw new UsageError(`unknown command "${name}"\n${usages()}`);
  if (rest.includes("--help") || rest.includes("-h")) return help([command]);
  return command.start(rest);
}

function help(commands: readonly Command[]): number {
  for (const { usage, meaning } of commands) process.stdout.write(`${usage.replace("usage: ", "")}\n    ${meaning}\n`);
  process.stdout.write(
    "\nFILE.json holds one scenario or several, or a session that /lab saved; ID is one of the catalogue (crdt/lab/scenarios).\n" +
      "Exit codes: 0 as expected; 1 something else came out; 2 bad arguments, or a file that cannot be played.\n",
  );
  return 0;
}

function usages(): string {
  return Array.from(COMMANDS.values(), ({ usage }) => usage).join("\n");
}

// A reader that has seen enough, such as head, hangs up.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`lab: ${error.message}\n`);
  process.exitCode = 2;
}
