/**
 * A world of replicas that edit one text, each a TextDocument beside a plain string (the editor, which is told of changes
 * by splices alone) and a view of the oracle. `take` does one step and then checks what it touched; whatever does not
 * hold is thrown. Nothing in here draws a random number: a world is what its steps say.
 */

import { ProtocolError } from "../../../crdt/base/errors.ts";
import { type ReplicaId, replicaIdFrom } from "../../../crdt/base/ids.ts";
import { createPrng, pick, type Prng, shuffle } from "../../../crdt/base/prng.ts";
import { type VersionVector, writeVector } from "../../../crdt/causal/version-vector.ts";
import { walkerStrategy } from "../../../crdt/strategy/walker-strategy.ts";
import type { Anchor } from "../../../crdt/text/anchors.ts";
import { TextDocument } from "../../../crdt/text/text-document.ts";
import { decodeFrames } from "../../../crdt/text/update-codec.ts";
import { noCounts } from "./counts.ts";
import { listen, type Edit, type Member, newMember, place, tellEditor, Wire } from "./member.ts";
import { Oracle, type Range, type Unit } from "./oracle.ts";
import {
  breakUpdate,
  checkMissing,
  digestText,
  equal,
  impersonate,
  isInsidePair,
  LONE_SURROGATE,
  readLate,
  replay,
  wellFormed,
} from "./probes.ts";
import { CARET, type History, type Step, type Where } from "./steps.ts";
import { undoOrRedo } from "./undo.ts";

/** Beyond this a text is halved. */
const LENGTH_MAX = 3_000;

interface Moment {
  readonly frontier: Uint8Array;
  readonly known: readonly number[];
  readonly text: string;
}

interface Held {
  readonly anchor: Anchor;
  readonly unit: Unit | null;
  readonly side: -1 | 1;
}

export class FuzzWorld {
  readonly counts = noCounts();
  readonly oracle: Oracle;
  readonly #members: Member[];
  readonly #wire: Wire;
  #moments: Moment[] = [];
  #anchors: Held[] = [];
  #isCompacted = false;

  constructor(replicas: number) {
    this.oracle = new Oracle(replicas);
    this.#wire = new Wire(replicas);
    this.#members = Array.from({ length: replicas }, (_, n) => newMember(n, replicaIdFrom(n + 1)));
  }

  get documents(): readonly TextDocument[] {
    return this.#members.map(({ document }) => document);
  }

