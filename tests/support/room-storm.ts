/**
 * A room in which tabs come, go, read slowly and send long and short updates, while turns end, saves and checks come, the log is made
 * short and writing is switched off, all in a random order. Nobody asks for anything but when they come: whatever they then lack the
 * room owes them.
 */

import { expect } from "vitest";
import * as Y from "yjs";
import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { DecodeError, ProtocolError } from "../../crdt/base/errors.ts";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { createPrng, type Prng } from "../../crdt/base/prng.ts";
import type { Splice } from "../../crdt/base/splice.ts";
import { openRelay } from "../../crdt/strategy/relay.ts";
import type { NoteRelay, Replica, Strategy } from "../../crdt/strategy/strategy.ts";
import { CLOSE } from "../../crdt/sync/close-codes.ts";
import type { Elsewhere } from "../../crdt/sync/elsewhere.ts";
import { encodeFrame, encodePieces, type Frame } from "../../crdt/sync/frames.ts";
import { OUTBOX_LOOK_MS, OUTBOX_SOFT_BYTES, PIECE_BYTES_MAX } from "../../crdt/sync/limits.ts";
import { PieceReader } from "../../crdt/sync/pieces.ts";
import { type Peer, setUpRoom } from "./room-setup.ts";

const TABS = 4;
const ACTS = 180;
/** Words that make an update that is taken in over many turns. */
const LONG: Readonly<Record<string, { readonly places: number; readonly word: string }>> = {
  yjs: { places: 1_100, word: "a long one, and not the only one " },
  walker: { places: 2_000, word: "word " },
  fugue: { places: 700, word: "some words\n" },
  "lww-line": { places: 400, word: "some words\n" },
};

/** Runs `seed` and checks it. @throws AssertionError */
export function roomStorm(strategy: Strategy, seed: number): void {
  const storm = new RoomStorm(strategy, createPrng(`room storm ${strategy.name} ${seed}`));
  for (let n = 0; n < ACTS; n++) storm.act();
  storm.calm();
  storm.check();
}

/** One tab, over all its connections. */
interface Tab {
  readonly replica: Replica;
  peer: Peer;
  /** What the room does not read yet. */
  uplink: Uint8Array[];
  pieces: PieceReader;
  seq: number;
  /** What it has sent under numbers that are not acknowledged. */
  readonly unacked: { readonly seq: number; readonly update: Uint8Array }[];
  /** What its copy had when it last sent something. */
  sent: Uint8Array;
  /** Whether it says what cannot be, and is closed for it. */
  isHostile: boolean;
}

class RoomStorm {
  readonly #strategy: Strategy;
  readonly #prng: Prng;
  readonly #world: ReturnType<typeof setUpRoom>;
  /** Answers of the other thread that are still to come. */
  readonly #elsewhere: (() => void)[] = [];
  readonly #tabs: Tab[] = [];
  readonly #acked: Uint8Array[] = [];
  #snapshot: { readonly position: number; readonly state: Uint8Array } = { position: 0, state: EMPTY_BYTES };
  #compaction: { readonly position: number; readonly version: Uint8Array; readonly state: Uint8Array } | null = null;
  #isRich = false;

