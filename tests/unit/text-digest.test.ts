import { expect, it } from "vitest";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { walkerStrategy } from "../../crdt/strategy/walker-strategy.ts";
import { TextDocument } from "../../crdt/text/text-document.ts";

const [ANA, BO, READER] = [replicaIdFrom(1), replicaIdFrom(2), replicaIdFrom(9)];
const clock = new VirtualClock();

/** Two who write at the same time, then read each other; and one who writes after that. */
function history(): { readonly whole: TextDocument; readonly updates: Uint8Array[] } {
  const updates: Uint8Array[] = [];
  const [ana, bo] = [TextDocument.create({ agent: ANA }), TextDocument.create({ agent: BO })];
  for (const document of [ana, bo]) document.onUpdate((update) => updates.push(update.slice()));
  ana.insert(0, "one ");
  bo.insert(0, "two ");
  bo.delete(1, 1);
  ana.applyUpdates(updates.slice(1));
  bo.applyUpdates(updates.slice(0, 1));
  ana.insert(ana.length, "three");
  ana.delete(ana.length - 1, 1);
  return { whole: ana, updates };
}

it("of a history is the same in whatever order it came, and when it is cut", () => {
  const { whole, updates } = history();
  const late = TextDocument.create({ agent: READER });
  late.applyUpdates(updates.toReversed());
  const cut = TextDocument.load(whole.encode({ history: "cut" }), { agent: READER });
  const short = TextDocument.load(whole.encode({ history: "without-deleted-text" }), { agent: READER });
  const sorted = (document: TextDocument): unknown => document.digests().sort(([a], [b]) => (a < b ? -1 : 1));
  for (const copy of [late, cut, short]) expect(sorted(copy)).toEqual(sorted(whole));
  // Behind the cut it goes on as the others do.
  const update: Uint8Array[] = [];
  whole.onUpdate((bytes) => update.push(bytes.slice()));
  whole.insert(2, "x");
  cut.applyUpdates(update);
  expect(sorted(cut)).toEqual(sorted(whole));
});

it("makes a cut copy the same as a whole one behind the seam", () => {
  const { whole } = history();
  const open = (state: Uint8Array) => walkerStrategy.open({ replica: READER, clock, state }).hash();
  expect(open(whole.encode({ history: "cut" }))).toEqual(open(whole.encode()));
});

it("tells histories of the same text and the same numbers apart", () => {
  const made = (edit: (document: TextDocument) => void): unknown => {
    const document = TextDocument.create({ agent: ANA });
    document.insert(0, "aaa");
    edit(document);
    return document.digests();
  };
  const first = made((document) => document.insert(0, "a"));
  expect(first).toEqual(made((document) => document.insert(0, "a")));
  expect(first).not.toEqual(made((document) => document.insert(3, "a")));
  expect(made((document) => document.delete(0, 2))).not.toEqual(
    made((document) => {
      document.delete(1, 1);
      document.delete(0, 1);
    }),
  );
});
