/** What others say of themselves, before it reaches text or style. */

import { describe, expect, it } from "vitest";
import { claimOf } from "../../app/_client/capabilities.ts";
import { caretOf } from "../../app/_editor/note-carets.ts";
import { toBase64 } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { displayName } from "../../crdt/base/display-name.ts";
import { parseNoteId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { fugueStrategy } from "../../crdt/strategy/fugue-strategy.ts";
import { signCapability } from "../../server/access/capability.ts";

describe("a name", () => {
  it.each([
    ["Ana", "Ana"],
    ["  Ana \n Bo\t", "Ana Bo"],
    ["\u202eanA\u0000", "anA"],
    ["a\u200bb", "a b"],
    ["<b>x</b>", "<b>x</b>"],
    ["\u0007", ""],
    ["👩‍🚀".repeat(2), "👩 🚀👩 🚀"],
    ["x".repeat(1_000_000), "x".repeat(40)],
  ])("%j is shown as %j", (name, shown) => expect(displayName(name)).toBe(shown));
});

describe("the caret of another", () => {
  const replica = fugueStrategy.open({ replica: replicaIdFrom(1), clock: new VirtualClock() });
  const at = toBase64(replica.anchor(0, 1));
  const caret = { anchor: at, head: at };

  it("has one of eight colours or none, whatever it says", () => {
    const colourOf = (colour: unknown) => caretOf(1, { user: { name: "Bo" }, colour, caret }, replica)?.colour;
    expect([0, 7, 8, 9].map(colourOf)).toEqual([0, 7, 0, 1]);
    for (const colour of ["red;background:url(//evil.example)", -1, 1.5, NaN, Infinity, null, {}, [3], "3"])
      expect(colourOf(colour)).toBeNull();
  });

  it("has a name that can be shown", () => {
    const nameOf = (user: unknown) => caretOf(1, { user, caret }, replica)?.name;
    expect([{ name: "\u202eevil" }, { name: 3 }, { name: "\n" }, {}, null, "x", undefined].map(nameOf)).toEqual([
      "evil",
      ...Array.from({ length: 6 }, () => "Guest"),
    ]);
  });

  it("is nowhere when it cannot be read", () => {
    for (const state of [null, 3, "x", [], {}, { caret: 1 }, { caret: { anchor: 1, head: at } }, { caret: { anchor: "%", head: at } }])
      expect(caretOf(1, state, replica)).toBeNull();
  });
});

describe("a link in an address", () => {
  it("is read as the server signed it, and never throws", () => {
    const noteId = parseNoteId("note-1")!;
    const capability = signCapability({ noteId, right: "view", id: "abcdefghijklmnop", expiresAtMs: null }, Buffer.alloc(32));
    expect(claimOf(capability)).toEqual({ noteId, right: "view" });
    for (const text of ["", ".", "a.b", `x.${"A".repeat(43)}`, `${"A".repeat(40)}.${"A".repeat(43)}`, "a-token-of-the-owner"])
      expect(claimOf(text)).toBeNull();
  });
});