  constructor(strategy: Strategy, prng: Prng) {
    this.#strategy = strategy;
    this.#prng = prng;
    const late = (answer: () => void): void => void this.#elsewhere.push(answer);
    const elsewhere: Elsewhere = {
      since: (version, take) => {
        const document = this.#documentOf(this.#world.relay);
        late(() => take(prng.float() < 0.1 ? null : document.since(version)));
      },
      news: (update, take) => {
        const [document, version] = [this.#documentOf(this.#world.relay), this.#world.relay.version()];
        late(() => take(prng.float() < 0.1 ? new ProtocolError(CLOSE.tryLater, "No time") : newsIn(document, update, version)));
      },
    };
    this.#world = setUpRoom({ isManual: true, strategy, elsewhere });
    for (let n = 1; n <= TABS; n++) {
      const replica = strategy.open({ replica: replicaIdFrom(n), clock: this.#world.clock });
      this.#tabs.push(this.#connected({ replica, seq: 0, unacked: [], sent: replica.version() }, n));
    }
    const [first] = this.#tabs;
    const edited = first!.replica.edit([{ index: 0, remove: 0, insert: "line\n".repeat(this.#long.places / 2) }]);
    expect(edited.isAccepted).toBe(true);
    this.#send(first!);
  }

  act(): void {
    const { room, endTurn, save, clock } = this.#world;
    const dice = this.#prng.float();
    const tab = this.#tabs[this.#prng.int(0, TABS)]!;
    if (dice < 0.45) endTurn();
    else if (dice < 0.6) this.#write(tab, this.#prng.int(1, 4));
    else if (dice < 0.62) this.#write(tab, this.#long.places, this.#long.word);
    else if (dice < 0.68) this.#hear(tab);
    else if (dice < 0.74) save();
    else if (dice < 0.8) this.#elsewhere.shift()?.();
    else if (dice < 0.83) this.#leave(tab);
    else if (dice < 0.87) this.#stall(tab);
    else if (dice < 0.91) tab.peer.isReading = true;
    else if (dice < 0.93) room.setReadOnly(room.readOnly === null ? "full" : null);
    else if (dice < 0.95) this.#compact();
    else if (dice < 0.96) this.#misbehave(tab);
    else if (dice < 0.965) this.#beRich(tab);
    else if (dice < 0.975) this.#checkAcks();
    else clock.advance(this.#prng.int(1, OUTBOX_LOOK_MS));
    this.#carry();
  }

  /** Everybody reads and sends what is left, until nothing moves. */
  calm(): void {
    const { room, endTurn, turnsLeft, save, clock } = this.#world;
    room.setReadOnly(null);
    for (let round = 0; round < 12; round++) {
      for (const tab of this.#tabs) {
        tab.peer.isReading = true;
        if (round === 4) this.#send(tab);
      }
      this.#carry();
      for (let n = 0; n < 2_000 && turnsLeft() + this.#elsewhere.length > 0; n++) {
        endTurn();
        this.#elsewhere.shift()?.();
        this.#carry();
      }
      save();
      clock.advance(OUTBOX_LOOK_MS);
    }
    expect(turnsLeft(), "turns that never end").toBe(0);
  }

  check(): void {
    const { relay, room } = this.#world;
    this.#checkAcks();
    expect(room.isTakingIn, "an update is half in for ever").toBe(false);
    const document = relay.document();
    document.checkInvariants();
    expect(this.#stored().document().hash(), "the log is not what the room holds").toEqual(document.hash());
    for (const [n, { peer, replica, unacked, uplink }] of this.#tabs.entries()) {
      expect([n, peer.isRead, uplink.length, unacked.length], "a tab is stuck").toEqual([n, true, 0, 0]);
      expect([n, replica.stats().pending, replica.hash()], "a tab lacks something").toEqual([n, 0, document.hash()]);
    }
  }

  /** What was acknowledged is in what a restart would find. */
  #checkAcks(): void {
    const stored = this.#stored();
    for (const update of this.#acked) {
      const { forward, isWaiting } = stored.receive(update);
      expect([forward, isWaiting], "what was acknowledged is not stored").toEqual([null, false]);
    }
  }

  #stored(): NoteRelay {
    const { log, durableUpdates } = this.#world;
    const isUsed = this.#snapshot.position <= durableUpdates();
    const { position, state } = isUsed ? this.#snapshot : { position: 0, state: EMPTY_BYTES };
    return this.#relayOf(state, log.slice(position, durableUpdates()));
  }

  #relayOf(state: Uint8Array, updates: readonly Uint8Array[]): NoteRelay {
    const options = { replica: replicaIdFrom(98), clock: new VirtualClock(), updates, onDocumentOpened: () => undefined };
    return openRelay(this.#strategy, state.length === 0 ? options : { ...options, state });
  }

  #documentOf(relay: NoteRelay): Replica {
    const document = this.#strategy.open({ replica: replicaIdFrom(97), clock: new VirtualClock() });
    for (const piece of relay.pieces?.(EMPTY_BYTES) ?? [relay.since(EMPTY_BYTES)]) document.receive(piece);
    return document;
  }

  /** Begins to make the log short, or ends it. */
  #compact(): void {
    const { relay, log } = this.#world;
    if (log.length === 0) return;
    if (this.#compaction === null) {
      const document = this.#documentOf(relay);
      // Where the other thread makes it; a line's write that is early is in the line's state all the same.
      if (relay.rebase !== undefined) expect(document.stats().pending, "a state of what is here lacks something").toBe(0);
      this.#compaction = { position: log.length, version: relay.version(), state: document.since(EMPTY_BYTES) };
      return;
    }
    const { position, version, state } = this.#compaction;
    this.#compaction = null;
    relay.rebase?.(state, version);
    this.#snapshot = { position, state };
  }

  get #long(): { readonly places: number; readonly word: string } {
    return LONG[this.#strategy.name]!;
  }

  #write(tab: Tab, places: number, word = ""): void {
    const { replica } = tab;
    const prng = this.#prng;
    const at = new Set(Array.from({ length: places }, () => prng.int(0, replica.length + 1)));
    const splices: Splice[] = [];
    let end = 0;
    for (const index of [...at].sort((first, second) => first - second)) {
      if (index < end) continue;
      const remove = prng.float() < 0.3 ? Math.min(prng.int(0, 4), replica.length - index) : 0;
      splices.push({ index, remove, insert: word + ["a", "bc\n", "d", "\n", "😀e"][prng.int(0, 5)]! });
      end = index + remove + 1;
    }
    this.#world.clock.advance(1);
    const edited = replica.edit(splices);
    expect(edited.isAccepted).toBe(true);
    if (prng.float() < 0.8) this.#send(tab);
  }

  /** What another has, by another way than the room. */
  #hear(tab: Tab): void {
    const other = this.#tabs[this.#prng.int(0, TABS)]!;
    tab.replica.receive(other.replica.since(tab.replica.version()));
    if (this.#prng.float() < 0.5) this.#send(tab);
  }

  /** Everything since it last sent something, its own or not. */
  #send(tab: Tab): void {
    const update = tab.replica.since(tab.sent);
    tab.sent = tab.replica.version();
    this.#sendNumbered(tab, { type: "update", update });
  }

  #sendNumbered(tab: Tab, frame: { readonly type: "update" | "sync-step-2"; readonly update: Uint8Array }): void {
    const seq = ++tab.seq;
    tab.unacked.push({ seq, update: frame.update });
    const bytes = encodeFrame({ type: "numbered", seq, frame });
    tab.uplink.push(...(bytes.length > PIECE_BYTES_MAX ? encodePieces(bytes) : [bytes]));
  }

  #connected(tab: Pick<Tab, "replica" | "seq" | "unacked" | "sent">, n: number): Tab {
    const hello: Frame[] = [
      { type: "epoch", epoch: null },
      { type: "sync-step-1", version: tab.replica.version() },
    ];
    const uplink = hello.map((frame) => encodeFrame(frame));
    tab.unacked.length = 0;
    return { ...tab, seq: 0, peer: this.#world.join(n, "tab"), uplink, pieces: new PieceReader(64 * 1024 * 1024), isHostile: false };
  }

  #leave(tab: Tab): void {
    tab.peer.session.onClose({ code: 1006, reason: "" });
    this.#comeBack(tab);
  }

  #comeBack(tab: Tab): void {
    const n = this.#tabs.indexOf(tab);
    // What it had not been told of is asked for with the room's first question.
    this.#tabs[n] = this.#connected({ ...tab, sent: tab.replica.version() }, n + 1);
  }

