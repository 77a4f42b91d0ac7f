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
const DOCUMENT = "crdt/text/text-document.ts";
const CODEC = "crdt/text/update-codec.ts";

export const MUTANTS: readonly Mutant[] = [
  {
    name: "siblings stand by higher id",
    file: TRACKER,
    find: "return compareIds(first.agent, second.agent) || first.seq - second.seq;",
    replace: "return compareIds(second.agent, first.agent) || first.seq - second.seq;",
  },
  {
    name: "Fugue instead of FugueMax: right origins do not count",
    file: TRACKER,
    find: "if (farther !== 0) return farther;",
    replace: "",
  },
  {
    name: "a deletion is not taken back when the prepare version moves",
    file: TRACKER,
    find: "this.#setPrepare(run, run.prepare + by);\n        lv += count;",
    replace: "lv += count;",
  },
  {
    name: "what two people deleted is told to the editor twice",
    file: TRACKER,
    find: "if (run.isGone) continue;",
    replace: "",
  },
  {
    name: "tombstones are no right origins",
    file: TRACKER,
    find: "while (next !== undefined && next.prepare === 0)",
    replace: "while (next !== undefined && next.prepare !== 1)",
  },
  {
    name: "the second part of a cut run loses its children",
    file: TRACKER,
    find: "rightKids: run.rightKids,",
    replace: "rightKids: [],",
  },
  {
    name: "a tracker begins where not everything after had seen it",
    file: DOCUMENT,
    find: "this.#critical.forgetAfter(Math.max(-1, ...parentLvs));",
    replace: "",
  },
  {
    name: "an event is taken in one too early",
    file: DOCUMENT,
    find: "if (seq >= this.#log.seqOf(agent)) return false;",
    replace: "if (seq > this.#log.seqOf(agent)) return false;",
  },
  {
    name: "a refused update stays half applied",
    file: DOCUMENT,
    find: "if (this.#log.count > before.count) this.#truncate(before.count);",
    replace: "",
  },
  {
    name: "a surrogate pair is torn by an insertion",
    file: DOCUMENT,
    find: "const at = this.#isInsidePair(index) ? index - 1 : index;",
    replace: "const at = index;",
  },
  {
    name: "an anchor behind a deleted unit counts it",
    file: DOCUMENT,
    find: "return index + (isBehind && isVisible ? 1 : 0);",
    replace: "return index + (isBehind ? 1 : 0);",
  },
  {
    name: "the rest of a run of backspaces begins at its first place",
    file: CODEC,
    find: 'position + (kind === "insert" ? skip : kind === "delete" ? 0 : -skip)',
    replace: 'position + (kind === "insert" ? skip : 0)',
  },
];
