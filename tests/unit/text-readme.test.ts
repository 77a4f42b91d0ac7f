import { expect, it } from "vitest";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { TextDocument } from "../../crdt/text/text-document.ts";

it("the example of crdt/text/README.md", () => {
  const [ana, bo] = [1, 2].map((n) => TextDocument.create({ agent: replicaIdFrom(n) })) as [TextDocument, TextDocument];
  ana.insert(0, "AC");
  bo.applyUpdate(ana.encode());
  const updates: Uint8Array[] = [];
  for (const document of [ana, bo]) document.onUpdate((update) => updates.push(update));
  ana.insert(1, "B");
  bo.delete(1, 1);
  expect([ana.toString(), bo.toString()]).toEqual(["ABC", "A"]);
  expect(ana.applyUpdate(updates[1]!)).toEqual([{ index: 2, remove: 1, insert: "" }]);
  expect(bo.applyUpdate(updates[0]!)).toEqual([{ index: 1, remove: 0, insert: "B" }]);
  expect([ana.toString(), bo.toString()]).toEqual(["AB", "AB"]);
});
