/** Watches what every node writes down of one note's log, where it writes it, and builds the history that is then checked. */

import type { NoteId } from "../../../crdt/base/ids.ts";
import type { LogEntry, NodeStore } from "../../../crdt/cluster/node-store.ts";
import { majorityOf, type NodeId } from "../../../crdt/network/node-pair.ts";
import { decodeMessage } from "../../../crdt/strategy/ordered-codec.ts";
import { LogHistory } from "../../support/log-history.ts";
import { marksOf } from "./marks.ts";

/** What a disk would have after a crash now. */
export type DurableLog = (node: NodeId) => readonly LogEntry[];

export class LogWatch {
  readonly history = new LogHistory();
  /** Entries that were called committed while no majority had them on disk. */
  readonly unsafe: string[] = [];
  /** By position. */
  readonly #committed = new Map<number, LogEntry>();
  readonly #noteId: NoteId;
  readonly #isOrdered: boolean;
  #lives = 0;
  #durableLog: DurableLog | null = null;
  #nodes: readonly NodeId[] = [];
  /** A disk that was lost takes what it had vouched for with it. */
  hasLostDisk = false;

  constructor(noteId: NoteId, isOrdered: boolean) {
    this.#noteId = noteId;
    this.#isOrdered = isOrdered;
  }

  /** Nodes begin before the world around them is there. */
  begin(nodes: readonly NodeId[], durableLog: DurableLog): void {
    this.#nodes = nodes;
    this.#durableLog = durableLog;
  }

  wrap(node: NodeId, store: NodeStore): NodeStore {
    const life = ++this.#lives;
    let log: LogEntry[] = [];
    let told = 0;
    return {
      ...store,
      load: (done) =>
        store.load((stored) => {
          log = [...(stored.ballots.get(this.#noteId)?.log ?? [])];
          done(stored);
        }),
      promise: (noteId, token, holder) => {
        if (noteId === this.#noteId) this.history.led(token, holder);
        store.promise(noteId, token, holder);
      },
      writeLog: (noteId, from, entries) => {
        if (noteId === this.#noteId) {
          log = [...log.slice(0, from), ...entries];
          told = Math.min(told, from);
        }
        store.writeLog(noteId, from, entries);
      },
      commit: (noteId, length) => {
        store.commit(noteId, length);
        if (noteId !== this.#noteId) return;
        while (told < length) this.#onCommitted(node, life, ++told, log[told - 1]!);
      },
    };
  }

  /** What was inserted, in the order that was decided. */
  order(): string[] {
    return [...this.#committed].sort(([a], [b]) => a - b).flatMap(([, entry]) => this.#marks(entry));
  }

  #onCommitted(node: NodeId, life: number, position: number, entry: LogEntry): void {
    const op = `${entry.token} ${entry.kind} ${Buffer.from(entry.bytes).toString("base64")}`;
    this.history.committed({ node, life, position, token: entry.token, op });
    this.#committed.set(position, entry);
    if (this.hasLostDisk || this.#durableLog === null) return;
    const holders = this.#nodes.filter((id) => this.#durableLog!(id)[position - 1]?.token === entry.token).length;
    if (holders < majorityOf(this.#nodes.length))
      this.unsafe.push(`${node} called entry ${position} committed while ${holders} of ${this.#nodes.length} disks had it`);
  }

  #marks({ kind, bytes }: LogEntry): string[] {
    if (kind !== "entry" || !this.#isOrdered) return [];
    return decodeMessage(bytes).entries.flatMap(({ intent, splices, kind: entryKind }) =>
      entryKind === "committed" ? marksOf((intent.length > 0 ? intent : splices).map(({ insert }) => insert).join("")) : [],
    );
  }
}
