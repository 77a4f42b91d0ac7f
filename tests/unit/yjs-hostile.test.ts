/** What hostile-frames found in Yjs, by name. */

import { expect, it } from "vitest";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import type { Replica } from "../../crdt/strategy/strategy.ts";
import { yjsStrategy } from "../../crdt/strategy/yjs-strategy.ts";

const open = (n: number, state: Uint8Array = EMPTY_BYTES): Replica =>
  yjsStrategy.open({ replica: replicaIdFrom(n), clock: new VirtualClock(), state });

function type(replica: Replica, insert: string): Uint8Array {
  const edited = replica.edit([{ index: replica.length, remove: 0, insert }]);
  return edited.isAccepted ? edited.update : expect.unreachable();
}

it("the poison that waits (seed 777, mutant 15694): what is not integrated is neither passed on nor stored", () => {
  const [author, room] = [open(1), open(2)];
  const first = type(author, "first ");
  const second = type(author, "second ");
  room.receive(first);
  const before = room.since(EMPTY_BYTES);
  const other = open(3);
  other.receive(first);
  other.receive(second);
  // Builds on `second`, which the room has not seen.
  const early = room.receive(type(other, "third"));
  expect([early.isWaiting, early.forward, room.text()]).toEqual([true, null, "first "]);
  expect(room.since(EMPTY_BYTES)).toEqual(before);
  expect(open(4, room.since(EMPTY_BYTES)).stats().pending).toBe(0);
  room.receive(second);
  expect([room.text(), room.stats().pending]).toEqual(["first second third", 0]);
});
