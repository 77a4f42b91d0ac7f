/** What the checks share: where each unit stands in the end, who deleted it, and how a finding is written down. */

import type { Anomaly, AnomalyKind, Intent } from "./anomaly.ts";
import { LINE_END, NOBODYS } from "./marks.ts";
import { NODE_HOLDER } from "./replay.ts";
import { type EditRun, isConcurrent, runsOf } from "./runs.ts";
import type { Trace } from "./trace.ts";

export class Findings {
  readonly trace: Trace;
  readonly runs: readonly EditRun[];
  /** The node's text. */
  readonly merged: Int32Array;
  /** Units by whoever deleted them. */
  readonly deletedBy: ReadonlyMap<number, readonly EditRun[]>;
  readonly #places = new Map<number, number[]>();
  readonly #beside: ReadonlySet<number>;

  constructor(trace: Trace) {
    this.trace = trace;
    this.runs = runsOf(trace);
    this.merged = trace.finals.get(NODE_HOLDER)?.units ?? new Int32Array(0);
    for (const [at, unit] of this.merged.entries()) {
      if (unit < 0) continue;
      const places = this.#places.get(unit);
      if (places === undefined) this.#places.set(unit, [at]);
      else places.push(at);
    }
    this.#beside = new Set(trace.siblings.flatMap((units) => [...units]));
    const deleted = new Map<number, EditRun[]>();
    for (const run of this.runs) {
      const own = run.edits.flatMap(({ removed }) => removed);
      for (const unit of own) deleted.set(unit, [...(deleted.get(unit) ?? []), run]);
    }
    this.deletedBy = deleted;
  }

  /** Where the unit stands in the node's text. */
  placesOf(unit: number): readonly number[] {
    return this.#places.get(unit) ?? [];
  }

  /** The same for a unit that stands there once; null otherwise. */
  placeOf(unit: number): number | null {
    const places = this.placesOf(unit);
    return places.length === 1 ? places[0]! : null;
  }

  isThere(unit: number): boolean {
    return this.#places.has(unit);
  }

  /** Whether the unit stands in the node's text as a side of an open question, or another sibling does without it: nothing is decided yet. */
  isUndecided(unit: number): boolean {
    if (this.trace.siblings.some((units) => !units.includes(unit))) return true;
    const asked = askedIn(this.merged, this.trace);
    return this.placesOf(unit).some((at) => asked.has(at));
  }

  /** Whether it is in the node's text, or in one that stands beside it. */
  isKept(unit: number): boolean {
    return this.isThere(unit) || this.#beside.has(unit);
  }

  /** Whether the unit is in its writer's own text at the end, as that of somebody who is cut off may be. */
  isWith(run: EditRun, unit: number): boolean {
    return run.by !== null && (this.trace.finals.get(run.by)?.units.includes(unit) ?? false);
  }

  /** Of another writer, at the same time, and there: the last one that the text speaks of. */
  rivalOf(run: EditRun): EditRun | null {
    const others = this.runs.filter((other) => isConcurrent(this.trace, run, other) && other.edits.length > 0);
    return others.findLast(({ inserted }) => inserted.some((unit) => this.isThere(unit))) ?? others.at(-1) ?? null;
  }

  anomaly(kind: AnomalyKind, units: readonly number[], runs: readonly (EditRun | null)[]): Anomaly {
    return {
      kind,
      text: this.trace.textOf(units),
      intents: runs.flatMap((run) => (run === null ? [] : [this.#intent(run)])),
      shows: rangesOf(units.flatMap((unit) => this.placesOf(unit))).map((range) => ({ holder: NODE_HOLDER, ...range })),
    };
  }

  #intent({ by, edits, inserted, removed }: EditRun): Intent {
    return {
      by,
      insertIds: edits.flatMap(({ insertId }) => (insertId === "" ? [] : [insertId])),
      steps: [edits[0]?.step ?? -1, edits.at(-1)?.step ?? -1],
      inserted: this.trace.textOf(inserted),
      removed: this.trace.textOf(removed),
    };
  }
}

/** Places between words that nobody typed, in one line: the sides of an open question. */
export function askedIn(units: Int32Array, trace: Trace): ReadonlySet<number> {
  const out = new Set<number>();
  if (!units.includes(NOBODYS)) return out;
  let from: number | null = null;
  for (const [at, unit] of units.entries()) {
    if (unit === NOBODYS) {
      for (let n: number = from ?? at; n < at; n++) out.add(n);
      from = at;
    } else if (unit === LINE_END || trace.textOf([unit]) === "\n") from = null;
  }
  return out;
}

function rangesOf(places: readonly number[]): { readonly index: number; readonly length: number }[] {
  const out: { index: number; length: number }[] = [];
  for (const at of [...new Set(places)].sort((a, b) => a - b)) {
    const last = out.at(-1);
    if (last !== undefined && last.index + last.length === at) last.length++;
    else out.push({ index: at, length: 1 });
  }
  return out;
}
