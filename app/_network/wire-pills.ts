/** Messages on their way as pills on the board's wires: where each is, and what is told as one when there are many. Pure. */

import type { HeldLink } from "../../crdt/sync/held-messages.ts";
import type { ReplicaStatus } from "../../crdt/sync/control-messages.ts";
import type { Board } from "./board-layout.ts";
import { frameSign } from "./frame-words.ts";

/** Pills on the board; above it the messages of one direction of one wire are one pill. */
export const PILLS_MAX = 40;
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
  /** Its writer's or reader's, 0 to 7. */
  readonly colour: number;
  /** In the board's units. */
  readonly from: Point;
  readonly to: Point;
  /** How much of the way is behind it, 0 to 1; of several their mean. */
  readonly share: number;
  /** From now; of several that of the last; null: held. */
  readonly dueInMs: number | null;
}

/** At most `PILLS_MAX` pills, or one for each direction of a wire where those are more. */
export function pillsOf(links: readonly HeldLink[], board: Board, replicas: readonly ReplicaStatus[]): Pill[] {
  const total = links.reduce((sum, { messages, more }) => sum + messages.length + more, 0);
  return links.flatMap((link): Pill[] => {
    const { replicaId, direction, messages, more } = link;
    const wire = board.links.find(({ a, b }) => !b.isNode !== !a.isNode && (a.end === replicaId || b.end === replicaId));
    if (wire === undefined || messages.length === 0) return [];
    const isOut = (wire.a.end === replicaId) === (direction === "up");
    const [start, end] = [
      { x: wire.x1, y: wire.y1 },
      { x: wire.x2, y: wire.y2 },
    ];
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
    const dues = messages.map(({ dueInMs }) => dueInMs);
    return [
      {
        key: `${link.link}-all`,
        count: messages.length + more,
        sign: `×${messages.length + more}`,
        colour,
        from,
        to,
        share: messages.reduce((sum, { share }) => sum + share, 0) / messages.length,
        // Where they all wait it waits too; else it stands for a stream, and stays where their middle is.
        dueInMs: dues.every((dueInMs) => dueInMs === null) ? null : Math.max(...dues.map((dueInMs) => dueInMs ?? 0)),
      },
    ];
  });
}

/** Where a pill is after `ms` more: a straight way at an even pace. */
export function placeOf({ from, to, share, dueInMs }: Pick<Pill, "from" | "to" | "share" | "dueInMs">, ms = 0): Point {
  const moved = dueInMs === null ? share : dueInMs <= 0 ? 1 : Math.min(1, share + ((1 - share) * ms) / dueInMs);
  return { x: from.x + (to.x - from.x) * moved, y: from.y + (to.y - from.y) * moved };
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
