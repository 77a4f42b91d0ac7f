/** What a line that is drawn over the board cuts or heals. Pure. */

import type { FabricCommand } from "../../crdt/sync/control-messages.ts";
import type { Board, BoardEnd, BoardLink } from "./board-layout.ts";

interface Point {
  readonly x: number;
  readonly y: number;
}

/** From one end to another: one direction of their link, or of a link that is cut its heal. Elsewhere: across links. */
export type Stroke =
  | { readonly kind: "direction"; readonly from: BoardEnd; readonly to: BoardEnd; readonly isCut: boolean }
  | { readonly kind: "across"; readonly links: readonly BoardLink[] };

/** An end is met this close to its middle. */
const REACH = 20;
/** What is shorter is a click. */
export const STROKE_MIN = 6;

/** The end that stands there, null: none does. */
export function endAt({ ends }: Board, { x, y }: Point): BoardEnd | null {
  return ends.find((end) => Math.hypot(end.x - x, end.y - y) <= REACH) ?? null;
}

/** What a line from one point of the board to another does; null: nothing. A link that is cut both ways already is not cut again. */
export function strokeOf(board: Board, from: Point, to: Point): Stroke | null {
  const start = endAt(board, from);
  if (start !== null) {
    const target = endAt(board, to);
    const link = board.links.find(({ a, b }) => (a === start && b === target) || (b === start && a === target));
    if (target === null || link === undefined) return null;
    return { kind: "direction", from: start, to: target, isCut: link.a === start ? link.isCutThere : link.isCutBack };
  }
  const links = board.links.filter((link) => !(link.isCutThere && link.isCutBack) && isCrossed(link, from, to));
  return links.length === 0 ? null : { kind: "across", links };
}

export function commandOf(stroke: Stroke): FabricCommand {
  if (stroke.kind === "across") return { type: "cut", links: stroke.links.map(({ a, b }) => [a.end, b.end]) };
  return { type: stroke.isCut ? "mend" : "cut", cuts: [{ from: stroke.from.end, to: stroke.to.end }] };
}

/** "cut Ana to S1", "heal S1 to S3", "cut 2 links both ways". */
export function strokeWords(stroke: Stroke, nameOf: (end: string) => string): string {
  if (stroke.kind === "across") return `cut ${stroke.links.length === 1 ? "the link" : `${stroke.links.length} links`} both ways`;
  return `${stroke.isCut ? "heal" : "cut"} ${nameOf(stroke.from.end)} to ${nameOf(stroke.to.end)}`;
}

function isCrossed({ x1, y1, x2, y2 }: BoardLink, from: Point, to: Point): boolean {
  const [a, b] = [
    { x: x1, y: y1 },
    { x: x2, y: y2 },
  ];
  return side(a, b, from) * side(a, b, to) < 0 && side(from, to, a) * side(from, to, b) < 0;
}

/** On which side of the line from a to b a point lies: the sign. */
function side(a: Point, b: Point, { x, y }: Point): number {
  return Math.sign((b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x));
}
