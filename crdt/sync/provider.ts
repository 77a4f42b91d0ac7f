/**
 * One connection as a replica sees it, made again whenever it breaks: the counterpart of Session. Speaks
 * SPEC.md's protocol on behalf of a `ProviderPeer` and knows neither the strategy nor the storage behind it.
 */

import { unreachable } from "../base/assert.ts";
import { equalBytes } from "../base/bytes.ts";
import type { CancelTimer, Clock } from "../base/clock.ts";
import { DecodeError, ProtocolError } from "../base/errors.ts";
import type { Epoch, NoteId, ReplicaId } from "../base/ids.ts";
import type { JournalEvent, Tracer } from "../base/journal.ts";
import type { Prng } from "../base/prng.ts";
import type { Closed, Connect, Transport } from "../network/transport.ts";
import { CLOSE, isPermanent, retryHintOf } from "./close-codes.ts";
import { decodeFrame, type DocumentFrame, encodeFrame, encodePieces, type Frame } from "./frames.ts";
import { HEARTBEAT_MS, IN_FLIGHT_MAX, NODE_PIECED_BYTES_MAX, SILENCE_MS_MAX, TAB_MESSAGE_BYTES_MAX } from "./limits.ts";
import { type PieceProgress, PieceReader } from "./pieces.ts";

/** The first retry comes after half to all of this; each further one doubles it. */
const BACKOFF_MS_MIN = 500;
const BACKOFF_MS_MAX = 30_000;

export type ProviderState =
  /** Never started. */
  | "idle"
  /** Waiting for the transport to open. */
  | "connecting"
  /** Open; epochs and versions are being exchanged. */
  | "handshaking"
  /** The node's answer to our version has been taken in. */
  | "synced"
  /** Broken; a retry is scheduled. */
  | "waiting"
  /** The node does not want this replica as it is; no retry. */
  | "refused"
  /** Ended by its owner. */
  | "closed";

/** Whose connection it is. All calls are synchronous. */
export interface ProviderPeer {
  epoch(): Epoch | null;
  onEpoch(epoch: Epoch): void;
  /** The node's history of this note is another, or was cut where this copy stands. The next connection starts afresh. */
  onForeignEpoch(): void;
  version(): Uint8Array;
  since(version: Uint8Array): Uint8Array;
  /** Joins updates into one that says the same; null: the strategy cannot. */
  readonly merge: ((updates: readonly Uint8Array[]) => Uint8Array) | null;
  /** How many local edits `since` covers at this moment. */
  editCount(): number;
  /** Runs `task` once everything edited so far is stored locally, or is known not to be storable. */
  whenStored(task: () => void): void;
  /** Takes in remote work. Returns whether all of it could be placed. @throws DecodeError, ProtocolError */
  onUpdate(update: Uint8Array): boolean;
  /** @throws DecodeError */
  onPresence(update: Uint8Array): void;
  /** What others are told of this replica, or null. */
  presence(): Uint8Array | null;
  /** The node has the first `edit` local edits on disk. */
  onSaved(edit: number): void;
  /** Something that `Provider` shows has changed. */
  onState(): void;
}

export interface ProviderOptions {
  readonly noteId: NoteId;
  readonly replicaId: ReplicaId;
  readonly peer: ProviderPeer;
  readonly connect: Connect;
  readonly clock: Clock;
  /** For the jitter of retries. */
  readonly prng: Prng;
  readonly tracer: Tracer;
}

