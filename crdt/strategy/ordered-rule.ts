/**
 * What the server-ordered strategies differ in: how the node decides about a proposal (ordered-relay.ts asks), and what
 * becomes of a tab's edits when somebody else's were committed first (ordered-copy.ts asks). All else they share.
 */

import type { ReplicaId } from "../base/ids.ts";
import type { Splice } from "../base/splice.ts";
import type { Action, Entry, FullSplice, LockRecord, Proposal } from "./ordered-codec.ts";
import type { OrderedLog } from "./ordered-log.ts";
import type { Lock, LockChange, StrategyName, Traits } from "./strategy.ts";

/** Own edits that are not committed, as they stand on the committed text with those before them. */
export interface Pending {
  readonly first: number;
  readonly last: number;
  /** The committed index that they were made on, where they do not move along. */
  readonly base: number;
  readonly atMs: number;
  readonly action: Action;
  readonly lockToken: number;
  readonly splices: readonly Splice[];
  /** As it was typed, where a strategy makes it anew from that. */
  readonly typed?: readonly Splice[];
  /** What was typed, where a strategy does not move it along. */
  readonly intent: readonly FullSplice[];
  readonly text: string | null;
}

/** What somebody else's committed entries did while a tab had edits of its own. */
export interface Overtaken {
  /** The committed text before and after. */
  readonly before: string;
  readonly after: string;
  /** What the tab shows: `before` with `pending` in it. */
  readonly view: string;
  readonly pending: readonly Pending[];
}

/** What the node does with a proposal. */
export type Decision =
  | { readonly kind: "commit"; readonly entry: Pick<Entry, "kind" | "splices" | "lock"> }
  /** The tab must make it anew on the newest text. */
  | { readonly kind: "stale" };

/** What the node decides from. */
export interface Case {
  readonly log: OrderedLog;
  readonly proposal: Proposal;
  /** The proposal's splices moved over what was committed since they were made; null when that cannot be told any more. */
  moved(): readonly Splice[] | null;
  /** Whether anybody else's entry changed the text since the proposal was made. */
  readonly isStale: boolean;
  /** By the clock of the node that orders. */
  readonly nowMs: number;
  /** How long a lock is held after the last sign of its holder. */
  readonly lockTtlMs: number;
}

/** Who wants to edit a copy, and when. */
export interface Gate {
  readonly self: ReplicaId;
  /** By the copy's own clock. */
  readonly nowMs: number;
  /** What another is called; null: not known here. */
  readonly nameOf: (replica: ReplicaId) => string | null;
}

/** What a lock sees of the copy that it is on. */
export interface LockCopy {
  readonly self: ReplicaId;
  readonly log: Pick<OrderedLog, "lock">;
  /** Proposes something that is not an edit; the bytes are to be stored and sent. */
  propose(action: Action, lockToken: number): Uint8Array;
}

export interface OrderedRule {
  readonly name: StrategyName;
  readonly traits: Traits;
  /** Whether an edit proposes the whole text. */
  readonly isWhole: boolean;
  /** `rebase`: edits are moved over the entries one by one. `retry`: `overtaken` makes them anew, and they are proposed again. `keep`: they stand. */
  readonly whenOvertaken: "rebase" | "retry" | "keep";
  decide(input: Case): Decision;
  overtaken?(input: Overtaken, memory: Map<string, string>): readonly Pending[];
  /** What the node does by itself when nobody proposes; null: nothing. @returns the entry and when to ask again. */
  tick?(log: OrderedLog, nowMs: number): { readonly entry: Pick<Entry, "lock"> | null; readonly nextMs: number | null };
  /** Why this copy may not edit now; null: it may. `lockToken` goes with the edit. */
  gate?(log: OrderedLog, gate: Gate): { readonly reason: string | null; readonly lockToken: number };
  /** For strategies whose writers must hold a lock. */
  openLock?(copy: LockCopy): Lock;
  /** For the same: the lock after what a node does to it; null: it is so already. */
  changed?(lock: LockRecord, change: LockChange, nowMs: number): LockRecord | null;
}
