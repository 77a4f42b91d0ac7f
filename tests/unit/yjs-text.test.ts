/** What a replica shows of what stock clients make: words in bold, images, and half of a surrogate pair gone. */

import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { applySplices, type Splice } from "../../crdt/base/splice.ts";
import type { Replica } from "../../crdt/strategy/strategy.ts";
import { yjsStrategy } from "../../crdt/strategy/yjs-strategy.ts";

/** A stock client, and a replica that is told what it does; `shown` is what an editor has of it. */
function pair() {
  const doc = new Y.Doc();
  doc.clientID = 1;
  const text = doc.getText("text");
  const replica: Replica = yjsStrategy.open({ replica: replicaIdFrom(9), clock: new VirtualClock() });
  const seen: { shown: string; splices: Splice[] } = { shown: "", splices: [] };
  doc.on("update", (update: Uint8Array, origin: unknown) => {
    if (origin === "replica") return;
    const { splices } = replica.receive(update);
    seen.shown = applySplices(seen.shown, splices);
    seen.splices.push(...splices);
  });
  const edit = (index: number, remove: number, insert: string): void => {
    const edited = replica.edit([{ index, remove, insert }]);
    if (edited.isAccepted) Y.applyUpdate(doc, edited.update, "replica");
  };
  return { text, replica, seen, edit };
}

describe("an image of a stock client", () => {
  it("has a place in the text, so that what is typed behind it stands behind it", () => {
    const { text, replica, seen, edit } = pair();
    text.insert(0, "ab");
    text.insertEmbed(1, { image: "é" });
    expect([replica.text(), seen.shown, replica.length]).toEqual(["a\ufffcb", "a\ufffcb", 3]);
    edit(3, 0, "!");
    expect(text.toDelta()).toEqual([{ insert: "a" }, { insert: { image: "é" } }, { insert: "b!" }]);
  });

  it("goes with the character that stands for it", () => {
    const { text, replica, edit } = pair();
    text.insert(0, "ab");
    text.insertEmbed(1, { image: "é" });
    edit(1, 1, "");
    expect([text.toDelta(), replica.text()]).toEqual([[{ insert: "ab" }], "ab"]);
  });

  it("is in the inspector", () => {
    const { text, replica } = pair();
    text.insertEmbed(0, {});
    text.insert(1, "x", { bold: true });
    expect(replica.inspect().items.map((item) => item.text)).toEqual(["\ufffc", "", "x", ""]);
  });
});

it("a superfluous format is left to those who make formats: reading what has changed deletes nothing", () => {
  const { text, replica } = pair();
  text.insert(0, "one two");
  const copy = new Y.Doc();
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(text.doc!));
  // Both make the same word bold, so that one pair of formats is too much.
  text.format(0, 3, { bold: true });
  copy.getText("text").format(0, 3, { bold: true });
  replica.receive(Y.encodeStateAsUpdate(copy));
  expect(replica.stats().tombstones).toBe(0);
  const forward = replica.receive(Y.encodeStateAsUpdate(copy));
  expect(forward).toMatchObject({ forward: null, splices: [] });
});

it.each([
  ["the second half", 2, "a\ufffdb", [{ index: 1, remove: 2, insert: "\ufffd" }]],
  ["the first half", 1, "a\ufffdb", [{ index: 1, remove: 2, insert: "\ufffd" }]],
])("half a pair that a stock client deletes shows as what is left of it: %s", (_, at, shown, splices) => {
  const { text, replica, seen } = pair();
  text.insert(0, "a😀b");
  seen.splices = [];
  text.delete(at, 1);
  expect([replica.text(), seen.shown]).toEqual([shown, shown]);
  expect(applySplices("a😀b", seen.splices)).toBe(applySplices("a😀b", splices));
});

it("a pair that a stock client cuts in two shows as two halves", () => {
  const { text, replica, seen } = pair();
  text.insert(0, "a😀b");
  text.insert(2, "-");
  expect([replica.text(), seen.shown]).toEqual(["a\ufffd-\ufffdb", "a\ufffd-\ufffdb"]);
});
