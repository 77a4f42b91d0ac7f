/**
 * What travels on /control: JSON, never subject to faults. Types only; the server parses what it is
 * sent (server/faults/control-schema.ts). Digests and hashes travel here and never on /sync.
 */

import type { Epoch, NoteId, ReplicaId } from "../base/ids.ts";
import type { JournalEntry } from "../base/journal.ts";
import type { LinkConditions, PresetName, ReplicaConditions } from "../network/conditions.ts";
import type { NodeId } from "../network/node-pair.ts";
import type { Loss, StrategyName } from "../strategy/strategy.ts";
import type { BucketGauge, Rate } from "./rate-board.ts";
import type { RoomCounts } from "./room.ts";

/** A replica's own account of itself. `seen` is base64. Sent by a tab at most every 100 ms, when something changed. */
export interface ReplicaDigest {
  readonly contentHash: string;
  readonly structureHash: string;
  readonly seen: string;
  /** Edits not yet saved by the server. */
  readonly unacknowledged: number;
  /** Updates waiting for others. */
  readonly buffered: number;
  /** Characters in the text. */
  readonly length: number;
}

/** One row of the replicas list: an open tab, a stock client, or the node itself. */
export interface ReplicaStatus {
  readonly replicaId: ReplicaId;
  readonly kind: "tab" | "stock" | "node";
  readonly name: string;
  /** 0 to 7, an index into the palette. */
  readonly colour: number;
  readonly noteId: NoteId;
  readonly strategy: StrategyName | null;
  /** Whether a /sync connection of this replica to this note is up as far as the server can see. */
  readonly isConnected: boolean;
  /** The node that it sits on, or is; null where it has no connection. */
  readonly node?: NodeId | null;
  readonly conditions: ReplicaConditions;
  /** Server time at which this replica was last cut, by hand or by a flap; null while both directions pass. */
  readonly cutSinceMs: number | null;
  /** null: not reported (stock clients cannot). */
  readonly digest: ReplicaDigest | null;
  /** Measured by heartbeat through the links; null before the first. */
  readonly roundTripMs: number | null;
  /** How fast it may send: the emptiest bucket of its connections; null while it has none. */
  readonly bucket: BucketGauge | null;
}

export type ControlCommand =
  | {
      readonly type: "set-links";
      readonly replicaId: ReplicaId;
      readonly up?: Partial<LinkConditions>;
      readonly down?: Partial<LinkConditions>;
    }
  | { readonly type: "preset"; readonly replicaId: ReplicaId; readonly preset: PresetName }
  /** null: as fast as everybody. */
  | { readonly type: "set-rate"; readonly replicaId: ReplicaId; readonly rate: Rate | null }
  | { readonly type: "heal"; readonly replicaId?: ReplicaId | undefined };

/** From a tab. `hello` is first, and again whenever the tab shows another note. */
export type ControlRequest =
  | {
      readonly type: "hello";
      readonly replicaId: ReplicaId;
      readonly noteId: NoteId;
      readonly strategy: StrategyName;
      readonly name: string | null;
      /** What this tab holds of the note: a link's capability, or the owner's token. */
      readonly capability?: string | undefined;
    }
  | { readonly type: "report"; readonly noteId: NoteId; readonly digest: ReplicaDigest; readonly roundTripMs: number | null }
  /** What this tab wrote down, stamped with the server's time. */
  | { readonly type: "journal"; readonly entries: readonly JournalEntry[] }
  | ControlCommand;

export interface NoteLedger {
  readonly noteId: NoteId;
  /** Text and title losses, oldest first. */
  readonly losses: readonly LedgerEntry[];
  readonly typed: number;
  readonly kept: number;
}

export interface LedgerEntry {
  readonly loss: Loss;
  /** The names under which these replicas were last known, if they were. */
  readonly authorName: string | null;
  readonly winnerName: string | null;
  /** Server time when the room found it. */
  readonly foundAtMs: number;
}

/** From the server. */
export type ControlEvent =
  /** Answers `hello`. */
  | {
      readonly type: "welcome";
      readonly replicaId: ReplicaId;
      readonly name: string;
      readonly colour: number;
      readonly serverNowMs: number;
      /** Whether this tab may set conditions; absent from servers that ask nobody. */
      readonly mayBreak?: boolean;
    }
  /** All rows of one note; sent on every change, at most every 50 ms. `healAtMs`: when faults heal by themselves, null while there are none. */
  | {
      readonly type: "replicas";
      readonly noteId: NoteId;
      readonly epoch: Epoch | null;
      readonly replicas: readonly ReplicaStatus[];
      readonly healAtMs: number | null;
      readonly serverNowMs: number;
      /** What the note's room has done since it was opened; null while it is not open. */
      readonly room: RoomCounts | null;
    }
  | { readonly type: "ledger"; readonly ledger: NoteLedger }
  /** The command or report could not be taken; nothing changed. */
  | { readonly type: "error"; readonly message: string };

/** `GET /control/notes/<noteId>`. */
export interface NoteAnswer {
  readonly noteId: NoteId;
  readonly strategy: StrategyName;
}

/** `GET /control/journal/<noteId>`: what tabs and the node wrote down, oldest first, by the server's clock. */
export interface JournalAnswer {
  readonly entries: readonly JournalEntry[];
}

/** `GET /control/replicas` */
export interface ReplicasAnswer {
  readonly replicas: readonly ReplicaStatus[];
  readonly healAtMs: number | null;
  readonly serverNowMs: number;
}
