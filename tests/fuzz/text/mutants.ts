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
const SPANS = "crdt/text/span-list.ts";
const STATE = "crdt/text/text-state.ts";
const DOCUMENT = "crdt/text/text-document.ts";
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
    file: TRACKER,
    find: "if (this.#log.compareIds(lv, list.idOf(other)) < 0) return place;",
    replace: "if (this.#log.compareIds(lv, list.idOf(other)) > 0) return place;",
  },
  {
    name: "Fugue instead of FugueMax: right origins do not count",
    file: TRACKER,
    find: "} else isScanning = this.#comparePlaces(otherRight, rightId) < 0;",
    replace: "} else if (this.#log.compareIds(lv, list.idOf(other)) < 0) return place;",
  },
  {
    name: "a deletion is not taken back when the prepare version moves",
    file: TRACKER,
    find: "const done = this.#shiftUnits(id, rest, this.#find(id), by);",
    replace: "const done = by > 0 ? this.#shiftUnits(id, rest, this.#find(id), by) : rest;",
  },
  {
    name: "what two people deleted is told to the editor twice",
    file: TRACKER,
    find: "if (this.#spans.delete(span)) sink?.deleted(index, count);",
    replace: "this.#spans.delete(span);\n    sink?.deleted(index, count);",
  },
  {
    name: "tombstones are no right origins",
    file: TRACKER,
    find: "while (right >= 0 && list.prepareOf(right) === 0)",
    replace: "while (right >= 0 && list.prepareOf(right) !== 1)",
  },
  {
    name: "a run goes on whatever stands behind it now",
    file: TRACKER,
    find: " && list.rightOf(leftSpan) === rightId;",
    replace: ";",
  },
  {
    name: "a cut node keeps the sums of what has left it",
    file: SPANS,
    find: "this.#prepareSum[node]! -= prepared;\n    this.#effectSum[node]! -= effected;",
    replace: "this.#prepareSum[node]! -= prepared;",
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
