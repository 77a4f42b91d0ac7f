/**
 * RGA as its first paper tells it (Roh et al., JPDC 2011): a list, no tree. An insertion goes behind its left neighbour
 * and then past everything newer that stands there. The oracle for textbook/rga.ts; shares no code with it.
 */

interface Element {
  readonly id: string;
  /** Lamport time and author: newer is larger. */
  readonly lamport: number;
  readonly author: number;
  readonly unit: string;
  isDeleted: boolean;
}

export type NaiveRgaOp =
  | { readonly kind: "insert"; readonly after: string | null; readonly element: Omit<Element, "isDeleted"> }
  | { readonly kind: "delete"; readonly target: string; readonly lamport: number };

/** One copy. Ops must come in causal order; a second time changes nothing. */
export class NaiveRga {
  readonly ops: NaiveRgaOp[] = [];
  readonly #author: number;
  readonly #list: Element[] = [];
  #lamport = 0;

  constructor(author: number) {
    this.#author = author;
  }

  text(): string {
    return this.#visible()
      .map(({ unit }) => unit)
      .join("");
  }

  replace(index: number, remove: number, insert: string): void {
    for (const { id } of this.#visible().slice(index, index + remove))
      this.apply({ kind: "delete", target: id, lamport: this.#lamport + 1 });
    let after = index === 0 ? null : this.#visible()[index - 1]!.id;
    for (let k = 0; k < insert.length; k++) {
      const lamport = this.#lamport + 1;
      const id = `${lamport}@${this.#author}`;
      this.apply({ kind: "insert", after, element: { id, lamport, author: this.#author, unit: insert.charAt(k) } });
      after = id;
    }
  }

  /** Takes everything that `other` has. */
  sync(other: NaiveRga): void {
    const known = new Set(this.ops);
    for (const op of other.ops) if (!known.has(op)) this.apply(op);
  }

  apply(op: NaiveRgaOp): void {
    this.ops.push(op);
    if (op.kind === "delete") {
      this.#lamport = Math.max(this.#lamport, op.lamport);
      this.#list.find(({ id }) => id === op.target)!.isDeleted = true;
      return;
    }
    const { lamport, author } = op.element;
    this.#lamport = Math.max(this.#lamport, lamport);
    let at = op.after === null ? 0 : this.#list.findIndex(({ id }) => id === op.after) + 1;
    while (at < this.#list.length && (this.#list[at]!.lamport - lamport || this.#list[at]!.author - author) > 0) at++;
    this.#list.splice(at, 0, { ...op.element, isDeleted: false });
  }

  #visible(): Element[] {
    return this.#list.filter(({ isDeleted }) => !isDeleted);
  }
}
