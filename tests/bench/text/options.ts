/** The options of `npm run bench -- text`. */

import { PEER_NAMES, type PeerName } from "./peer.ts";

export interface Options {
  readonly isGrowth: boolean;
  readonly isQuick: boolean;
  readonly mayMiss: boolean;
  readonly writesMarkdown: boolean;
  readonly traceName: string;
  /** null: all. */
  readonly only: readonly string[] | null;
  readonly peers: readonly PeerName[];
  readonly repetitions: number;
  readonly budgetS: number;
  readonly limitS: number;
}

export const USAGE = `npm run bench -- text [options]
  --only CASE,...     rows or cases by id (local, emit, friends, B1, B1.5 ...)
  --peers NAME,...    of ${PEER_NAMES.join(", ")}
  --trace NAME        of the folder RIFTPAD_TRACES (default automerge-paper)
  --growth            how the cost grows with the text, the writers and the branches, instead of the table
  --quick             a shorter trace, three repetitions
  --repeat N          repetitions at least, while the budget lasts (default 5)
  --budget-s N        seconds of CPU for the repetitions of one case of one peer (default 2; three times that for ours and Yjs)
  --limit-s N         seconds of CPU, preparation included, after which a case is stopped (default 20; three times that for ours and Yjs)
  --allow-missing     exit with 0 though a peer is missing
  --markdown          refresh the tables of crdt/text/README.md and README.md`;

/** @throws RangeError for an option or a peer that there is not. */
export function parseOptions(args: readonly string[]): Options {
  const flags = new Set(["--growth", "--quick", "--allow-missing", "--markdown"]);
  const values = new Map<string, string>();
  const set = new Set<string>();
  for (let n = 0; n < args.length; n++) {
    const name = args[n]!;
    if (flags.has(name)) set.add(name);
    else if (["--only", "--peers", "--trace", "--repeat", "--budget-s", "--limit-s"].includes(name)) {
      const value = args[++n];
      if (value === undefined) throw new RangeError(`${name} wants a value`);
      values.set(name, value);
    } else throw new RangeError(`Unknown option "${name}"`);
  }
  const isQuick = set.has("--quick");
  const positive = (name: string, fallback: number): number => {
    const value = Number(values.get(name) ?? fallback);
    if (!(value > 0)) throw new RangeError(`${name} wants a positive number, got "${values.get(name)}"`);
    return value;
  };
  const chosen = values.get("--peers")?.split(",");
  const peers = PEER_NAMES.filter((name) => chosen === undefined || name === "ours" || chosen.includes(name));
  for (const name of chosen ?? [])
    if (!(PEER_NAMES as readonly string[]).includes(name)) throw new RangeError(`Unknown peer "${name}". Known: ${PEER_NAMES.join(", ")}`);
  return {
    isGrowth: set.has("--growth"),
    isQuick,
    mayMiss: set.has("--allow-missing"),
    writesMarkdown: set.has("--markdown"),
    traceName: values.get("--trace") ?? (isQuick ? "sveltecomponent" : "automerge-paper"),
    only: values.get("--only")?.split(",") ?? null,
    peers,
    repetitions: positive("--repeat", isQuick ? 3 : 5),
    budgetS: positive("--budget-s", isQuick ? 1 : 2),
    limitS: positive("--limit-s", isQuick ? 8 : 20),
  };
}
