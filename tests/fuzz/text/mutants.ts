/**
 * Planted bugs: what a source says, and what it says instead. `find` must stand exactly once in `file`, or the build of the
 * mutant fails: whoever changes that source points the mutant to the new place. Data alone; mutate.ts plants them.
 */

export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const TRACKER = "crdt/text/tracker.ts";
const UNITS = "crdt/text/unit-index.ts";
const BRANCHES = "crdt/text/branches.ts";
const ORDER = "crdt/text/sibling-order.ts";
const SPANS = "crdt/text/span-list.ts";
const STATE = "crdt/text/text-state.ts";
const DOCUMENT = "crdt/text/shared-text.ts";
const INTAKE = "crdt/text/run-intake.ts";
const ANCHORS = "crdt/text/anchors.ts";
const GRAPH = "crdt/text/event-graph.ts";
const LOG = "crdt/text/event-log.ts";
const WAITING = "crdt/text/waiting-room.ts";
const CODEC = "crdt/text/update-codec.ts";
const COLUMNS = "crdt/text/event-columns.ts";
const DELETED = "crdt/text/deleted-text.ts";
const WALK = "crdt/text/unit-walk.ts";
const UNDO = "crdt/text/undo-history.ts";

export const MUTANTS: readonly Mutant[] = [
  {
    name: "siblings stand by higher id",
    file: ORDER,
    find: "if (this.#log.compareIds(lv, list.idOf(other)) < 0) return place;",
    replace: "if (this.#log.compareIds(lv, list.idOf(other)) > 0) return place;",
  },
  {
    name: "Fugue instead of FugueMax: right origins do not count",
    file: ORDER,
    find: "} else isScanning = this.#units.compare(otherRight, rightId) < 0;",
    replace: "} else if (this.#log.compareIds(lv, list.idOf(other)) < 0) return place;",
  },
  {
    name: "what hangs on one span is passed with the next one",
    file: ORDER,
    find: "passed = 0;",
    replace: "",
  },
  {
    name: "a deletion is not taken back when the prepare version moves",
    file: UNITS,
    find: "const done = this.#shiftUnits(id, rest, this.find(id), by);",
    replace: "const done = by > 0 ? this.#shiftUnits(id, rest, this.find(id), by) : rest;",
  },
  {
    name: "what two people deleted is told to the editor twice",
    file: TRACKER,
    find: "if (this.#units.spans.delete(span)) sink?.deleted(index, count);",
    replace: "this.#units.spans.delete(span);\n    sink?.deleted(index, count);",
  },
  {
    name: "tombstones are no right origins",
    file: TRACKER,
    find: "const right = next < 0 ? -1 : list.knownFrom(next);",
    replace: "let right = next;\n    while (right >= 0 && list.prepareOf(right) !== 1) right = list.after(right);",
  },
  {
    name: "a run goes on wherever its author types now",
    file: TRACKER,
    find: " || position !== this.#typedPosition",
    replace: "",
  },
  {
    name: "a run goes on though its author has seen more by now",
    file: TRACKER,
    find: " || parents[0] !== lv - 1) return false;",
    replace: ") return false;",
  },
  {
    name: "a span that is cut is cut for the author at hand alone",
    file: SPANS,
    find: "for (const { states } of this.#views) states[rest] = states[span]!;",
    replace: "this.#states[rest] = this.#states[span]!;",
  },
  {
    name: "what an author has now seen ends where others went on from",
    file: BRANCHES,
    find: "for (let n = 0; n < before.length; n++) {",
    replace: "for (let n = 0; n < Math.min(1, before.length); n++) {",
  },
  {
    name: "a cut node keeps the sums of what has left it",
    file: SPANS,
    find: "this.#effectSum[node]! -= effect;",
    replace: "",
  },
  {
    name: "a tracker begins where not everything after had seen it",
    file: STATE,
    find: "if (!isNext) this.#critical.forgetAfter(seen.length === 0 ? -1 : seen[seen.length - 1]!);",
    replace: "",
  },
  {
    name: "two versions differ in what one of them has and the other only began",
    file: GRAPH,
    find: "const from = next >= start ? next + 1 : start;",
    replace: "const from = start;",
  },
  {
    name: "a single backspace begins a run in the wrong direction",
    file: LOG,
    find: "this.#nextPosition = this.#lastKind === DELETE_BACK ? end : position;",
    replace: "this.#nextPosition = position;",
  },
  {
    name: "an event is taken in one too early",
    file: WAITING,
    find: "if (seq >= seqOf(agent)) return agent;",
    replace: "if (seq > seqOf(agent)) return agent;",
  },
  {
    name: "a number used twice is not noticed",
    file: INTAKE,
    find: "if ((kind === INSERT) !== (run.kind === INSERT)) return false;",
    replace: "return true;",
  },
  {
    name: "a surrogate pair is torn by an insertion",
    file: DOCUMENT,
    find: "const at = this.#state.isInsidePair(index) ? index - 1 : index;",
    replace: "const at = index;",
  },
  {
    name: "an anchor behind a deleted unit counts it",
    file: ANCHORS,
    find: "return index + (isBehind && !isGone ? 1 : 0);",
    replace: "return index + (isBehind ? 1 : 0);",
  },
  {
    name: "the rest of a run begins where the run began",
    file: CODEC,
    find: "parents: null, position: 0, length: run.length - skip",
    replace: "parents: null, position: run.position, length: run.length - skip",
  },
  {
    name: "a packed history forgets where a caret was before a deletion",
    file: COLUMNS,
    find: "const start = cursor - (kind === DELETE_BACK ? 1 : 0);",
    replace: "const start = piece === null ? cursor : cursor - (kind === DELETE_BACK ? 1 : 0);",
  },
  {
    name: "undo reaches what others typed in between",
    file: UNDO,
    find: "if (log.agentOf(lv) === self) {",
    replace: "if (log.agentOf(lv) >= 0) {",
  },
  {
    name: "what backspace deleted goes on behind, for storage",
    file: DELETED,
    find: "const at = isBack ? this.#pieceFrom : end;",
    replace: "const at = end;",
  },
  {
    name: "what was typed at the place of a deleted unit does not move it",
    file: WALK,
    find: "index += first <= index ? change : 0;",
    replace: "index += first < index + (isGone ? 0 : 1) ? change : 0;",
  },
];
