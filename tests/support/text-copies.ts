/**
 * Copies of one text, each a TextDocument beside the naive FugueMax, edited a character at a time; with the origins of every
 * character, read off before it is typed, so that no algorithm has a say in them.
 */

import { expect } from "vitest";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { replicaIdFrom, replicaNumber, parseReplicaId } from "../../crdt/base/ids.ts";
import { walkerStrategy } from "../../crdt/strategy/walker-strategy.ts";
import { TextDocument } from "../../crdt/text/text-document.ts";
import { type CharId, type CharOp, FugueMaxText } from "./naive-fuguemax.ts";
import type { Placed } from "./non-interleaving.ts";

interface Copy {
  readonly document: TextDocument;
  readonly naive: FugueMaxText;
  readonly ops: CharOp[];
}

export class TextCopies {
  readonly #copies: Copy[];
  readonly #placed = new Map<string, Placed>();

  constructor(count: number) {
    this.#copies = Array.from({ length: count }, (_, n) => {
      const agent = replicaIdFrom(n + 1);
      return { document: TextDocument.create({ agent }), naive: new FugueMaxText(agent), ops: [] };
    });
  }

  text(n: number): string {
    const { document, naive } = this.#copies[n]!;
    expect(document.toString()).toBe(naive.text());
    return naive.text();
  }

  type(n: number, index: number, text: string): this {
    const { document, naive, ops } = this.#copies[n]!;
    for (let k = 0; k < text.length; k++) {
      const order = naive.order();
      const left = index + k === 0 ? undefined : naive.idAt(index + k - 1);
      const right = order[left === undefined ? 0 : order.findIndex((id) => keyOf(id) === keyOf(left)) + 1];
      const [op] = naive.insert(index + k, text.charAt(k)) as [CharOp];
      document.insert(index + k, text.charAt(k));
      ops.push(op);
      this.#placed.set(keyOf(op.id), { agent: n, seq: op.id.seq, left: this.#find(left), right: this.#find(right) });
    }
    return this;
  }

  /** Each character before the last. */
  typeBack(n: number, index: number, text: string): this {
    for (const unit of Array.from(text).toReversed()) this.type(n, index, unit);
    return this;
  }

  delete(n: number, index: number, count: number): this {
    const { document, naive, ops } = this.#copies[n]!;
    document.delete(index, count);
    ops.push(...naive.delete(index, count));
    return this;
  }

  /** `to` learns what `from` has. */
  sync(from: number, to: number): this {
    const [source, target] = [this.#copies[from]!, this.#copies[to]!];
    target.document.applyUpdate(source.document.since(target.document.version()));
    const known = new Set(target.ops);
    for (const op of source.ops)
      if (!known.has(op)) {
        target.naive.apply(op);
        target.ops.push(op);
      }
    return this;
  }

  /** Everybody learns everything; returns the text of all. */
  merge(): string {
    for (let round = 0; round < 2; round++)
      for (let to = 0; to < this.#copies.length; to++)
        for (let from = 0; from < this.#copies.length; from++) if (from !== to) this.sync(from, to);
    const texts = new Set(this.#copies.map((_, n) => this.text(n)));
    expect(texts.size).toBe(1);
    return [...texts][0]!;
  }

  /** The order of copy `n`, tombstones included, as the naive text has it. */
  naiveOrder(n: number): Placed[] {
    return this.#copies[n]!.naive.order().map((id) => this.#find(id)!);
  }

  /** The same as the seam tells it of the document: `inspect()`. */
  documentOrder(n: number): Placed[] {
    const state = this.#copies[n]!.document.encode();
    const replica = walkerStrategy.open({ replica: replicaIdFrom(99), clock: new VirtualClock(), state });
    return replica.inspect().items.flatMap(({ id, length }) => {
      const [name = "", seq = ""] = id.split(":");
      const agent = parseReplicaId(name)!;
      return Array.from({ length }, (_, k) => this.#find({ agent, seq: Number(seq) + k })!);
    });
  }

  #find(id: CharId | undefined): Placed | null {
    return id === undefined ? null : (this.#placed.get(keyOf(id)) ?? null);
  }
}

function keyOf({ agent, seq }: CharId): string {
  return `${replicaNumber(agent)}:${seq}`;
}
