/** Messages on their way as pills on the board's wires: where each is, and what is told as one when there are many. Pure. */

import type { HeldLink, NodeFlight } from "../../crdt/sync/held-messages.ts";
import type { ReplicaStatus } from "../../crdt/sync/control-messages.ts";
import { middleOf, TOLD_MAX } from "../../crdt/sync/told-messages.ts";
import type { Board, BoardLink } from "./board-layout.ts";
import { frameSign } from "./frame-words.ts";

/** Pills on the board; above it the messages of one direction of one wire are one pill. */
export const PILLS_MAX = TOLD_MAX;
/** How far the two directions of a wire stand from its line. */
const LANE = 5;

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Pill {
  /** Of one message the key of its row in the list; of several another one. */
  readonly key: string;
  /** How many messages it stands for. */
  readonly count: number;
  readonly sign: string;
  /** Its writer's or reader's, 0 to 7; null: it goes from node to node. */
  readonly colour: number | null;
  /** In the board's units. */
  readonly from: Point;
  readonly to: Point;
  /** How much of the way is behind it, 0 to 1; of several their mean. */
  readonly share: number;
  /** From now; of several that of the last; null: held. */
  readonly dueInMs: number | null;
}

/** At most `PILLS_MAX` pills, or one for each direction of a wire where those are more. */
export function pillsOf(
  links: readonly HeldLink[],
  nodes: readonly NodeFlight[],
  board: Board,
  replicas: readonly Pick<ReplicaStatus, "replicaId" | "colour">[],
): Pill[] {
  const between = nodes.reduce((sum, { count = 1 }) => sum + count, 0);
  const total = links.reduce((sum, { messages, more }) => sum + messages.length + more, between);
  return [...clientPills(links, board, replicas, total), ...nodePills(nodes, board, total)];
}

/** Those between nodes: nobody's, and of no note alone. */
function nodePills(nodes: readonly NodeFlight[], board: Board, total: number): Pill[] {
  const ways = new Map<string, NodeFlight[]>();
  for (const flight of nodes) ways.set(`${flight.from}>${flight.to}`, [...(ways.get(`${flight.from}>${flight.to}`) ?? []), flight]);
  return [...ways].flatMap(([way, flights]): Pill[] => {
    const { from: sender, to: receiver } = flights[0]!;
    const wire = board.links.find(({ a, b }) => (a.end === sender && b.end === receiver) || (a.end === receiver && b.end === sender));
    if (wire === undefined) return [];
    const [start, end] = endsOf(wire);
    const [from, to] = wire.a.end === sender ? aside(start, end) : aside(end, start);
    const one = { colour: null, from, to };
    const count = flights.reduce((sum, { count: of = 1 }) => sum + of, 0);
    if (total <= PILLS_MAX || count === 1)
      return flights.map(({ id, share, dueInMs }) => ({ ...one, key: `${way} ${id}`, count: 1, sign: "·", share, dueInMs }));
    return [{ ...one, key: way, count, sign: `×${count}`, ...middleOf(flights) }];
  });
}

function clientPills(
  links: readonly HeldLink[],
  board: Board,
  replicas: readonly Pick<ReplicaStatus, "replicaId" | "colour">[],
  total: number,
): Pill[] {
  return links.flatMap((link): Pill[] => {
    const { replicaId, direction, messages, more } = link;
    const wire = board.links.find(({ a, b }) => !b.isNode !== !a.isNode && (a.end === replicaId || b.end === replicaId));
    if (wire === undefined || messages.length === 0) return [];
    const isOut = (wire.a.end === replicaId) === (direction === "up");
    const [start, end] = endsOf(wire);
    const [from, to] = aside(isOut ? start : end, isOut ? end : start);
    const colour = (replicas.find((replica) => replica.replicaId === replicaId)?.colour ?? 7) % 8;
    // One alone is as it is, however many there are elsewhere.
    if (total <= PILLS_MAX || messages.length + more === 1)
      return messages.map(({ id, name, share, dueInMs }) => ({
        key: `${link.link}-${id}`,
        count: 1,
        sign: frameSign(name ?? ""),
        colour,
        from,
        to,
        share,
        dueInMs,
      }));
    return [
      {
        key: `${link.link}-all`,
        count: messages.length + more,
        sign: `×${messages.length + more}`,
        colour,
        from,
        to,
        ...(link.middle ?? middleOf(messages)),
      },
    ];
  });
}

function endsOf({ x1, y1, x2, y2 }: BoardLink): [Point, Point] {
  return [
    { x: x1, y: y1 },
    { x: x2, y: y2 },
  ];
}

/** Where a pill is after `ms` more: a straight way at an even pace. */
export function placeOf({ from, to, share, dueInMs }: Pick<Pill, "from" | "to" | "share" | "dueInMs">, ms = 0): Point {
  const moved = dueInMs === null ? share : dueInMs <= 0 ? 1 : Math.min(1, share + ((1 - share) * ms) / dueInMs);
  return { x: from.x + (to.x - from.x) * moved, y: from.y + (to.y - from.y) * moved };
}

/** The whole way of a pill in time: how long it takes, and how much of that was over when it was told; null: it stands. */
export function flightOf({ share, dueInMs, count }: Pick<Pill, "share" | "dueInMs" | "count">): {
  readonly totalMs: number;
  readonly elapsedMs: number;
} | null {
  // Of many it is their middle, which stays.
  if (dueInMs === null || dueInMs <= 0 || share >= 1 || count > 1) return null;
  const totalMs = dueInMs / (1 - share);
  return { totalMs, elapsedMs: totalMs - dueInMs };
}

/** The same way, `LANE` to its right, so that two directions do not lie on each other. */
function aside(from: Point, to: Point): [Point, Point] {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const [dx, dy] = [(-(to.y - from.y) / length) * LANE, ((to.x - from.x) / length) * LANE];
  return [
    { x: from.x + dx, y: from.y + dy },
    { x: to.x + dx, y: to.y + dy },
  ];
}