  /** @throws whatever does not hold. */
  take(step: Step): void {
    this.counts.steps++;
    const member = this.#member("to" in step ? step.to : step.by);
    switch (step.do) {
      case "type":
        if (member.editor.length > LENGTH_MAX) this.#erase(member, member.editor.length >> 2, member.editor.length >> 1);
        else this.#type(member, step.where, step.text, step.isBackward === true);
        break;
      case "erase":
        this.#eraseStep(member, step.where, step.count, step.isBackward === true);
        break;
      case "deliver":
        this.#deliver(member, step.from, step.how, step.pick);
        break;
      case "reload":
        if (this.oracle.waiting(member.n).length > 0) member.twin = null;
        this.oracle.forgetWaiting(member.n);
        member.document = this.#load(member, member.document.encode());
        listen(member);
        break;
      case "twin":
        if (this.oracle.waiting(member.n).length === 0) this.#makeTwin(member, step.history);
        break;
      case "remember":
        this.#moments.push({ frontier: member.document.frontier(), known: [...this.oracle.known(member.n)], text: member.editor });
        break;
      case "checkout":
        this.#checkout(member, step.pick);
        break;
      case "anchor":
        this.#anchor(member, step.where, step.side);
        break;
      case "resolve":
        this.#resolve(member);
        break;
      case "undo":
      case "redo":
        this.#undo(member, step.do);
        break;
      case "replay":
        this.counts.replays++;
        replay(member.document);
        break;
      case "invariants": {
        member.document.checkInvariants();
        const from = step.pick % (member.editor.length + 1);
        equal("slice", member.document.slice(from, from + 9), member.editor.slice(from, from + 9));
        break;
      }
      case "impostor":
        if (this.oracle.known(member.n)[this.#member(step.as).n]! > 0) impersonate(member.document, this.#member(step.as).id, this.counts);
        break;
      case "damage":
        this.#damage(member, createPrng(step.pick));
        break;
    }
    this.#check(member);
  }

  /** Everybody gets everything, in one way or another, and must then be the same. @throws whatever does not hold. */
  finish(): void {
    this.quiesce();
    const [first] = this.#members;
    const updates = this.#wire.all().map(({ update }) => update);
    if (!this.#isCompacted) readLate(updates, first!.editor, createPrng(this.counts.events));
    for (const member of this.#members) this.#resolve(member);
    this.#members.at(-1)!.document.checkInvariants();
    replay(first!.document);
    for (const moment of this.#moments.slice(-6)) this.#goBack(this.#member(moment.text.length), moment);
    const before = first!.editor;
    const events = first!.document.eventCount;
    this.#undo(first!, "undo");
    // With nothing left to undo, redo would put back what was undone before.
    if (first!.document.eventCount > events) {
      this.#undo(first!, "redo");
      equal("undo and redo", first!.editor, before);
    }
  }

  /** Everybody gets everything and is compared. */
  quiesce(): void {
    for (const to of this.#members) {
      for (const from of this.#members) this.#sync(to, from);
      this.#check(to);
    }
    for (const to of this.#members) {
      for (const from of this.#members) this.#sync(to, from);
      this.#check(to);
      const [first] = this.#members;
      equal("text of all", to.editor, first!.editor);
      equal("frontier of all", String(to.document.frontier()), String(first!.document.frontier()));
    }
  }

  /** Forgets what all have, so that a world can run for ever. */
  compact(): void {
    this.quiesce();
    this.oracle.compact();
    this.#isCompacted = true;
    this.#wire.clear();
    this.#anchors = [];
    this.#moments = this.#moments.slice(-20);
  }

  #member(n: number): Member {
    return this.#members[n % this.#members.length]!;
  }

  /** A local edit, here, in the oracle and in the editor. */
  #edit(member: Member, act: () => void, model: () => Range): void {
    const deps = [...this.oracle.known(member.n)];
    act();
    const range = model();
    const updates = member.told.splice(0);
    if (range.from === range.to) return equal("updates of an edit that changed nothing", updates.length, 0);
    equal("updates of one edit", updates.length, 1);
    const [update] = updates as [Uint8Array];
    walkerStrategy.validate(update);
    this.counts.edits++;
    this.counts.events += range.to - range.from;
    this.#wire.add({ ...range, update, deps });
    this.#feedTwin(member, [update]);
  }

  #type(member: Member, where: Where, text: string, isBackward: boolean): void {
    for (const piece of isBackward ? Array.from(text) : [text]) {
      const index = place(member, where);
      const meant = wellFormed(piece);
      const at = isInsidePair(member.editor, index) ? index - 1 : index;
      this.#edit(
        member,
        () => member.document.insert(index, piece),
        () => this.oracle.insert(member.n, at, meant),
      );
      member.editor = member.editor.slice(0, at) + meant + member.editor.slice(at);
      member.caret = isBackward ? at : at + meant.length;
      // The others of the run go to where the first went.
      if (isBackward) where = CARET;
    }
  }

  #eraseStep(member: Member, where: Where, count: number, isBackward: boolean): void {
    const index = place(member, where);
    if (!isBackward) return this.#erase(member, index, count);
    member.caret = index;
    for (let n = count; n > 0 && member.caret > 0; n--) this.#erase(member, member.caret - 1, 1);
  }

  #erase(member: Member, index: number, wanted: number): void {
    const count = Math.min(wanted, member.editor.length - index);
    const from = count > 0 && isInsidePair(member.editor, index) ? index - 1 : index;
    const to = count > 0 && isInsidePair(member.editor, index + count) ? index + count + 1 : index + count;
    this.#edit(
      member,
      () => member.document.delete(index, count),
      () => this.oracle.remove(member.n, from, to - from),
    );
    member.editor = member.editor.slice(0, from) + member.editor.slice(to);
    member.caret = from;
  }

