import { describe, expect, it } from "vitest";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { applySplices, type Splice } from "../../crdt/base/splice.ts";
import { TextDocument } from "../../crdt/text/text-document.ts";

const pair = (text: string): [TextDocument, TextDocument] => {
  const ana = TextDocument.create({ agent: replicaIdFrom(1) });
  const start = TextDocument.create({ agent: replicaIdFrom(9) });
  if (text !== "") start.insert(0, text);
  ana.applyUpdate(start.encode());
  return [ana, TextDocument.load(ana.encode(), { agent: replicaIdFrom(2) })];
};

function sync(...documents: TextDocument[]): void {
  for (const to of documents) for (const from of documents) to.applyUpdate(from.since(to.version()));
}

describe("undo", () => {
  it("U1: undo around a guest keeps the guest's text; redo puts one's own back around it", () => {
    const [ana, bo] = pair("");
    for (const letter of "hello") ana.insert(ana.length, letter);
    sync(ana, bo);
    bo.insert(2, "XX");
    sync(ana, bo);
    ana.undo();
    expect(ana.toString()).toBe("XX");
    ana.redo();
    sync(ana, bo);
    expect([ana.toString(), bo.toString()]).toEqual(["heXXllo", "heXXllo"]);
  });

  it("U2: what both deleted comes back before what was typed in its place", () => {
    const [ana, bo] = pair("keep this word");
    ana.delete(5, 5);
    bo.delete(5, 5);
    bo.insert(5, "that ");
    sync(ana, bo);
    expect(ana.toString()).toBe("keep that word");
    ana.undo();
    sync(ana, bo);
    expect([ana.toString(), bo.toString()]).toEqual(["keep this that word", "keep this that word"]);
  });

  it("U3: what undo typed anew is not reached by the other's deletion", () => {
    const [ana, bo] = pair("abc");
    ana.delete(1, 1);
    ana.undo();
    bo.delete(1, 1);
    sync(ana, bo);
    expect([ana.toString(), bo.toString()]).toEqual(["abc", "abc"]);
  });

  it("what was typed while a character was there stays before it when that comes back", () => {
    const [ana, bo] = pair("ac");
    ana.insert(1, "b");
    sync(ana, bo);
    bo.insert(1, "Z");
    ana.delete(1, 1);
    sync(ana, bo);
    expect(ana.toString()).toBe("aZc");
    ana.undo();
    expect(ana.toString()).toBe("aZbc");
  });

  it("a run is what was typed or deleted in one go; with nothing left to undo nothing happens", () => {
    const [ana] = pair("");
    for (const letter of "one") ana.insert(ana.length, letter);
    ana.insert(0, ">> ");
    for (let n = 0; n < 2; n++) ana.delete(ana.length - 1, 1);
    expect(ana.toString()).toBe(">> o");
    const seen = Array.from({ length: 4 }, () => (ana.undo(), ana.toString()));
    expect(seen).toEqual([">> one", "one", "", ""]);
    expect(ana.undo()).toEqual([]);
    const back = Array.from({ length: 4 }, () => (ana.redo(), ana.toString()));
    expect(back).toEqual(["one", ">> one", ">> o", ">> o"]);
  });

  it("an edit after an undo leaves nothing to redo", () => {
    const [ana] = pair("");
    ana.insert(0, "a");
    ana.undo();
    ana.insert(0, "b");
    expect([ana.redo(), ana.toString()]).toEqual([[], "b"]);
  });

  it.each(Array.from({ length: 60 }, (_, seed) => seed))(
    "undo of everything, then redo of everything, leaves the text; others converge; seed %i",
    (seed) => {
      const prng = createPrng(`undo/${seed}`);
      const [ana, bo] = pair("some text to begin with 😀");
      const edit = (document: TextDocument): void => {
        const at = prng.int(0, document.length + 1);
        if (prng.float() < 0.4 && at < document.length) document.delete(at, Math.min(document.length - at, prng.int(1, 5)));
        else document.insert(at, prng.float() < 0.2 ? "😀" : "abc".slice(0, prng.int(1, 4)));
      };
      for (let n = 0; n < 30; n++) {
        edit(prng.float() < 0.5 ? ana : bo);
        if (prng.float() < 0.2) sync(ana, bo);
      }
      sync(ana, bo);
      const before = ana.toString();
      let editor = before;
      const follow = (splices: readonly Splice[]): boolean => {
        editor = applySplices(editor, splices);
        expect(editor).toBe(ana.toString());
        return splices.length > 0;
      };
      let undone = 0;
      for (let count = ana.eventCount; undone < 100; undone++, count = ana.eventCount) {
        follow(ana.undo());
        if (ana.eventCount === count) break;
      }
      const others = bo.toString();
      for (let n = 0; n < undone; n++) follow(ana.redo());
      expect(ana.toString()).toBe(before);
      expect(bo.toString()).toBe(others);
      sync(ana, bo);
      expect(bo.toString()).toBe(ana.toString());
      ana.checkInvariants();
      bo.checkInvariants();
    },
  );
});

