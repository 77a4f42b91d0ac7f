/** The timeline of a run as paths of an SVG, in columns so that any number of events is as quickly drawn. Pure. */

import { type Agreement, isChatter, type RunEvent } from "../../crdt/lab/time-machine.ts";

export interface TimelinePaths {
  /** For each replica where it edited. */
  readonly edits: readonly string[];
  readonly network: string;
  readonly dropped: string;
  readonly control: string;
  readonly agree: string;
  readonly differ: string;
}

export const COLUMNS = 600;
export const EDITS_HEIGHT = 24;
export const NETWORK_TOP = 28;
export const NETWORK_HEIGHT = 20;
export const AGREE_TOP = 52;
export const AGREE_HEIGHT = 12;
export const TIMELINE_HEIGHT = 68;

/** `untilMs` is at the right border. Cost: linear in the events. */
export function timelinePaths(
  events: readonly RunEvent[],
  agreements: readonly Agreement[],
  replicas: number,
  untilMs: number,
): TimelinePaths {
  const scale = COLUMNS / Math.max(1, untilMs);
  const columnOf = (atMs: number): number => Math.min(COLUMNS - 1, Math.floor(atMs * scale));
  const edited = Array.from({ length: replicas }, () => new Uint8Array(COLUMNS));
  const traffic = new Uint32Array(COLUMNS);
  const [dropped, control] = [new Uint8Array(COLUMNS), new Uint8Array(COLUMNS)];
  let busiest = 1;
  for (const event of events) {
    const column = columnOf(event.atMs);
    const { kind, lane } = event;
    if (kind === "edit") edited[lane]![column] = 1;
    else if (kind === "dropped") dropped[column] = 1;
    else if (kind === "control") control[column] = 1;
    else if (kind === "sent" && !isChatter(event)) busiest = Math.max(busiest, ++traffic[column]!);
  }
  const rowHeight = EDITS_HEIGHT / replicas;
  let [network, agree, differ] = ["", "", ""];
  for (let column = 0; column < COLUMNS; column++) {
    const count = traffic[column]!;
    if (count === 0) continue;
    const height = 3 + (NETWORK_HEIGHT - 3) * (Math.log2(1 + count) / Math.log2(1 + busiest));
    network += `M${column} ${(NETWORK_TOP + NETWORK_HEIGHT - height).toFixed(1)}h1V${NETWORK_TOP + NETWORK_HEIGHT}h-1z`;
  }
  for (const [at, { atMs, groups }] of agreements.entries()) {
    const [from, to] = [atMs * scale, Math.min(COLUMNS, (agreements[at + 1]?.atMs ?? untilMs) * scale)];
    if (to - from < 0.05) continue;
    if (groups.every((group) => group === 0)) agree += box(from, AGREE_TOP, to - from, AGREE_HEIGHT);
    // Lower as well, for whoever cannot tell the colours.
    else differ += box(from, AGREE_TOP + AGREE_HEIGHT / 2, to - from, AGREE_HEIGHT / 2);
  }
  return {
    edits: edited.map((marks, replica) => runs(marks, replica * rowHeight, rowHeight - 1)),
    network,
    dropped: runs(dropped, NETWORK_TOP - 3, NETWORK_HEIGHT + 3),
    control: runs(control, 0, TIMELINE_HEIGHT),
    agree,
    differ,
  };
}

/** A box for each stretch of marked columns. */
function runs(marks: Uint8Array, top: number, height: number): string {
  let path = "";
  for (let column = 0; column < marks.length; column++) {
    if (marks[column] === 0) continue;
    const from = column;
    while (marks[column + 1] === 1) column++;
    path += box(from, top, column - from + 1, height);
  }
  return path;
}

function box(x: number, y: number, width: number, height: number): string {
  return `M${x.toFixed(2)} ${y.toFixed(1)}h${width.toFixed(2)}v${height.toFixed(1)}h${(-width).toFixed(2)}z`;
}
