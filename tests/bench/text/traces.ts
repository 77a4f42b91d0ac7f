/** Recorded traces from the folder that RIFTPAD_TRACES names; without it, what is made from a seed. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type History, parseTrace, syntheticTrace, type Trace, typingTogether } from "../../../crdt/lab/bench/history.ts";
import { parseTraceFile } from "../../../crdt/lab/bench/trace-file.ts";

const folder = process.env["RIFTPAD_TRACES"];

/** The trace of that name; without RIFTPAD_TRACES a writer made from a seed. @throws where the folder has no such file. */
export function loadTrace(name: string): Trace {
  if (folder === undefined) return syntheticTrace(60_000);
  return parseTrace(name, readJson(folder, name));
}

/** The graph friendsforever; without RIFTPAD_TRACES two writers made from a seed. */
export function loadFriends(): History {
  if (folder === undefined) return typingTogether({ agents: 2, events: 20_000, latency: 8 });
  return parseTraceFile("friendsforever", readJson(folder, "friendsforever"));
}

function readJson(from: string, name: string): unknown {
  const file = join(from, `${name}.json.gz`);
  if (!existsSync(file)) throw new Error(`RIFTPAD_TRACES has no ${name}.json.gz`);
  return JSON.parse(gunzipSync(readFileSync(file)).toString());
}
