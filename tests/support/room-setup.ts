/** A room whose log becomes durable, and whose turns end, when the test says so; and peers that are lists of frames. */

import { expect } from "vitest";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { mintEpoch, parseNoteId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { JournalRing } from "../../crdt/base/journal.ts";
import { createPrng } from "../../crdt/base/prng.ts";
import { openRelay } from "../../crdt/strategy/relay.ts";
import type { Replica, Strategy } from "../../crdt/strategy/strategy.ts";
import { yjsStrategy } from "../../crdt/strategy/yjs-strategy.ts";
import { decodeFrame, encodeFrame, type Frame } from "../../crdt/sync/frames.ts";
import type { Elsewhere } from "../../crdt/sync/elsewhere.ts";
import { Room } from "../../crdt/sync/room.ts";
import { Session } from "../../crdt/sync/session.ts";
import type { TokenBucket } from "../../crdt/sync/token-bucket.ts";

const NOTE = parseNoteId("note")!;
const NODE = replicaIdFrom(99);

export interface RoomSetUp {
  /** Nobody has written into the note yet. */
  readonly isNew?: boolean;
  /** Turns end with `endTurn`, not with each message. */
  readonly isManual?: boolean;
  readonly strategy?: Strategy;
  /** Left out: the room does everything itself. */
  readonly elsewhere?: Elsewhere;
}

/** A peer of the room. Its socket holds what it has not read when `isReading` is false. */
export class Peer {
  readonly inbox: Frame[] = [];
  readonly closes: number[] = [];
  readonly replica: Replica;
  readonly session: Session;
  isReading = true;
  /** Whether the room reads from it. */
  isRead = true;
  bufferedBytes = 0;
  /** The most that was ever held for it. */
  heldBytesMax = 0;
  #unread: Uint8Array[] = [];

  constructor(make: (peer: Peer) => Session, replica: Replica) {
    this.replica = replica;
    this.session = make(this);
  }

  send(frame: Frame): void {
    this.session.onFrame(encodeFrame(frame));
  }

  take(bytes: Uint8Array): void {
    this.#unread.push(bytes);
    this.bufferedBytes += bytes.length;
    this.heldBytesMax = Math.max(this.heldBytesMax, this.bufferedBytes);
    if (this.isReading) this.read();
  }

  /** Reads everything that has been sent. */
  read(): void {
    for (const bytes of this.#unread.splice(0)) this.inbox.push(decodeFrame(bytes));
    this.bufferedBytes = 0;
  }

  types(): string[] {
    return this.inbox.splice(0).map((frame) => frame.type);
  }
}

export function setUpRoom({ isNew = false, isManual = false, strategy = yjsStrategy, elsewhere }: RoomSetUp = {}) {
  const clock = new VirtualClock();
  const epoch = mintEpoch(createPrng("epoch"));
  // An older note has an update in its log already.
  let appended = isNew ? 0 : 1;
  let durable = appended;
  /** What came after that, in order. */
  const log: Uint8Array[] = [];
  let documentsOpened = 0;
  const relay = openRelay(strategy, { replica: NODE, clock, updates: [], onDocumentOpened: () => documentsOpened++ });
  const journal = new JournalRing();
  let turn: (() => void)[] = [];
  const room = new Room({
    noteId: NOTE,
    relay,
    isOrdered: strategy.traits.isOrdered,
    merge: strategy.merge,
    refuseExcess: strategy.refuseExcess,
    ...(elsewhere === undefined ? {} : { elsewhere }),
    defer: (task) => (isManual ? void turn.push(task) : task()),
    epoch,
    nodeReplica: NODE,
    clock,
    tracer: journal,
    log: {
      append(update) {
        log.push(update);
        return ++appended;
      },
      durablePosition: () => durable,
    },
  });
  const join = (n: number, kind: "tab" | "stock", bucket?: TokenBucket): Peer =>
    new Peer(
      (peer) =>
        new Session({
          room,
          kind,
          clock,
          tracer: journal,
          replicaId: replicaIdFrom(n),
          bucket,
          transport: {
            send: (bytes) => peer.take(bytes),
            close: (code) => peer.closes.push(code),
            get bufferedBytes() {
              return peer.bufferedBytes;
            },
            pause: () => (peer.isRead = false),
            resume: () => (peer.isRead = true),
          },
        }),
      strategy.open({ replica: replicaIdFrom(n), clock }),
    );
  /** A tab that has been greeted. */
  const joinTab = (n: number, bucket?: TokenBucket): Peer => {
    const tab = join(n, "tab", bucket);
    tab.send({ type: "epoch", epoch: null });
    tab.types();
    return tab;
  };
  const save = (): void => room.onSaved((durable = appended));
  /** Ends the turn, when turns are the test's to end. */
  const endTurn = (): void => {
    const tasks = turn;
    turn = [];
    for (const task of tasks) task();
  };
  const text = (): string => relay.document().text();
  return {
    clock,
    room,
    epoch,
    relay,
    join,
    joinTab,
    save,
    journal,
    endTurn,
    text,
    documentsOpened: () => documentsOpened,
    turnsLeft: () => turn.length,
    appended: () => appended,
    log,
    /** How much of that log is durable. */
    durableUpdates: () => durable - appended + log.length,
  };
}

/** What a peer's own replica makes of typing `text` at its end. */
export function typed({ replica }: { readonly replica: Replica }, text: string): Uint8Array {
  const edited = replica.edit([{ index: replica.length, remove: 0, insert: text }]);
  return edited.isAccepted ? edited.update : expect.unreachable();
}