export class Provider {
  readonly #options: ProviderOptions;
  #state: ProviderState = "idle";
  #transport: Transport | null = null;
  /** Counts connections, so that what an old one still says is not heard. */
  #generation = 0;
  #attempts = 0;
  #retryAtMs: number | null = null;
  #refusal: string | null = null;
  #interruption: string | null = null;
  #cancelRetry: CancelTimer | null = null;
  #cancelBeat: CancelTimer | null = null;
  #heardAtMs = 0;
  #seq = 0;
  /** Whether the node has been sent what it lacked: only then do single updates follow. */
  #hasAnswered = false;
  #isForeign = false;
  /** Whether the copy began again because history was cut off, and has not been in step since. */
  #hasBegunAgain = false;
  /** The version of the last question for what something waits for. To the same one a node has no other answer. */
  #gapAt: Uint8Array | null = null;
  /** Whether the node has answered our epoch; what it says of epochs later is only news. */
  #isGreeted = false;
  /** Numbered frames that are not acknowledged, oldest first, with the edits that each covers. */
  #unacknowledged: { readonly seq: number; readonly edit: number }[] = [];
  /** Updates that wait until fewer are on their way ([UP6]). */
  #held: { readonly update: Uint8Array; readonly edit: number }[] = [];
  #asked: { readonly nonce: number; readonly atMs: number } | null = null;
  #nonce = 0;
  #roundTripMs: number | null = null;
  #pieces = new PieceReader(NODE_PIECED_BYTES_MAX);

  constructor(options: ProviderOptions) {
    this.#options = options;
  }

  get state(): ProviderState {
    return this.#state;
  }

  /** What the node refuses, in its words: this replica (`refused`), or for now whatever it writes ([RO1]). null: nothing. */
  get refusal(): string | null {
    return this.#refusal;
  }

  /** Why the node asked to be left alone for a while; null unless `waiting` because of that. */
  get interruption(): string | null {
    return this.#interruption;
  }

  /** When the next attempt is due; null unless `waiting`. */
  get retryAtMs(): number | null {
    return this.#retryAtMs;
  }

  /** How much of a large frame has come in; null when none is coming. */
  get loading(): PieceProgress | null {
    return this.#pieces.progress;
  }

  get roundTripMs(): number | null {
    return this.#roundTripMs;
  }

  start(): void {
    if (this.#state === "idle") this.#connect();
  }

  /** Tries again at once instead of when the backoff is over; also out of `refused`. */
  retryNow(): void {
    if (this.#state !== "waiting" && this.#state !== "refused") return;
    this.#attempts = 0;
    this.#connect();
  }

  /** Ends for good. No timer is left. */
  close(): void {
    if (this.#state === "closed") return;
    this.#drop(CLOSE.normal, "Closed");
    this.#setState("closed");
  }

  /** Passes on a local update that brings the replica to `edit` edits. Not connected: the next handshake carries it. */
  send(update: Uint8Array, edit: number): void {
    if (!this.#hasAnswered) return;
    this.#held.push({ update, edit });
    this.#sendHeld();
  }

  sendPresence(update: Uint8Array): void {
    if (this.#state === "synced" || this.#state === "handshaking") this.#send({ type: "awareness", update });
  }

  #connect(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    this.#retryAtMs = null;
    this.#refusal = this.#interruption = null;
    this.#isForeign = this.#isGreeted = false;
    this.#gapAt = null;
    this.#unacknowledged = [];
    this.#held = [];
    this.#seq = 0;
    this.#hasAnswered = false;
    const generation = ++this.#generation;
    const isCurrent = (): boolean => generation === this.#generation;
    this.#setState("connecting");
    this.#heardAtMs = this.#options.clock.now();
    this.#transport = this.#options.connect({
      onOpen: () => isCurrent() && this.#onOpen(),
      onFrame: (bytes) => isCurrent() && this.#onBytes(bytes),
      onClose: (closed) => isCurrent() && this.#onClose(closed),
    });
    this.#beat();
  }

  #onOpen(): void {
    this.#setState("handshaking");
    this.#send({ type: "epoch", epoch: this.#options.peer.epoch() });
  }

  #onBytes(bytes: Uint8Array): void {
    this.#heardAtMs = this.#options.clock.now();
    this.#orFail(() => this.#onFrame(decodeFrame(bytes), bytes.length));
  }

