/** Who reads slowly is left behind at a version that covers no more than it was sent: not at one of half an update, or of what waits to go out. */

import { describe, expect, it } from "vitest";
import { EMPTY_BYTES, toBase64 } from "../../crdt/base/bytes.ts";
import { loadNodeStrategy } from "../../crdt/strategy/registry.ts";
import type { Strategy } from "../../crdt/strategy/strategy.ts";
import { encodeFrame, encodePieces } from "../../crdt/sync/frames.ts";
import { OUTBOX_LOOK_MS, OUTBOX_SOFT_BYTES, PIECE_BYTES_MAX } from "../../crdt/sync/limits.ts";
import { PieceReader } from "../../crdt/sync/pieces.ts";
import { type Peer, setUpRoom, typed } from "../support/room-setup.ts";

const STRATEGIES = await Promise.all((["fugue", "lww-line"] as const).map(loadNodeStrategy));
/** Runs, or lines: their answer takes several steps, and so does their update. */
const EDITS = 5_000;

/** Adds words all over the note, each in a place of its own. */
function scatter({ replica }: Peer): void {
  const every = Math.floor(replica.length / EDITS);
  replica.edit(Array.from({ length: EDITS }, (_, n) => ({ index: n * every, remove: 0, insert: n % 3 === 0 ? "w\n" : "w" })));
}

function send(peer: Peer, seq: number, update: Uint8Array): void {
  const frame = encodeFrame({ type: "numbered", seq, frame: { type: "update", update } });
  for (const message of frame.length > PIECE_BYTES_MAX ? encodePieces(frame) : [frame]) peer.session.onFrame(message);
}

/** Reads what was sent, into the peer's own copy. */
function readerOf(peer: Peer): () => void {
  const pieces = new PieceReader(64 * 1024 * 1024);
  return () => {
    peer.read();
    for (const frame of peer.inbox.splice(0)) {
      const whole = frame.type === "piece" ? pieces.take(frame) : frame;
      if (whole?.type === "update" || whole?.type === "sync-step-2") peer.replica.receive(whole.update);
    }
  };
}

/** A room with a note of more bytes than a slow reader is sent at once, and that reader, which has yet to ask. */
function setUp(strategy: Strategy) {
  const world = setUpRoom({ isManual: true, strategy });
  const { joinTab, endTurn, turnsLeft, clock } = world;
  const [writer, other] = [joinTab(1), joinTab(2)];
  const settle = (): void => {
    while (turnsLeft() > 0) endTurn();
  };
  writer.replica.edit([{ index: 0, remove: 0, insert: `${"long ".repeat(60)}\n`.repeat(OUTBOX_SOFT_BYTES / 250) }]);
  scatter(writer);
  send(writer, 1, writer.replica.since(EMPTY_BYTES));
  settle();
  readerOf(other)();
  const late = joinTab(4);
  late.isReading = false;
  const read = readerOf(late);
  const ask = (): void => late.send({ type: "sync-step-1", version: EMPTY_BYTES });
  /** The reader reads again, and is sent what it was not. */
  const readAll = (): void => {
    for (let n = 0; n < 10; n++) {
      read();
      clock.advance(OUTBOX_LOOK_MS);
      settle();
    }
    read();
  };
  return { ...world, writer, other, late, ask, settle, readAll };
}

describe("a reader that is behind", () => {
  it.each(STRATEGIES.map((strategy) => [strategy.name, strategy] as const))(
    "[OB1] %s: is sent what waited to go out when its answer was made",
    (_, strategy) => {
      const { writer, other, late, ask, endTurn, settle, readAll, text } = setUp(strategy);
      ask();
      // The turn in which the question came is over before anybody types: then what is typed waits behind the answer's next step.
      endTurn();
      endTurn();
      // A room in which somebody types in each turn: what comes is gathered until the turn ends.
      for (let n = 2; late.bufferedBytes < OUTBOX_SOFT_BYTES; n++) {
        for (const peer of [writer, other]) send(peer, n, typed(peer, `${n} `));
        endTurn();
      }
      settle();
      expect(late.heldBytesMax).toBeGreaterThan(OUTBOX_SOFT_BYTES);
      readAll();
      expect(late.replica.text() === text()).toBe(true);
    },
  );

  it.each(STRATEGIES.map((strategy) => [strategy.name, strategy] as const))(
    "[OB1] %s: is sent the half of a long update that was in when it fell behind",
    (_, strategy) => {
      const { other, late, ask, relay, endTurn, settle, readAll, text } = setUp(strategy);
      scatter(other);
      const before = relay.version();
      send(other, 1, other.replica.since(EMPTY_BYTES));
      while (toBase64(relay.version()) === toBase64(before)) endTurn();
      ask();
      settle();
      expect(late.heldBytesMax).toBeGreaterThan(OUTBOX_SOFT_BYTES);
      readAll();
      expect(late.replica.stats().pending).toBe(0);
      expect(late.replica.text() === text()).toBe(true);
    },
  );
});
