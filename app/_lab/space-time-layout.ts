/** Where the events and messages of a stretch of a run lie in a space-time diagram: lanes across, time downwards. Pure. */

import type { RunEvent } from "../../crdt/lab/time-machine.ts";

export const ROW_HEIGHT = 16;
/** Lanes are no closer than this, however narrow the page. */
const LANE_WIDTH_MIN = 76;
const LEFT = 62;
/** How far down a message on its way is drawn. */
const FLYING_ROWS = 4;
const TOP = 26;

export interface Dot {
  readonly event: RunEvent;
  readonly x: number;
  readonly y: number;
}

export interface Arrow {
  readonly message: number;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly end: "delivered" | "dropped" | "flying";
  /** The event at which it ended, else the one at which it set out. */
  readonly event: number;
}

export interface SpaceTime {
  readonly width: number;
  readonly height: number;
  /** Lanes from left to right: the nodes stand in the middle. */
  readonly lanes: readonly { readonly lane: number; readonly x: number }[];
  readonly dots: readonly Dot[];
  readonly arrows: readonly Arrow[];
  /** Instants that have a row, with where it is. */
  readonly times: readonly { readonly atMs: number; readonly y: number }[];
}

/** `events` in order; `roomWidth` is filled where lanes have room to spare. Each instant has one row: idle stretches take no room. */
export function layOut(events: readonly RunEvent[], replicas: number, roomWidth: number, nodes = 1): SpaceTime {
  const half = Math.ceil(replicas / 2);
  const lane = (at: number): number => (at < half ? at : at < half + nodes ? replicas + at - half : at - nodes);
  const order = Array.from({ length: replicas + nodes }, (_, at) => lane(at));
  const laneWidth = Math.max(LANE_WIDTH_MIN, Math.floor((roomWidth - LEFT) / order.length));
  const lanes = order.map((each, at) => ({ lane: each, x: LEFT + laneWidth * (at + 0.5) }));
  const xOf = (wanted: number): number => lanes.find((each) => each.lane === wanted)?.x ?? LEFT;
  const dots: Dot[] = [];
  const times: { atMs: number; y: number }[] = [];
  const rows = new Map<number, number>();
  for (const event of events) {
    if (times.at(-1)?.atMs !== event.atMs) times.push({ atMs: event.atMs, y: TOP + ROW_HEIGHT * times.length });
    const { y } = times.at(-1)!;
    rows.set(event.n, y);
    const isOwn = event.kind === "edit" || event.kind === "refused" || event.kind === "control" || event.kind === "loss";
    if (event.lane >= 0 && isOwn) dots.push({ event, x: xOf(event.lane), y });
  }
  const height = TOP + ROW_HEIGHT * (times.length + 1);
  const width = LEFT + laneWidth * order.length;
  return { width, height, lanes, dots, arrows: arrowsOf(events, rows, xOf, height), times };
}

function arrowsOf(events: readonly RunEvent[], rows: ReadonlyMap<number, number>, xOf: (lane: number) => number, height: number): Arrow[] {
  const arrows = new Map<number, Arrow>();
  for (const event of events) {
    const { kind, message, from, to, n } = event;
    if (message < 0) continue;
    const y = rows.get(n)!;
    const [x1, x2] = [xOf(from), xOf(to)];
    if (kind === "sent") {
      // Towards the other end, not there yet.
      arrows.set(message, {
        message,
        x1,
        y1: y,
        x2: x1 + (x2 - x1) * 0.4,
        y2: Math.min(height - 4, y + ROW_HEIGHT * FLYING_ROWS),
        end: "flying",
        event: n,
      });
      continue;
    }
    const started = arrows.get(message);
    const y1 = started?.y1 ?? 0;
    if (kind === "dropped") arrows.set(message, { message, x1, y1, x2: (x1 + x2) / 2, y2: y, end: "dropped", event: n });
    else if (kind === "delivered") arrows.set(message, { message, x1, y1, x2, y2: y, end: "delivered", event: n });
  }
  return [...arrows.values()];
}

/** A small triangle at the end of a line. */
export function headOf(x1: number, y1: number, x2: number, y2: number): string {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const [bx, by] = [x2 - ux * 8, y2 - uy * 8];
  const corners = [
    [x2, y2],
    [bx - uy * 3.5, by + ux * 3.5],
    [bx + uy * 3.5, by - ux * 3.5],
  ];
  return `M${corners.map((corner) => corner.map((each) => each.toFixed(1)).join(" ")).join("L")}z`;
}
