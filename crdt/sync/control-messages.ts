/**
 * What travels on /control: JSON, never subject to faults. Types only; the server parses what it is
 * sent (server/faults/control-schema.ts). Digests and hashes travel here and never on /sync.
 */

import type { Epoch, NoteId, ReplicaId } from "../base/ids.ts";
import type { JournalEntry } from "../base/journal.ts";
import type { ClockSetting } from "../base/wall-clock.ts";
import type { ClockKind } from "../causal/stamp-clock.ts";
import type { LinkConditions, PresetName, ReplicaConditions } from "../network/conditions.ts";
import type { DirectedCut, Island } from "../network/cuts.ts";
import type { NodeId } from "../network/node-pair.ts";
import type { CutKind } from "../network/partitions.ts";
import type { Loss, StrategyName } from "../strategy/strategy.ts";
import type { Stranded } from "./orphan-watch.ts";
import type { ClockPatch } from "./clock-board.ts";
import type { HeldDirections, HeldLink, HoldCommand, InspectedHeld, NodeFlight } from "./held-messages.ts";
import type { LossClocks } from "./lateness.ts";
import type { LeaseCommand } from "./lease-messages.ts";
import type { LanePatch, PresenceConditions } from "./presence-board.ts";
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
  /** Which directions hold their messages; absent: none. */
  readonly held?: HeldDirections;
  /** Server time at which this replica was last cut, by hand or by a flap; null while both directions pass. */
  readonly cutSinceMs: number | null;
  /** null: not reported (stock clients cannot). */
  readonly digest: ReplicaDigest | null;
  /** Measured by heartbeat through the links; null before the first. */
  readonly roundTripMs: number | null;
  /** How fast it may send: the emptiest bucket of its connections; null while it has none. */
  readonly bucket: BucketGauge | null;
  /** Faults of its presence alone; absent: none. */
  readonly presence?: PresenceConditions;
  /** How far its clock was set off; absent: it was not. */
  readonly clock?: ClockSetting;
}

/** What can be done to one node. `ms`: of `pause` for how long (10 s unless said), of `slow-disk` how much longer each commit takes. */
export type NodeAction = "crash" | "restart" | "pause" | "resume" | "slow-disk" | "lose-disk";

/** Which ends can reach each other. An end is a node (S1), a replica's id, or the name that it has here. */
export interface PartitionPlan {
  /** Ends that are not in one group are cut from each other, both ways; an end in several is a bridge. Ends that are not named keep their links. */
  readonly groups?: readonly (readonly string[])[];
  /** `split`: nodes in two halves. `isolate`: `end` from everybody. `ring`: each node from all but its neighbours. `bridge`: two halves that `end` connects. Clients stay with their node. */
  readonly preset?: "split" | "isolate" | "ring" | "bridge";
  readonly end?: string;
  /** These directions, as they are. */
  readonly cuts?: readonly DirectedCut[];
  readonly kind?: CutKind;
}

/** What can be done to the nodes and to all links. The same over HTTP (server/README.md) and here. */
export type FabricCommand =
  /** Cuts these too: directions (`cuts`) or links both ways (`links`). */
  | {
      readonly type: "cut";
      readonly cuts?: readonly DirectedCut[];
      readonly links?: readonly (readonly [string, string])[];
      readonly kind?: CutKind;
    }
  /** Heals these and leaves the others. */
  | { readonly type: "mend"; readonly cuts?: readonly DirectedCut[]; readonly links?: readonly (readonly [string, string])[] }
  /** These cuts, and no others; heals after `healAfterMs` if that is given. */
  | ({ readonly type: "partition"; readonly healAfterMs?: number } & PartitionPlan)
  /** At `atMs` from now these cuts, and no others; a step without any heals. Takes the place of the schedule that was there. */
  | { readonly type: "schedule"; readonly steps: readonly ({ readonly atMs: number } & PartitionPlan)[] }
  /** Conditions between two nodes; `up` is from the first to the second. */
  | {
      readonly type: "set-node-link";
      readonly nodes: readonly [string, string];
      readonly up?: Partial<LinkConditions>;
      readonly down?: Partial<LinkConditions>;
    }
  | { readonly type: "node"; readonly node: string; readonly action: NodeAction; readonly ms?: number }
  /** The replica's connections end (4307), and it comes to that node. */
  | { readonly type: "move"; readonly replica: string; readonly node: string };

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
  /** Faults of its presence alone. */
  | {
      readonly type: "set-presence";
      readonly replicaId: ReplicaId;
      readonly up?: LanePatch | undefined;
      readonly down?: LanePatch | undefined;
    }
  /** The clock that the replica stamps its writes with; null: the true time. */
  | { readonly type: "set-clock"; readonly replicaId: ReplicaId; readonly clock: ClockPatch | null }
  /** The clock of a node: what it stamps with, and what tabs on it stamp with by node time. Its timers, and its lease, keep the true time. */
  | { readonly type: "set-node-clock"; readonly node: string; readonly clock: ClockPatch | null }
  /** What writes of the note and of its title are stamped with, wherever a stamp decides. */
  | { readonly type: "set-stamps"; readonly noteId: NoteId; readonly kind: ClockKind }
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
      /** Whether it is told what is on its way, as `watch` says; absent: it is. */
      readonly messages?: boolean | undefined;
    }
  /** Asks for a sign of life, which is `beat` again. */
  | { readonly type: "beat" }
  /** From now on tell, or do not tell, what is on its way. */
  | { readonly type: "watch"; readonly messages: boolean }
  | { readonly type: "report"; readonly noteId: NoteId; readonly digest: ReplicaDigest; readonly roundTripMs: number | null }
  /** What this tab wrote down, stamped with the server's time. */
  | { readonly type: "journal"; readonly entries: readonly JournalEntry[] }
  /** Own text stands alone: the note's other tabs are told, past all faults. */
  | { readonly type: "stranded"; readonly noteId: NoteId; readonly stranded: Stranded }
  /** A deletion made here has orphaned somebody's text: a row of the ledger. */
  | { readonly type: "orphan"; readonly noteId: NoteId; readonly loss: Loss }
  | ControlCommand
  | FabricCommand
  | HoldCommand
  | LeaseCommand;

