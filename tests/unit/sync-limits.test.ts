/** What one peer can cost a room: every bound of limits.ts, quoted by its rule. */

import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { ByteWriter, EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { replicaIdFrom, replicaNumber } from "../../crdt/base/ids.ts";
import { fugueStrategy } from "../../crdt/strategy/fugue-strategy.ts";
import { loadNodeStrategy } from "../../crdt/strategy/registry.ts";
import { readPlainUpdate } from "../../crdt/strategy/yjs-updates.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import { encodeFrame, encodePieces, type Frame } from "../../crdt/sync/frames.ts";
import {
  OUTBOX_HARD_BYTES,
  OUTBOX_SOFT_BYTES,
  OVERLOAD_MS_MAX,
  PIECE_BYTES_MAX,
  PIECED_BYTES_MAX,
  PRESENCE_STATE_BYTES_MAX,
  RESYNC_MS_MAX,
  STOCK_MESSAGE_BYTES_MAX,
  TAB_MESSAGE_BYTES_MAX,
  TURN_UNITS_MAX,
} from "../../crdt/sync/limits.ts";
import { PieceReader } from "../../crdt/sync/pieces.ts";
import { PresenceTable } from "../../crdt/sync/presence.ts";
import { TokenBucket } from "../../crdt/sync/token-bucket.ts";
import { type Peer, setUpRoom, typed } from "../support/room-setup.ts";

const update = (peer: Peer, text: string): Frame => ({ type: "update", update: typed(peer, text) });

/** Applies every document frame that a peer has been sent, in order. */
function readInto(peer: Peer): string {
  for (const frame of peer.inbox.splice(0)) if (frame.type === "update" || frame.type === "sync-step-2") peer.replica.receive(frame.update);
  return peer.replica.text();
}

describe("fan-out", () => {
  it("[UP1] the first update of a turn goes out at once, the others as one frame at its end", () => {
    const { join, endTurn } = setUpRoom({ isManual: true });
    const [a, b, reader] = [join(1, "stock"), join(2, "stock"), join(3, "stock")];
    endTurn();
    for (const peer of [a, b, reader]) peer.types();
    a.send(update(a, "1"));
    expect(reader.types()).toEqual(["update"]);
    for (const peer of [a, b, a]) peer.send(update(peer, "2"));
    expect(reader.types()).toEqual([]);
    endTurn();
    expect([reader.types(), a.types(), b.types()]).toEqual([["update"], ["update"], ["update", "update"]]);
    // Busy: now all of a turn goes out at its end; after a quiet turn the first is at once again.
    a.send(update(a, "3"));
    expect(reader.types()).toEqual([]);
    endTurn();
    expect(reader.types()).toEqual(["update"]);
    endTurn();
    a.send(update(a, "4"));
    expect(reader.types()).toEqual(["update"]);
  });

  it("[UP1] a busy crowd of 250 is sent one frame in 2 ms, and in a quiet one the first update goes out at once", () => {
    const { join, endTurn, clock } = setUpRoom({ isManual: true });
    const crowd = Array.from({ length: 250 }, (_, n) => join(n + 1, "stock"));
    const [writer, reader] = [crowd[0]!, crowd.at(-1)!];
    endTurn();
    clock.advance(1_000);
    reader.types();
    const typing = (text: string): string[] => {
      writer.send(update(writer, text));
      return reader.types();
    };
    expect(typing("1")).toEqual(["update"]);
    // Gathered, and sent at the end of the turn: nothing was for a long time.
    expect(typing("2")).toEqual([]);
    endTurn();
    expect(reader.types()).toEqual(["update"]);
    for (let turn = 0; turn < 5; turn++) {
      expect(typing("3")).toEqual([]);
      endTurn();
      expect(reader.types()).toEqual([]);
    }
    clock.advance(1);
    endTurn();
    expect(reader.types()).toEqual([]);
    clock.advance(1);
    endTurn();
    expect(reader.types()).toEqual(["update"]);
    expect(readInto(crowd[1]!)).toBe("1233333");
    clock.advance(10);
    endTurn();
    endTurn();
    expect(typing("4")).toEqual(["update"]);
  });

  it("[UP1] who wrote in a turn gets what the others wrote, and nothing of its own", () => {
    const { join, endTurn } = setUpRoom({ isManual: true });
    const peers = [1, 2, 3].map((n) => join(n, "stock"));
    for (const peer of peers) peer.types();
    for (let round = 0; round < 5; round++) for (const peer of peers) peer.send(update(peer, "x"));
    endTurn();
    for (const [n, peer] of peers.entries()) {
      for (const frame of peer.inbox)
        if (frame.type === "update") expect([...readPlainUpdate(frame.update)!.structs.keys()]).not.toContain(n + 1);
      expect(readInto(peer)).toBe("x".repeat(15));
    }
  });
});

describe("first sync", () => {
  it("[SY1] of many questions in one turn the first and the last are answered", () => {
    const { join, endTurn } = setUpRoom({ isManual: true });
    const writer = join(1, "stock");
    writer.send(update(writer, "hello"));
    endTurn();
    const asker = join(2, "stock");
    asker.types();
    for (let n = 0; n < 0.9 * TURN_UNITS_MAX; n++) asker.send({ type: "sync-step-1", version: Uint8Array.of(0) });
    expect(asker.types()).toEqual(["sync-step-2"]);
    endTurn();
    endTurn();
    expect(asker.types()).toEqual(["sync-step-2"]);
  });

  it("[SY1] the answer to a version that knows nothing is one and the same until the next update", () => {
    const { join, room } = setUpRoom();
    const writer = join(1, "stock");
    writer.send(update(writer, "hello"));
    const answer = room.framesSince(Uint8Array.of(0), "sync-step-2", false);
    expect(room.framesSince(EMPTY_BYTES, "sync-step-2", false)).toBe(answer);
    writer.send(update(writer, "!"));
    expect(room.framesSince(Uint8Array.of(0), "sync-step-2", false)).not.toBe(answer);
  });

  it("[SY2] a tab gets a large note in pieces and a stock client in one message", () => {
    const { join, joinTab } = setUpRoom();
    const writer = join(1, "stock");
    writer.send(update(writer, "x".repeat(300_000)));
    const [tab, stock] = [joinTab(2), join(3, "stock")];
    stock.types();
    for (const peer of [tab, stock]) peer.send({ type: "sync-step-1", version: Uint8Array.of(0) });
    expect(stock.types()).toEqual(["sync-step-2"]);
    expect(tab.inbox.map((frame) => frame.type)).toEqual(Array.from({ length: 5 }, () => "piece"));
    const reader = new PieceReader(1_000_000);
    for (const frame of tab.inbox) {
      expect(encodeFrame(frame).length).toBeLessThanOrEqual(TAB_MESSAGE_BYTES_MAX);
      if (frame.type === "piece") reader.take(frame);
    }
    expect(reader.progress).toBeNull();
  });

  it("[SY2] a tab's large paste comes in pieces, numbered as a whole", () => {
    const { joinTab, save, text } = setUpRoom();
    const tab = joinTab(1);
    const frame = encodeFrame({ type: "numbered", seq: 1, frame: { type: "update", update: typed(tab, "y".repeat(200_000)) } });
    for (const piece of encodePieces(frame)) tab.session.onFrame(piece);
    save();
    expect([tab.types(), text().length]).toEqual([["ack"], 200_000]);
  });

  it("[SY2] a paste of 2 MB has a turn of its own, and what was sent behind it comes after it", () => {
    const { joinTab, save, text, endTurn } = setUpRoom({ isManual: true });
    const tab = joinTab(1);
    endTurn();
    const paste = typed(tab, "y".repeat(2_000_000));
    const last = typed(tab, "z");
    const numbered = (seq: number, of: Uint8Array): Uint8Array =>
      encodeFrame({ type: "numbered", seq, frame: { type: "update", update: of } });
    const messages = [...encodePieces(numbered(1, paste)), numbered(2, last)];
    let taken = 0;
    // As much of it as is read before the gate is shut.
    const read = (): void => {
      while (taken < messages.length && tab.isRead) tab.session.onFrame(messages[taken++]!);
    };
    const lengths: number[] = [];
    for (let turn = 0; text().length < 2_000_001 && turn < 20; turn++) {
      read();
      lengths.push(text().length);
      endTurn();
      lengths.push(text().length);
    }
    save();
    expect(text()).toBe(`${"y".repeat(2_000_000)}z`);
    // The paste came at the beginning of a turn, and not with its last piece.
    expect(lengths.findIndex((length) => length >= 2_000_000) % 2).toBe(1);
    expect(tab.types().filter((type) => type === "ack")).toEqual(["ack"]);
  });

  it.each([
    ["out of order", [{ totalBytes: 10, offset: 5, bytes: new Uint8Array(5) }], CLOSE.protocolError],
    [
      "of another frame",
      [
        { totalBytes: 10, offset: 0, bytes: new Uint8Array(5) },
        { totalBytes: 11, offset: 5, bytes: new Uint8Array(5) },
      ],
      CLOSE.protocolError,
    ],
    ["of a frame that is too large", [{ totalBytes: PIECED_BYTES_MAX + 1, offset: 0, bytes: new Uint8Array(1) }], CLOSE.updateTooLarge],
    ["of a piece", [{ totalBytes: 5, offset: 0, bytes: Uint8Array.of(105, 1, 0, 1, 3) }], CLOSE.protocolError],
  ] as const)("[SY2] a piece %s closes the connection", (_, pieces, code) => {
    const { joinTab } = setUpRoom();
    const tab = joinTab(1);
    for (const piece of pieces) tab.send({ type: "piece", ...piece });
    expect(tab.closes).toEqual([code]);
  });
});

describe("sizes", () => {
  it("[LM1] a message above the limit of its kind closes with 4413", () => {
    const { joinTab, join } = setUpRoom();
    const [tab, stock] = [joinTab(1), join(2, "stock")];
    stock.send(update(stock, "s".repeat(STOCK_MESSAGE_BYTES_MAX - 100)));
    tab.session.onFrame(new Uint8Array(TAB_MESSAGE_BYTES_MAX + 1));
    expect([tab.closes, stock.closes]).toEqual([[CLOSE.updateTooLarge], []]);
    stock.session.onFrame(new Uint8Array(STOCK_MESSAGE_BYTES_MAX + 1));
    expect(stock.closes).toEqual([CLOSE.updateTooLarge]);
  });
});

describe("gaps", () => {
  it("[UP2] updates whose dependencies never come take no memory, and end the connection", () => {
    const { join, clock, relay } = setUpRoom();
    const peer = join(1, "stock");
    peer.types();
    typed(peer, "never sent");
    for (let n = 0; n < 1_000; n++) peer.send(update(peer, "x"));
    expect([peer.types(), peer.closes, relay.since(EMPTY_BYTES).length]).toEqual([["sync-step-1"], [], 2]);
    clock.advance(RESYNC_MS_MAX + 1);
    peer.send(update(peer, "x"));
    expect(peer.closes).toEqual([CLOSE.tryLater]);
  });

  it("[UP2] answers that still lack something are asked for eight times", () => {
    const { join } = setUpRoom();
    const peer = join(1, "stock");
    typed(peer, "never sent");
    for (let n = 0; n < 9; n++) peer.send({ type: "sync-step-2", update: typed(peer, "x") });
    expect(peer.closes).toEqual([CLOSE.tryLater]);
  });
});

describe("rate", () => {
  it("[RL1] an empty bucket stops the reading until there are tokens, and loses nothing", () => {
    const { joinTab, clock, text } = setUpRoom();
    const tab = joinTab(1, new TokenBucket({ clock, perS: 20, burst: 40 }));
    for (let n = 0; n < 45; n++) tab.send(update(tab, "x"));
    expect([tab.isRead, text()]).toEqual([false, "x".repeat(45)]);
    clock.advance(1_000);
    expect([tab.isRead, tab.closes]).toEqual([true, []]);
  });

  it("[RL1] one that stays empty for 30 s closes with 1013", () => {
    const { joinTab, clock } = setUpRoom();
    const tab = joinTab(1, new TokenBucket({ clock, perS: 20, burst: 40 }));
    for (let n = 0; n < 41; n++) tab.send(update(tab, "x"));
    for (let ms = 0; ms < OVERLOAD_MS_MAX; ms += 1_000) {
      expect(tab.closes).toEqual([]);
      clock.advance(1_000);
      for (let n = 0; n < 25; n++) tab.send(update(tab, "x"));
    }
    expect(tab.closes).toEqual([CLOSE.tryLater]);
  });

  it("[FA1] what a turn has no room for waits unread, in order, and every session has its turn", () => {
    const { join, endTurn, text, room } = setUpRoom({ isManual: true });
    const [flood, quiet] = [join(1, "stock"), join(2, "stock")];
    const count = TURN_UNITS_MAX * 1.5;
    for (let n = 0; n < count; n++) flood.send(update(flood, "x"));
    quiet.send(update(quiet, "q"));
    const first = text().length;
    expect([first < TURN_UNITS_MAX, flood.isRead, quiet.isRead]).toEqual([true, false, false]);
    endTurn();
    expect([text().length, flood.isRead, quiet.isRead, room.counts.turnsOverBudget]).toEqual([count + 1, true, true, 1]);
    expect(text()).toContain("q");
  });
});

it("[FA1] a flood of five turns takes five turns, in which other rooms have theirs", () => {
  const { join, endTurn, text } = setUpRoom({ isManual: true });
  const flood = join(1, "stock");
  for (let n = 0; n < 5 * TURN_UNITS_MAX; n++) flood.send(update(flood, "x"));
  let turns = 0;
  for (let length = 0; text().length > length; turns++) {
    length = text().length;
    endTurn();
  }
  expect([text().length, turns]).toEqual([5 * TURN_UNITS_MAX, 6]);
});

describe("slow readers", () => {
  /** A room in which somebody types much, and a peer that does not read. */
  function slow() {
    const setUp = setUpRoom();
    const [writer, reader] = [setUp.join(1, "stock"), setUp.join(2, "stock")];
    reader.send({ type: "sync-step-1", version: Uint8Array.of(0) });
    readInto(reader);
    const flood = (count: number): void => {
      for (let n = 0; n < count; n++) writer.send(update(writer, "w".repeat(10_000)));
    };
    return { ...setUp, writer, reader, flood };
  }

  it("[OB1] are sent no more above 1 MiB, and one difference once they have read", () => {
    const { reader, flood, clock, text } = slow();
    reader.isReading = false;
    flood(300);
    expect(reader.bufferedBytes).toBeLessThan(OUTBOX_SOFT_BYTES + 20_000);
    reader.read();
    reader.isReading = true;
    const before = reader.inbox.filter((frame) => frame.type === "update").length;
    clock.advance(100);
    expect(reader.inbox.filter((frame) => frame.type === "update").length).toBe(before + 1);
    expect(readInto(reader) === text()).toBe(true);
    flood(1);
    expect([readInto(reader) === text(), reader.closes]).toEqual([true, []]);
  });

  it.each([true, false])("[OB1] miss nothing of a turn with several large updates (reading: %s)", (isReading) => {
    const { joinTab, endTurn, clock, text } = setUpRoom({ isManual: true, strategy: fugueStrategy });
    const [writer, reader] = [joinTab(1), joinTab(2)];
    endTurn();
    reader.isReading = isReading;
    for (const words of ["first ", "l".repeat(70_000), "l".repeat(70_000)]) {
      const frame = encodeFrame(update(writer, words));
      if (frame.length > TAB_MESSAGE_BYTES_MAX) for (const piece of encodePieces(frame)) writer.session.onFrame(piece);
      else writer.session.onFrame(frame);
    }
    for (let turn = 0; turn < 10; turn++) {
      endTurn();
      reader.read();
      clock.advance(100);
    }
    const pieces = new PieceReader(PIECED_BYTES_MAX);
    for (const frame of reader.inbox) {
      const whole = frame.type === "piece" ? pieces.take(frame) : frame;
      if (whole?.type === "update") reader.replica.receive(whole.update);
    }
    expect(text().length).toBe(140_006);
    expect(reader.replica.text() === text()).toBe(true);
  });

  it("[OB2] that read nothing for 30 s are closed with 1013", () => {
    const { reader, flood, clock } = slow();
    reader.isReading = false;
    flood(200);
    clock.advance(OVERLOAD_MS_MAX - 1_000);
    expect(reader.closes).toEqual([]);
    clock.advance(2_000);
    expect(reader.closes).toEqual([CLOSE.tryLater]);
  });

  it("[OB2] never hold more than the hard cap, whatever they ask for", () => {
    const { reader, flood } = slow();
    flood(50);
    reader.isReading = false;
    for (let n = 0; n < 3_000; n++) reader.send({ type: "sync-step-1", version: Uint8Array.of(0) });
    for (let n = 0; n < 3_000; n++) reader.send({ type: "query-awareness" });
    expect(reader.heldBytesMax).toBeLessThan(OUTBOX_HARD_BYTES);
  });
});

describe("presence", () => {
  const presence = (clock: ReturnType<typeof setUpRoom>["clock"], id: number, state: unknown, times = 1): Frame => {
    const table = new PresenceTable(clock);
    let bytes: Uint8Array = EMPTY_BYTES;
    for (let n = 0; n < times; n++) bytes = table.setLocal(id, state);
    return { type: "awareness", update: bytes };
  };
  const ids = (room: ReturnType<typeof setUpRoom>["room"]): number[] => [...room.presence.table.states().keys()].sort((a, b) => a - b);

  it("[PR2] a stock client speaks for one id, and what it repeats of others is dropped silently", () => {
    const { join, room, clock } = setUpRoom();
    const [a, b] = [join(1, "stock"), join(2, "stock")];
    a.send(presence(clock, 11, { name: "Ana" }));
    b.send(presence(clock, 22, { name: "Bo" }));
    b.send(presence(clock, 11, { name: "Ana" }));
    expect([ids(room), room.counts.presenceForeign, b.closes]).toEqual([[11, 22], 0, []]);
    b.session.onClose({ code: 1006, reason: "" });
    expect(ids(room)).toEqual([11]);
  });

  it("[PR2] 10,000 invented ids are one at most", () => {
    const { join, room } = setUpRoom();
    const peer = join(1, "stock");
    const writer = new ByteWriter().varUint(10_000);
    for (let id = 0; id < 10_000; id++) writer.varUint(id).varUint(1).varString("{}");
    peer.send({ type: "awareness", update: writer.finish() });
    expect([ids(room).length, peer.closes]).toEqual([1, []]);
  });

  it("[PR2] a newer state under another connection's id is refused and counted", () => {
    const { join, joinTab, room, clock } = setUpRoom();
    const [a, b, tab] = [join(1, "stock"), join(2, "stock"), joinTab(3)];
    a.send(presence(clock, 11, { name: "Ana" }));
    b.send(presence(clock, 22, { name: "Bo" }));
    b.send(presence(clock, 11, { name: "Not Ana" }, 2));
    tab.send(presence(clock, 11, { name: "Not Ana" }, 3));
    tab.send(presence(clock, replicaNumber(replicaIdFrom(3)), { name: "Cy" }));
    expect(room.presence.table.states().get(11)).toEqual({ name: "Ana" });
    expect([room.counts.presenceForeign, ids(room), b.closes, tab.closes]).toEqual([2, [3, 11, 22], [], []]);
  });

  it("[PR2] a client whose old connection is still dying gets its id back", () => {
    const { join, room, clock } = setUpRoom();
    const old = join(1, "stock");
    old.send(presence(clock, 11, { name: "Ana" }));
    clock.advance(21_000);
    const again = join(1, "stock");
    again.send(presence(clock, 11, { name: "Ana", at: 2 }, 2));
    old.session.onClose({ code: 1006, reason: "" });
    expect(room.presence.table.states().get(11)).toEqual({ name: "Ana", at: 2 });
  });

  it("[PR3] too large a state is dropped, too many are held to the latest; neither closes", () => {
    const { join, room, clock } = setUpRoom();
    const [a, b] = [join(1, "stock"), join(2, "stock")];
    b.types();
    const table = new PresenceTable(clock);
    a.send({ type: "awareness", update: table.setLocal(11, { name: "x".repeat(PRESENCE_STATE_BYTES_MAX) }) });
    a.send({ type: "awareness", update: new Uint8Array(300_000) });
    expect([ids(room), room.counts.presenceTooLarge]).toEqual([[], 2]);
    clock.advance(1_000);
    for (let n = 0; n < 200; n++) a.send({ type: "awareness", update: table.setLocal(11, { n }) });
    expect(b.types().length).toBeLessThan(30);
    clock.advance(1_000);
    expect([room.presence.table.states().get(11), a.closes]).toEqual([{ n: 199 }, []]);
  });

  it("[PR2] ids that have left are forgotten in time", () => {
    const { join, room, clock } = setUpRoom();
    for (let n = 1; n <= 300; n++) {
      const peer = join(n, "stock");
      peer.send(presence(clock, n, {}));
      peer.session.onClose({ code: 1006, reason: "" });
      clock.advance(1_000);
    }
    const known = Array.from({ length: 300 }, (_, n) => room.presence.table.clockOf(n + 1)).filter((at) => at !== null);
    expect(known.length).toBeLessThan(70);
  });
});

it("[UP5] a document that is built to judge an update is built in many turns, while the others' go on", () => {
  const { join, endTurn, turnsLeft, relay, text, documentsOpened } = setUpRoom({ isManual: true });
  const doc = new Y.Doc();
  doc.clientID = 7;
  const words = doc.getText("text");
  for (let n = 0; n < 6_000; n++) words.insert(0, `${n % 10}`.repeat(10));
  const [bold, other] = [join(7, "stock"), join(8, "stock")];
  bold.send({ type: "update", update: Y.encodeStateAsUpdate(doc) });
  while (turnsLeft() > 0) endTurn();
  expect([text().length, documentsOpened()]).toEqual([60_000, 1]);
  relay.dropDocument();
  other.replica.receive(relay.since(EMPTY_BYTES));
  const updates: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array) => updates.push(update));
  words.format(5, 10, { bold: true });
  words.insert(0, "behind it ");
  for (const made of updates) bold.send({ type: "update", update: made });
  let turns = 0;
  for (; bold.isRead === false; turns++) {
    other.send(update(other, "x"));
    endTurn();
  }
  expect([turns > 4, documentsOpened(), bold.isRead]).toEqual([true, 2, true]);
  expect(relay.document().text()).toBe(`${words.toJSON()}${"x".repeat(turns)}`);
  expect([bold.closes, other.closes]).toEqual([[], []]);
});

