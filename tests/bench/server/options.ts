/** The command line of the server benchmark. */

import { CASES } from "./cases.ts";
import { SERVER_NAMES, type ServerName, SERVERS } from "./servers.ts";

export interface Options {
  readonly isQuick: boolean;
  readonly repeat: number;
  readonly only: readonly string[];
  readonly servers: readonly ServerName[];
  readonly cores: readonly [server: number, generator: number];
}

/** @throws RangeError for what is not known. */
export function readOptions(flags: readonly string[]): Options {
  const after = (name: string): string | undefined => (flags.includes(name) ? flags[flags.indexOf(name) + 1] : undefined);
  const isQuick = flags.includes("--quick");
  const only = after("--only")?.split(",") ?? [];
  for (const wanted of only)
    if (!CASES.some(({ id }) => id.startsWith(wanted)))
      throw new RangeError(`No case begins with "${wanted}". Known: ${CASES.map(({ id }) => id).join(", ")}`);
  const servers = after("--servers")?.split(",") ?? SERVER_NAMES;
  for (const name of servers) if (!(name in SERVERS)) throw new RangeError(`No server "${name}". Known: ${SERVER_NAMES.join(", ")}`);
  const [server = 0, generator = 1] = (after("--cores") ?? "0,1").split(",").map(Number);
  if (!Number.isInteger(server) || !Number.isInteger(generator) || server === generator)
    throw new RangeError(`--cores ${after("--cores")}: expected two cores, as in 0,1`);
  const repeat = Number(after("--repeat") ?? (isQuick ? 1 : 3));
  if (!Number.isInteger(repeat) || repeat < 1 || repeat > 50) throw new RangeError(`--repeat ${repeat}: expected 1 to 50`);
  return { isQuick, repeat, only, servers: servers as ServerName[], cores: [server, generator] };
}
