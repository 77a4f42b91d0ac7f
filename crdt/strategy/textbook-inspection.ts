/** What there is to see of a copy of the textbook strategies. */

import { type CharId, type OrderRules, type RunTree } from "../textbook/run-tree.ts";
import type { InspectedWait, Inspection, ItemOrder } from "./strategy.ts";
import type { OpHistory } from "./textbook-history.ts";
import { type DeleteOp, type Op, sizeOf } from "./textbook-ops.ts";

/** So many of those that wait are told of. */
const WAITING_SHOWN_MAX = 100;

export interface InspectedCopy {
  readonly rules: OrderRules;
  readonly tree: RunTree;
  readonly history: OpHistory;
  readonly waiting: readonly Op[];
}

/** Cost: linear in the runs, and for each that is deleted in the deletions. */
export function inspectionOf({ rules, tree, history, waiting }: InspectedCopy): Inspection {
  const idOf = (id: CharId | null): string | null => (id === null ? null : `${id.agent}:${id.seq}`);
  const { deletes } = history;
  return {
    order: orderOf(rules),
    waiting: waiting.slice(0, WAITING_SHOWN_MAX).map((op) => waitOf(op, tree, history)),
    items: Array.from(tree.runs, ({ agent, seq, text, isDeleted, parent, side, rightOrigin, lamport }) => ({
      id: `${agent}:${seq}`,
      author: agent,
      length: text.length,
      text: isDeleted ? "" : text,
      isDeleted,
      originLeft: side === "right" ? idOf(parent) : null,
      originRight: side === "left" ? idOf(parent) : idOf(rightOrigin),
      parent: { id: idOf(parent), side },
      ...(rules.usesLamport ? { lamport } : {}),
      ...(isDeleted ? { deletedBy: deletersOf(deletes, { agent, seq }) } : {}),
    })),
  };
}

function waitOf(op: Op, tree: RunTree, history: OpHistory): InspectedWait {
  return { id: `${op.agent}:${op.seq}`, length: sizeOf(op), lacks: lackOf(op, tree, history) };
}

function lackOf(op: Op, tree: RunTree, history: OpHistory): string | null {
  const known = history.countOf(op.agent);
  if (op.seq > known) return `${op.agent}:${known}`;
  const named = op.kind === "insert" ? [op.parent, op.rightOrigin] : [op.target, { ...op.target, seq: op.target.seq + op.count - 1 }];
  const lacking = named.find((id) => id !== null && tree.find(id) === undefined);
  return lacking == null ? null : `${lacking.agent}:${lacking.seq}`;
}

/** As the rules' `compareRight` does it: by the parts that an algorithm's characters carry. */
function orderOf({ usesRightOrigin, usesLamport }: OrderRules): ItemOrder {
  if (usesLamport) return { kind: "tree", keys: ["lamport-higher-first", "id-higher-first"] };
  return { kind: "tree", keys: usesRightOrigin ? ["right-origin-farther-first", "id-lower-first"] : ["id-lower-first"] };
}

/** Ids of the deletions that took a character. */
function deletersOf(deletes: readonly DeleteOp[], { agent, seq }: CharId): string[] {
  return deletes.flatMap((op) => {
    const offset = seq - op.target.seq;
    return op.target.agent === agent && offset >= 0 && offset < op.count ? [`${op.agent}:${op.seq + offset}`] : [];
  });
}
