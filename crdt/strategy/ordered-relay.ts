/**
 * A note whose writes one node orders, as nodes hold it. The node that may order decides about proposals by the
 * strategy's rule and makes entries; the others hand proposals over and take in its entries (`commit`).
 *
 * What was decided is shown to nobody (`version`, `since`, the document) before the log has it durably (`settle`):
 * otherwise a crash could unmake what somebody has built on.
 */

import { EMPTY_BYTES } from "../base/bytes.ts";
import type { CancelTimer } from "../base/clock.ts";
import { ProtocolError } from "../base/errors.ts";
import type { ReplicaId } from "../base/ids.ts";
import { mapSplices } from "../base/map-splices.ts";
import type { Splice } from "../base/splice.ts";
import { compareVectors, type VersionVector, writeVector } from "../causal/version-vector.ts";
import {
  decodeMessage,
  decodeVersion,
  digestInSteps,
  digestOf,
  encodeMessage,
  encodeVersion,
  type Entry,
  LOCK_TTL_MS,
  type Proposal,
  type Refusal,
} from "./ordered-codec.ts";
import { applyOrRefuse, contradiction, OrderedLog, OTHER_HISTORY } from "./ordered-log.ts";
import type { OrderedCopy } from "./ordered-copy.ts";
import type { Case, OrderedRule } from "./ordered-rule.ts";
import { LazyDocument } from "./relay.ts";
import {
  type Authority,
  type LockChange,
  type Loss,
  type NoteRelay,
  type Relayed,
  type RelayOptions,
  type Replica,
  SOLE_AUTHORITY,
} from "./strategy.ts";

/** Entries over which one writer's proposals are moved; a writer that is further behind makes them anew. */
const BRIDGE_MAX = 1_000;

/** A longer update is read, looked at and decided in turns of their own: a megabyte takes some 4 ms. */
const LONG_BYTES_MIN = 512 * 1024;

/** When a node that may not order looks again whether it may. */
const RETRY_MS = 1_000;

/** What others committed that a writer had not seen, in the text with that writer's own committed edits in it. */
interface Bridge {
  readonly over: readonly { readonly index: number; readonly splices: readonly Splice[] }[];
  /** Entries up to here are in `over` or were seen. */
  readonly upTo: number;
}

/** Opens the relay of an ordered note on what is stored. @throws DecodeError, ProtocolError when that is none. */
export function openOrderedRelay(rule: OrderedRule, options: RelayOptions, openCopy: (state: Uint8Array) => OrderedCopy): NoteRelay {
  return new OrderedRelay(rule, options, openCopy);
}

class OrderedRelay implements NoteRelay {
  readonly #rule: OrderedRule;
  readonly #options: RelayOptions;
  readonly #authority: Authority;
  readonly #log = new OrderedLog();
  readonly #bridges = new Map<ReplicaId, Bridge>();
  /** Of long ones. */
  readonly #digests = new WeakMap<Proposal, number>();
  readonly #document: LazyDocument;
  /** Where the durable log ends, and which edits that covers. */
  #shown: { readonly index: number; readonly vector: ReadonlyMap<ReplicaId, number> } = { index: 0, vector: new Map() };
  #cancelTick: CancelTimer | null = null;
  #isClosed = false;

