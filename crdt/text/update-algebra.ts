/** What can be done with updates as bytes, without a document: check, join, and take away what somebody has. */

import { ByteWriter } from "../base/bytes.ts";
import { replicaIdFrom } from "../base/ids.ts";
import { readVector, type VersionVector } from "../causal/version-vector.ts";
import { packedHead, unpackState } from "./packed-codec.ts";
import { SharedText } from "./shared-text.ts";
import { decodeFrames, decodeRuns, encodePacked, encodeRuns, type Run, runFrom } from "./update-codec.ts";

/** Loads histories only to read them. */
const NOBODY = replicaIdFrom(0);

/** @throws DecodeError when it is no update, or a packed history in it does not come to what it says. Cost: linear, and a replay of what is packed. */
export function validateUpdate(update: Uint8Array): void {
  for (const body of decodeFrames(update).packed) unpackState(body, { isTrusted: false });
}

/** One update that says what all say. @throws DecodeError */
export function mergeUpdates(updates: readonly Uint8Array[]): Uint8Array {
  const packed: Uint8Array[] = [];
  const runs: Run[] = [];
  for (const update of updates) {
    const frames = decodeFrames(update);
    for (const body of frames.packed) packed.push(encodePacked(body));
    for (const run of frames.runs) {
      const last = runs.at(-1);
      const both = last === undefined ? null : joinedRun(last, run);
      if (both === null) runs.push(run);
      else runs[runs.length - 1] = both;
    }
  }
  return concatenated([...packed, encodeRuns(runs)]);
}

/**
 * What the holder of `version` lacks of `update`; no bytes when it lacks nothing.
 * @throws DecodeError; ProtocolError when it lacks a part of what was cut off.
 */
export function diffUpdate(update: Uint8Array, version: Uint8Array): Uint8Array {
  const known: VersionVector = version.length === 0 ? new Map() : readVector(version);
  const { runs, packed } = decodeFrames(update);
  const kept: Uint8Array[] = [];
  const news: Run[] = [];
  for (const body of packed) {
    const vector = [...packedHead(body).vector];
    if (vector.every(([agent, next]) => (known.get(agent) ?? 0) >= next)) continue;
    // Whoever has a part of it is sent the rest, which only the history itself can tell.
    if (vector.every(([agent]) => (known.get(agent) ?? 0) === 0)) kept.push(encodePacked(body));
    else news.push(...decodeRuns(SharedText.load(encodePacked(body), { agent: NOBODY }).since(version)));
  }
  for (const run of runs) news.push(...newsOf(run, known));
  return concatenated([...kept, encodeRuns(news)]);
}

/** All events of a packed history that is not cut, once it has come to what it says. @throws DecodeError */
export function runsOfPacked(body: Uint8Array): readonly Run[] {
  const document = SharedText.create({ agent: NOBODY });
  document.applyUpdate(encodePacked(body));
  return decodeRuns(document.sinceEvent(0));
}

/** The parts of a run that `known` does not hold: none or one. */
export function newsOf(run: Run, known: VersionVector): readonly Run[] {
  const from = known.get(run.agent) ?? 0;
  return run.seq + run.length > from ? [runFrom(run, from)] : [];
}

/** Both as one run, or null: the second does not go on where the first ends. */
export function joinedRun(first: Run, second: Run): Run | null {
  const goesOn =
    second.agent === first.agent &&
    second.seq === first.seq + first.length &&
    second.parents === null &&
    second.kind === first.kind &&
    second.position === 0;
  return goesOn ? { ...first, length: first.length + second.length, text: first.text + second.text } : null;
}

/** The part of a run before number `seq`. */
export function runUpTo(run: Run, seq: number): Run {
  const length = Math.min(run.length, seq - run.seq);
  return length === run.length ? run : { ...run, length, text: run.text.slice(0, length) };
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter(parts.reduce((sum, { length }) => sum + length, 0));
  for (const part of parts) writer.raw(part);
  return writer.finish();
}
