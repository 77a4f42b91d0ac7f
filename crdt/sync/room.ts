/**
 * One note on one node: decides what sessions bring, has it stored, passes it on, and tells who wrote it when it is
 * durable. Knows no socket, no database, no strategy, and no document: a relay is enough.
 *
 * A turn is what happens until the task given to `defer` runs: in a process, one turn of the event loop. Updates and
 * presence of a turn go out together at its end (fan-out.ts), and what a flooded room has not done by then waits for
 * the next one, so that the rooms beside it have theirs ([FA1]).
 */

import { assert } from "../base/assert.ts";
import type { Clock } from "../base/clock.ts";
import type { Epoch, NoteId, ReplicaId } from "../base/ids.ts";
import type { JournalEvent, Tracer } from "../base/journal.ts";
import type { Loss, Relay, Relayed } from "../strategy/strategy.ts";
import { Answers, type AnswerType } from "./answers.ts";
import type { Elsewhere } from "./elsewhere.ts";
import { FanOut, type FanOutCounts, type Reader } from "./fan-out.ts";
import { encodeFrame } from "./frames.ts";
import { ANSWER_BYTES_PER_UNIT, LONG_UPDATE_BYTES_MIN, PACE_US_PER_READER, TURN_UNITS_MAX } from "./limits.ts";
import { LongIntake, type Outcome } from "./long-intake.ts";
import { type PresenceOwner, RoomPresence } from "./room-presence.ts";

/** Whoever is in a room: a session with a client, or a node that has the same note. */
export interface RoomMember extends Reader, PresenceOwner {
  /** Another node's room, not a client. */
  readonly isPeer?: boolean;
  forwardPresence(frame: Uint8Array): void;
  /** Everything that the room knows was forwarded. */
  settle(): void;
  /** Everything up to `position` is durable. */
  onSaved(position: number): void;
  /** Another turn: goes on with what `Room.queue` was called for. */
  resume(): void;
  /** What the room has to say to this member alone. */
  reply?(update: Uint8Array): void;
  /** Is asked for what the node lacks. */
  askAgain?(): void;
  /** The room takes nothing in for now, or does again. */
  onReadOnly?(): void;
  close(code: number, reason: string): void;
}

/** Where a room's updates are kept. Positions count from 1. */
export interface RoomLog {
  /** Hands over an update to be stored and returns its position at once; `Room.onSaved` follows when it is durable. */
  append(update: Uint8Array): number;
  durablePosition(): number;
}

export interface RoomOptions {
  readonly noteId: NoteId;
  readonly relay: Relay;
  /** Whether one node orders the writes: nothing of one is told to anybody before it is durable ([OR1]). */
  readonly isOrdered?: boolean;
  /** Joins updates into one that says the same, where the strategy can. */
  readonly merge?: ((updates: readonly Uint8Array[]) => Uint8Array) | undefined;
  /** As `Strategy.refuseExcess`. */
  readonly refuseExcess?: ((update: Uint8Array) => void) | undefined;
  readonly epoch: Epoch;
  /** The epoch is agreed on with other nodes and durable there, whatever this one has on its own disk. */
  readonly isBorn?: boolean;
  /** The node that this room is on, for the journal. */
  readonly nodeReplica: ReplicaId;
  readonly clock: Clock;
  readonly log: RoomLog;
  readonly tracer: Tracer;
  /** Without it the room does everything itself. */
  readonly elsewhere?: Elsewhere | null;
  /** Runs `task` at the end of this turn, when the messages that have come in together are dealt with. */
  defer(task: () => void): void;
  onMerged?(update: Uint8Array, position: number, isOfPeer: boolean): void;
  onLosses?(losses: readonly Loss[]): void;
  /** A tab says how far it has seen the note. */
  onVersion?(replica: ReplicaId, version: Uint8Array): void;
}

/** What a room has done since it was opened. */
export interface RoomCounts extends FanOutCounts {
  /** Of clients; other nodes do not count. */
  readonly sessions: number;
  readonly bytesIn: number;
  /** How long the last update that was timed took to become durable; null before the first. */
  readonly commitMs: number | null;
  /** Turns that ended with messages left for the next. */
  readonly turnsOverBudget: number;
  readonly presenceForeign: number;
  readonly presenceTooLarge: number;
}