/** A node's part in the order of an ordered note. */
export interface NodeOrder {
  /** Who leads, as far as this node knows. */
  readonly leader: NodeId | null;
  /** The fencing token under which this node may write; null: it may not. */
  readonly token: number | null;
  /** The highest token that it has promised: it takes nothing below. */
  readonly promised: number;
  /** Entries of the log that it has, and how many of them it knows to be committed. */
  readonly length: number;
  readonly committed: number;
  /** Why it cannot order now, in a sentence; null: it can. */
  readonly reason: string | null;
}

/** What a node has of the note that is looked at. */
export interface NodeNote {
  readonly epoch: Epoch | null;
  /** Of its copy; null while it is not open there. */
  readonly digest: ReplicaDigest | null;
  /** Updates in its log, and how many of them are durable. */
  readonly position: number;
  readonly durable: number;
  /** What the note's room there has done since it was opened; null while it is not open. */
  readonly room: RoomCounts | null;
  /** null: any node may write. */
  readonly order: NodeOrder | null;
}

export interface NodeStatus {
  readonly id: NodeId;
  readonly state: "up" | "paused" | "down" | "starting";
  readonly pausedUntilMs: number | null;
  readonly disk: {
    /** How much longer each commit takes. */
    readonly extraMs: number;
    /** Whether it can vouch for what it holds: a new one cannot before it has heard from every other node. */
    readonly isSettled: boolean;
    /** Why nothing can be saved on it, in words for people; null: it can. */
    readonly trouble: string | null;
  };
  /** Nodes that it is in touch with, itself included. */
  readonly reach: readonly NodeId[];
  readonly clients: readonly ReplicaId[];
  /** How far its clock was set off; absent: it was not. */
  readonly clock?: ClockSetting;
  /** null while the node is down, or where no note was asked for. */
  readonly note: NodeNote | null;
}

/** One link between two nodes; `from` is the one whose name comes first, `up` its direction. */
export interface NodeLinkStatus {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly conditions: ReplicaConditions;
  /** Whether both ends take it for up. */
  readonly isUp: boolean;
  readonly cutSinceMs: number | null;
}

/** `GET /control/nodes?note=<noteId>`: the nodes, what joins them, and what can reach what. */
export interface NodesAnswer {
  readonly nodes: readonly NodeStatus[];
  readonly links: readonly NodeLinkStatus[];
  /** Every direction that is cut, of clients' links too, by node and replica id. */
  readonly cuts: readonly (DirectedCut & { readonly kind: CutKind })[];
  /** Ends that all reach each other. */
  readonly islands: readonly Island[];
  /** In plain words what cannot reach what. */
  readonly sentences: readonly string[];
  /** Steps of the schedule that are still to come, at server times. */
  readonly schedule: readonly { readonly atMs: number; readonly cuts: readonly DirectedCut[] }[];
  readonly healAtMs: number | null;
  readonly serverNowMs: number;
}

export interface NoteLedger {
  readonly noteId: NoteId;
  /** Text and title losses, oldest first, and texts that stand alone. */
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
  /** When both writes were really made; absent: that cannot be told from their stamps, or stamps decide nothing here. */
  readonly clocks?: LossClocks;
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
      readonly clock?: ClockSetting;
      readonly stamps?: ClockKind;
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
      /** What the note is stamped with; absent: the wall clock. */
      readonly stamps?: ClockKind;
    }
  | { readonly type: "ledger"; readonly ledger: NoteLedger }
  /**
   * What is on its way in the note's links, and between nodes, for those who watch it; sent when that changes, at most every 50 ms,
   * where it is many every 100 ms. At most 40 single messages of all links together (told-messages.ts).
   */
  | {
      readonly type: "messages";
      readonly noteId: NoteId;
      readonly links: readonly HeldLink[];
      readonly nodes: readonly NodeFlight[];
    }
  /** Somebody's text stands alone, as their tab says. */
  | { readonly type: "stranded"; readonly noteId: NoteId; readonly stranded: Stranded }
  /** Answers `inspect-message`. */
  | ({ readonly type: "inspected" } & InspectedHeld)
  /** From servers of several nodes: with every telling of replicas, and when something about a node has changed. */
  | ({ readonly type: "nodes"; readonly noteId: NoteId } & NodesAnswer)
  /** Answers `beat`. */
  | { readonly type: "beat" }
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

/** `GET` and `PUT /control/stamps/<noteId>`: what the note is stamped with. */
export interface StampsAnswer {
  readonly noteId: NoteId;
  readonly kind: ClockKind;
}
