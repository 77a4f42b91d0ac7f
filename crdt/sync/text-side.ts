/** What stood on one side of a text in its line, and what is left of it. Nearest is what stood next to the text. */

import type { Splice } from "../base/splice.ts";
import { carried, type Piece, sizeOf } from "./tracked-text.ts";

export interface Side {
  readonly isLeft: boolean;
  text: string;
  pieces: readonly Piece[];
}

export function isWhole({ text, pieces }: Side): boolean {
  return sizeOf(pieces) === text.length;
}

/** What is gone of a side, from the text on. */
export function goneFrom({ isLeft, text, pieces }: Side): string {
  const nearest = pieces.at(isLeft ? -1 : 0);
  if (nearest === undefined) return text;
  return isLeft ? text.slice(nearest.at + nearest.to - nearest.from) : text.slice(0, nearest.at);
}

/** Whether `splices` take something of `side` that has to be deleted by others for its text to be an orphan. */
export function isNeededBy(splices: readonly Splice[], side: Side, other: Side): boolean {
  const now = { ...side, pieces: carried(side.pieces, splices) };
  if (other.text === "") return sizeOf(now.pieces) < sizeOf(side.pieces);
  return goneFrom(side) === "" && goneFrom(now) !== "";
}

/** Leaves of `side` what is nearer than what `splices` take of it. Positions stay those before them. */
export function shorten(side: Side, splices: readonly Splice[]): void {
  const { isLeft, pieces } = side;
  const kept: Piece[] = [];
  for (const piece of isLeft ? pieces.toReversed() : pieces) {
    const left = carried([piece], splices);
    if (sizeOf(left) === piece.to - piece.from) {
      kept.push(piece);
      continue;
    }
    // Of the first one that is touched, what is nearer than the hole.
    const nearest = left.at(isLeft ? -1 : 0);
    const edge = isLeft ? piece.at + piece.to - piece.from : piece.at;
    const reaches = nearest !== undefined && (isLeft ? nearest.at + nearest.to - nearest.from : nearest.at) === edge;
    const length = reaches ? nearest.to - nearest.from : 0;
    const cut = isLeft ? edge - length : edge + length;
    if (length > 0) kept.push(isLeft ? { ...piece, from: piece.to - length, at: cut } : { ...piece, to: piece.from + length });
    side.text = isLeft ? side.text.slice(cut) : side.text.slice(0, cut);
    side.pieces = isLeft ? kept.toReversed().map(({ from, to, at }) => ({ from, to, at: at - cut })) : kept;
    return;
  }
}
