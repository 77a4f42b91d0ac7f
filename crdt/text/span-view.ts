/** One version of the spans of a SpanList: what the author of an event had, and had deleted. Data alone; SpanList keeps it. */

import { assert } from "../base/assert.ts";

/** For each span: 0 not there yet, 1 there, n + 1 deleted n times. For each node: units that are there; units that are or were. */
export class SpanView {
  states: Int32Array<ArrayBuffer>;
  visible: Int32Array<ArrayBuffer>;
  known: Int32Array<ArrayBuffer>;

  constructor(spans: number, nodes: number) {
    this.states = new Int32Array(spans);
    this.visible = new Int32Array(nodes);
    this.known = new Int32Array(nodes);
  }

  /** Becomes the same as `other`, of which so many spans and nodes are in use. */
  become(other: SpanView, spans: number, nodes: number): void {
    this.states.set(other.states.subarray(0, spans));
    this.visible.set(other.visible.subarray(0, nodes));
    this.known.set(other.known.subarray(0, nodes));
  }

  growSpans(size: number): void {
    this.states = grown(this.states, size);
  }

  growNodes(size: number): void {
    this.visible = grown(this.visible, size);
    this.known = grown(this.known, size);
  }

  /** A new root above `node` holds as much. */
  raise(node: number, root: number): void {
    this.visible[root] = this.visible[node]!;
    this.known[root] = this.known[node]!;
  }

  /** The kids [from, to) of `node` went to the new node `rest`; kids of a leaf are spans, of these `lengths`. */
  moved(node: number, rest: number, isLeaf: boolean, kids: Int32Array, from: number, to: number, lengths: Int32Array): void {
    const { states, visible, known } = this;
    let [there, ever] = [0, 0];
    for (let at = from; at < to; at++) {
      const kid = kids[at]!;
      if (!isLeaf) {
        there += visible[kid]!;
        ever += known[kid]!;
      } else if (states[kid] !== 0) {
        ever += lengths[kid]!;
        if (states[kid] === 1) there += lengths[kid]!;
      }
    }
    visible[node]! -= there;
    known[node]! -= ever;
    visible[rest] = there;
    known[rest] = ever;
  }

  /** @throws AssertionError when the sums of a node are not those of its kids. */
  check(node: number, isLeaf: boolean, kids: Int32Array, lengths: Int32Array): void {
    let [there, ever] = [0, 0];
    for (const kid of kids) {
      const state = isLeaf ? this.states[kid]! : 0;
      assert(state >= 0, `Span ${kid} is in state ${state}`);
      there += !isLeaf ? this.visible[kid]! : state === 1 ? lengths[kid]! : 0;
      ever += !isLeaf ? this.known[kid]! : state > 0 ? lengths[kid]! : 0;
    }
    assert(there === this.visible[node] && ever === this.known[node], `Node ${node} has wrong sums in a view`);
  }
}

/** A copy with room for `size`. */
export function grown(ints: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(size);
  larger.set(ints);
  return larger;
}
