/** The text CRDT against the naive FugueMax, step by step; trackers hot, cold and from every kind of base. */

import { describe, expect, it } from "vitest";
import { type ReplicaId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng, pick, type Prng, shuffle } from "../../crdt/base/prng.ts";
import { applySplices } from "../../crdt/base/splice.ts";
import { TextDocument } from "../../crdt/text/text-document.ts";
import { type CharOp, FugueMaxText } from "../../crdt/textbook/fuguemax.ts";

const SEEDS = Math.ceil(60 * Number(process.env.FUZZ_SCALE ?? 1));
const FIRST_SEED = Number(process.env.FUZZ_SEED ?? 0);
const STEPS = 100;

interface Edit {
  readonly author: number;
  readonly update: Uint8Array;
  readonly ops: readonly CharOp[];
  /** How many edits of each member its author had. */
  readonly seen: readonly number[];
}

interface Member {
  readonly id: ReplicaId;
  document: TextDocument;
  readonly oracle: FugueMaxText;
  editor: string;
  /** Edits of each member that are here. */
  readonly has: number[];
}

function rerun(seed: number): string {
  return `FUZZ_SEED=${seed} FUZZ_SCALE=0.01 npx vitest run --config tests/vitest.config.ts tests/fuzz/text-document`;
}

function edit(prng: Prng, member: Member, author: number): Edit {
  const { document, oracle, has } = member;
  const updates: Uint8Array[] = [];
  const stop = document.onUpdate((update) => updates.push(update));
  const before = document.toString();
  const index = prng.int(0, before.length + 1);
  let ops: CharOp[];
  if (before.length > 0 && prng.float() < 0.35) {
    const from = Math.min(index, before.length - 1);
    const count = prng.int(1, Math.min(6, before.length - from) + 1);
    document.delete(from, count);
    ops = oracle.delete(from, count);
  } else {
    const text = pick(prng, ["a", "bc", "xyz", "q", "long run "]);
    // Backward typing too: each next one before the last.
    document.insert(index, text);
    ops = oracle.insert(index, text);
  }
  stop();
  member.editor = document.toString();
  const seen = [...has];
  has[author]!++;
  return { author, update: updates[0]!, ops, seen };
}

/** Gives an edit to a member that has all that it builds on. */
function deliver(member: Member, { author, update, ops }: Edit): void {
  member.editor = applySplices(member.editor, member.document.applyUpdate(update));
  for (const op of ops) member.oracle.apply(op);
  member.has[author]!++;
}

function isReady({ has }: Member, { author, seen }: Edit): boolean {
  return has[author] === seen[author] && seen.every((count, n) => n === author || has[n]! >= count);
}

describe("TextDocument", () => {
  it.each([2, 3, 5])("%i replicas agree with FugueMax after every step", (replicas) => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      const prng = createPrng(`${replicas}/${seed}`);
      const members = Array.from({ length: replicas }, (_, n): Member => {
        const id = replicaIdFrom(n + 1);
        return {
          id,
          document: TextDocument.create({ agent: id }),
          oracle: new FugueMaxText(id),
          editor: "",
          has: Array.from({ length: replicas }, () => 0),
        };
      });
      const edits: Edit[] = [];
      const check = (member: Member): void => {
        const wanted = member.oracle.text();
        expect(member.document.toString(), rerun(seed)).toBe(wanted);
        expect(member.editor, rerun(seed)).toBe(wanted);
      };
      // Some runs are chatty, some have long branches.
      const chatter = pick(prng, [0.2, 0.5, 0.8]);
      for (let step = 0; step < STEPS; step++) {
        const author = prng.int(0, replicas);
        const member = members[author]!;
        const ready = edits.filter((candidate) => isReady(member, candidate));
        if (ready.length > 0 && prng.float() < chatter) deliver(member, pick(prng, ready));
        else edits.push(edit(prng, member, author));
        check(member);
        if (prng.float() < 0.05) {
          member.document = TextDocument.load(member.document.encode(), { agent: member.id });
          check(member);
        }
        if (prng.float() < 0.05) member.document.checkInvariants();
        if (prng.float() < 0.05) member.document.anchor(prng.int(0, member.document.length + 1), 1);
      }
      for (const member of members) {
        for (
          let next = edits.find((candidate) => isReady(member, candidate));
          next !== undefined;
          next = edits.find((candidate) => isReady(member, candidate))
        )
          deliver(member, next);
        check(member);
        member.document.checkInvariants();
      }
      expect(new Set(members.map(({ document }) => document.toString())).size, rerun(seed)).toBe(1);
      expect(new Set(members.map(({ document }) => String(document.frontier()))).size, rerun(seed)).toBe(1);

      // All of it in any order, twice, in one document that begins empty.
      const late = TextDocument.create({ agent: replicaIdFrom(99) });
      let editor = "";
      for (const { update } of shuffle(prng, [...edits, ...edits])) editor = applySplices(editor, late.applyUpdate(update));
      expect([late.toString(), editor, late.missing()], rerun(seed)).toEqual([members[0]!.document.toString(), late.toString(), []]);
      late.checkInvariants();
    }
  });
});
