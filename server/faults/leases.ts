/**
 * The lease of a note's order (which node orders) and the lock of its writers (which replica may write): what is to be seen of
 * both, and how either ends before its time. Commands are the same over HTTP and on the control socket.
 */

import type { CancelTimer, Clock } from "../../crdt/base/clock.ts";
import type { NoteId, ReplicaId } from "../../crdt/base/ids.ts";
import type { NodeId } from "../../crdt/network/node-pair.ts";
import type { LockChange, LockState } from "../../crdt/strategy/strategy.ts";
import type { LeaseAnswer, LockUser, NodeGrant, NoteLease, NoteLock } from "../../crdt/sync/lease-messages.ts";
import type { Fleet } from "../nodes/fleet.ts";
import type { ServedNode } from "../nodes/served-node.ts";
import type { OpenRoom } from "../rooms/room-hub.ts";
import type { ParsedLeaseCommand } from "./lease-schema.ts";

/** How long a change of a lock may take to be on the disks of a majority. */
const SAVED_MS_MAX = 3_000;
const LOOK_MS = 20;

/** There is no such note (404), or nothing of it that could be ended or set now (409); the message says which. */
export class LeaseProblem extends Error {
  override readonly name = "LeaseProblem";
  readonly status: 404 | 409;

  constructor(status: 404 | 409, message: string) {
    super(message);
    this.status = status;
  }
}

export interface LeasesOptions {
  readonly fleet: Fleet;
  readonly clock: Clock;
  /** The name under which a replica was last known; null: none. */
  readonly nameOf: (replica: ReplicaId) => string | null;
  /** Something was done to that note, in words; the node that it concerned, if it was one. */
  readonly onDeed: (noteId: NoteId, text: string, node: NodeId | null) => void;
}

export class Leases {
  readonly #options: LeasesOptions;
  readonly #looks = new Set<CancelTimer>();

  constructor(options: LeasesOptions) {
    this.#options = options;
  }

  /** Rejects with LeaseProblem. */
  async state(noteId: NoteId): Promise<LeaseAnswer> {
    await this.#expectNote(noteId);
    const lock = await this.#lockOf(noteId);
    const { clock, fleet } = this.#options;
    const serverNowMs = clock.now();
    const lease = this.#leaseOf(noteId);
    const byMs = fleet.wallOf(lease?.holder ?? fleet.ids[0]!).now();
    return { noteId, lease, lock: lock === null ? null : this.#told(lock, byMs), serverNowMs };
  }

  /** Rejects with LeaseProblem. Of a lock, resolves when the change is durable. */
  async command(command: ParsedLeaseCommand): Promise<void> {
    await this.#expectNote(command.noteId);
    if (command.type === "end-lease") this.#endLease(command.noteId);
    else if (command.type === "end-lock") await this.#endLock(command.noteId);
    else await this.#setFencing(command.noteId, command.isFencing);
  }

  /** Leaves no timer behind. */
  close(): void {
    for (const cancel of this.#looks) cancel();
    this.#looks.clear();
  }

  #endLease(noteId: NoteId): void {
    const { fleet, onDeed } = this.#options;
    if (!fleet.isSeveral) throw new LeaseProblem(409, "This server runs one node, which needs no lease: start it with --nodes 3");
    const lease = this.#leaseOf(noteId);
    if (lease === null) throw new LeaseProblem(409, "Any node may write in this note: it has no lease");
    if (lease.holder === null && lease.nodes.every(({ grantsTo }) => grantsTo === null))
      throw new LeaseProblem(409, "No node holds the lease of this note at the moment");
    for (const served of fleet.running()) served.run(() => void served.cluster?.endLease(noteId));
    onDeed(
      noteId,
      `the lease of this note was ended${lease.holder === null ? "" : `: ${lease.holder} held it under token ${lease.token}`}`,
      lease.holder,
    );
  }

  async #endLock(noteId: NoteId): Promise<void> {
    const { holder, token } = await this.#expectLock(noteId);
    if (holder === null) throw new LeaseProblem(409, "Nobody holds the lock of this note at the moment");
    await this.#change(noteId, { kind: "end" }, (lock) => lock.token > token);
    this.#options.onDeed(noteId, `the lock of ${this.#options.nameOf(holder) ?? holder} was ended: it was held under token ${token}`, null);
  }

