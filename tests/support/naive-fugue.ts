/** Fugue as the paper writes it: one node a character, the order by walking the tree. The oracle for the fast one. */

interface Node {
  readonly id: string;
  readonly unit: string;
  readonly parent: string;
  readonly side: "left" | "right";
  isDeleted: boolean;
}

export type NaiveOp = { readonly insert: Omit<Node, "isDeleted"> } | { readonly remove: string };

/** One copy. Ops must come in causal order. */
export class NaiveFugue {
  readonly #agent: string;
  #count = 0;
  readonly #nodes = new Map<string, Node>();

  constructor(agent: string) {
    this.#agent = agent;
  }

  text(): string {
    return this.#walk()
      .filter((node) => !node.isDeleted)
      .map((node) => node.unit)
      .join("");
  }

  insert(index: number, text: string): NaiveOp[] {
    return Array.from(text).map((unit, i) => {
      const all = this.#walk();
      const visible = all.filter((node) => !node.isDeleted);
      const origin = index + i === 0 ? "" : visible[index + i - 1]!.id;
      const hasRight = [...this.#nodes.values()].some((node) => node.parent === origin && node.side === "right");
      const next = all[all.findIndex((node) => node.id === origin) + 1];
      const id = `${this.#agent}:${String(this.#count++).padStart(6, "0")}`;
      const op: NaiveOp = { insert: hasRight ? { id, unit, parent: next!.id, side: "left" } : { id, unit, parent: origin, side: "right" } };
      this.apply(op);
      return op;
    });
  }

  remove(index: number, count: number): NaiveOp[] {
    const visible = this.#walk().filter((node) => !node.isDeleted);
    return visible.slice(index, index + count).map((node) => {
      const op: NaiveOp = { remove: node.id };
      this.apply(op);
      return op;
    });
  }

  apply(op: NaiveOp): void {
    if ("insert" in op) this.#nodes.set(op.insert.id, { ...op.insert, isDeleted: false });
    else this.#nodes.get(op.remove)!.isDeleted = true;
  }

  #walk(): Node[] {
    const out: Node[] = [];
    const children = (id: string, side: string): Node[] =>
      [...this.#nodes.values()].filter((node) => node.parent === id && node.side === side).sort((a, b) => (a.id < b.id ? -1 : 1));
    const visit = (id: string): void => {
      for (const child of children(id, "left")) visit(child.id);
      const self = this.#nodes.get(id);
      if (self !== undefined) out.push(self);
      for (const child of children(id, "right")) visit(child.id);
    };
    visit("");
    return out;
  }
}
