/** Where nodes, replicas and their links stand on the partition board. Pure. */

import type { ReplicaStatus } from "../../crdt/sync/control-messages.ts";
import type { BoardFacts } from "./board-facts.ts";

export const BOARD_WIDTH = 328;
export const BOARD_HEIGHT = 290;
const NODES_RADIUS = 58;
const CLIENTS_RADIUS = 124;
/** Between two clients of one node, in radians. */
const CLIENT_STEP = 0.52;
/** How far a link's ends stay away from what they join. */
const END_GAP = 20;

export interface BoardEnd {
  readonly end: string;
  readonly isNode: boolean;
  readonly x: number;
  readonly y: number;
}

export interface BoardLink {
  readonly a: BoardEnd;
  readonly b: BoardEnd;
  /** The line, short of its ends. */
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  /** Whether a cannot send to b, and b not to a. */
  readonly isCutThere: boolean;
  readonly isCutBack: boolean;
}

export interface Board {
  readonly ends: readonly BoardEnd[];
  readonly links: readonly BoardLink[];
}

/** Nodes in a ring, the first on top; each one's replicas outside of it. Only replicas of `replicas` are shown. */
export function layOutBoard(
  { nodes, cuts }: Pick<BoardFacts, "nodes" | "cuts">,
  replicas: readonly Pick<ReplicaStatus, "replicaId" | "kind">[],
): Board {
  const [cx, cy] = [BOARD_WIDTH / 2, BOARD_HEIGHT / 2];
  const at = (angle: number, radius: number): { x: number; y: number } => ({
    x: cx + radius * Math.cos(angle) * 1.12,
    y: cy + radius * Math.sin(angle),
  });
  const ends: BoardEnd[] = [];
  const pairs: [BoardEnd, BoardEnd][] = [];
  nodes.forEach(({ id, clients }, n) => {
    const angle = -Math.PI / 2 + (2 * Math.PI * n) / nodes.length;
    const node = { end: id, isNode: true, ...at(angle, NODES_RADIUS) };
    for (const other of ends.filter(({ isNode }) => isNode)) pairs.push([other, node]);
    ends.push(node);
    const own = replicas.filter(({ replicaId, kind }) => kind !== "node" && clients.includes(replicaId));
    own.forEach(({ replicaId }, k) => {
      const client = { end: replicaId, isNode: false, ...at(angle + (k - (own.length - 1) / 2) * CLIENT_STEP, CLIENTS_RADIUS) };
      ends.push(client);
      pairs.push([client, node]);
    });
  });
  const isCut = (from: string, to: string): boolean => cuts.some((cut) => cut.from === from && cut.to === to);
  const links = pairs.map(([a, b]): BoardLink => {
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    const [ux, uy] = [(b.x - a.x) / length, (b.y - a.y) / length];
    return {
      a,
      b,
      x1: a.x + ux * END_GAP,
      y1: a.y + uy * END_GAP,
      x2: b.x - ux * END_GAP,
      y2: b.y - uy * END_GAP,
      isCutThere: isCut(a.end, b.end),
      isCutBack: isCut(b.end, a.end),
    };
  });
  return { ends, links };
}

/** The corners of the smallest convex shape around `points`, for a hull that is drawn with a wide stroke (Andrew's monotone chain). */
export function hullOf(points: readonly { readonly x: number; readonly y: number }[]): { x: number; y: number }[] {
  const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y).map(({ x, y }) => ({ x, y }));
  if (sorted.length < 3) return sorted;
  const turn = (o: Point, a: Point, b: Point): number => (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
  const half = (list: readonly Point[]): Point[] => {
    const out: Point[] = [];
    for (const point of list) {
      while (out.length >= 2 && turn(out.at(-2)!, out.at(-1)!, point) <= 0) out.pop();
      out.push(point);
    }
    return out.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.toReversed())];
}

interface Point {
  readonly x: number;
  readonly y: number;
}