  async #setFencing(noteId: NoteId, isOn: boolean): Promise<void> {
    await this.#expectLock(noteId);
    await this.#change(noteId, { kind: "fencing", isOn }, (lock) => lock.isFencing === isOn);
    this.#options.onDeed(noteId, `fencing of the lock is ${isOn ? "on" : "off"}`, null);
  }

  /** On the node that orders the note, whichever that is. */
  async #change(noteId: NoteId, change: LockChange, isDone: (lock: LockState) => boolean): Promise<void> {
    const isSaved = (room: OpenRoom): boolean => {
      const lock = lockIn(room);
      return lock !== null && isDone(lock);
    };
    const orders = this.#awake().find(({ cluster }) => cluster === null || cluster.logOf(noteId)?.isLeading === true);
    const open = orders?.hub.find(noteId) ?? null;
    if (open === null || !open.changeLock(change)) throw new LeaseProblem(409, this.#whyNot(noteId));
    if (!(await this.#until(() => isSaved(open))))
      throw new LeaseProblem(409, "That is decided and not saved: no majority of the servers has it on disk yet");
  }

  #whyNot(noteId: NoteId): string {
    const awake = this.#awake();
    const why = awake.find(({ cluster }) => cluster?.birthOf(noteId) != null)?.reasonOf(noteId) ?? "";
    return why === "" ? "No server orders this note at the moment" : why;
  }

  /** Resolves with whether `isSo` came true in time. */
  #until(isSo: () => boolean): Promise<boolean> {
    const { clock } = this.#options;
    const endMs = clock.now() + SAVED_MS_MAX;
    return new Promise((resolve) => {
      const look = (): void => {
        if (isSo()) return resolve(true);
        if (clock.now() >= endMs) return resolve(false);
        const cancel = clock.setTimer(LOOK_MS, () => {
          this.#looks.delete(cancel);
          look();
        });
        this.#looks.add(cancel);
      };
      look();
    });
  }

  async #expectLock(noteId: NoteId): Promise<LockState> {
    const lock = await this.#lockOf(noteId);
    if (lock === null) throw new LeaseProblem(409, "Nobody needs a lock to write in this note: it has none");
    return lock;
  }

  async #expectNote(noteId: NoteId): Promise<void> {
    const [reader] = this.#awake();
    if (reader === undefined) throw new LeaseProblem(409, "Every server is down or paused: nobody knows of this note now");
    if ((await reader.hub.strategyOf(noteId)) === null) throw new LeaseProblem(404, `No note ${noteId}`);
  }

  /** As a node that is awake has it; one that orders before others. A note that is at rest is opened. */
  async #lockOf(noteId: NoteId): Promise<LockState | null> {
    const awake = this.#awake();
    const open =
      awake.find(({ cluster }) => cluster?.logOf(noteId)?.isLeading === true)?.hub.find(noteId) ??
      awake.flatMap(({ hub }) => hub.find(noteId) ?? [])[0] ??
      (await awake[0]?.hub.open(noteId));
    return open === undefined ? null : lockIn(open);
  }

  #awake(): ServedNode[] {
    return this.#options.fleet.running().filter((served) => served.isReady && !served.isPaused);
  }

  #leaseOf(noteId: NoteId): NoteLease | null {
    const running = this.#options.fleet.running().filter((served) => served.isOrdered(noteId));
    const parts = running.flatMap(({ id, cluster }) => {
      const log = cluster?.logOf(noteId) ?? null;
      return log === null ? [] : [{ id, lease: log.lease }];
    });
    const [first] = parts;
    if (first === undefined) return null;
    const held = parts.filter(({ lease }) => lease.token !== null).sort((a, b) => b.lease.token! - a.lease.token!)[0];
    return {
      holder: held?.id ?? null,
      token: held?.lease.token ?? null,
      leftMs: held === undefined ? null : Math.round(held.lease.leftMs ?? 0),
      ttlMs: first.lease.ttlMs,
      mode: first.lease.hasFencing ? "majority" : "redlock",
      isFencing: first.lease.hasFencing,
      nodes: parts.map(({ id, lease }): NodeGrant => ({
        node: id,
        grantsTo: lease.holder,
        leftMs: Math.round(lease.grantLeftMs),
        promised: lease.promised,
        holds: lease.token,
        isWaiting: lease.isWanted && lease.token === null,
      })),
    };
  }

  #told({ holder, token, expiresAtMs, ttlMs, isFencing, queue }: LockState, nowMs: number): NoteLock {
    const userOf = (replicaId: ReplicaId): LockUser => ({ replicaId, name: this.#options.nameOf(replicaId) });
    return {
      holder: holder === null ? null : userOf(holder),
      token,
      leftMs: holder === null ? 0 : Math.max(0, expiresAtMs - nowMs),
      ttlMs,
      isFencing,
      queue: queue.map(userOf),
    };
  }
}

/** As far as the log has it durably; null: there is none, or the room has just ended. */
function lockIn(open: OpenRoom): LockState | null {
  return open.document()?.lock?.state() ?? null;
}
