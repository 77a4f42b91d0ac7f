/** What a sandbox shows of itself: plain data, which crosses to a page as it is. */

import type { LinkConditions } from "../network/conditions.ts";
import type { LockState } from "../strategy/strategy.ts";
import type { ProviderState } from "../sync/provider.ts";
import type { Fields } from "./played.ts";
import type { NodeState } from "./stage.ts";

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
  readonly lock: LockState | null;
  /** The node that it is on, from 0. */
  readonly node: number;
  /** Unsent work that it had to give up. */
  readonly draft: string | null;
  /** What it shows of the metadata; null: there is none in this run. */
  readonly fields: Fields | null;
}

export interface NodeView {
  readonly state: NodeState;
  /** Whether it orders the note now, as far as it knows. */
  readonly isLeader: boolean;
  /** What it holds in memory, the beginning of it; null: nothing, it is down or nobody has opened the note there. */
  readonly text: string | null;
  /** Of all of it. */
  readonly hash: string | null;
  readonly fields: Fields | null;
}

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
