/**
 * Where a line stands among others: a fractional key that always has room. A position is a path of digits; those of one
 * path are compared one after the other, equal digits by who chose them, and a path that another one goes on from stands
 * before it. So two that were chosen at once for the same gap are equal in their digits and are told apart by replica,
 * which is arbitrary but the same everywhere; and between any two, those included, there is another.
 *
 * The last step of a path is the name of its line: nobody chooses it twice.
 */

import type { ByteReader, ByteWriter } from "../base/bytes.ts";
import { compareIds, type ReplicaId, replicaIdFrom, replicaNumber } from "../base/ids.ts";

export interface PositionStep {
  /** 1 to `DIGIT_MAX`; 0 only where another step follows. */
  readonly digit: number;
  readonly replica: ReplicaId;
  /** The author's own count, never used twice. */
  readonly seq: number;
}

export type LinePosition = readonly PositionStep[];

const DIGIT_MAX = 2 ** 48;
const MIDDLE = 2 ** 47;
/** Between a line and the next one that is appended: room for 20 halvings. */
const STRIDE = 2 ** 20;
/** Of one path. A hostile peer could make longer ones, an honest one needs a step for every 20 halvings. */
const STEPS_MAX = 4_096;

/** The line that every note begins with. */
export const FIRST_POSITION: LinePosition = [{ digit: MIDDLE, replica: replicaIdFrom(0), seq: 0 }];

/** Negative: `a` stands before `b`. 0 only for the same position. */
export function comparePositions(a: LinePosition, b: LinePosition): number {
  for (let n = 0; n < a.length && n < b.length; n++) {
    const order = compareSteps(a[n]!, b[n]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** A new position between two; null: the very beginning, the very end. `name` must be new. Cost: linear in the longer path. */
export function positionBetween(
  before: LinePosition | null,
  after: LinePosition | null,
  name: { readonly replica: ReplicaId; readonly seq: number },
): LinePosition {
  const path: PositionStep[] = [];
  // Whether `after` still bounds what comes, and so for `before`: until the path has left theirs.
  let high = after;
  let low = before;
  for (let level = 0; ; level++) {
    const from = low?.[level];
    const to = high?.[level];
    const digit = digitBetween(from?.digit, to?.digit);
    if (digit !== null) return [...path, { digit, ...name }];
    if (from === undefined) {
      // No room before `to`: below a zero of our own, or below the zero that is there.
      const isZero = to!.digit === 0;
      path.push(isZero ? to! : { digit: 0, ...name });
      if (!isZero) high = null;
      low = null;
      continue;
    }
    path.push(from);
    if (to === undefined || compareSteps(from, to) !== 0) high = null;
  }
}

/** A digit strictly between two, undefined being open; null when there is none. */
function digitBetween(from: number | undefined, to: number | undefined): number | null {
  if (from === undefined && to === undefined) return MIDDLE;
  if (to === undefined) return from! + STRIDE <= DIGIT_MAX ? from! + STRIDE : null;
  if (from === undefined) return to > STRIDE ? to - STRIDE : to > 1 ? Math.floor(to / 2) : null;
  return to - from >= 2 ? from + Math.floor((to - from) / 2) : null;
}

/** A key that is equal for equal positions alone. */
export function positionText(position: LinePosition): string {
  return position.map(({ digit, replica, seq }) => `${digit}.${replica}.${seq}`).join("/");
}

/** position := varUint(n) (varUint(digit) varUint(replica) varUint(seq))^n */
export function writePosition(writer: ByteWriter, position: LinePosition): ByteWriter {
  writer.varUint(position.length);
  for (const { digit, replica, seq } of position) writer.varUint(digit).varUint(replicaNumber(replica)).varUint(seq);
  return writer;
}

/** @throws DecodeError when it is no position. */
export function readPosition(reader: ByteReader): LinePosition {
  const count = reader.count(3);
  if (count === 0 || count > STEPS_MAX) throw reader.error(`A position of ${count} steps`);
  const position = Array.from({ length: count }, (): PositionStep => ({
    digit: reader.varUint(),
    replica: replicaIdFrom(reader.varUint()),
    seq: reader.varUint(),
  }));
  if (position.some(({ digit }, n) => digit > DIGIT_MAX || (digit === 0 && n === count - 1))) throw reader.error("A digit out of range");
  return position;
}

function compareSteps(a: PositionStep, b: PositionStep): number {
  return a.digit - b.digit || compareIds(a.replica, b.replica) || a.seq - b.seq;
}
