/**
 * The spans of a tracker in document order: an order-statistic B-tree over them in typed arrays. Each span has a length
 * in the *prepare* and one in the *effect* version; every node knows the sums of both, so that the span at an offset and
 * the offset of a span cost the depth of the tree. Spans are numbers, counted from 0; none is ever removed.
 */

import { assert } from "../base/assert.ts";

/** Children a node may have. */
const FANOUT = 32;

export class SpanList {
  #spans = 0;
  /** First id of each span, its length, and what its first unit was typed behind and before. */
  #id = new Int32Array(64);
  #length = new Int32Array(64);
  #left = new Int32Array(64);
  #right = new Int32Array(64);
  /** In the prepare version: 0 not there, 1 there, n + 1 deleted n times. */
  #prepare = new Int32Array(64);
  /** In the effect version: 1 when it is deleted. */
  #gone = new Uint8Array(64);
  /** The leaf that holds it. */
  #leaf = new Int32Array(64);
  // Nodes. Children of a leaf are spans.
  #nodes = 1;
  #kids = new Int32Array(FANOUT * 8);
  #kidCount = new Int32Array(8);
  #parent = new Int32Array(8).fill(-1);
  #level = new Int32Array(8);
  #prepareSum = new Int32Array(8);
  #effectSum = new Int32Array(8);
  /** The leaf that follows; -1: none. */
  #next = new Int32Array(8).fill(-1);
  #root = 0;
  #firstLeaf = 0;
  /** What `findPrepare` and `findEffect` found. */
  foundOffset = 0;

  get size(): number {
    return this.#spans;
  }

  get prepareLength(): number {
    return this.#prepareSum[this.#root]!;
  }

  get effectLength(): number {
    return this.#effectSum[this.#root]!;
  }

  idOf(span: number): number {
    return this.#id[span]!;
  }

  lengthOf(span: number): number {
    return this.#length[span]!;
  }

  leftOf(span: number): number {
    return this.#left[span]!;
  }

  rightOf(span: number): number {
    return this.#right[span]!;
  }

  prepareOf(span: number): number {
    return this.#prepare[span]!;
  }

  isGone(span: number): boolean {
    return this.#gone[span] === 1;
  }

  /** The first span; -1 when there is none. */
  get first(): number {
    return this.#kidCount[this.#firstLeaf] === 0 ? -1 : this.#kids[this.#firstLeaf * FANOUT]!;
  }

