/**
 * The spans of a tracker in document order: an order-statistic B-tree over them in typed arrays. Each span has a length
 * in the *effect* version and one in each of the views; every node knows the sums, so that the span at an offset and
 * the offset of a span cost the depth of the tree. Spans are numbers, counted from 0; none is ever removed.
 *
 * What asks for the *prepare* version means the view at hand, which `use` chooses.
 */

import { assert } from "../base/assert.ts";
import { grown, SpanView } from "./span-view.ts";

/** Children a node may have. */
const FANOUT = 32;

export class SpanList {
  #spans = 0;
  /** First id of each span, its length, and what its first unit was typed behind and before. */
  #id = new Int32Array(64);
  #length = new Int32Array(64);
  #left = new Int32Array(64);
  #right = new Int32Array(64);
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
  #effectSum = new Int32Array(8);
  /** The leaf that follows; -1: none. */
  #next = new Int32Array(8).fill(-1);
  #root = 0;
  #firstLeaf = 0;
  readonly #views: SpanView[] = [new SpanView(64, 8)];
  /** The one at hand, and its parts. */
  #view = this.#views[0]!;
  #states = this.#view.states;
  #visible = this.#view.visible;
  #known = this.#view.known;
  /** What `shift` has not told the nodes above a leaf yet. -1: nothing. */
  #shiftedLeaf = -1;
  #shiftedVisible = 0;
  #shiftedKnown = 0;
  /** What `findPrepare` and `findEffect` found. */
  foundOffset = 0;

  get size(): number {
    return this.#spans;
  }

  get prepareLength(): number {
    return this.#visible[this.#root]!;
  }

  get effectLength(): number {
    return this.#effectSum[this.#root]!;
  }

  get view(): SpanView {
    return this.#view;
  }

  use(view: SpanView): void {
    this.#view = view;
    this.#states = view.states;
    this.#visible = view.visible;
    this.#known = view.known;
  }