  constructor(rule: OrderedRule, options: RelayOptions, openCopy: (state: Uint8Array) => OrderedCopy) {
    this.#rule = rule;
    this.#options = options;
    this.#authority = options.authority ?? SOLE_AUTHORITY;
    for (const update of [options.state ?? EMPTY_BYTES, ...options.updates]) this.#load(update);
    this.#show(this.#log.head);
    this.#document = new LazyDocument(() => {
      options.onDocumentOpened();
      return openCopy(this.since(EMPTY_BYTES));
    });
    this.#tickLater();
  }

  get isDocumentOpen(): boolean {
    return this.#document.isOpen;
  }

  document(): Replica {
    return this.#document.get();
  }

  dropDocument(): void {
    this.#document.drop();
  }

  /** Decides about proposals. Entries that a tab repeats are not heard: only `commit` takes in an order. */
  receive(update: Uint8Array): Relayed {
    return this.#decide(decodeMessage(update).proposals);
  }

  receiveInSteps(update: Uint8Array): Generator<void, Relayed> | null {
    return update.length < LONG_BYTES_MIN ? null : this.#receiveLong(update);
  }

  *#receiveLong(update: Uint8Array): Generator<void, Relayed> {
    const { proposals } = decodeMessage(update);
    for (const proposal of proposals) {
      yield;
      this.#digests.set(proposal, yield* digestInSteps(proposal));
    }
    yield;
    return this.#decide(proposals);
  }

  #decide(proposals: readonly Proposal[]): Relayed {
    const done: Done = { entries: [], again: [], refusals: [], losses: [], isWaiting: false };
    const unknown: Proposal[] = [];
    for (const proposal of proposals) if (!this.#isKnown(proposal, done)) unknown.push(proposal);
    const token = this.#authority.token();
    if (token !== null) for (const proposal of unknown) this.#order(proposal, token, done);
    else if (unknown.length > 0 && this.#options.handOver?.(encodeMessage({ proposals: unknown })) !== true) {
      const reason = this.#authority.reason();
      for (const proposal of unknown)
        done.refusals.push({ ...idsOf(proposal), base: proposal.base, head: this.#log.head, kind: "paused", reason });
    }
    return this.#relayed(done);
  }

  commit(update: Uint8Array): Relayed {
    const { entries } = decodeMessage(update);
    const head = this.#log.head;
    for (const { index, token } of entries) {
      const known = this.#log.at(index);
      if (index <= head && known !== undefined && known.token !== token)
        throw contradiction(`Entry ${index} is here under token ${known.token}, and came under ${token}`);
    }
    const next = entries.filter(({ index }) => index > head);
    if (next.length > 0 && next[0]!.index !== head + 1) return { forward: null, reply: null, isWaiting: true, losses: [] };
    this.#log.check(next);
    const done: Done = { entries: [], again: [], refusals: [], losses: [], isWaiting: false };
    for (const entry of next) {
      // How its author saw the text is known to the node that made it.
      this.#bridges.delete(entry.replica);
      this.#append(entry, done);
    }
    return this.#relayed(done);
  }

  settle(forward: Uint8Array): void {
    const last = decodeMessage(forward).entries.at(-1)?.index ?? 0;
    if (last <= this.#shown.index) return;
    this.#show(last);
    this.#document.follow(forward);
  }

  changeLock(change: LockChange): boolean {
    const lock = this.#rule.changed?.(this.#log.lock, change, this.#nowMs()) ?? null;
    return lock === null ? this.#token() !== null : this.#decideAlone(lock);
  }

  version(): Uint8Array {
    return encodeVersion(this.#shown.index, this.#shown.vector);
  }

  since(version: Uint8Array): Uint8Array {
    const known = decodeVersion(version);
    this.#assertOneHistory(known.index, known.vector);
    return encodeMessage(this.#log.since(known.index, this.#shown.index));
  }

  seen(): Uint8Array {
    return writeVector(this.#shown.vector);
  }

  state(): Uint8Array {
    return encodeMessage(this.#log.since(0, this.#log.head));
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTick?.();
    this.#cancelTick = null;
  }

  /** @throws ProtocolError for a copy that has other entries than this log: it begins anew, and keeps as a draft what it had not saved ([OR6]). */
  #assertOneHistory(index: number, vector: VersionVector): void {
    const { index: shown } = this.#shown;
    // Who follows may be behind. Who orders has everything that anybody was told of.
    if (index > shown && this.#authority.token() !== null)
      throw new ProtocolError(OTHER_HISTORY, `A copy at entry ${index} of a note that has ${shown}`);
    const own = index > shown ? null : this.#log.vectorAt(index);
    if (own !== null && compareVectors(own, vector).ordering !== "same")
      throw new ProtocolError(OTHER_HISTORY, `A copy with other entries up to ${index} than this note has`);
  }

  #load(update: Uint8Array): void {
    const { snapshot, entries } = decodeMessage(update);
    if (snapshot !== null && snapshot.index > this.#log.head) this.#log.begin(snapshot);
    const next = entries.filter(({ index }) => index > this.#log.head);
    this.#log.check(next);
    for (const entry of next) this.#log.append(entry);
  }

  #show(index: number): void {
    const vector = new Map(this.#shown.vector);
    for (let at = this.#shown.index + 1; at <= index; at++) {
      const entry = this.#log.at(at);
      if (entry !== undefined && entry.first > 0) vector.set(entry.replica, entry.last);
    }
    if (index === this.#log.head) for (const [replica, seq] of this.#log.vector) vector.set(replica, seq);
    this.#shown = { index, vector };
    // What is not durable is never folded: a text would tell of it.
    this.#log.fold(index);
  }

  /** Whether the proposal was committed before; its entry is then told again. @throws ProtocolError when it says something else. */
  #isKnown(proposal: Proposal, done: Done): boolean {
    const { replica, first, last, base } = proposal;
    if (last > this.#log.committedOf(replica)) return false;
    const entry = this.#log.entryOf(proposal);
    if (entry === undefined) {
      // Folded: the tab learns of it with the text that it lacks.
      if (base < this.#log.head) done.refusals.push({ ...idsOf(proposal), base, head: this.#log.head, kind: "stale", reason: "" });
      return true;
    }
    // An older attempt at a write that was made anew may differ, and comes late: only attempts on one text must be equal.
    if (entry.first === first && entry.last === last && entry.base === base && entry.digest !== this.#digestOf(proposal))
      throw contradiction(`Replica ${replica} used number ${last} twice: two copies share its id`);
    done.again.push(entry);
    return true;
  }

  #order(proposal: Proposal, token: number, done: Done): void {
    const { replica, base, first, last, atMs, intent } = proposal;
    const log = this.#log;
    if (token < log.token) {
      done.refusals.push({
        ...idsOf(proposal),
        base,
        head: log.head,
        kind: "paused",
        reason: this.#authority.reason() || "Another server orders this note now.",
      });
      return;
    }
    if (base > log.head) {
      done.isWaiting = true;
      return;
    }
    const known = log.committedOf(replica);
    if (first > known + 1) {
      // An earlier one was refused, and this one with it; or it has not come.
      if (this.#isStale(proposal)) done.refusals.push(this.#stale(proposal));
      else done.isWaiting = true;
      return;
    }
    const crossing: { bridge: Bridge | null } = { bridge: null };
    const input: Case = {
      log,
      proposal,
      nowMs: this.#nowMs(),
      lockTtlMs: this.#options.lockTtlMs ?? LOCK_TTL_MS,
      isStale: this.#isStale(proposal),
      moved: () => {
        const crossed = this.#cross(proposal);
        crossing.bridge = crossed?.bridge ?? null;
        return crossed?.splices ?? null;
      },
    };
    // A whole-note write that was proposed again with more in it is still one write.
    const isPartlyKnown = first <= known && proposal.text === null;
    const decision = isPartlyKnown ? ({ kind: "stale" } as const) : this.#rule.decide(input);
    if (decision.kind === "stale") {
      done.refusals.push(this.#stale(proposal));
      return;
    }
    const { kind, splices, lock } = decision.entry;
    applyOrRefuse(log.text, splices);
    const entry: Entry = {
      replica,
      first: known + 1,
      last,
      index: log.head + 1,
      token,
      kind,
      base,
      atMs,
      digest: this.#digestOf(proposal),
      splices,
      intent,
      lock,
    };
    this.#bridges.delete(replica);
    if (crossing.bridge !== null) this.#bridges.set(replica, crossing.bridge);
    this.#append(entry, done);
  }

  #digestOf(proposal: Proposal): number {
    return this.#digests.get(proposal) ?? digestOf(proposal);
  }

  #append(entry: Entry, done: Done): void {
    done.losses.push(...this.#log.append(entry));
    done.entries.push(entry);
    if (entry.lock !== null) this.#tickLater();
  }

  #relayed({ entries, again, refusals, losses, isWaiting }: Done): Relayed {
    return {
      forward: entries.length === 0 ? null : encodeMessage({ entries }),
      reply: again.length + refusals.length === 0 ? null : encodeMessage({ entries: run(again), refusals }),
      isWaiting,
      losses,
    };
  }

  #stale(proposal: Proposal): Refusal {
    return { ...idsOf(proposal), base: proposal.base, head: this.#log.head, kind: "stale", reason: "Others' writes came first" };
  }

  #isStale({ replica, base }: Proposal): boolean {
    if (base < this.#log.startIndex) return true;
    return this.#log.after(base).some((entry) => entry.replica !== replica && entry.kind === "committed");
  }

  /** Moves a proposal over what its author had not seen; null when that cannot be told any more. */
  #cross({ replica, base, splices }: Proposal): { readonly splices: readonly Splice[]; readonly bridge: Bridge } | null {
    const log = this.#log;
    if (base < log.startIndex) return null;
    const ownIndex = log.lastIndexOf(replica);
    const known = this.#bridges.get(replica);
    // Edits of its author that were committed since are in the text that it was made in: without the bridge nobody knows how.
    if (ownIndex > base && known?.upTo !== ownIndex) return null;
    const from = ownIndex > base ? ownIndex : base;
    const kept = ownIndex > base ? (known?.over ?? []).filter(({ index }) => index > base) : [];
    const later = log.after(from).filter((entry) => entry.splices.length > 0);
    let moved = splices;
    const over: { index: number; splices: readonly Splice[] }[] = [];
    for (const { index, splices: other } of [...kept, ...later]) {
      over.push({ index, splices: mapSplices(other, moved, true) });
      moved = mapSplices(moved, other, false);
    }
    return over.length > BRIDGE_MAX ? null : { splices: moved, bridge: { over, upTo: log.head + 1 } };
  }

  /** What the rule does by itself when time passes: in the lock's case, hands it on. */
  #tickLater(leastMs = 1): void {
    const { clock } = this.#options;
    this.#cancelTick?.();
    this.#cancelTick = null;
    if (this.#options.onOwnEntry === undefined || this.#isClosed) return;
    const nextMs = this.#rule.tick?.(this.#log, this.#nowMs()).nextMs ?? null;
    if (nextMs === null) return;
    this.#cancelTick = clock.setTimer(Math.max(leastMs, nextMs - this.#nowMs()), () => {
      this.#cancelTick = null;
      const entry = this.#rule.tick?.(this.#log, this.#nowMs()).entry ?? null;
      if (entry === null || !this.#decideAlone(entry.lock)) this.#tickLater(RETRY_MS);
    });
  }

  /** Makes an entry that nobody has proposed; false: this node may not order now. */
  #decideAlone(lock: Entry["lock"]): boolean {
    const token = this.#token();
    const { replica } = this.#options;
    if (token === null || this.#options.onOwnEntry === undefined) return false;
    const index = this.#log.head + 1;
    const own = { replica, first: 0, last: 0, index, token, kind: "state", base: index - 1, atMs: this.#nowMs(), digest: 0 } as const;
    this.#options.onOwnEntry(encodeMessage({ entries: [{ ...own, splices: [], intent: [], lock }] }));
    return true;
  }

  /** The token under which this node may add to the log; null: it may not. */
  #token(): number | null {
    const token = this.#authority.token();
    return token === null || token < this.#log.token ? null : token;
  }

  #nowMs(): number {
    return Math.max(0, Math.floor(this.#options.clock.now()));
  }
}

interface Done {
  readonly entries: Entry[];
  readonly again: Entry[];
  readonly refusals: Refusal[];
  readonly losses: Loss[];
  isWaiting: boolean;
}

function idsOf({ replica, first, last }: Proposal): Pick<Refusal, "replica" | "first" | "last"> {
  return { replica, first, last };
}

/** Entries that can stand in one message: those that follow the first without a gap. */
function run(entries: readonly Entry[]): Entry[] {
  return entries.filter((entry, n) => entry.index === entries[0]!.index + n);
}