  /** The span behind `span`, whatever its lengths; -1 at the end. */
  after(span: number): number {
    const leaf = this.#leaf[span]!;
    const at = this.#indexIn(leaf, span) + 1;
    if (at < this.#kidCount[leaf]!) return this.#kids[leaf * FANOUT + at]!;
    const next = this.#next[leaf]!;
    return next < 0 ? -1 : this.#kids[next * FANOUT]!;
  }

  /** The span in front of `span`; -1 at the beginning. */
  before(span: number): number {
    let node = this.#leaf[span]!;
    let at = this.#indexIn(node, span);
    while (at === 0) {
      const parent = this.#parent[node]!;
      if (parent < 0) return -1;
      at = this.#indexIn(parent, node);
      node = parent;
    }
    let kid = this.#kids[node * FANOUT + at - 1]!;
    for (let level = this.#level[node]!; level > 0; level--) kid = this.#kids[kid * FANOUT + this.#kidCount[kid]! - 1]!;
    return kid;
  }

  /** A new span, visible in both versions, before `next` (-1: at the end). Returns it. */
  insertBefore(next: number, id: number, length: number, left: number, right: number): number {
    const span = this.#newSpan(id, length, left, right, 1, 0);
    if (next >= 0) {
      const leaf = this.#leaf[next]!;
      this.#insertKid(leaf, this.#indexIn(leaf, next), span, length, length);
    } else {
      let node = this.#root;
      while (this.#level[node]! > 0) node = this.#kids[node * FANOUT + this.#kidCount[node]! - 1]!;
      this.#insertKid(node, this.#kidCount[node]!, span, length, length);
    }
    return span;
  }

  /** Makes a span longer at its end. */
  extend(span: number, by: number): void {
    this.#length[span]! += by;
    this.#add(span, this.#prepare[span] === 1 ? by : 0, this.#gone[span] === 0 ? by : 0);
  }

  /** Cuts a span before its unit `offset`; returns the second part, which follows it. */
  split(span: number, offset: number): number {
    const length = this.#length[span]! - offset;
    const id = this.#id[span]!;
    const rest = this.#newSpan(id + offset, length, id + offset - 1, this.#right[span]!, this.#prepare[span]!, this.#gone[span]!);
    this.#length[span] = offset;
    const prepared = this.#prepare[span] === 1 ? length : 0;
    const effected = this.#gone[span] === 0 ? length : 0;
    this.#add(span, -prepared, -effected);
    const leaf = this.#leaf[span]!;
    this.#insertKid(leaf, this.#indexIn(leaf, span) + 1, rest, prepared, effected);
    return rest;
  }

  setPrepare(span: number, prepare: number): void {
    const before = this.#prepare[span] === 1 ? this.#length[span]! : 0;
    this.#prepare[span] = prepare;
    const now = prepare === 1 ? this.#length[span]! : 0;
    if (now !== before) this.#add(span, now - before, 0);
  }

  /** Deletes a span that the prepare version shows, from both; whether the effect version still had it. */
  delete(span: number): boolean {
    const length = this.#length[span]!;
    const wasThere = this.#gone[span] === 0;
    this.#prepare[span] = 2;
    this.#gone[span] = 1;
    this.#add(span, -length, wasThere ? -length : 0);
    return wasThere;
  }

  /** The span with unit `offset` of the prepare version, -1 beyond the end; `foundOffset` is its place in the span. */
  findPrepare(offset: number): number {
    let at = this.#descend(offset, this.#prepareSum);
    if (at < 0) return -1;
    let rest = this.foundOffset;
    for (; ; at++) {
      const span = this.#kids[at]!;
      if (this.#prepare[span] !== 1) continue;
      if (rest < this.#length[span]!) return this.#found(span, rest);
      rest -= this.#length[span]!;
    }
  }

  /** As `findPrepare`, of the effect version. */
  findEffect(offset: number): number {
    let at = this.#descend(offset, this.#effectSum);
    if (at < 0) return -1;
    let rest = this.foundOffset;
    for (; ; at++) {
      const span = this.#kids[at]!;
      if (this.#gone[span] === 1) continue;
      if (rest < this.#length[span]!) return this.#found(span, rest);
      rest -= this.#length[span]!;
    }
  }

  /** Units of the effect version before a span. */
  effectBefore(span: number): number {
    const kids = this.#kids;
    let node = this.#leaf[span]!;
    let sum = 0;
    for (let at = node * FANOUT; kids[at] !== span; at++) if (this.#gone[kids[at]!] === 0) sum += this.#length[kids[at]!]!;
    for (let parent = this.#parent[node]!; parent >= 0; node = parent, parent = this.#parent[node]!)
      for (let at = parent * FANOUT; kids[at] !== node; at++) sum += this.#effectSum[kids[at]!]!;
    return sum;
  }

  /** Negative when `a` stands before `b`. */
  compare(a: number, b: number): number {
    let [first, second] = [a, b];
    let [node, other] = [this.#leaf[a]!, this.#leaf[b]!];
    while (node !== other) {
      [first, second] = [node, other];
      [node, other] = [this.#parent[node]!, this.#parent[other]!];
    }
    return this.#indexIn(node, first) - this.#indexIn(node, second);
  }

  /** @throws AssertionError when a sum or a back reference is wrong. */
  checkInvariants(): void {
    let count = 0;
    let lastLeaf = -1;
    const walk = (node: number): void => {
      let [prepared, effected] = [0, 0];
      const isLeaf = this.#level[node] === 0;
      if (isLeaf) {
        assert(lastLeaf < 0 ? this.#firstLeaf === node : this.#next[lastLeaf] === node, `Leaf ${node} is not in the chain`);
        lastLeaf = node;
      }
      for (let k = 0; k < this.#kidCount[node]!; k++) {
        const kid = this.#kids[node * FANOUT + k]!;
        if (isLeaf) {
          count++;
          assert(this.#leaf[kid] === node, `Span ${kid} does not know its leaf`);
          assert(this.#length[kid]! > 0 && this.#prepare[kid]! >= 0, `Span ${kid}: ${this.#length[kid]} units, at ${this.#prepare[kid]}`);
          prepared += this.#prepare[kid] === 1 ? this.#length[kid]! : 0;
          effected += this.#gone[kid] === 0 ? this.#length[kid]! : 0;
        } else {
          assert(this.#parent[kid] === node && this.#level[kid] === this.#level[node]! - 1, `Node ${kid} does not know its parent`);
          walk(kid);
          prepared += this.#prepareSum[kid]!;
          effected += this.#effectSum[kid]!;
        }
      }
      assert(prepared === this.#prepareSum[node] && effected === this.#effectSum[node], `Node ${node} has wrong sums`);
    };
    walk(this.#root);
    assert(count === this.#spans, `The tree holds ${count} spans, the count says ${this.#spans}`);
  }

  #newSpan(id: number, length: number, left: number, right: number, prepare: number, gone: number): number {
    if (this.#spans === this.#id.length) this.#growSpans();
    const span = this.#spans++;
    this.#id[span] = id;
    this.#length[span] = length;
    this.#left[span] = left;
    this.#right[span] = right;
    this.#prepare[span] = prepare;
    this.#gone[span] = gone;
    return span;
  }

  #add(span: number, prepared: number, effected: number): void {
    for (let node = this.#leaf[span]!; node >= 0; node = this.#parent[node]!) {
      this.#prepareSum[node]! += prepared;
      this.#effectSum[node]! += effected;
    }
  }

  /** Where the kids of the leaf with unit `offset` begin, -1 beyond the end; `foundOffset` is what is left within the leaf. */
  #descend(offset: number, sums: Int32Array): number {
    let rest = offset;
    let node = this.#root;
    if (rest >= sums[node]!) return -1;
    const kids = this.#kids;
    while (this.#level[node]! > 0) {
      let at = node * FANOUT;
      for (let sum = sums[kids[at]!]!; rest >= sum; sum = sums[kids[++at]!]!) rest -= sum;
      node = kids[at]!;
    }
    this.foundOffset = rest;
    return node * FANOUT;
  }

  #found(span: number, offset: number): number {
    this.foundOffset = offset;
    return span;
  }

  #indexIn(node: number, kid: number): number {
    let at = node * FANOUT;
    while (this.#kids[at] !== kid) at++;
    return at - node * FANOUT;
  }

  /** Puts a kid of the given lengths into a node, which is cut when it is full. */
  #insertKid(node: number, at: number, kid: number, prepared: number, effected: number): void {
    if (this.#kidCount[node] === FANOUT) {
      const rest = this.#cut(node);
      const half = this.#kidCount[node]!;
      if (at > half) {
        this.#insertKid(rest, at - half, kid, prepared, effected);
        return;
      }
    }
    const from = node * FANOUT;
    this.#kids.copyWithin(from + at + 1, from + at, from + this.#kidCount[node]!);
    this.#kids[from + at] = kid;
    this.#kidCount[node]!++;
    if (this.#level[node] === 0) this.#leaf[kid] = node;
    else this.#parent[kid] = node;
    if (prepared === 0 && effected === 0) return;
    for (let up = node; up >= 0; up = this.#parent[up]!) {
      this.#prepareSum[up]! += prepared;
      this.#effectSum[up]! += effected;
    }
  }

  /** Moves the second half of a node's kids into a new one behind it, which is returned. */
  #cut(node: number): number {
    const isLeaf = this.#level[node] === 0;
    if (this.#parent[node]! < 0) {
      const root = this.#newNode(this.#level[node]! + 1);
      this.#kids[root * FANOUT] = node;
      this.#kidCount[root] = 1;
      this.#parent[node] = root;
      this.#prepareSum[root] = this.#prepareSum[node]!;
      this.#effectSum[root] = this.#effectSum[node]!;
      this.#root = root;
    }
    const rest = this.#newNode(this.#level[node]!);
    const half = FANOUT / 2;
    let [prepared, effected] = [0, 0];
    for (let k = 0; k < half; k++) {
      const kid = this.#kids[node * FANOUT + half + k]!;
      this.#kids[rest * FANOUT + k] = kid;
      if (isLeaf) {
        this.#leaf[kid] = rest;
        if (this.#prepare[kid] === 1) prepared += this.#length[kid]!;
        if (this.#gone[kid] === 0) effected += this.#length[kid]!;
      } else {
        this.#parent[kid] = rest;
        prepared += this.#prepareSum[kid]!;
        effected += this.#effectSum[kid]!;
      }
    }
    this.#kidCount[node] = this.#kidCount[rest] = half;
    this.#prepareSum[node]! -= prepared;
    this.#effectSum[node]! -= effected;
    this.#prepareSum[rest] = prepared;
    this.#effectSum[rest] = effected;
    if (isLeaf) {
      this.#next[rest] = this.#next[node]!;
      this.#next[node] = rest;
    }
    for (let up = this.#parent[node]!; up >= 0; up = this.#parent[up]!) {
      this.#prepareSum[up]! -= prepared;
      this.#effectSum[up]! -= effected;
    }
    const parent = this.#parent[node]!;
    this.#insertKid(parent, this.#indexIn(parent, node) + 1, rest, prepared, effected);
    return rest;
  }

  #newNode(level: number): number {
    if (this.#nodes === this.#level.length) this.#growNodes();
    const node = this.#nodes++;
    this.#level[node] = level;
    this.#parent[node] = this.#next[node] = -1;
    return node;
  }

  #growSpans(): void {
    const size = 2 * this.#id.length;
    this.#id = grown(this.#id, size);
    this.#length = grown(this.#length, size);
    this.#left = grown(this.#left, size);
    this.#right = grown(this.#right, size);
    this.#prepare = grown(this.#prepare, size);
    this.#leaf = grown(this.#leaf, size);
    const gone = new Uint8Array(size);
    gone.set(this.#gone);
    this.#gone = gone;
  }

  #growNodes(): void {
    const size = 2 * this.#level.length;
    this.#kids = grown(this.#kids, size * FANOUT);
    this.#kidCount = grown(this.#kidCount, size);
    this.#parent = grown(this.#parent, size);
    this.#level = grown(this.#level, size);
    this.#prepareSum = grown(this.#prepareSum, size);
    this.#effectSum = grown(this.#effectSum, size);
    this.#next = grown(this.#next, size);
  }
}

function grown(ints: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(size);
  larger.set(ints);
  return larger;
}
