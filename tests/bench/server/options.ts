/** The command line of the server benchmark. */

import { parseArgs } from "node:util";
import { CASES } from "./cases.ts";
import { SERVER_NAMES, type ServerName, SERVERS } from "./servers.ts";

export interface Options {
  readonly isHelp: boolean;
  readonly isQuick: boolean;
  readonly repeat: number;
  readonly only: readonly string[];
  readonly servers: readonly ServerName[];
  readonly cores: readonly [server: number, generator: number];
  /** Servers that cannot be installed are no failure. */
  readonly allowsMissing: boolean;
  /** Writes the tables into server/README.md. */
  readonly isMarkdown: boolean;
}

export const USAGE = `Usage: npm run bench -- server [options]

Our sync server beside its peers, each on a core of its own, through one load generator. Linux, two cores.

  --quick                 shorter stretches, fewer connections and rooms
  --only CASE,...         cases that begin with one of these: ${CASES.map(({ id }) => id).join(", ")}
  --servers NAME,...      of ${SERVER_NAMES.join(", ")}
  --repeat N              goes round all of it N times, 1 to 50; 3 unless quick
  --cores SERVER,GENERATOR  0,1 unless said otherwise
  --allow-missing         peers that cannot be installed are no failure
  --markdown              writes the tables into server/README.md
  --help                  says this

RIFTPAD_BENCH_SERVER names another build of ours to measure. RIFTPAD_TRACES is a folder with recorded histories.`;

/** @throws RangeError for what is not known. */
export function readOptions(flags: readonly string[]): Options {
  const values = parsed(flags);
  const isQuick = values.quick ?? false;
  const only = values.only?.split(",") ?? [];
  for (const wanted of only)
    if (!CASES.some(({ id }) => id.startsWith(wanted)))
      throw new RangeError(`No case begins with "${wanted}". Known: ${CASES.map(({ id }) => id).join(", ")}`);
  const servers = values.servers?.split(",") ?? SERVER_NAMES;
  for (const name of servers)
    if (!Object.hasOwn(SERVERS, name)) throw new RangeError(`No server "${name}". Known: ${SERVER_NAMES.join(", ")}`);
  const cores = values.cores ?? "0,1";
  const [server = 0, generator = 1] = cores.split(",").map(Number);
  if (!Number.isInteger(server) || !Number.isInteger(generator) || server === generator)
    throw new RangeError(`--cores ${cores}: expected two cores, as in 0,1`);
  const repeat = Number(values.repeat ?? (isQuick ? 1 : 3));
  if (!Number.isInteger(repeat) || repeat < 1 || repeat > 50) throw new RangeError(`--repeat ${repeat}: expected 1 to 50`);
  return {
    isHelp: values.help ?? false,
    isQuick,
    repeat,
    only,
    servers: servers as ServerName[],
    cores: [server, generator],
    allowsMissing: values["allow-missing"] ?? false,
    isMarkdown: values.markdown ?? false,
  };
}

function parsed(flags: readonly string[]) {
  try {
    return parseArgs({
      args: [...flags],
      options: {
        help: { type: "boolean" },
        quick: { type: "boolean" },
        only: { type: "string" },
        servers: { type: "string" },
        repeat: { type: "string" },
        cores: { type: "string" },
        "allow-missing": { type: "boolean" },
        markdown: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    // It says which flag, and then much about the parser.
    throw new RangeError(`${(error as Error).message.split(". ", 1)[0]}. See --help`, { cause: error });
  }
}
