/**
 * What happened in one run and not in another: lane by lane, since that is where order is given, as ShiViz compares
 * executions (Beschastnikh, Wang, Brun, Ernst 2016). Two events are the same when they are of one kind, between the same
 * ends, and say the same; when they happened does not count.
 */

import { diffIndices } from "node-diff3";
import { isChatter, type RunEvent } from "./time-machine.ts";

/** One event of both runs, or one that only one of them has: then the other is null. */
export interface DifferenceRow {
  readonly left: RunEvent | null;
  readonly right: RunEvent | null;
}

export interface RunDifference {
  /** How many events the runs have in common before they part. */
  readonly common: number;
  /** From there on, in order of time: the left run's where both have it. Empty when the runs are the same. */
  readonly rows: readonly DifferenceRow[];
  readonly onlyLeft: number;
  readonly onlyRight: number;
  /** Whether lanes were longer than what is compared, so that the rest is not in the rows. */
  readonly isCutOff: boolean;
}

/** So many events of a lane are compared from where the runs part: equal events are common, and finding their order is quadratic in them. */
export const COMPARED_MAX = 400;

/**
 * Heartbeats, acknowledgements and saves are left out. Cost: linear up to where the runs part, then quadratic in up to
 * `COMPARED_MAX` events of each lane.
 */
export function differenceOf(left: readonly RunEvent[], right: readonly RunEvent[]): RunDifference {
  const [a, b] = [left, right].map((events) => events.filter((event) => !isChatter(event) && event.kind !== "saved")) as [
    RunEvent[],
    RunEvent[],
  ];
  let common = 0;
  while (common < a.length && common < b.length && isSame(a[common]!, b[common]!)) common++;
  const [ofA, ofB] = [lanesOf(a.slice(common)), lanesOf(b.slice(common))];
  const timed: { readonly row: DifferenceRow; readonly atMs: number }[] = [];
  let isCutOff = false;
  for (const lane of new Set([...ofA.keys(), ...ofB.keys()])) {
    const [own, other] = [ofA.get(lane) ?? [], ofB.get(lane) ?? []];
    isCutOff ||= own.length > COMPARED_MAX || other.length > COMPARED_MAX;
    let atMs = 0;
    for (const row of rowsOf(own.slice(0, COMPARED_MAX), other.slice(0, COMPARED_MAX))) {
      // What only the right one has may be earlier by its own clock than what comes before it on the lane.
      atMs = Math.max(atMs, row.left?.atMs ?? row.right?.atMs ?? 0);
      timed.push({ row, atMs });
    }
  }
  const rows = timed.toSorted((x, y) => x.atMs - y.atMs).map(({ row }) => row);
  return {
    common,
    rows,
    onlyLeft: rows.filter((row) => row.right === null).length,
    onlyRight: rows.filter((row) => row.left === null).length,
    isCutOff,
  };
}

/** Of one lane: what the longest common subsequence pairs, and what it leaves. */
function rowsOf(a: readonly RunEvent[], b: readonly RunEvent[]): DifferenceRow[] {
  const rows: DifferenceRow[] = [];
  let [i, j] = [0, 0];
  const pairUntil = (end: number): void => {
    while (i < end) rows.push({ left: a[i++]!, right: b[j++]! });
  };
  for (const { buffer1, buffer2 } of diffIndices(a.map(keyOf), b.map(keyOf))) {
    pairUntil(buffer1[0]);
    for (; i < buffer1[0] + buffer1[1]; i++) rows.push({ left: a[i]!, right: null });
    for (; j < buffer2[0] + buffer2[1]; j++) rows.push({ left: null, right: b[j]! });
  }
  pairUntil(a.length);
  return rows;
}

function lanesOf(events: readonly RunEvent[]): Map<number, RunEvent[]> {
  const lanes = new Map<number, RunEvent[]>();
  for (const event of events) {
    const lane = lanes.get(event.lane);
    if (lane === undefined) lanes.set(event.lane, [event]);
    else lane.push(event);
  }
  return lanes;
}

function isSame(a: RunEvent, b: RunEvent): boolean {
  return a.lane === b.lane && keyOf(a) === keyOf(b);
}

function keyOf({ kind, from, to, words }: RunEvent): string {
  return `${kind} ${from} ${to} ${words}`;
}
