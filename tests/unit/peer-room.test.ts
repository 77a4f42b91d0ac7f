/** Another node in a room, while long updates are checked elsewhere. */

import { expect, it } from "vitest";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { type DecodeError, ProtocolError } from "../../crdt/base/errors.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { PeerRoom } from "../../crdt/cluster/peer-room.ts";
import { loadNodeStrategy } from "../../crdt/strategy/registry.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import type { Elsewhere } from "../../crdt/sync/elsewhere.ts";
import { decodeFrame, encodeFrame, type Frame } from "../../crdt/sync/frames.ts";
import { RESYNCS_MAX } from "../../crdt/sync/limits.ts";
import { setUpRoom, typed } from "../support/room-setup.ts";

const walker = await loadNodeStrategy("walker");

function setUp() {
  const asked: Parameters<Elsewhere["news"]>[1][] = [];
  const elsewhere: Elsewhere = { news: (_update, take) => void asked.push(take), since: () => expect.unreachable() };
  const world = setUpRoom({ isManual: true, strategy: walker, elsewhere });
  const sent: Frame[] = [];
  const untrue: (DecodeError | ProtocolError)[] = [];
  const peer = new PeerRoom({
    room: world.room,
    remote: new Map(),
    send: (frame) => void sent.push(decodeFrame(frame)),
    onUntrue: (error) => void untrue.push(error),
  });
  const settle = (): void => {
    while (world.turnsLeft() > 0) world.endTurn();
  };
  const questions = (): number => sent.splice(0).filter(({ type }) => type === "sync-step-1").length;
  const writer = world.joinTab(1).replica;
  const prng = createPrng("peer");
  for (let n = 0; n < 4_000; n++) writer.edit([{ index: prng.int(0, writer.length + 1), remove: 0, insert: `w${n}` }]);
  const whole = writer.since(EMPTY_BYTES);
  questions();
  return { ...world, asked, peer, untrue, settle, questions, whole, writer };
}

it("is asked again for what could not be checked in time, and stays in the room", () => {
  const { asked, peer, untrue, settle, questions, whole, writer, text } = setUp();
  const busy = new ProtocolError(CLOSE.tryLater, "No time");
  peer.receive(encodeFrame({ type: "sync-step-2", update: whole }));
  asked.shift()!(busy);
  settle();
  expect([questions(), untrue]).toEqual([1, []]);
  peer.receive(encodeFrame({ type: "sync-step-2", update: whole }));
  asked.shift()!(whole);
  settle();
  expect([questions(), untrue]).toEqual([0, []]);
  expect(text()).toBe(writer.text());
});

it("is not asked again what it had no answer to", () => {
  const { peer, questions } = setUp();
  const far = walker.open({ replica: replicaIdFrom(9), clock: new VirtualClock() });
  typed({ replica: far }, "never said");
  const early = typed({ replica: far }, "early");
  // It has asked when it joined, of the same version.
  for (const type of ["sync-step-2", "update"] as const) peer.receive(encodeFrame({ type, update: early }));
  expect(questions()).toBe(0);
  const other = walker.open({ replica: replicaIdFrom(8), clock: new VirtualClock() });
  peer.receive(encodeFrame({ type: "update", update: typed({ replica: other }, "complete") }));
  peer.receive(encodeFrame({ type: "update", update: early }));
  expect(questions()).toBe(1);
  for (let n = 0; n < 3; n++) peer.receive(encodeFrame({ type: "sync-step-2", update: early }));
  expect(questions()).toBe(0);
});

it("is left alone once it was asked again too often", () => {
  const { asked, peer, untrue, settle, questions, whole } = setUp();
  for (let n = 0; n <= RESYNCS_MAX; n++) {
    peer.receive(encodeFrame({ type: "sync-step-2", update: whole }));
    asked.shift()!(new ProtocolError(CLOSE.tryLater, "No time"));
    settle();
  }
  expect([questions(), untrue.length]).toEqual([RESYNCS_MAX, 1]);
});

it("that says what cannot be is heard of at once", () => {
  const { asked, peer, untrue, settle, questions, whole } = setUp();
  peer.receive(encodeFrame({ type: "update", update: whole }));
  asked.shift()!(new ProtocolError(4400, "It cannot be"));
  settle();
  expect([questions(), untrue.map(({ message }) => message)]).toEqual([0, ["It cannot be"]]);
});
