/** The messages of a note's links as one list, and which of them a person has chosen. Pure. */

import type { ReplicaId } from "../../crdt/base/ids.ts";
import type { Direction } from "../../crdt/network/link.ts";
import type { HeldLink, HeldMessage } from "../../crdt/sync/held-messages.ts";
import { fairDepth, TOLD_MAX } from "../../crdt/sync/told-messages.ts";
import { frameTitle } from "./frame-words.ts";
import { ms } from "./link-state.ts";

export interface HeldRow extends HeldMessage {
  /** In this list. */
  readonly key: string;
  readonly link: string;
  readonly replicaId: ReplicaId;
  readonly direction: Direction;
  /** Whether it is the first of its link. */
  readonly isNext: boolean;
}

/** What was chosen: a row, and where it was, for when it is gone. */
export interface Choice {
  readonly key: string;
  readonly at: number;
}

/** Rows shown; of what is beyond only the number. */
export const ROWS_MAX = TOLD_MAX;

/** The links' messages, the first to arrive of each first: at most `ROWS_MAX`, as many of each link as of the others. */
export function heldRows(links: readonly HeldLink[]): HeldRow[] {
  const depth = fairDepth(
    links.map(({ messages }) => messages.length),
    ROWS_MAX,
  );
  return links
    .flatMap(({ link, replicaId, direction, messages }) =>
      messages
        .slice(0, depth)
        .map((message, at) => ({ ...message, key: `${link}-${message.id}`, link, replicaId, direction, isNext: at === 0 })),
    )
    .slice(0, ROWS_MAX);
}

/** The chosen row; where it is gone, the one that took its place; null: none is chosen, or there is none. */
export function chosenRow(rows: readonly HeldRow[], choice: Choice | null): HeldRow | null {
  if (choice === null) return null;
  return rows.find(({ key }) => key === choice.key) ?? rows[Math.min(choice.at, rows.length - 1)] ?? null;
}

/** Whether the row has a neighbour of its own link, before (-1) or after it (1), that is held, or flies, as it does: the two can change places. */
export function hasPeer(rows: readonly HeldRow[], row: HeldRow, step: -1 | 1): boolean {
  const other = rows[rows.indexOf(row) + step];
  return other?.link === row.link && (other.dueInMs === null) === (row.dueInMs === null);
}

/** Where a key leads from the row at `at` (-1: from none); null: nowhere. */
export function stepTo(key: string, at: number, count: number): number | null {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowRight: at + 1,
    ArrowUp: at - 1,
    ArrowLeft: at - 1,
    Home: 0,
    End: count - 1,
  };
  const next = steps[key];
  return next === undefined || count === 0 ? null : Math.max(0, Math.min(next, count - 1));
}

/** "update from Bo to S1, 31 B, 2.1 s old, held". `ends`: who it is and where it is connected. */
export function rowText(
  { name, direction, bytes, ageMs, dueInMs, share }: HeldRow,
  ends: { readonly name: string; readonly node: string },
): string {
  const [from, to] = direction === "up" ? [ends.name, ends.node] : [ends.node, ends.name];
  const state = dueInMs === null ? `held at ${Math.round(share * 100)} %` : `arrives in ${ms(dueInMs)}`;
  return `${frameTitle(name ?? "unreadable")} from ${from} to ${to}, ${bytes} B, ${(ageMs / 1_000).toFixed(1)} s old, ${state}`;
}
