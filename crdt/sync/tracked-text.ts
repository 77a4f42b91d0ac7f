/** Pieces of a text that are followed through its changes. Positions are UTF-16 units of the text as it is now. Pure. */

import type { Splice } from "../base/splice.ts";

/** Half-open; `at` is where it began in the text that is followed. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly at: number;
}

/**
 * What is left of `pieces`, ascending and disjoint, after `splices`: what is put inside of one splits it, what is put at
 * its edge stays outside. Cost: pieces times splices; constant where all splices lie behind them.
 */
export function carried(pieces: readonly Piece[], splices: readonly Splice[]): readonly Piece[] {
  const last = pieces.at(-1);
  if (last === undefined || splices.length === 0 || splices[0]!.index >= last.to) return pieces;
  const out: Piece[] = [];
  for (const { from: start, to, at } of pieces) {
    let from = start;
    let shift = 0;
    for (const { index, remove, insert } of splices) {
      if (index >= to) break;
      const end = index + remove;
      if (index > from) out.push({ from: from + shift, to: index + shift, at: at + from - start });
      shift += insert.length - remove;
      from = Math.min(to, Math.max(from, end));
    }
    if (from < to) out.push({ from: from + shift, to: to + shift, at: at + from - start });
  }
  return out;
}

/** The stretch as one piece; none where it is empty. */
export function pieceOf(from: number, to: number): Piece[] {
  return from < to ? [{ from, to, at: 0 }] : [];
}

export function sizeOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** `whole` is the text that is followed. */
export function textOf(pieces: readonly Piece[], whole: string): string {
  return pieces.map(({ from, to, at }) => whole.slice(at, at + to - from)).join("");
}