  /** Runs what the node's words lead to. What is wrong with them breaks the connection. */
  #orFail(task: () => void): void {
    try {
      task();
    } catch (error) {
      if (!(error instanceof DecodeError || error instanceof ProtocolError)) throw error;
      const isCut = error instanceof ProtocolError && error.closeCode === CLOSE.historyCut;
      this.#fail({ code: isCut ? CLOSE.historyCut : CLOSE.abnormal, reason: error.message });
    }
  }

  #onFrame(frame: Frame, bytes: number): void {
    const { peer, clock } = this.#options;
    this.#trace({ kind: "received", frame: frame.type, bytes, ...(frame.type === "ack" ? { seq: frame.seq } : {}) });
    switch (frame.type) {
      case "epoch":
        if (frame.epoch !== null) peer.onEpoch(frame.epoch);
        if (this.#isGreeted) return;
        this.#isGreeted = true;
        this.#send({ type: "sync-step-1", version: peer.version() });
        this.#announce();
        this.#ask();
        return;
      case "sync-step-1": {
        const generation = this.#generation;
        peer.whenStored(() => {
          if (generation !== this.#generation || this.#transport === null) return;
          this.#orFail(() => {
            this.#sendNumbered({ type: "sync-step-2", update: peer.since(frame.version) }, peer.editCount());
            this.#hasAnswered = true;
          });
        });
        return;
      }
      case "sync-step-2":
      case "update":
        if (!peer.onUpdate(frame.update)) {
          const version = peer.version();
          if (this.#gapAt === null || !equalBytes(version, this.#gapAt)) this.#send({ type: "sync-step-1", version });
          this.#gapAt = version;
        }
        if (frame.type === "sync-step-2" && this.#state === "handshaking") {
          this.#attempts = 0;
          this.#hasBegunAgain = false;
          this.#setState("synced");
        }
        return;
      case "ack":
        this.#onAck(frame.seq);
        return;
      case "awareness":
        peer.onPresence(frame.update);
        return;
      case "query-awareness":
        this.#announce();
        return;
      case "heartbeat":
        if (!frame.isReply) this.#send({ type: "heartbeat", nonce: frame.nonce, isReply: true });
        else if (this.#asked?.nonce === frame.nonce) {
          this.#roundTripMs = clock.now() - this.#asked.atMs;
          peer.onState();
        }
        return;
      case "refusal":
        // Without a word: what was refused before is taken again.
        this.#refusal = frame.reason === "" ? null : frame.reason;
        peer.onState();
        if (frame.code === CLOSE.foreignEpoch) {
          this.#isForeign = true;
          peer.onForeignEpoch();
        }
        return;
      case "auth":
        this.#refusal = frame.reason;
        return;
      case "piece": {
        const whole = this.#pieces.take(frame);
        if (whole !== null) this.#onFrame(whole, frame.totalBytes);
        peer.onState();
        return;
      }
      case "numbered":
        throw new ProtocolError(CLOSE.protocolError, "A node does not number its frames");
      default:
        return unreachable(frame);
    }
  }

  #onAck(seq: number): void {
    let edit = -1;
    for (let [first] = this.#unacknowledged; first !== undefined && first.seq <= seq; [first] = this.#unacknowledged) {
      edit = first.edit;
      this.#unacknowledged.shift();
    }
    if (edit >= 0) this.#options.peer.onSaved(edit);
    this.#sendHeld();
  }

  /** Sends of what waits as much as may be on its way: joined, or where that is not possible one by one. */
  #sendHeld(): void {
    const { merge } = this.#options.peer;
    while (this.#held.length > 0 && this.#unacknowledged.length < IN_FLIGHT_MAX) {
      const isJoined = merge !== null && this.#held.length > 1;
      const taken = this.#held.splice(0, isJoined ? this.#held.length : 1);
      const update = isJoined ? merge(taken.map((held) => held.update)) : taken[0]!.update;
      this.#sendNumbered({ type: "update", update }, taken.at(-1)!.edit);
    }
  }

  #onClose(closed: Closed): void {
    this.#drop(CLOSE.normal, "Closed by the node");
    this.#trace({ kind: "state", state: "disconnected", reason: `${closed.code} ${closed.reason}` });
    // A copy that has just begun again lacks nothing that could be cut off: hearing it once more is final.
    if (closed.code === CLOSE.historyCut && !this.#hasBegunAgain) {
      this.#isForeign = this.#hasBegunAgain = true;
      this.#options.peer.onForeignEpoch();
    }
    if (isPermanent(closed.code) && !this.#isForeign) {
      this.#refusal ??= closed.reason === "" ? `Closed with ${closed.code}` : closed.reason;
      this.#setState("refused");
      return;
    }
    if (closed.code === CLOSE.tryLater && closed.reason !== "") this.#interruption = closed.reason;
    const { clock, prng } = this.#options;
    const ownMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** this.#attempts) * (0.5 + prng.float() / 2);
    // A node that stops spreads out its peers itself.
    const backoffMs = this.#isForeign ? 0 : (retryHintOf(closed.reason) ?? ownMs);
    this.#attempts++;
    this.#retryAtMs = clock.now() + backoffMs;
    this.#cancelRetry = clock.setTimer(backoffMs, () => this.#connect());
    this.#setState("waiting");
  }

  /** Gives up the present connection from this side and goes on as if it had broken. */
  #fail(closed: Closed): void {
    const transport = this.#transport;
    this.#transport = null;
    transport?.close(CLOSE.goingAway, closed.reason.slice(0, 40));
    this.#onClose(closed);
  }

  /** Lets go of the connection and of every timer; what the old transport still says is ignored. */
  #drop(code: number, reason: string): void {
    this.#generation++;
    this.#cancelRetry?.();
    this.#cancelBeat?.();
    this.#cancelRetry = this.#cancelBeat = this.#asked = null;
    this.#retryAtMs = null;
    this.#hasAnswered = false;
    this.#unacknowledged = [];
    this.#held = [];
    this.#pieces = new PieceReader(NODE_PIECED_BYTES_MAX);
    const transport = this.#transport;
    this.#transport = null;
    transport?.close(code, reason);
  }

  /** Asks for a sign of life at intervals, and gives up a node that shows none. */
  #beat(): void {
    const { clock } = this.#options;
    const silenceMs = this.#heardAtMs + SILENCE_MS_MAX - clock.now();
    this.#cancelBeat = clock.setTimer(Math.min(HEARTBEAT_MS, silenceMs), () => {
      if (clock.now() - this.#heardAtMs >= SILENCE_MS_MAX) {
        this.#fail({ code: CLOSE.abnormal, reason: `Nothing heard for ${SILENCE_MS_MAX / 1_000} s` });
        return;
      }
      if (this.#state === "handshaking" || this.#state === "synced") this.#ask();
      this.#beat();
    });
  }

  #ask(): void {
    this.#asked = { nonce: ++this.#nonce, atMs: this.#options.clock.now() };
    this.#send({ type: "heartbeat", nonce: this.#nonce, isReply: false });
  }

  #announce(): void {
    const update = this.#options.peer.presence();
    if (update !== null) this.#send({ type: "awareness", update });
  }

  #sendNumbered(frame: DocumentFrame, edit: number): void {
    const seq = ++this.#seq;
    this.#unacknowledged.push({ seq, edit });
    this.#send({ type: "numbered", seq, frame });
  }

  #send(frame: Frame): void {
    if (this.#transport === null) return;
    const bytes = encodeFrame(frame);
    this.#trace({ kind: "sent", frame: frame.type, bytes: bytes.length, ...(frame.type === "numbered" ? { seq: frame.seq } : {}) });
    if (bytes.length <= TAB_MESSAGE_BYTES_MAX) this.#transport.send(bytes);
    else for (const piece of encodePieces(bytes)) this.#transport.send(piece);
  }

  #setState(state: ProviderState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#trace({ kind: "state", state });
    this.#options.peer.onState();
  }

  #trace(event: JournalEvent): void {
    const { clock, tracer, noteId, replicaId } = this.#options;
    tracer.trace({ ...event, atMs: clock.now(), hop: "provider", noteId, replica: replicaId });
  }
}