  /** One more, in which nothing is there. */
  addView(): SpanView {
    const view = new SpanView(this.#id.length, this.#level.length);
    this.#views.push(view);
    return view;
  }

  copyView(from: SpanView, to: SpanView): void {
    to.become(from, this.#spans, this.#nodes);
  }

  /** Not the one at hand. */
  dropView(view: SpanView): void {
    this.#views.splice(this.#views.indexOf(view), 1);
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

  /** In the prepare version: 0 not there, 1 there, n + 1 deleted n times. */
  prepareOf(span: number): number {
    return this.#states[span]!;
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

  /** `span`, or else the first one behind it, that is or was there in the prepare version; -1: none. Cost: the depth of the tree. */
  knownFrom(span: number): number {
    const kids = this.#kids;
    let node = this.#leaf[span]!;
    let at = node * FANOUT + this.#indexIn(node, span);
    for (const end = node * FANOUT + this.#kidCount[node]!; at < end; at++) if (this.#states[kids[at]!] !== 0) return kids[at]!;
    for (let end = at; at === end;) {
      const parent = this.#parent[node]!;
      if (parent < 0) return -1;
      at = parent * FANOUT + this.#indexIn(parent, node) + 1;
      end = parent * FANOUT + this.#kidCount[parent]!;
      while (at < end && this.#known[kids[at]!] === 0) at++;
      node = parent;
    }
    node = kids[at]!;
    while (this.#level[node]! > 0) {
      at = node * FANOUT;
      while (this.#known[kids[at]!] === 0) at++;
      node = kids[at]!;
    }
    at = node * FANOUT;
    while (this.#states[kids[at]!] === 0) at++;
    return kids[at]!;
  }

  /** A new span, there in the effect version and in the prepare version, before `next` (-1: at the end). Returns it. */
  insertBefore(next: number, id: number, length: number, left: number, right: number): number {
    const span = this.#newSpan(id, length, left, right, 0);
    let leaf: number;
    let at: number;
    if (next >= 0) {
      leaf = this.#roomyLeafOf(next);
      at = this.#indexIn(leaf, next);
    } else {
      leaf = this.#lastLeaf();
      this.#makeRoom(leaf);
      leaf = this.#lastLeaf();
      at = this.#kidCount[leaf]!;
    }
    this.#putKid(leaf, at, span);
    this.#leaf[span] = leaf;
    this.#states[span] = 1;
    this.#add(leaf, length, length, length);
    return span;
  }

  /** Makes a span longer at its end, which must be there in both versions, and in no other view. */
  extend(span: number, by: number): void {
    this.#length[span]! += by;
    this.#add(this.#leaf[span]!, by, by, by);
  }

  /** Cuts a span before its unit `offset`; returns the second part, which follows it. */
  split(span: number, offset: number): number {
    if (this.#shiftedLeaf >= 0) this.settle();
    const leaf = this.#roomyLeafOf(span);
    const id = this.#id[span]!;
    const rest = this.#newSpan(id + offset, this.#length[span]! - offset, id + offset - 1, this.#right[span]!, this.#gone[span]!);
    this.#length[span] = offset;
    for (const { states } of this.#views) states[rest] = states[span]!;
    this.#putKid(leaf, this.#indexIn(leaf, span) + 1, rest);
    this.#leaf[rest] = leaf;
    return rest;
  }

  /** Changes how a span stands in the prepare version. Nodes are told by `settle`, which must follow before anything is looked for. */
  shift(span: number, by: number): void {
    const leaf = this.#leaf[span]!;
    if (leaf !== this.#shiftedLeaf) {
      this.settle();
      this.#shiftedLeaf = leaf;
    }
    const state = this.#states[span]!;
    const length = this.#length[span]!;
    this.#states[span] = state + by;
    if (state === 1) this.#shiftedVisible -= length;
    else if (state + by === 1) this.#shiftedVisible += length;
    if (state === 0) this.#shiftedKnown += length;
    else if (state + by === 0) this.#shiftedKnown -= length;
  }

  settle(): void {
    if (this.#shiftedVisible !== 0 || this.#shiftedKnown !== 0) this.#add(this.#shiftedLeaf, this.#shiftedVisible, this.#shiftedKnown, 0);
    this.#shiftedLeaf = -1;
    this.#shiftedVisible = this.#shiftedKnown = 0;
  }

  /** Deletes a span that the prepare version shows, from both; whether the effect version still had it. */
  delete(span: number): boolean {
    const length = this.#length[span]!;
    const wasThere = this.#gone[span] === 0;
    this.#states[span] = 2;
    this.#gone[span] = 1;
    this.#add(this.#leaf[span]!, -length, 0, wasThere ? -length : 0);
    return wasThere;
  }

  /** The span with unit `offset` of the prepare version, -1 beyond the end; `foundOffset` is its place in the span. */
  findPrepare(offset: number): number {
    let at = this.#descend(offset, this.#visible);
    if (at < 0) return -1;
    let rest = this.foundOffset;
    for (; ; at++) {
      const span = this.#kids[at]!;
      if (this.#states[span] !== 1) continue;
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
    assert(this.#shiftedLeaf < 0, `Leaf ${this.#shiftedLeaf} has shifted and not settled`);
    let count = 0;
    let lastLeaf = -1;
    const walk = (node: number): void => {
      let effect = 0;
      const isLeaf = this.#level[node] === 0;
      if (isLeaf) {
        assert(lastLeaf < 0 ? this.#firstLeaf === node : this.#next[lastLeaf] === node, `Leaf ${node} is not in the chain`);
        lastLeaf = node;
      }
      const kids = this.#kids.subarray(node * FANOUT, node * FANOUT + this.#kidCount[node]!);
      for (const kid of kids) {
        if (isLeaf) {
          count++;
          assert(this.#leaf[kid] === node, `Span ${kid} does not know its leaf`);
          assert(this.#length[kid]! > 0, `Span ${kid} has ${this.#length[kid]} units`);
          effect += this.#gone[kid] === 0 ? this.#length[kid]! : 0;
        } else {
          assert(this.#parent[kid] === node && this.#level[kid] === this.#level[node]! - 1, `Node ${kid} does not know its parent`);
          walk(kid);
          effect += this.#effectSum[kid]!;
        }
      }
      assert(effect === this.#effectSum[node], `Node ${node} has a wrong sum`);
      for (const view of this.#views) view.check(node, isLeaf, kids, this.#length);
    };
    walk(this.#root);
    assert(count === this.#spans, `The tree holds ${count} spans, the count says ${this.#spans}`);
  }

  #newSpan(id: number, length: number, left: number, right: number, gone: number): number {
    if (this.#spans === this.#id.length) this.#growSpans();
    const span = this.#spans++;
    this.#id[span] = id;
    this.#length[span] = length;
    this.#left[span] = left;
    this.#right[span] = right;
    this.#gone[span] = gone;
    return span;
  }

  #add(leaf: number, visible: number, known: number, effect: number): void {
    for (let node = leaf; node >= 0; node = this.#parent[node]!) {
      this.#visible[node]! += visible;
      this.#known[node]! += known;
      this.#effectSum[node]! += effect;
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

  #lastLeaf(): number {
    let node = this.#root;
    while (this.#level[node]! > 0) node = this.#kids[node * FANOUT + this.#kidCount[node]! - 1]!;
    return node;
  }

  /** The leaf of a span, with room for one more. */
  #roomyLeafOf(span: number): number {
    const leaf = this.#leaf[span]!;
    if (this.#kidCount[leaf]! < FANOUT) return leaf;
    this.#makeRoom(leaf);
    return this.#leaf[span]!;
  }

  /** Puts a kid into a node that has room. The sums are the caller's. */
  #putKid(node: number, at: number, kid: number): void {
    const from = node * FANOUT;
    this.#kids.copyWithin(from + at + 1, from + at, from + this.#kidCount[node]!);
    this.#kids[from + at] = kid;
    this.#kidCount[node]!++;
  }

  /** Moves the second half of a node's kids into a new one behind it, when it is full. */
  #makeRoom(node: number): void {
    if (this.#kidCount[node]! < FANOUT) return;
    if (this.#parent[node]! < 0) this.#raiseRoot();
    else this.#makeRoom(this.#parent[node]!);
    const isLeaf = this.#level[node] === 0;
    const rest = this.#newNode(this.#level[node]!);
    const half = FANOUT / 2;
    const from = node * FANOUT + half;
    this.#kids.copyWithin(rest * FANOUT, from, from + half);
    this.#kidCount[node] = this.#kidCount[rest] = half;
    let effect = 0;
    for (let at = from; at < from + half; at++) {
      const kid = this.#kids[at]!;
      if (!isLeaf) {
        this.#parent[kid] = rest;
        effect += this.#effectSum[kid]!;
        continue;
      }
      this.#leaf[kid] = rest;
      if (this.#gone[kid] === 0) effect += this.#length[kid]!;
    }
    this.#effectSum[node]! -= effect;
    this.#effectSum[rest] = effect;
    for (const view of this.#views) view.moved(node, rest, isLeaf, this.#kids, from, from + half, this.#length);
    if (isLeaf) {
      this.#next[rest] = this.#next[node]!;
      this.#next[node] = rest;
    }
    const parent = this.#parent[node]!;
    this.#putKid(parent, this.#indexIn(parent, node) + 1, rest);
    this.#parent[rest] = parent;
  }

  #raiseRoot(): void {
    const node = this.#root;
    const root = this.#newNode(this.#level[node]! + 1);
    this.#putKid(root, 0, node);
    this.#parent[node] = root;
    this.#effectSum[root] = this.#effectSum[node]!;
    for (const view of this.#views) view.raise(node, root);
    this.#root = root;
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
    this.#leaf = grown(this.#leaf, size);
    const gone = new Uint8Array(size);
    gone.set(this.#gone);
    this.#gone = gone;
    for (const view of this.#views) view.growSpans(size);
    this.use(this.#view);
  }

  #growNodes(): void {
    const size = 2 * this.#level.length;
    this.#kids = grown(this.#kids, size * FANOUT);
    this.#kidCount = grown(this.#kidCount, size);
    this.#parent = grown(this.#parent, size);
    this.#level = grown(this.#level, size);
    this.#effectSum = grown(this.#effectSum, size);
    this.#next = grown(this.#next, size);
    for (const view of this.#views) view.growNodes(size);
    this.use(this.#view);
  }
}