export class Room {
  readonly noteId: NoteId;
  readonly epoch: Epoch;
  readonly relay: Relay;
  readonly #options: RoomOptions;
  readonly #sessions = new Set<RoomMember>();
  readonly #fanOut: FanOut;
  /** Sessions that are owed an ack, or the news that the note has an epoch. */
  #awaitingSave: Set<RoomMember> | null = null;
  /** Sessions whose peers had too much unread when they were last sent something. */
  #full: Set<RoomMember> | null = null;
  /** Sessions with messages that this turn had no room for. */
  #queued: Set<RoomMember> | null = null;
  #presenceNews: Set<number> | null = null;
  /** What is told once the log is durable up to a position: an update to everybody, or a reply to one session. */
  #held: ({ readonly position: number } & ({ readonly update: Uint8Array } | { readonly reply: Uint8Array; readonly to: RoomMember }))[] =
    [];
  readonly #answers: Answers;
  #presence: RoomPresence | null = null;
  #appended: number;
  #unitsLeft = TURN_UNITS_MAX;
  #isTurnOpen = false;
  /** When updates were last sent to everybody; only kept in crowds. */
  #sentAtMs = 0;
  /** Opens the turn that sends what a crowd waits for. */
  #isPaced = false;
  #turnsOverBudget = 0;
  #bytesIn = 0;
  /** One update at a time is timed from here to the disk. */
  #timed: { readonly position: number; readonly atMs: number } | null = null;
  #commitMs: number | null = null;
  #isClosed = false;
  #readOnly: string | null = null;
  /** Made when a long update comes. */
  #intake: LongIntake | null = null;

  constructor(options: RoomOptions) {
    this.#options = options;
    this.noteId = options.noteId;
    this.epoch = options.epoch;
    this.relay = options.relay;
    this.#fanOut = new FanOut({ readers: this.#sessions, merge: options.merge ?? null });
    this.#answers = new Answers(options);
    this.#appended = options.log.durablePosition();
  }

