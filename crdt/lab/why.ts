/**
 * Why a character is where it is: who typed it, what they saw, who competed for the place, and what decided. Everything
 * comes from what a copy says of itself (`Replica.inspect`) and from what the run recorded; what neither knows is
 * said to be not recorded. No strategy is known here by name.
 */

import type { ReplicaId } from "../base/ids.ts";
import type { Inspection } from "../strategy/strategy.ts";
import type { RunFacts, Seen } from "./run-facts.ts";
import { whyCommitted } from "./why-order.ts";
import { whyWritten } from "./why-register.ts";
import { whyPlaced } from "./why-sequence.ts";

/** One comparison of the character's run with one that competed for its place. */
export interface Rival {
  readonly id: string;
  readonly author: ReplicaId;
  /** What it says; empty when it is deleted and its text is gone. */
  readonly text: string;
  /** Whether the character asked about stands before it. */
  readonly isBefore: boolean;
  /** What was compared; null: no single comparison decides. */
  readonly key: RivalKey | null;
  /** The two sides of the comparison, in words: the character's, the rival's. */
  readonly own: string;
  readonly theirs: string;
  /** Whether only the order of ids decided. */
  readonly isArbitrary: boolean;
  readonly event: number | null;
  /** What competed, and what decided. */
  readonly sentence: string;
}

export type RivalKey = "side" | "right-origin" | "lamport" | "id" | "saw" | "stamp" | "order";

/** One step of a chain of transforms. */
export interface Transform {
  /** The committed entry that the edit was moved over. */
  readonly over: number;
  readonly author: ReplicaId;
  readonly before: number;
  readonly after: number;
}

export interface Deletion {
  readonly id: string;
  readonly author: ReplicaId;
  readonly event: number | null;
}

export interface Why {
  readonly char: string;
  /** `replica:seq`; null: the strategy gives characters no ids. */
  readonly id: string | null;
  /** Who typed it; null: not recorded. */
  readonly author: ReplicaId | null;
  readonly isDeleted: boolean;
  /** The event at which it was typed; null: before the run, or not recorded. */
  readonly event: number | null;
  readonly atMs: number | null;
  readonly seen: Seen | null;
  readonly rivals: readonly Rival[];
  readonly transforms: readonly Transform[];
  /** null: the strategy does not record who deletes. */
  readonly deletedBy: readonly Deletion[] | null;
  /** All of it, to be read. */
  readonly sentences: readonly string[];
}

export interface WhyQuestion {
  readonly inspection: Inspection;
  /** What the copy shows. */
  readonly text: string;
  readonly nameOf: (replica: ReplicaId) => string;
  /** null: there is no run on record. */
  readonly facts: RunFacts | null;
}

/** What is asked about: a character of the text, or an item of the inspection, deleted or not. */
export type WhyTarget = { readonly index: number } | { readonly item: string };

/** null: nothing is there. Cost: linear in what the copy holds, at least. */
export function whyCharacter(question: WhyQuestion, target: WhyTarget): Why | null {
  const { inspection, text } = question;
  if (inspection.order !== undefined) return whyPlaced(question, inspection.order, target);
  const index = "index" in target ? target.index : indexOfItem(inspection, target.item);
  if (index === null || !(index >= 0 && index < text.length)) return null;
  if (inspection.log !== undefined) return whyCommitted(question, inspection.log, index);
  return whyWritten(question, inspection.writes ?? [], index);
}

function indexOfItem({ items }: Inspection, id: string): number | null {
  let index = 0;
  for (const item of items) {
    if (item.id === id) return item.isDeleted ? null : index;
    if (!item.isDeleted) index += item.length;
  }
  return null;
}
