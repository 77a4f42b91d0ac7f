/** What a sandbox shows of itself: plain data, which crosses to a page as it is. */

import type { LinkConditions } from "../network/conditions.ts";
import type { LockState } from "../strategy/strategy.ts";
import type { ProviderState } from "../sync/provider.ts";
import type { Fields } from "./played.ts";
import type { NodeOrder, NodeState } from "./stage.ts";

export interface CaretView {
  readonly replica: number;
  readonly anchor: number;
  readonly head: number;
}

export interface ReplicaView {
  readonly connection: ProviderState;
  readonly unsaved: number;
  /** Why own edits are not being committed; null where nothing stands against it. */
  readonly pause: string | null;
  readonly isBot: boolean;
  readonly up: LinkConditions;
  readonly down: LinkConditions;
  readonly clockOffsetMs: number;
  /** Of the text; 16 hex digits. */
  readonly hash: string;
  readonly length: number;
  /** Of the others, as far as this replica has heard of them. */
  readonly carets: readonly CaretView[];
  /** Its time is since the beginning. */
  readonly lock: LockState | null;
  /** The node that it is on, from 0. */
  readonly node: number;
  /** Unsent work that it had to give up. */
  readonly draft: string | null;
  /** What it shows of the metadata; null: there is none in this run. */
  readonly fields: Fields | null;
}

/** What there is to see of a replica besides its text. */
export type ReplicaFacts = Omit<ReplicaView, "hash" | "length" | "carets">;

export interface NodeView {
  readonly state: NodeState;
  /** Whether it orders the note now, as far as it knows. */
  readonly isLeader: boolean;
  /** Other nodes that it is in touch with, counted from 0. */
  readonly reaches: readonly number[];
  /** Of a note with one order on several nodes what this one has of it; null: there is none, or it is down. */
  readonly order: NodeOrder | null;
  /** What it holds in memory, the beginning of it; null: nothing, it is down or nobody has opened the note there. */
  readonly text: string | null;
  /** Of all of it. */
  readonly hash: string | null;
  readonly fields: Fields | null;
}

/** What there is to see of a node besides what it holds. */
export type NodeFacts = Omit<NodeView, "text" | "hash">;

/** One direction of the link between two nodes, counted from 0. */
export interface NodeLinkView {
  readonly from: number;
  readonly to: number;
  readonly isCut: boolean;
  readonly latencyMs: number;
}

/** A message on its way between two lanes. */
export interface MessageView {
  readonly message: number;
  readonly from: number;
  readonly to: number;
  /** The frame's name in frames.ts, or in node-frames.ts. */
  readonly name: string;
  readonly bytes: number;
  /** Since the beginning, as all times; null: held. */
  readonly sentAtMs: number;
  readonly dueMs: number | null;
  /** How much of its way it has behind it, 0 to 1. */
  readonly share: number;
}

/** The world as it was after an event: what was there to see then, and nothing of what came later. */
export interface MomentView {
  /** -1: at the beginning. */
  readonly n: number;
  readonly atMs: number;
  readonly texts: readonly string[];
  /** Who held the same text as whom, as in `Agreement`. */
  readonly groups: readonly number[];
  /** Without carets: nobody points at a text that is past. */
  readonly replicas: readonly ReplicaView[];
  readonly nodes: readonly NodeView[];
  readonly nodeLinks: readonly NodeLinkView[];
  readonly messages: readonly MessageView[];
  readonly isHeld: boolean;
  /** How many writes had been thrown away. */
  readonly losses: number;
}
