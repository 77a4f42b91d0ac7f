/** Who inserted what, what was acknowledged, and what each saw of their own: what the checkers judge by. */

import type { Splice } from "../../../crdt/base/splice.ts";
import type { FabricMember, FabricWorld } from "../../../crdt/lab/fabric-world.ts";
import type { LogWatch } from "./log-watch.ts";
import { mark, marksOf } from "./marks.ts";

interface Written {
  /** Marks of each accepted edit, in order; a deletion alone has none. */
  readonly edits: string[][];
  /** How many of them are acknowledged. */
  acked: number;
}

/**
 * How members edit. `anywhere`: inserts and deletions at any place. `inserts`: no deletions, for where one takes whatever stands at
 * its index by then. `lines`: whole new lines between the others, for where a line or a conflicting region is one value,
 * whose parts stand in two values once two people have written it at once.
 */
export type Hand = "anywhere" | "inserts" | "lines";

export class Witness {
  /** A member's own writes that it did not see any more. */
  readonly unseen: string[] = [];
  /** Marks that somebody deleted, acknowledged or not. */
  readonly deleted = new Set<string>();
  refusals = 0;
  readonly #world: FabricWorld;
  readonly #watch: LogWatch;
  readonly #written = new Map<FabricMember, Written>();
  readonly #hand: Hand;
  #marks = 0;

  constructor(world: FabricWorld, watch: LogWatch, hand: Hand) {
    this.#world = world;
    this.#watch = watch;
    this.#hand = hand;
    for (const member of world.members) this.#written.set(member, { edits: [], acked: 0 });
  }

  get inserted(): number {
    return this.#marks;
  }

  /** One random edit in the member's own view; what it came to is in `take`. */
  edit(member: FabricMember): { readonly splice: Splice; readonly releases: boolean } {
    const { note, prng } = member;
    const text = note.text();
    const isOfLines = this.#hand === "lines";
    const at = prng.int(0, text.length + 1);
    const index = isOfLines ? text.lastIndexOf("\n", at - 1) + 1 : at;
    const removes = this.#hand === "anywhere" && prng.float() < 0.25 && index < text.length;
    const inserts = Array.from({ length: removes && prng.float() < 0.5 ? 0 : prng.int(1, 3) }, () => mark(this.#marks++));
    const insert = inserts.join("") + (isOfLines || (inserts.length > 0 && prng.float() < 0.2) ? "\n" : "");
    const remove = removes ? prng.int(1, Math.min(3, text.length - index) + 1) : 0;
    const splice = { index, remove, insert };
    const isTaken = this.take(member, splice);
    return { splice, releases: isTaken && note.replica.lock !== undefined && prng.float() < 0.3 };
  }

  /** One edit in the member's own view; beyond its text it falls to the end. Returns whether it was accepted. */
  take(member: FabricMember, splice: Splice): boolean {
    const { note } = member;
    const text = note.text();
    const { insert } = splice;
    const index = Math.min(splice.index, text.length);
    const remove = Math.min(splice.remove, text.length - index);
    const inserts = marksOf(insert);
    const edited = note.edit([{ index, remove, insert }], index + insert.length);
    if (!edited.isAccepted) {
      this.refusals++;
      note.acquireLock();
      return false;
    }
    for (const gone of marksOf(text.slice(index, index + remove))) this.deleted.add(gone);
    if (edited.update.length > 0) this.#written.get(member)!.edits.push(inserts);
    for (const one of inserts) this.#watch.history.invoke(one, this.#world.clock.now());
    if (edited.correction.length === 0 && !inserts.every((one) => note.text().includes(one)))
      this.unseen.push(`${member.id} does not see what it has just written`);
    return true;
  }

  /** To be called after every step: what is acknowledged by now, and whether everybody sees their own. */
  look(): void {
    const { strategy, clock } = this.#world;
    for (const [member, written] of this.#written) {
      const { note } = member;
      const { unsaved, isLoaded, draft } = note.session.status();
      if (!isLoaded || draft !== null) continue;
      const acked = unsaved === 0 ? written.edits.length : written.edits.length - unsaved;
      for (const marks of written.edits.slice(written.acked, Math.max(written.acked, acked)))
        for (const one of marks) this.#watch.history.ack(one, clock.now());
      written.acked = Math.max(written.acked, acked);
      if (strategy.traits.losesWrites) continue;
      const seen = new Set(marksOf(note.text()));
      const missing = written.edits.flat().filter((one) => !seen.has(one) && !this.deleted.has(one));
      if (missing.length > 0) this.unseen.push(`${member.id} does not see its own ${missing.join("")} at ${clock.now()}`);
    }
  }

  /** Every mark whose writer was told that it is saved. */
  acknowledged(): string[] {
    return [...this.#written.values()].flatMap(({ edits, acked }) => edits.slice(0, acked).flat());
  }
}
