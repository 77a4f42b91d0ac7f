/** Updates of walker notes as runs, without a document: parts of them, and several as one. */

import { EMPTY_BYTES } from "../base/bytes.ts";
import type { VersionVector } from "../causal/version-vector.ts";
import { decodeRuns, encodeRuns, type EventRun, runFrom } from "../text/update-codec.ts";

/** The parts that `known` does not hold: none or one. */
export function newsOf(run: EventRun, known: VersionVector): EventRun[] {
  const from = known.get(run.agent) ?? 0;
  return run.seq + run.length > from ? [runFrom(run, from)] : [];
}

export function mergeRuns(updates: readonly Uint8Array[]): Uint8Array {
  const out: EventRun[] = [];
  for (const update of updates) {
    if (update.length === 0) continue;
    for (const run of decodeRuns(update)) {
      const last = out.at(-1);
      const both = last === undefined ? null : joinedRun(last, run);
      if (both === null) out.push(run);
      else out[out.length - 1] = both;
    }
  }
  return out.length === 0 ? EMPTY_BYTES : encodeRuns(out);
}

/** Both as one run, or null: the second does not go on where the first ends, or its author had seen something else in between. */
export function joinedRun(first: EventRun, second: EventRun): EventRun | null {
  const [parent] = second.parents;
  const continues =
    second.agent === first.agent &&
    second.seq === first.seq + first.length &&
    second.parents.length === 1 &&
    parent![0] === first.agent &&
    parent![1] === second.seq - 1 &&
    second.kind === first.kind &&
    second.position === runFrom({ ...first, length: first.length + 1 }, second.seq).position;
  return continues ? { ...first, length: first.length + second.length, text: first.text + second.text } : null;
}