/**
 * Units in a list, those that are gone included: what is put back stands where it stood, and what is typed stands behind what
 * is gone at its place. Only `undo` of the first of two authors is known.
 */
class Oracle {
  #units: { char: string; isThere: boolean }[] = [];
  readonly #runs: { readonly isInsertion: boolean; readonly units: { char: string; isThere: boolean }[] }[] = [];

  text(): string {
    return this.#units.reduce((text, { char, isThere }) => (isThere ? text + char : text), "");
  }

  edit(author: number, index: number, remove: number, insert: string): void {
    const there = this.#units.filter(({ isThere }) => isThere);
    const taken = there.slice(index, index + remove);
    for (const unit of taken) unit.isThere = false;
    const typed = Array.from(insert, (char) => ({ char, isThere: true }));
    const behind = there[index];
    if (insert !== "") this.#units.splice(behind === undefined ? this.#units.length : this.#units.indexOf(behind), 0, ...typed);
    if (author === 0) this.#runs.push({ isInsertion: insert !== "", units: insert === "" ? taken : typed });
  }

  undo(): void {
    for (let run = this.#runs.pop(); run !== undefined; run = this.#runs.pop()) {
      const { isInsertion } = run;
      const changed = run.units.filter(({ isThere }) => isThere === isInsertion);
      for (const unit of changed) unit.isThere = !isInsertion;
      if (changed.length > 0) return;
    }
  }
}

describe("undo from the rows alone", () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))("one writer comes back through every text there was; seed %i", (seed) => {
    const prng = createPrng(`undo-alone/${seed}`);
    let document = TextDocument.create({ agent: replicaIdFrom(1) });
    document.insert(0, "what there was 😀 before");
    // From what is stored of the deleted text, or from what was typed.
    if (seed % 2 === 0) document = TextDocument.load(document.encode(), { agent: replicaIdFrom(1) });
    const texts = [document.toString()];
    let isNewRun = true;
    for (let n = 0; n < 60; n++) {
      const dice = prng.float();
      if (dice < 0.25 && texts.length > 1) {
        document.undo();
        texts.pop();
        isNewRun = true;
      } else {
        const at = prng.float() < 0.5 ? prng.int(0, document.length + 1) : Math.min(document.length, 3);
        const [runs, count] = [[...document.events()].length, document.eventCount];
        if (dice < 0.6) document.insert(at, prng.float() < 0.2 ? "😀" : "abcdef".slice(0, prng.int(1, 7)));
        else document.delete(at, Math.min(document.length - at, prng.int(1, 8)));
        if (document.eventCount === count) continue;
        if (isNewRun || [...document.events()].length > runs) texts.push(document.toString());
        else texts[texts.length - 1] = document.toString();
        isNewRun = false;
      }
      if (prng.float() < 0.1) document.encode();
      expect(document.toString()).toBe(texts.at(-1));
    }
    const last = document.toString();
    const undone = texts.length - 1;
    while (texts.length > 1) {
      document.undo();
      texts.pop();
      expect(document.toString()).toBe(texts.at(-1));
    }
    for (let n = 0; n < undone; n++) document.redo();
    expect(document.toString()).toBe(last);
    document.checkInvariants();
  });

  it.each(Array.from({ length: 60 }, (_, seed) => seed))("puts units where they stood while another types in between; seed %i", (seed) => {
    const prng = createPrng(`undo-rows/${seed}`);
    const oracle = new Oracle();
    const [ana, bo] = [1, 2].map((n) => TextDocument.create({ agent: replicaIdFrom(n) })) as [TextDocument, TextDocument];
    for (let n = 0; n < 60; n++) {
      const { length } = ana;
      const [author, at] = [n > 0 && prng.float() < 0.6 ? 0 : 1, prng.int(0, length + 1)];
      const remove = prng.float() < 0.4 ? Math.min(length - at, prng.int(1, 6)) : 0;
      const text = remove > 0 ? "" : "abcdef".slice(0, prng.int(1, 7));
      if (prng.float() < 0.35) {
        ana.undo();
        oracle.undo();
      } else {
        const document = author === 0 ? ana : bo;
        if (remove > 0) document.delete(at, remove);
        else document.insert(at, text);
        oracle.edit(author, at, remove, text);
      }
      sync(ana, bo);
      // What another types ends a run.
      bo.insert(bo.length, ".");
      oracle.edit(1, bo.length - 1, 0, ".");
      sync(ana, bo);
      expect(ana.toString()).toBe(oracle.text());
    }
    ana.checkInvariants();
  });
});