  /** Has more unread than the room sends anybody. */
  #stall({ peer }: Tab): void {
    peer.isReading = false;
    peer.bufferedBytes += OUTBOX_SOFT_BYTES + 1;
  }

  /** A long update that ends in the middle of a word. */
  #misbehave(tab: Tab): void {
    tab.isHostile = true;
    this.#sendNumbered(tab, { type: "update", update: tab.replica.since(EMPTY_BYTES).slice(0, -1) });
    // While nothing is taken in it is not looked at, and what comes after it is acknowledged all the same.
    tab.unacked.pop();
  }

  /** A stock client makes a word bold: from then on the note is a document. */
  #beRich({ replica }: Tab): void {
    if (this.#strategy.name !== "yjs" || this.#isRich || this.#world.room.readOnly !== null || replica.length < 9) return;
    this.#isRich = true;
    const doc = new Y.Doc();
    doc.clientID = 77;
    Y.applyUpdate(doc, new Uint8Array(replica.since(EMPTY_BYTES)));
    const before = new Uint8Array(Y.encodeStateVector(doc));
    doc.getText("text").format(2, 5, { bold: true });
    replica.receive(Y.encodeStateAsUpdate(doc, before));
  }

  /** Messages go on their way, each way in order. */
  #carry(): void {
    for (const tab of this.#tabs) {
      const { peer } = tab;
      if (peer.isReading) {
        peer.read();
        for (const frame of peer.inbox.splice(0)) this.#take(tab, frame);
      }
      while (peer.isRead && peer.closes.length === 0 && tab.uplink.length > 0) peer.session.onFrame(tab.uplink.shift()!);
      if (peer.closes.length === 0) continue;
      const expected: readonly number[] = tab.isHostile ? [CLOSE.unreadable, CLOSE.tryLater, 4400] : [CLOSE.tryLater];
      expect(expected, "a tab was closed").toContain(peer.closes[0]);
      this.#comeBack(tab);
    }
  }

  #take(tab: Tab, frame: Frame): void {
    const whole = frame.type === "piece" ? tab.pieces.take(frame) : frame;
    if (whole === null) return;
    if (whole.type === "update" || whole.type === "sync-step-2") tab.replica.receive(whole.update);
    else if (whole.type === "sync-step-1") {
      tab.sent = tab.replica.version();
      this.#sendNumbered(tab, { type: "sync-step-2", update: tab.replica.since(whole.version) });
    } else if (whole.type === "ack")
      while (tab.unacked[0] !== undefined && tab.unacked[0].seq <= whole.seq) this.#acked.push(tab.unacked.shift()!.update);
  }
}

/** As the other thread does. */
function newsIn(document: Replica, update: Uint8Array, version: Uint8Array): Uint8Array | null | ProtocolError {
  try {
    document.receive(update);
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    if (error instanceof DecodeError) return new ProtocolError(CLOSE.unreadable, error.message);
    throw error;
  }
  return document.stats().pending > 0 ? null : document.since(version);
}