  #deliver(to: Member, from: number, how: (Step & { do: "deliver" })["how"], choice: number): void {
    if (how === "sync") return this.#sync(to, this.#member(from));
    if (how === "split") return this.#syncInParts(to, this.#member(from), choice);
    if (how === "twice") {
      const edit = this.#wire.recent(from % this.#members.length, choice);
      if (edit !== undefined) for (let n = 0; n < 2; n++) this.#give(to, [edit.update], [edit]);
      return;
    }
    const pending = this.#wire.pending(to.n, this.oracle.known(to.n));
    if (pending.length === 0) return;
    if (how === "next") {
      const known = this.oracle.known(to.n);
      const ready = pending.filter(({ agent, from: seq, deps }) => known[agent]! >= seq && deps.every((count, n) => known[n]! >= count));
      const edit = ready[choice % Math.max(1, ready.length)];
      if (edit !== undefined) this.#give(to, [edit.update], [edit]);
    } else if (how === "early") {
      const edit = pending[choice % pending.length]!;
      this.#give(to, [edit.update], [edit]);
    } else {
      const some = shuffle(createPrng(choice), pending).slice(0, 2 + (choice % 7));
      const updates = some.map(({ update }) => update);
      if (how === "shuffled") for (const edit of some) this.#give(to, [edit.update], [edit]);
      else if (how === "batch") this.#give(to, updates, some);
      else {
        const merged = walkerStrategy.merge!(updates);
        walkerStrategy.validate(merged);
        this.#give(to, [merged], some);
      }
    }
  }

  #sync(to: Member, from: Member): void {
    if (to === from) return;
    this.#give(to, [from.document.since(to.document.version())], this.#lacking(to, from));
  }

  /** What the other has, first only what lies beyond a version between, then the rest. */
  #syncInParts(to: Member, from: Member, choice: number): void {
    if (to === from) return;
    const prng = createPrng(choice);
    const whole = from.document.since(to.document.version());
    const middle = new Map<ReplicaId, number>();
    const lacking = this.#lacking(to, from);
    for (const range of lacking) middle.set(this.#members[range.agent]!.id, prng.int(range.from, range.to + 1));
    for (const { n, id } of this.#members) if (!middle.has(id)) middle.set(id, this.oracle.known(to.n)[n]!);
    const part = walkerStrategy.diff!(whole, writeVector(middle));
    // A cut never falls between the halves of a surrogate pair: the part may hold one event more than it was asked for.
    const { runs, packed } = decodeFrames(part);
    const tail = lacking.flatMap((range): Range[] => {
      const { id } = this.#members[range.agent]!;
      const asked = middle.get(id)!;
      const cut = packed.length > 0 ? range.from : Math.min(range.to, ...runs.filter(({ agent }) => agent === id).map(({ seq }) => seq));
      if (cut < asked - 1) throw new Error(`a part from ${cut} on where ${asked} was asked for`);
      middle.set(id, Math.min(asked, cut));
      return cut < range.to ? [{ ...range, from: cut }] : [];
    });
    if (tail.length === 0) equal("bytes of a part that tells nothing new", part.length, 0);
    else this.#give(to, [part], tail);
    this.#check(to);
    // What lies before it: in all that there is, or edit by edit, so that the part that came first is what is taken in.
    if (choice % 2 === 0) return this.#give(to, [whole], this.#lacking(to, from));
    for (const edit of this.#wire.all()) {
      const cut = middle.get(this.#members[edit.agent]!.id)!;
      if (edit.from < cut && edit.to > this.oracle.known(to.n)[edit.agent]!) this.#give(to, [edit.update], [edit]);
    }
  }

  #lacking(to: Member, from: Member): Range[] {
    const [has, other] = [this.oracle.known(to.n), this.oracle.known(from.n)];
    return other.flatMap((count, agent) => (count > has[agent]! ? [{ agent, from: has[agent]!, to: count }] : []));
  }

  #give(to: Member, updates: readonly Uint8Array[], ranges: readonly Range[]): void {
    const known = [...this.oracle.known(to.n)];
    this.counts.deliveries++;
    const splices = updates.length === 1 ? to.document.applyUpdate(updates[0]!) : to.document.applyUpdates(updates);
    tellEditor(to, splices);
    this.oracle.receive(to.n, ranges);
    const isEarly = this.oracle.waiting(to.n).length > 0;
    if (isEarly) this.counts.early++;
    // Whoever wrote these had not seen everything that is here.
    const saw = (range: Range): readonly number[] | undefined => ("deps" in range ? (range as Edit).deps : undefined);
    if (ranges.some((range) => saw(range)?.some((count, n) => n !== range.agent && known[n]! > count))) this.counts.merges++;
    this.#feedTwin(to, updates);
  }

  #feedTwin(member: Member, updates: readonly Uint8Array[]): void {
    const { twin } = member;
    if (twin === null) return;
    try {
      for (const update of updates) twin.document.applyUpdate(update);
    } catch (error) {
      // What is older than a cut cannot be taken in any more, and says so.
      if (!(twin.history === "cut" && error instanceof ProtocolError)) throw error;
      member.twin = null;
    }
  }

  #load(member: Member, bytes: Uint8Array): TextDocument {
    this.counts.loads++;
    const document = TextDocument.load(bytes, { agent: member.id });
    equal("a loaded text", document.toString(), member.editor);
    equal("a loaded version", String(document.version()), String(member.document.version()));
    equal("a loaded digest", digestText(document), digestText(member.document));
    return document;
  }

  #makeTwin(member: Member, history: History): void {
    this.counts.twins++;
    const document = this.#load(member, member.document.encode({ history }));
    equal(`frontier of a twin (${history})`, String(document.frontier()), String(member.document.frontier()));
    member.twin = { document, history };
  }

  #checkout(member: Member, choice: number): void {
    const moment = this.#moments[choice % Math.max(1, this.#moments.length)];
    if (moment !== undefined) this.#goBack(member, moment);
  }

  #goBack(member: Member, { frontier, known, text }: Moment): void {
    this.counts.checkouts++;
    const has = this.oracle.known(member.n);
    if (known.every((count, n) => has[n]! >= count)) return equal("a version checked out", member.document.checkout(frontier), text);
    try {
      member.document.checkout(frontier);
    } catch (error) {
      if (error instanceof RangeError) return;
      throw error;
    }
    throw new Error("A version that is not here was checked out");
  }

  #anchor(member: Member, where: Where, side: -1 | 1): void {
    this.counts.anchors++;
    const index = place(member, where);
    const at = side < 0 ? index - 1 : index;
    const unit = at < 0 || at >= member.editor.length ? null : this.oracle.unitAt(member.n, at);
    this.#anchors.push({ anchor: member.document.anchor(index, side), unit, side });
    equal("an anchor, at once", member.document.resolve(this.#anchors.at(-1)!.anchor), index);
  }

  #resolve(member: Member): void {
    for (const { anchor, unit, side } of this.#anchors.slice(-12)) {
      const found = unit === null ? null : this.oracle.indexOf(member.n, unit);
      const border = unit === null && side < 0 ? 0 : member.editor.length;
      const wanted = found === null ? border : found.index + (side < 0 && found.isVisible ? 1 : 0);
      equal("an anchor", member.document.resolve(anchor), wanted);
    }
  }

  #undo(member: Member, what: "undo" | "redo"): void {
    this.counts.undos++;
    const edit = undoOrRedo(member, this.oracle, what);
    if (edit === null) return;
    this.#wire.add(edit);
    this.#feedTwin(member, [edit.update]);
  }

  #damage({ document }: Member, prng: Prng): void {
    const edits = this.#wire.all();
    if (edits.length > 0) breakUpdate(document, prng.float() < 0.7 ? pick(prng, edits).update : document.encode(), prng, this.counts);
  }

  #check(member: Member): void {
    const { n, document, editor, twin } = member;
    const wanted = this.oracle.text(n);
    equal("the text", document.toString(), wanted);
    equal("the editor", editor, wanted);
    equal("the length", document.length, wanted.length);
    if (LONE_SURROGATE.test(wanted)) throw new Error(`Half a surrogate pair in ${JSON.stringify(wanted)}`);
    const known = this.oracle.known(n);
    equal("the version", String(document.version()), String(this.#vector(known)));
    const missing = document.missing();
    checkMissing(missing, this.oracle.waiting(n).length > 0, (agent) => {
      const author = this.#members.findIndex(({ id }) => id === agent);
      return { known: known[author]!, made: this.oracle.made(author) };
    });
    if (twin === null) return;
    if (twin.history === "cut" && twin.document.missing().length > missing.length) member.twin = null;
    else {
      equal(`a twin (${twin.history})`, twin.document.toString(), wanted);
      equal(`the digest of a twin (${twin.history})`, digestText(twin.document), digestText(document));
    }
  }

  #vector(known: readonly number[]): Uint8Array {
    const vector: VersionVector = new Map(this.#members.flatMap(({ n, id }) => (known[n]! > 0 ? [[id, known[n]!] as const] : [])));
    return writeVector(vector);
  }
}
