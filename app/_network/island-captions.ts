/** What stands in each island on the board, and where there is room for it. Pure. */

import { type Board, BOARD_HEIGHT, BOARD_WIDTH, hullOf } from "./board-layout.ts";
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
/** Between the middles of two captions that stand side by side, and one above the other. */
const WORDS_APART_X = 2 * HALF_WIDTH + 8;
const WORDS_APART_Y = 30;
/** An end, drawn. */
const END_RADIUS = 17;
/** A hull reaches this far beyond its outermost ends, less a little; and its line a little farther. */
const HULL_EDGE = 18;
const HULL_LINE = 7;
/** What is on its way covers this much on either side of a link. */
const PILL_EDGE = 11;
const STEP = 8;

/** "majority, may write"; none while nothing is split. */
export function captionsOf({ isSplit, islands }: Cap): Caption[] {
  if (!isSplit) return [];
  return islands.map(({ island: { ends, nodes, hasMajority }, canWrite }) => ({
    ends,
    words: [nodes.length === 0 ? "no server" : hasMajority ? "majority" : "minority", canWrite ? "may write" : "may not write"],
  }));
}

/** Where words about each island stand, none on another's. Cost: for each the board's ends and links, some hundred times. */
export function captionSpots(board: Board, islands: readonly (readonly string[])[]): Point[] {
  const spots: Point[] = [];
  for (const ends of islands) spots.push(captionSpot(board, ends, islands, spots));
  return spots;
}

/**
 * Among an island's ends, in the place that is farthest from all ends and from what is on its way, or where there is none the nearest
 * outside of every hull; not on the words that stand at `taken`.
 */
function captionSpot(board: Board, ends: readonly string[], islands: readonly (readonly string[])[], taken: readonly Point[]): Point {
  const own = board.ends.filter((each) => ends.includes(each.end));
  const hull = hullOf(own);
  const middle = { x: mean(own.map(({ x }) => x)), y: mean(own.map(({ y }) => y)) };
  const hulls = islands.map((island) => hullOf(board.ends.filter((each) => island.includes(each.end))));
  let [inside, outside] = [
    { spot: middle, room: 0 },
    { spot: middle, away: Infinity },
  ];
  for (let y = HALF_HEIGHT + STEP; y <= BOARD_HEIGHT - HALF_HEIGHT - STEP; y += STEP)
    for (let x = HALF_WIDTH; x <= BOARD_WIDTH - HALF_WIDTH; x += STEP) {
      const spot = { x, y };
      if (taken.some((other) => Math.abs(other.x - x) < WORDS_APART_X && Math.abs(other.y - y) < WORDS_APART_Y)) continue;
      const probes = probesAt(spot);
      if (probes.every((probe) => outOf(hull, probe) < HULL_EDGE)) {
        const room = roomAt(board, probes, inside.room);
        if (room > inside.room) inside = { spot, room };
      } else if (inside.room === 0 && Math.hypot(x - middle.x, y - middle.y) < outside.away) {
        if (!hulls.every((each) => probes.every((probe) => outOf(each, probe) > HULL_EDGE + HULL_LINE))) continue;
        if (roomAt(board, probes, 0) > 0) outside = { spot, away: Math.hypot(x - middle.x, y - middle.y) };
      }
    }
  return inside.room > 0 ? inside.spot : outside.spot;
}

/** Points all over the words. */
function probesAt({ x, y }: Point): Point[] {
  return [-HALF_WIDTH, 0, HALF_WIDTH].flatMap((dx) => [
    { x: x + dx, y: y - HALF_HEIGHT },
    { x: x + dx, y: y + HALF_HEIGHT },
  ]);
}

/** How far a point is outside of a hull's corners; 0 within. */
function outOf(hull: readonly Point[], point: Point): number {
  let isWithin = hull.length > 2;
  let away = Infinity;
  hull.forEach((from, n) => {
    const to = hull[(n + 1) % hull.length]!;
    if ((to.x - from.x) * (point.y - from.y) - (to.y - from.y) * (point.x - from.x) < 0) isWithin = false;
    away = Math.min(away, distance(point, from, to));
  });
  return isWithin ? 0 : away;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** How far words are from everything on the board; less than `best` once it is known that it is no more. */
function roomAt({ ends, links }: Board, probes: readonly Point[], best: number): number {
  let room = Infinity;
  for (const end of ends) {
    for (const probe of probes) room = Math.min(room, Math.hypot(probe.x - end.x, probe.y - end.y) - END_RADIUS);
    if (room <= best) return room;
  }
  for (const { x1, y1, x2, y2 } of links) {
    for (const probe of probes) room = Math.min(room, distance(probe, { x: x1, y: y1 }, { x: x2, y: y2 }) - PILL_EDGE);
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
