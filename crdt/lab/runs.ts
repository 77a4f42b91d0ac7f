/** Edits as a person thinks of them: what one replica typed in one go, without hearing of anybody else meanwhile. */

import type { Trace, TracedEdit } from "./trace.ts";
import type { ReplicaName } from "./script.ts";

/** What one replica typed, pasted and deleted at one place in one go. null as writer: the start text. */
export interface EditRun {
  readonly by: ReplicaName | null;
  readonly edits: readonly TracedEdit[];
  /** Units that it inserted. */
  readonly inserted: readonly number[];
  /** Units of others, or of before, that it removed. */
  readonly removed: readonly number[];
  /** Its own units that stand next to each other in its writer's text when it ends: the run as it was typed. */
  readonly block: readonly number[];
  /** Runs of one stretch were made by one replica without hearing of anybody in between. */
  readonly stretch: number;
}

/** All runs, in order of their first edit; those that the start text is are the first one. */
export function runsOf(trace: Trace): EditRun[] {
  const { start } = trace;
  const out: EditRun[] = start.length === 0 ? [] : [{ by: null, edits: [], inserted: start, removed: [], block: start, stretch: -1 }];
  const drafts: Draft[] = [];
  const open = new Map<ReplicaName, Draft>();
  let stretches = 0;
  for (const edit of trace.edits) {
    const last = open.get(edit.by);
    const isStretch = last !== undefined && isSame(last.after, edit.beforeUnits);
    const isTouching = isStretch && edit.index <= last.to && edit.index + edit.remove >= last.from;
    const draft: Draft = isTouching
      ? last
      : { edits: [], from: edit.index, to: edit.index, after: edit.beforeUnits, stretch: isStretch ? last.stretch : stretches++ };
    if (!isTouching) drafts.push(draft);
    draft.edits.push(edit);
    const end = edit.index + edit.remove;
    draft.from = Math.min(draft.from, edit.index);
    draft.to = Math.max(draft.to, end) - edit.remove + edit.insert.length;
    draft.after = spliced(edit);
    open.set(edit.by, draft);
  }
  for (const { edits, after, from, to, stretch } of drafts) {
    const inserted = edits.flatMap((edit) => edit.inserted);
    const own = new Set(inserted);
    const removed = edits.flatMap((edit) => edit.removed.filter((unit) => !own.has(unit)));
    out.push({ by: edits[0]!.by, edits, inserted, removed, block: [...after.subarray(from, to)].filter((unit) => own.has(unit)), stretch });
  }
  return out;
}

interface Draft {
  readonly edits: TracedEdit[];
  from: number;
  to: number;
  after: Int32Array;
  readonly stretch: number;
}

/** Whether neither writer had seen anything of the other's when they wrote. Of one writer, or with the start text: never. */
export function isConcurrent(trace: Trace, a: EditRun, b: EditRun): boolean {
  if (a.by === null || b.by === null || a.by === b.by) return false;
  return !hasSeen(trace, a.by, a, b) && !hasSeen(trace, b.by, b, a);
}

/** Whether the writer of `own` had seen something that `other` inserted before `own` was finished. */
function hasSeen(trace: Trace, name: ReplicaName, own: EditRun, other: EditRun): boolean {
  const last = own.edits.at(-1)!.order;
  return other.inserted.some((unit) => trace.seenBy(name, unit) <= last);
}

function spliced({ beforeUnits, index, remove, insert, inserted }: TracedEdit): Int32Array {
  const out = new Int32Array(beforeUnits.length - remove + insert.length);
  out.set(beforeUnits.subarray(0, index));
  // Line ends without a mark have no unit.
  for (let n = 0, k = 0; n < insert.length; n++)
    out[index + n] = inserted.length === insert.length || insert[n] !== "\n" ? inserted[k++]! : -2;
  out.set(beforeUnits.subarray(index + remove), index + insert.length);
  return out;
}

function isSame(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((unit, n) => unit === b[n]);
}
