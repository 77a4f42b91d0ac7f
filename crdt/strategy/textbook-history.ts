/**
 * What each agent has done, by its own numbers: its insertions are read off the tree, its deletions are kept here. So what
 * somebody lacks is found by number, whatever else there is, and whatever comes while it is written down.
 */

import { assert } from "../base/assert.ts";
import { countHolding } from "../base/bisect.ts";
import { compareIds, type ReplicaId } from "../base/ids.ts";
import { stepsOf } from "../base/steps.ts";
import type { VersionVector } from "../causal/version-vector.ts";
import { goesOn, type OrderRules, type RunTree, type TextRun } from "../textbook/run-tree.ts";
import { type DeleteOp, type InsertOp, type Op, OpWriter, sizeOf, trimmed } from "./textbook-ops.ts";

/** Runs and deletions that are written down in one step: some 1 us each. */
const WRITTEN_PER_STEP = 2_000;

export class OpHistory {
  readonly #rules: OrderRules;
  readonly #tree: RunTree;
  /** How many numbers of each agent are integrated. */
  readonly #counts = new Map<ReplicaId, number>();
  /** Ascending. */
  readonly #deletes = new Map<ReplicaId, DeleteOp[]>();

  /** `tree` holds what is inserted. */
  constructor(rules: OrderRules, tree: RunTree) {
    this.#rules = rules;
    this.#tree = tree;
  }

  /** How many numbers of `agent` are integrated. */
  countOf(agent: ReplicaId): number {
    return this.#counts.get(agent) ?? 0;
  }

  get vector(): VersionVector {
    return this.#counts;
  }

  get deletes(): DeleteOp[] {
    return [...this.#deletes.values()].flat();
  }

  /** `op`, the next of its agent, is being integrated. */
  add(op: Op): void {
    this.#counts.set(op.agent, op.seq + sizeOf(op));
    if (op.kind === "insert") return;
    const own = this.#deletes.get(op.agent);
    if (own === undefined) this.#deletes.set(op.agent, [op]);
    else own.push(op);
  }

  /** What the holder of `known` lacks now, whatever comes until it is written. Cost: linear in that. */
  since(known: VersionVector): Generator<void, Uint8Array> {
    return this.#written(known, new Map(this.#counts));
  }

  checkInvariants(): void {
    for (const [agent, count] of this.#counts) {
      const inserted = this.#tree.runsOf(agent).reduce((sum, { text }) => sum + text.length, 0);
      const deleted = (this.#deletes.get(agent) ?? []).reduce((sum, op) => sum + op.count, 0);
      assert(inserted + deleted === count, `Agent ${agent}: ${inserted} inserts and ${deleted} deletes, but the vector says ${count}`);
    }
  }

  /** The operations of each agent from its number in `known` to that in `until`. */
  *#written(known: VersionVector, until: VersionVector): Generator<void, Uint8Array> {
    const writer = new OpWriter(this.#rules);
    const isStepOver = stepsOf(WRITTEN_PER_STEP);
    for (const agent of [...until.keys()].sort(compareIds)) {
      const to = until.get(agent)!;
      const deletes = this.#deletes.get(agent) ?? [];
      let at = known.get(agent) ?? 0;
      let nextDelete = countHolding(deletes.length, (n) => deletes[n]!.seq + deletes[n]!.count <= at);
      /** Goes on in the next run where that was only split off. */
      let insert: InsertOp | null = null;
      while (at < to) {
        const run = this.#tree.find({ agent, seq: at });
        if (run === undefined) {
          if (insert !== null) writer.add(insert);
          insert = null;
          const op = trimmed(deletes[nextDelete++]!, at);
          writer.add(op);
          at += op.count;
        } else {
          const part = insertOf(run, at, to);
          const joined: InsertOp | null = insert === null ? null : joinedIf(insert, part);
          if (insert !== null && joined === null) writer.add(insert);
          insert = joined ?? part;
          at += part.text.length;
        }
        if (isStepOver()) yield;
      }
      if (insert !== null) writer.add(insert);
    }
    return writer.finish();
  }
}

/** The run's characters from number `from` up to `to`. */
function insertOf({ agent, seq, text, parent, side, rightOrigin, lamport }: TextRun, from: number, to: number): InsertOp {
  return trimmed({ kind: "insert", agent, seq, parent, side, rightOrigin, lamport, text: text.slice(0, to - seq) }, from);
}

/** Both as one, where the second goes on in the first; null: it does not. */
function joinedIf(first: InsertOp, second: InsertOp): InsertOp | null {
  return goesOn(first, second) ? { ...first, text: first.text + second.text } : null;
}
