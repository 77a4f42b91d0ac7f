/**
 * Messages that are touched one by one, as /control tells of them and takes orders for them. A WebSocket is a stream, so to
 * drop, double or overtake is "datagram mode": the protocol sees it, and mends what it does by connecting anew.
 */

import type { NoteId, ReplicaId } from "../base/ids.ts";
import type { Direction } from "../network/link.ts";
import type { NodeId } from "../network/node-pair.ts";

/** Which directions of a replica's links hold what comes. */
export interface HeldDirections {
  readonly up: boolean;
  readonly down: boolean;
}

/** A message on its way. */
export interface HeldMessage {
  /** Counts from 0 in its link. */
  readonly id: number;
  /** The frame's type; null: unreadable. */
  readonly name: string | null;
  readonly bytes: number;
  readonly ageMs: number;
  /** When it arrives, from now; null: held. */
  readonly dueInMs: number | null;
  /** How much of its way it has behind it, 0 to 1. */
  readonly share: number;
  /** Absent where it is told all the time: it can be looked into. */
  readonly summary?: string;
}

/** One direction of one connection, with what is on its way: the first to arrive first. */
export interface HeldLink {
  readonly link: string;
  readonly replicaId: ReplicaId;
  readonly direction: Direction;
  readonly isHeld: boolean;
  /** At most 40; the first to arrive. */
  readonly messages: readonly HeldMessage[];
  /** How many more there are. */
  readonly more: number;
  /** Where those and the more are on the average, and when the last arrives; absent: it was not asked for. */
  readonly middle?: Middle;
}

/** Several messages as one. */
export interface Middle {
  readonly share: number;
  /** null: all of them are held. */
  readonly dueInMs: number | null;
}

/** A message from one node to another, of whatever note. Nobody touches it. */
export interface NodeFlight {
  readonly from: NodeId;
  readonly to: NodeId;
  /** Counts from 0 in its connection. */
  readonly id: number;
  readonly dueInMs: number | null;
  readonly share: number;
  /** How many it stands for, at their middle; absent: itself. */
  readonly count?: number;
}

/** `earlier` and `later`: before the one ahead of it, behind the one after it. */
export type MessageAct = "deliver" | "deliver-all" | "drop" | "duplicate" | "delay" | "earlier" | "later";

/** The same over HTTP (server/README.md) and on the control socket. */
export type HoldCommand =
  /** Of the replica's connections to notes, not to the list of notes: that one goes on. A direction that is not named stays as it is. */
  | { readonly type: "hold"; readonly replicaId: ReplicaId; readonly up?: boolean | undefined; readonly down?: boolean | undefined }
  /** Without `id` the first to arrive; `deliver-all` takes none. `delay` needs `ms`. */
  | {
      readonly type: "message";
      readonly link: string;
      readonly act: MessageAct;
      readonly id?: number | undefined;
      readonly ms?: number | undefined;
    }
  /** Answered by `inspected` to whoever asks. */
  | { readonly type: "inspect-message"; readonly link: string; readonly id: number };

export interface InspectedHeld {
  readonly link: string;
  readonly id: number;
  /** The first bytes. */
  readonly hex: string;
  /** What it says, a line for each thing. */
  readonly lines: readonly string[];
  /** What the update inside carries: insertions, deletions, assignments. Empty where there is none. */
  readonly contents: readonly string[];
}

/** `GET /control/messages?note=<noteId>` */
export interface MessagesAnswer {
  readonly noteId: NoteId;
  readonly links: readonly HeldLink[];
}