  get presence(): RoomPresence {
    return (this.#presence ??= new RoomPresence(this.#options.clock));
  }

  /** Whether anybody here has ever told of itself. */
  get hasPresence(): boolean {
    return this.#presence !== null;
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Everything up to here is in the log, durable or on its way. */
  get appendedPosition(): number {
    return this.#appended;
  }

  /** Everything up to here is what the document and the answers to step 1 speak of ([OR1]). */
  get shownPosition(): number {
    return this.#options.isOrdered === true ? Math.min(this.#appended, this.durablePosition) : this.#appended;
  }

  get durablePosition(): number {
    return this.#options.log.durablePosition();
  }

  /** Whether the note exists: its first update is durable, or its birth. Only then may a copy be bound to its epoch. */
  get isNote(): boolean {
    return this.#options.isBorn === true || this.durablePosition > 0;
  }

  /** Whether a part of an update is in, and the rest is to come in the next turns. */
  get isTakingIn(): boolean {
    return this.#intake?.isBusy === true;
  }

  /** Why nothing is taken in at the moment, in words for people; null: everything is. */
  get readOnly(): string | null {
    return this.#readOnly;
  }

  get counts(): RoomCounts {
    const { foreign, tooLarge } = this.#presence?.refusals ?? { foreign: 0, tooLarge: 0 };
    return {
      sessions: [...this.#sessions].filter(({ isPeer }) => isPeer !== true).length,
      ...this.#fanOut.counts,
      bytesIn: this.#bytesIn,
      commitMs: this.#commitMs,
      turnsOverBudget: this.#turnsOverBudget,
      presenceForeign: foreign,
      presenceTooLarge: tooLarge,
    };
  }

  /** How far a tab has seen the note, as it says itself when it comes. */
  noteVersion(replica: ReplicaId, version: Uint8Array): void {
    this.#options.onVersion?.(replica, version);
  }

  /** Adds a session, greeting ones included, so that closing the room reaches it. */
  attach(session: RoomMember): void {
    assert(!this.#isClosed, `Room ${this.noteId} is closed`);
    this.#sessions.add(session);
  }

  /** Forgets a session and tells the others that whoever spoke through it has left, or is out of reach ([PR1]). */
  detach(session: RoomMember, hasLeft: boolean): void {
    if (!this.#sessions.delete(session)) return;
    for (const set of [this.#awaitingSave, this.#full, this.#queued]) set?.delete(session);
    const id = (hasLeft ? this.#presence?.leave(session) : this.#presence?.withdraw(session)) ?? null;
    if (id !== null) this.spreadPresence(id);
  }

  /**
   * Takes in an update that `from` brought; stores it and passes it on if it says anything new.
   * @throws DecodeError, ProtocolError as the strategy does; nothing has changed then.
   */
  receive(update: Uint8Array, from: RoomMember): Relayed {
    return this.#receive(update, from);
  }

  /**
   * Whether `update` can be taken in now; otherwise `then` is told once it can, some turns later: a document has to be built, or
   * another update is being taken in. That holds up this room's writers and nobody else.
   */
  isReadyFor(update: Uint8Array, then: () => void): boolean {
    if (this.#intake?.isBusy === true) {
      this.#intake.wait(then);
      return false;
    }
    const step = this.relay.prepare?.(update) ?? null;
    if (step === null) return true;
    this.#inTurns(() => {
      const isReady = step();
      if (isReady) then();
      return isReady;
    });
    return false;
  }

  /**
   * As `receive`, of an update that the room is ready for, where it takes long: false where it does not. Otherwise it is taken in over
   * several turns, stored and passed on even if `from` has left, and `then` is told what came of it: what `receive` returns or throws.
   * @throws DecodeError, ProtocolError when it is more than a client may bring.
   */
  receiveInTurns(update: Uint8Array, from: RoomMember, then: (outcome: Outcome) => void): boolean {
    if (update.length < LONG_UPDATE_BYTES_MIN) return false;
    const { elsewhere, refuseExcess } = this.#options;
    if (refuseExcess !== undefined) {
      if (from.isPeer !== true) refuseExcess(update);
      // Whatever it says is taken in at once, and is much for a turn.
      this.#unitsLeft = Math.min(this.#unitsLeft, 0);
      this.#openTurn();
    }
    this.#intake ??= new LongIntake({ relay: this.relay, elsewhere, inTurns: (step) => this.#inTurns(step) });
    const onTaken = (relayed: Relayed): Relayed => {
      this.#bytesIn += update.length;
      return this.#take(relayed, this.#sessions.has(from) ? from : null);
    };
    const onOutcome = (outcome: Outcome): void => {
      then(outcome);
      // Whoever is full may fall behind now.
      if (this.#full !== null) this.#openTurn();
    };
    return this.#intake.take(update, { onTaken, onOutcome });
  }

  /**
   * Takes in entries of an ordered note from the node that made them, or that the relay has made by itself.
   * @throws DecodeError, ProtocolError as the relay does: an older token, for one; nothing has changed then.
   */
  commit(entries: Uint8Array): Relayed {
    const { relay } = this;
    if (relay.commit === undefined) throw new RangeError(`Note ${this.noteId} is not ordered: it has no entries to commit`);
    return this.#take(relay.commit(entries), null);
  }

  /** This node may order again, or knows who does: every tab is asked for what it holds ([OR4]). */
  askAgain(): void {
    for (const session of this.#sessions) session.askAgain?.();
  }

  /** What the node that orders has to say of this node's proposals: whoever it concerns knows it by its number. */
  answer(update: Uint8Array): void {
    for (const session of this.#sessions) session.reply?.(update);
  }

  /** Stores and passes on what the node itself has written, in a document of this note. */
  publish(update: Uint8Array): void {
    if (update.length === 0) return;
    const { forward } = this.#receive(update, null);
    // A copy that is its own relay knows already what was written into it. A proposal that is not committed is no news to anybody.
    if (forward === null && this.#options.isOrdered !== true) this.#spread(update, null, null);
  }

  /** As `Answers.now`. */
  framesSince(version: Uint8Array, type: AnswerType, inPieces: boolean): readonly Uint8Array[] {
    return this.#answers.now(version, type, inPieces);
  }

  /** As `Answers.soon`: whoever is in the room gets what is forwarded meanwhile. */
  framesSoon(
    version: Uint8Array,
    type: AnswerType,
    inPieces: boolean,
    take: (make: () => readonly Uint8Array[]) => void,
    isGone: () => boolean,
  ): void {
    this.#answers.soon(version, type, inPieces, take, isGone);
  }

  /** Presence goes back to its sender too: a stock client counts it as a sign of life. */
  spreadPresence(id: number): void {
    (this.#presenceNews ??= new Set()).add(id);
    this.#openTurn();
  }

  /** Whether this turn has room for a message of that size. Without it the session keeps the message and calls `queue`. */
  spend(bytes: number): boolean {
    if (this.#unitsLeft <= 0) return false;
    this.#unitsLeft -= 1 + bytes / 1_024;
    this.#openTurn();
    return true;
  }

  /** What a message was answered with is part of what this turn has room for: a thousand who ask at once are answered in turns. */
  charge(answerBytes: number): void {
    this.#unitsLeft -= answerBytes / ANSWER_BYTES_PER_UNIT;
    this.#openTurn();
  }

  /** The session is called back (`resume`) in the next turn. */
  queue(session: RoomMember): void {
    (this.#queued ??= new Set()).add(session);
    this.#openTurn();
  }

  /** Runs `task` when this turn ends. */
  atEndOfTurn(task: () => void): void {
    this.#options.defer(task);
  }

  /** The session is told of the next thing that becomes durable. */
  awaitSave(session: RoomMember): void {
    (this.#awaitingSave ??= new Set()).add(session);
  }

  /** A peer has much unread: once everything known has been sent to it, it is sent no more until it has read. */
  noteFull(session: RoomMember): void {
    (this.#full ??= new Set()).add(session);
    this.#openTurn();
  }

  /** The log says that everything up to `position` is durable. */
  onSaved(position: number): void {
    if (this.#isTraced) this.#trace({ kind: "saved", position });
    if (this.#timed !== null && this.#timed.position <= position) {
      this.#commitMs = this.#options.clock.now() - this.#timed.atMs;
      this.#timed = null;
    }
    this.#release(position);
    const awaiting = this.#awaitingSave;
    this.#awaitingSave = null;
    for (const session of awaiting ?? []) session.onSaved(position);
  }

  /** From now on nothing is taken in, for this reason; null: it is again, and what was turned away is asked for ([RO1]). */
  setReadOnly(reason: string | null): void {
    if (reason === this.#readOnly) return;
    this.#readOnly = reason;
    for (const session of this.#sessions) session.onReadOnly?.();
  }

  /** Ends every session with `code`; none can join any more. */
  close(code: number, reason: string): void {
    this.#isClosed = true;
    this.#answers.close();
    this.#held = [];
    this.relay.close?.();
    for (const session of this.#sessions) session.close(code, reason);
  }

  #receive(update: Uint8Array, from: RoomMember | null): Relayed {
    this.#bytesIn += update.length;
    return this.#take(this.relay.receive(update), from);
  }

  /** Runs `step` once in a turn, from the next one on, until it says that it is done. */
  #inTurns(step: () => boolean): void {
    const next = (): void => {
      if (!this.#isClosed && !step()) this.#options.defer(next);
    };
    this.#options.defer(next);
  }

  #take(relayed: Relayed, from: RoomMember | null): Relayed {
    if (relayed.forward !== null) this.#spread(relayed.forward, from, relayed.isMore === true ? null : from);
    if (relayed.losses.length > 0) {
      for (const { id } of relayed.losses) this.#trace({ kind: "loss", lossId: id });
      this.#options.onLosses?.(relayed.losses);
    }
    if (this.#options.isOrdered !== true || relayed.reply === null) return relayed;
    // A reply speaks of what the node has decided: it waits like the decision itself.
    if (from !== null) this.#held.push({ position: this.#appended, reply: relayed.reply, to: from });
    this.#release(this.durablePosition);
    return { ...relayed, reply: null };
  }

  /** `knower`: who needs not be told of it. */
  #spread(update: Uint8Array, from: RoomMember | null, knower: RoomMember | null): void {
    this.#appended = this.#options.log.append(update);
    this.#timed ??= { position: this.#appended, atMs: this.#options.clock.now() };
    if (this.#isTraced) this.#trace({ kind: "merged", bytes: update.length, position: this.#appended });
    if (this.#options.isOrdered === true) {
      this.#held.push({ position: this.#appended, update });
      this.#release(this.durablePosition);
    } else this.#pass(update, knower);
    this.#options.onMerged?.(update, this.#appended, from?.isPeer === true);
  }

  #pass(update: Uint8Array, from: RoomMember | null): void {
    this.#answers.onNews();
    this.#fanOut.add(update, from);
    this.#settle();
    this.#openTurn();
  }

  /** Tells what has become durable, in order. Whoever proposed an entry hears of it like everybody else. */
  #release(position: number): void {
    for (let [first] = this.#held; first !== undefined && first.position <= position; [first] = this.#held) {
      this.#held.shift();
      if ("update" in first) {
        this.relay.settle?.(first.update);
        this.#pass(first.update, null);
      } else first.to.reply?.(first.reply);
    }
  }

  #openTurn(): void {
    if (this.#isTurnOpen) return;
    this.#isTurnOpen = true;
    this.#options.defer(() => this.#endTurn());
  }

  #endTurn(): void {
    this.#isTurnOpen = false;
    if (this.#isClosed) return;
    const hasSent = this.#isTooSoon() ? false : this.#sendGathered();
    this.#settle();
    this.#sendPresence();
    this.#unitsLeft = TURN_UNITS_MAX;
    const queued = this.#queued;
    this.#queued = null;
    if (queued !== null && queued.size > 0) {
      this.#turnsOverBudget++;
      this.#openTurn();
      // Each gets its turn: those that are not done stand last in the next.
      for (const session of queued) session.resume();
    }
    if (hasSent) this.#openTurn();
  }

  #sendGathered(): boolean {
    const hasSent = this.#fanOut.endTurn();
    if (hasSent && this.#paceMs > 0) this.#sentAtMs = this.#options.clock.now();
    return hasSent;
  }

  /** Whether what was gathered is to grow on for a while: a crowd is sent few large frames, each of which costs a write for everybody. */
  #isTooSoon(): boolean {
    const paceMs = this.#paceMs;
    if (paceMs === 0 || this.#fanOut.isFlushed) return false;
    const { clock } = this.#options;
    const waitMs = this.#sentAtMs + paceMs - clock.now();
    if (waitMs <= 0) return false;
    if (!this.#isPaced) {
      this.#isPaced = true;
      clock.setTimer(Math.min(waitMs, paceMs), () => {
        this.#isPaced = false;
        this.#openTurn();
      });
    }
    return true;
  }

  /** 0 for all but crowds. */
  get #paceMs(): number {
    return Math.floor((this.#sessions.size * PACE_US_PER_READER) / 1_000);
  }

  /** A version speaks for a peer only when everything that it covers was sent. */
  #settle(): void {
    const full = this.#full;
    // Half of an update is in what the room knows, and was sent to nobody.
    if (full === null || this.isTakingIn || !this.#fanOut.isFlushed) return;
    for (const session of full) session.settle();
    this.#full = null;
  }

  #sendPresence(): void {
    if (this.#presenceNews === null) return;
    const frame = encodeFrame({ type: "awareness", update: this.presence.table.encode([...this.#presenceNews]) });
    this.#presenceNews = null;
    for (const session of this.#sessions) session.forwardPresence(frame);
  }

  get #isTraced(): boolean {
    return this.#options.tracer.keeps?.(this.noteId) !== false;
  }

  #trace(event: JournalEvent): void {
    const { clock, tracer, noteId, nodeReplica } = this.#options;
    tracer.trace({ ...event, atMs: clock.now(), hop: "room", noteId, replica: nodeReplica });
  }
}
