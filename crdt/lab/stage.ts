/** What whoever plays needs of a world, whether that has one node (world.ts) or several (fabric-world.ts). */

import type { VirtualClock } from "../base/clock.ts";
import type { ReplicaId } from "../base/ids.ts";
import type { JournalRing } from "../base/journal.ts";
import type { Prng } from "../base/prng.ts";
import type { WallClock } from "../base/wall-clock.ts";
import type { FaultBoard } from "../network/fault-board.ts";
import type { NodeId } from "../network/node-pair.ts";
import type { Loss, NoteRelay, Replica } from "../strategy/strategy.ts";
import type { MemoryStore } from "../sync/local-store.ts";
import type { NoteSession } from "../sync/note-session.ts";

/** A replica of a world. */
export interface Actor {
  readonly id: ReplicaId;
  note: NoteSession;
  /** What a reload finds. */
  readonly store: MemoryStore;
  readonly wall: WallClock;
  readonly prng: Prng;
  /** A session on what is stored: a reload, once the one before is closed. */
  openNote(): NoteSession;
}

/** What a node is doing. */
export type NodeState = "up" | "paused" | "down";

/** What a node has of the order of a note. */
export interface NodeOrder {
  /** Under which it may write; of one that may not, the highest that it has promised somebody. */
  readonly token: number;
  readonly entries: number;
  /** How many of them are committed, as far as it knows. */
  readonly committed: number;
}

export interface Stage {
  readonly clock: VirtualClock;
  readonly journal: JournalRing;
  /** Of the links between replicas and their nodes. */
  readonly board: FaultBoard;
  readonly losses: readonly Loss[];
  /** Edits that stand alone, as the sessions found them; nothing of them is lost. */
  readonly orphans: readonly Loss[];
  /** What entered links between nodes since the world began; null: there is one node. */
  readonly nodeTraffic: { readonly messages: number; readonly bytes: number } | null;
  readonly members: readonly Actor[];
  /** S1, S2 and so on. */
  readonly nodeIds: readonly NodeId[];
  /** Its copy stands for what the nodes hold: the first that runs. */
  readonly node: { readonly replica: Replica; readonly relay: NoteRelay };
  /** What a node holds in memory; null while it is down or has not opened the note. */
  copyOf(node: NodeId): Replica | null;
  stateOf(node: NodeId): NodeState;
  /** Whether a node orders the note now, as it believes itself; where any node may write, none does. */
  leads(node: NodeId): boolean;
  /** Other nodes that a node is in touch with. */
  reachOf(node: NodeId): readonly NodeId[];
  /** null: nothing is ordered between nodes here, or this one is down. */
  orderOf(node: NodeId): NodeOrder | null;
  /** Adds a replica; connect it with `start` of its session. `n` is its number: ids order as numbers do. */
  join(n: number, at?: NodeId): Actor;
  leave(member: Actor): void;
  /** Nothing passes between this replica and its node, in either direction; the connection stays up. */
  cut(member: Actor): void;
  heal(member: Actor): void;
  /** Ends this replica's connections, as a broken network does. They are made again. */
  reset(member: Actor): void;
  isCut(member: Actor): boolean;
  /** Told after each change of a link, by its key on its board, and whether it is cut then. Returns how to stop. */
  onLink(listener: (link: string, isCut: boolean) => void): () => void;
  run(durationMs: number): Promise<void>;
  /** Runs until whoever can has said and heard everything; false where that does not come about. */
  quiesce(): Promise<boolean>;
  close(): void;
}

/** Tells of each change of a link of `board`. Returns how to stop. */
export function linkListener<Key extends string>(board: FaultBoard<Key>, listener: (link: string, isCut: boolean) => void): () => void {
  return board.subscribe((key) => {
    const { up, down } = board.get(key);
    listener(key, up.cut !== "open" || down.cut !== "open");
  });
}