describe("what a client may bring at once", () => {
  /** `count` writes of replica 1 to an lww-note, or an mv-note, with so many splices each. */
  function writesOf(name: "lww-note" | "mv-note", count: number, splices: number): Uint8Array {
    const writer = new ByteWriter().varUint(0);
    if (name === "lww-note") writer.varUint(0).varUint(0);
    writer.varUint(count);
    for (let seq = 1; seq <= count; seq++) {
      writer.varUint(1).varUint(1).varUint(seq).varUint(0);
      if (name === "mv-note") writer.varUint(0);
      writer.varUint(splices);
      for (let n = 0; n < splices; n++) writer.varUint(0).varUint(0).varString("x").varString("");
      if (name === "mv-note") writer.varUint(0).varUint(0);
    }
    return writer.varUint(0).finish();
  }

  it.each([
    ["lww-note", 4_000, 1, []],
    ["lww-note", 4_001, 1, [CLOSE.updateTooLarge]],
    ["lww-note", 10, 5_001, [CLOSE.updateTooLarge]],
    ["mv-note", 4_000, 1, []],
    ["mv-note", 4_001, 1, [CLOSE.updateTooLarge]],
    ["mv-note", 10, 5_001, [CLOSE.updateTooLarge]],
  ] as const)("[LM1] %s: %i writes of %i splices close with %j", async (name, count, splices, codes) => {
    const { joinTab, relay } = setUpRoom({ strategy: await loadNodeStrategy(name) });
    const [tab, other] = [joinTab(1), joinTab(2)];
    const version = relay.version();
    const frame = encodeFrame({ type: "update", update: writesOf(name, count, splices) });
    for (const message of frame.length > PIECE_BYTES_MAX ? encodePieces(frame) : [frame]) tab.session.onFrame(message);
    expect([tab.closes, other.closes]).toEqual([codes, []]);
    expect(relay.version().length > version.length).toBe(codes.length === 0);
  });
});
