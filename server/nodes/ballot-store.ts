/** The kernel's store of a node, over the node's own disk: what it promised and accepted; and of what a folder of one node holds, the births. */

import type { NoteId } from "../../crdt/base/ids.ts";
import { encodeBirth } from "../../crdt/cluster/birth.ts";
import { tokenAfter } from "../../crdt/cluster/lease.ts";
import type { LogEntry, NodeStore, StoredBallot } from "../../crdt/cluster/node-store.ts";
import type { NodeId } from "../../crdt/network/node-pair.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import type { BallotRows } from "../store/ballot-tables.ts";
import type { NodeDisk } from "../store/store.ts";

export interface BallotStore extends NodeStore {
  /** The disk takes writes again: what waits for it is tried again. */
  onResumed(): void;
}

export interface BallotStoreOptions {
  readonly id: NodeId;
  readonly nodes: readonly NodeId[];
  readonly disk: NodeDisk;
  readonly rows: BallotRows;
  /** Whether every node of the server is new: then there is nobody to hear from. */
  readonly isFirstStart: boolean;
  /** Whether a disk of this server was one of another number of nodes: then none vouches for what it holds. */
  readonly isOtherCount: boolean;
  readonly isOrdered: (strategy: StrategyName) => boolean;
  readonly defer: (task: () => void) => void;
}

/** Reads what is there and takes over what a server of one node had made. Rejects as the disk does. */
export async function openBallotStore(options: BallotStoreOptions): Promise<BallotStore> {
  const { nodes, disk, rows, isFirstStart, isOtherCount, defer } = options;
  const settledOf = isFirstStart ? nodes.length : isOtherCount ? 0 : rows.settledOf;
  const ballots = new Map(rows.ballots.map((row): [NoteId, StoredBallot] => [row.noteId, ballotOf(row)]));
  for (const noteId of rows.unballoted) {
    const ballot = await adopted(noteId, options);
    if (ballot === null || ballot.holder === null) continue;
    ballots.set(noteId, ballot);
    disk.putBallot({ type: "promise", noteId, token: ballot.promised, holder: ballot.holder });
    disk.putBallot({ type: "log", noteId, from: 0, entries: ballot.log });
    disk.putBallot({ type: "commit", noteId, length: ballot.committed });
  }
  if (settledOf !== rows.settledOf) disk.putBallot({ type: "settle", count: settledOf });
  if (settledOf !== rows.settledOf || rows.unballoted.length > 0) await disk.flush();

  let waiting: (() => void)[] = [];
  let isDue = false;
  let isHalted = false;
  const flush = (): void => {
    isDue = false;
    const ready = waiting.splice(0);
    disk.flush().then(
      () => {
        for (const done of ready) done();
      },
      () => {
        isHalted = true;
        waiting = [...ready, ...waiting];
      },
    );
  };
  const flushSoon = (): void => {
    if (isDue || isHalted || waiting.length === 0) return;
    isDue = true;
    defer(flush);
  };
  return {
    load: (done) => done({ settledOf, ballots }),
    loadUpdates: (noteId, done) =>
      void disk.load(noteId).then(
        (stored) => done(stored ?? { snapshot: null, updates: [], position: 0 }),
        () => undefined,
      ),
    settle: (count) => disk.putBallot({ type: "settle", count }),
    promise: (noteId, token, holder) => disk.putBallot({ type: "promise", noteId, token, holder }),
    writeLog: (noteId, from, entries) => disk.putBallot({ type: "log", noteId, from, entries }),
    commit: (noteId, length) => disk.putBallot({ type: "commit", noteId, length }),
    append: (noteId, position, update) => disk.append(noteId, position, update),
    compact: (noteId, position, state) => disk.compact(noteId, position, state),
    sync(done) {
      waiting.push(done);
      flushSoon();
    },
    onResumed() {
      isHalted = false;
      flushSoon();
    },
  };
}

function ballotOf({ promised, holder, committed, entries }: BallotRows["ballots"][number]): StoredBallot {
  const log = entries.map(({ token, kind, bytes }): LogEntry => ({ token, kind: kind as LogEntry["kind"], bytes }));
  return { promised, holder: holder as NodeId | null, committed, log };
}

/** A note of a server of one node as if this node had led it from its birth on. */
async function adopted(noteId: NoteId, { id, nodes, disk, isOrdered }: BallotStoreOptions): Promise<StoredBallot | null> {
  const head = await disk.find(noteId);
  if (head === null) return null;
  const token = tokenAfter(0, nodes.indexOf(id), nodes.length);
  const log: LogEntry[] = [{ token, kind: "birth", bytes: encodeBirth(head) }];
  if (head.strategy !== null && isOrdered(head.strategy)) {
    const stored = await disk.load(noteId);
    for (const bytes of [stored?.snapshot ?? null, ...(stored?.updates ?? [])])
      if (bytes !== null) log.push({ token, kind: "entry", bytes });
  }
  return { promised: token, holder: id, log, committed: log.length };
}
