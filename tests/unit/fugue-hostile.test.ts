/** Updates that no honest copy would make, in the bytes of fugue-strategy.ts' grammar. */

import { expect, it } from "vitest";
import { ByteWriter, EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { DecodeError } from "../../crdt/base/errors.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { applySplices } from "../../crdt/base/splice.ts";
import { fugueStrategy } from "../../crdt/strategy/fugue-strategy.ts";
import type { Replica } from "../../crdt/strategy/strategy.ts";

const clock = new VirtualClock();
const open = (n: number): Replica => fugueStrategy.open({ replica: replicaIdFrom(n), clock });

function type(replica: Replica, index: number, insert: string, remove = 0): Uint8Array {
  const edited = replica.edit([{ index, remove, insert }]);
  return edited.isAccepted ? edited.update : expect.unreachable();
}

it("one deletion over many runs gives the editor splices that fit", () => {
  const [a, b] = [open(1), open(2)];
  b.receive(type(a, 0, "x".repeat(120)));
  for (let n = 0; n < 60; n++) b.receive(type(a, 2 * n, "y"));
  const before = b.text();
  const { splices } = b.receive(type(a, 10, "", 100));
  expect(applySplices(before, splices)).toBe(b.text());
  expect(b.text()).toBe(a.text());
});

it("half a surrogate pair is neither deleted nor split", () => {
  const author = open(1);
  const emoji = type(author, 0, "\u{1f600}");
  const halfDeleted = new ByteWriter()
    .varUint(2)
    .varUint(2)
    .varUint(1)
    .varUint(1)
    .varUint(1)
    .varUint(0)
    .varUint(1)
    .varUint(0)
    .varUint(1)
    .finish();
  const inside = new ByteWriter()
    .varUint(2)
    .varUint(3)
    .varUint(1)
    .varUint(1)
    .varUint(0)
    .varUint(0)
    .varUint(5)
    .varUint(0)
    .varString("z")
    .finish();
  const copies = [open(8), open(9)];
  for (const [n, updates] of [
    [0, [emoji, halfDeleted, inside]],
    [1, [inside, halfDeleted, emoji]],
  ] as const) {
    for (const update of updates) copies[n]!.receive(update);
    copies[n]!.checkInvariants();
  }
  expect(copies.map((copy) => copy.text())).toEqual(["\u{1f600}z", "\u{1f600}z"]);
  expect(copies[0]!.hash()).toEqual(copies[1]!.hash());
});

it("what waits is bounded", () => {
  const writer = new ByteWriter().varUint(1).varUint(7).varUint(20_000);
  for (let n = 0; n < 20_000; n++)
    writer
      .varUint(0)
      .varUint(2 * n + 1)
      .varUint(0)
      .varString("e");
  const copy = open(1);
  expect(copy.receive(writer.finish()).isWaiting).toBe(true);
  expect(copy.stats().pending).toBeLessThanOrEqual(10_000);
  expect(copy.text()).toBe("");
});

it("an anchor of an unknown kind is refused", () => {
  const copy = open(1);
  expect(() => copy.resolve(Uint8Array.of(9))).toThrow(DecodeError);
  expect(copy.since(EMPTY_BYTES).length).toBeGreaterThan(0);
});
