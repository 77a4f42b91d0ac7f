/**
 * FugueMax as its paper defines it, one node a character: Weidner and Kleppmann, The Art of the Fugue (arXiv
 * 2305.00583), section on maximal non-interleaving. The oracle for crdt/text, and short enough to read aloud.
 *
 * A tree of characters, read in order: left children, the character, right children. A character typed between
 * `left` and `right` (its neighbours, tombstones included) becomes a right child of `left` when `left` has no right
 * children, else a left child of `right`. Left siblings stand by lower id. Right siblings stand by their right
 * origins, the farther one first, then by lower id: that is all by which FugueMax differs from Fugue, and it keeps
 * runs whole that were typed backwards.
 *
 * Every operation walks the whole tree. Ops must be applied in causal order.
 */

import { assert } from "../../crdt/base/assert.ts";
import { compareIds, type ReplicaId } from "../../crdt/base/ids.ts";

/** `seq` counts the characters that the agent inserted and deleted before. */
export interface CharId {
  readonly agent: ReplicaId;
  readonly seq: number;
}

interface Node {
  readonly id: CharId;
  /** One UTF-16 unit. */
  readonly unit: string;
  /** null: the root. */
  readonly parent: CharId | null;
  readonly side: "left" | "right";
  /** What stood to its right when it was typed; null: the end. */
  readonly rightOrigin: CharId | null;
  isDeleted: boolean;
}

export type CharOp =
  | ({ readonly kind: "insert" } & Omit<Node, "isDeleted">)
  | { readonly kind: "delete"; readonly id: CharId; readonly target: CharId };

export class FugueMaxText {
  readonly #agent: ReplicaId;
  readonly #nodes = new Map<string, Node>();
  readonly #kids = new Map<string, { left: Node[]; right: Node[] }>();
  #seq: number;

  /** `seq`: how many events of this agent there are elsewhere already. */
  constructor(agent: ReplicaId, seq = 0) {
    this.#agent = agent;
    this.#seq = seq;
  }

  text(): string {
    return this.#visible()
      .map(({ unit }) => unit)
      .join("");
  }

  /** The ids of all characters in order, tombstones included. */
  order(): CharId[] {
    return this.#walk().map(({ id }) => id);
  }

  /** The id of the visible character at `index`. */
  idAt(index: number): CharId | undefined {
    return this.#visible()[index]?.id;
  }

  /** Types `text`, unit by unit. */
  insert(index: number, text: string): CharOp[] {
    return Array.from({ length: text.length }, (_, k) => {
      const all = this.#walk();
      const before = index + k === 0 ? null : (this.#visible()[index + k - 1]?.id ?? null);
      assert(index + k === 0 || before !== null, `Invalid position ${index}`);
      const next = all[before === null ? 0 : all.findIndex(({ id }) => isSame(id, before)) + 1]?.id ?? null;
      const hasRight = this.#kidsOf(before).right.length > 0;
      assert(!hasRight || next !== null, "Right children, and nothing follows");
      const place = hasRight ? ({ parent: next, side: "left" } as const) : ({ parent: before, side: "right" } as const);
      const op: CharOp = { kind: "insert", id: this.#nextId(), unit: text.charAt(k), ...place, rightOrigin: next };
      this.apply(op);
      return op;
    });
  }

  delete(index: number, count: number): CharOp[] {
    return this.#visible()
      .slice(index, index + count)
      .map((node) => {
        const op: CharOp = { kind: "delete", id: this.#nextId(), target: node.id };
        this.apply(op);
        return op;
      });
  }

  /** Takes an op of any agent; those that it builds on must be here. A second time changes nothing. */
  apply(op: CharOp): void {
    if (op.id.agent === this.#agent) this.#seq = Math.max(this.#seq, op.id.seq + 1);
    if (op.kind === "delete") {
      const node = this.#nodes.get(keyOf(op.target));
      assert(node !== undefined, `Character ${keyOf(op.target)} is not here`);
      node.isDeleted = true;
      return;
    }
    if (this.#nodes.has(keyOf(op.id))) return;
    const node: Node = { ...op, isDeleted: false };
    const order = op.side === "right" ? this.#walk().map(({ id }) => keyOf(id)) : [];
    const placeOf = (id: CharId | null): number => (id === null ? order.length : order.indexOf(keyOf(id)));
    const siblings = this.#kidsOf(op.parent)[op.side];
    const comesBefore = (other: Node): boolean => {
      const farther = op.side === "right" ? placeOf(other.rightOrigin) - placeOf(op.rightOrigin) : 0;
      return farther > 0 || (farther === 0 && compareCharIds(other.id, op.id) < 0);
    };
    siblings.splice(siblings.filter(comesBefore).length, 0, node);
    this.#nodes.set(keyOf(op.id), node);
  }

  #nextId(): CharId {
    return { agent: this.#agent, seq: this.#seq };
  }

  #visible(): Node[] {
    return this.#walk().filter(({ isDeleted }) => !isDeleted);
  }

  #kidsOf(id: CharId | null): { left: Node[]; right: Node[] } {
    const key = id === null ? "" : keyOf(id);
    const kids = this.#kids.get(key) ?? { left: [], right: [] };
    this.#kids.set(key, kids);
    return kids;
  }

  /** Everything, tombstones included, in order. A stack instead of recursion: runs are deep. */
  #walk(): Node[] {
    const out: Node[] = [];
    const stack: { node: Node; isOpen: boolean }[] = [];
    const push = (nodes: readonly Node[]): void => {
      for (const node of nodes.toReversed()) stack.push({ node, isOpen: false });
    };
    push(this.#kidsOf(null).right);
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const { left, right } = this.#kidsOf(top.node.id);
      if (top.isOpen) {
        out.push(top.node);
        push(right);
      } else {
        stack.push({ node: top.node, isOpen: true });
        push(left);
      }
    }
    return out;
  }
}

export function compareCharIds(a: CharId, b: CharId): number {
  return compareIds(a.agent, b.agent) || a.seq - b.seq;
}

function isSame(a: CharId, b: CharId): boolean {
  return a.agent === b.agent && a.seq === b.seq;
}

function keyOf({ agent, seq }: CharId): string {
  return `${agent}:${seq}`;
}
