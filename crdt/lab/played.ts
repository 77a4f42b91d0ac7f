/** What came out of one run. */

import type { Loss, StrategyName } from "../strategy/strategy.ts";
import type { EngineName } from "./meta-engines.ts";
import type { MetaView } from "./meta-replica.ts";
import type { Action, ReplicaName } from "./script.ts";

/** Metadata as a reader of a replica sees it, and the lock where a node keeps one by itself. */
export type Fields = MetaView & { readonly lock?: ReplicaName | null };

export interface Played {
  readonly strategy: StrategyName;
  /** What held the metadata, where that was chosen. */
  readonly engine: EngineName | null;
  readonly texts: Readonly<Partial<Record<ReplicaName, string>>>;
  /** The node's; of several, the first's that runs. */
  readonly serverText: string;
  /** Of every node that runs. */
  readonly nodeTexts: Readonly<Record<string, string>>;
  /** Whose edits are not being saved, and who knows it. */
  readonly paused: readonly ReplicaName[];
  /** Whether all replicas and all nodes that run are equal in content and in structure. */
  readonly isConverged: boolean;
  readonly losses: readonly Loss[];
  /** Edits that stand alone: nothing of them is lost. */
  readonly orphans: readonly Loss[];
  /** Characters that were typed and that a rule threw away. */
  readonly lost: number;
  /** The node's, of structure: equal for equal copies. */
  readonly hash: string;
  /** Texts that the node holds side by side, where there are several. */
  readonly siblings: readonly string[];
  /** Edits that a strategy did not take. */
  readonly refusals: readonly { readonly by: ReplicaName; readonly reason: string }[];
  /** Steps that could not be taken, and why. */
  readonly skipped: readonly { readonly step: Action["do"]; readonly by: ReplicaName | null; readonly reason: string }[];
  /** Unsent work that a replica had to give up. */
  readonly drafts: Readonly<Partial<Record<ReplicaName, string>>>;
  /** Of scenarios with metadata; empty otherwise. `S1`: the node's. */
  readonly fields: Readonly<Partial<Record<ReplicaName | "S1", Fields>>>;
  /** Messages with a part of the note that reached replicas after the beginning. */
  readonly messages: number;
  /** Edits whose place was not in the text that the replica then had. */
  readonly misplaced: number;
  /** Whether the world came to rest after each sync, and at the end. */
  readonly isAtRest: boolean;
  /** Who was in the last sync: their text is what came out. Everybody, where nothing was cut. */
  readonly lastSynced: readonly ReplicaName[];
}
