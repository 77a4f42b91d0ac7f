/** What stands in each island on the board, and where there is room for it. Pure. */

import { type Board, hullOf } from "./board-layout.ts";
import type { Cap } from "./cap.ts";

export interface Caption {
  /** The island's ends. */
  readonly ends: readonly string[];
  readonly words: readonly [string, string];
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** How far words reach to the left and the right of their middle. */
const HALF_WIDTH = 26;
/** The middles of the two lines, above and below. */
const HALF_HEIGHT = 6;
/** An end, drawn. */
const END_RADIUS = 17;
/** A hull reaches this far beyond its outermost ends. */
const HULL_EDGE = 16;
const STEP = 6;

/** "majority, may write"; none while nothing is split. */
export function captionsOf({ isSplit, islands }: Cap): Caption[] {
  if (!isSplit) return [];
  return islands.map(({ island: { ends, nodes, hasMajority }, canWrite }) => ({
    ends,
    words: [nodes.length === 0 ? "no server" : hasMajority ? "majority" : "minority", canWrite ? "may write" : "may not write"],
  }));
}

/** The middle of the place among these ends that is farthest from all ends and links of the board. Cost: the board's ends and links, some hundred times. */
export function captionSpot(board: Board, ends: readonly string[]): Point {
  const own = board.ends.filter(({ end }) => ends.includes(end));
  const [left, right] = [Math.min(...own.map(({ x }) => x)), Math.max(...own.map(({ x }) => x))];
  const [top, bottom] = [Math.min(...own.map(({ y }) => y)), Math.max(...own.map(({ y }) => y))];
  let best = { x: (left + right) / 2, y: bottom + HULL_EDGE, room: -Infinity };
  const hull = hullOf(own);
  for (let y = top - HULL_EDGE + HALF_HEIGHT; y <= bottom + HULL_EDGE - HALF_HEIGHT; y += STEP)
    for (let x = left; x <= right; x += STEP) {
      const probes = probesAt({ x, y });
      if (!probes.every((probe) => isWithin(hull, probe))) continue;
      const room = roomAt(board, probes, best.room);
      if (room > best.room) best = { x, y, room };
    }
  // A lone end has no room beside it.
  if (best.room < 0) return { x: (left + right) / 2, y: bottom + END_RADIUS + 2 * HALF_HEIGHT };
  return { x: best.x, y: best.y };
}

/** Points all over the words. */
function probesAt({ x, y }: Point): Point[] {
  return [-HALF_WIDTH, 0, HALF_WIDTH].flatMap((dx) => [
    { x: x + dx, y: y - HALF_HEIGHT },
    { x: x + dx, y: y + HALF_HEIGHT },
  ]);
}

/** Inside of the hull as it is drawn, which is wider than its corners. */
function isWithin(hull: readonly Point[], point: Point): boolean {
  const sides = hull.map((from, n) => {
    const to = hull[(n + 1) % hull.length]!;
    return {
      turn: Math.sign((to.x - from.x) * (point.y - from.y) - (to.y - from.y) * (point.x - from.x)),
      away: distance(point, from, to),
    };
  });
  return sides.every(({ turn }) => turn >= 0) || sides.some(({ away }) => away <= HULL_EDGE);
}

/** How far words are from everything on the board; less than `best` once it is known that it is no more. */
function roomAt({ ends, links }: Board, probes: readonly Point[], best: number): number {
  let room = Infinity;
  for (const end of ends) {
    for (const probe of probes) room = Math.min(room, Math.hypot(probe.x - end.x, probe.y - end.y) - END_RADIUS);
    if (room <= best) return room;
  }
  for (const { x1, y1, x2, y2 } of links) {
    for (const probe of probes) room = Math.min(room, distance(probe, { x: x1, y: y1 }, { x: x2, y: y2 }));
    if (room <= best) return room;
  }
  return room;
}

/** From a point to the line between two others. */
function distance(point: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const part = ((point.x - from.x) * dx + (point.y - from.y) * dy) / (dx * dx + dy * dy || 1);
  const at = Math.max(0, Math.min(1, part));
  return Math.hypot(point.x - from.x - dx * at, point.y - from.y - dy * at);
}
