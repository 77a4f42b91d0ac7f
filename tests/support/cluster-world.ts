/** A cluster on the virtual clock with tabs on its nodes. The real code everywhere but for the disks. Same seed, same bytes. */

import { VirtualClock } from "../../crdt/base/clock.ts";
import { Hasher } from "../../crdt/base/hash.ts";
import { parseNoteId, type ReplicaId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { type JournalEntry, SILENT_TRACER } from "../../crdt/base/journal.ts";
import { createPrng, type Prng } from "../../crdt/base/prng.ts";
import { Cluster, type ClusterOptions } from "../../crdt/cluster/cluster.ts";
import type { NodeId } from "../../crdt/network/node-pair.ts";
import type { Strategy } from "../../crdt/strategy/strategy.ts";
import { MemoryStore } from "../../crdt/sync/local-store.ts";
import { NoteSession } from "../../crdt/sync/note-session.ts";

export const NOTE = parseNoteId("sim")!;

const STEPS_MAX = 100_000;

export interface ClusterWorldOptions extends Partial<Omit<ClusterOptions, "clock" | "prng" | "strategies">> {
  readonly seed: number | string;
  /** Of a world before, whose disks these are. */
  readonly clock?: VirtualClock;
  readonly strategy: Strategy;
}

export interface Tab {
  readonly id: ReplicaId;
  readonly note: NoteSession;
  readonly prng: Prng;
  edits: number;
}

export class ClusterWorld {
  readonly clock: VirtualClock;
  readonly prng: Prng;
  readonly cluster: Cluster;
  readonly tabs: Tab[] = [];
  readonly #strategy: Strategy;
  readonly #hasher = new Hasher();

  constructor({ seed, strategy, clock = new VirtualClock(1_700_000_000_000), ...options }: ClusterWorldOptions) {
    this.clock = clock;
    this.#strategy = strategy;
    this.prng = createPrng(seed);
    this.cluster = new Cluster({
      count: 3,
      tracer: { trace: (entry) => this.note(entry) },
      ...options,
      clock: this.clock,
      prng: this.prng.stream("cluster"),
      strategies: () => strategy,
    });
  }

  /** Adds to the trace that tells one run from another. */
  note(entry: JournalEntry | readonly unknown[]): void {
    this.#hasher.text(JSON.stringify(entry));
  }

  traceHash(): string {
    return this.#hasher.digest();
  }

  /** Lets `durationMs` go by. @throws Error when more happens in it than ever does where messages come to an end. */
  run(durationMs: number): void {
    const untilMs = this.clock.now() + durationMs;
    for (let steps = 0; (this.clock.nextDueMs() ?? Infinity) <= untilMs; steps++) {
      if (steps > STEPS_MAX) throw circleIn(durationMs);
      this.clock.step();
    }
    this.clock.advance(Math.max(0, untilMs - this.clock.now()));
  }

  /** The same, with every promise settled between two instants: tabs store what they do in promises. */
  async runTabs(durationMs: number): Promise<void> {
    const untilMs = this.clock.now() + durationMs;
    for (let turns = 0; ; turns++) {
      if (turns > STEPS_MAX) throw circleIn(durationMs);
      await settle();
      const dueMs = this.clock.nextDueMs();
      if (dueMs === null || dueMs > untilMs) break;
      this.run(dueMs - this.clock.now());
    }
    this.run(untilMs - this.clock.now());
    await settle();
  }

  /** Opens a tab on `node`. */
  async join(node: NodeId): Promise<Tab> {
    const id = replicaIdFrom(this.tabs.length + 1);
    this.cluster.place(id, node);
    const prng = this.prng.stream(`tab ${id}`);
    const note = new NoteSession({
      noteId: NOTE,
      replicaId: id,
      strategy: this.#strategy,
      connect: this.cluster.connect(id, NOTE, this.#strategy.name),
      store: new MemoryStore(),
      clock: this.clock,
      prng: prng.stream("session"),
      tracer: SILENT_TRACER,
    });
    const tab = { id, note, prng, edits: 0 };
    this.tabs.push(tab);
    await note.session.start();
    return tab;
  }

  type({ note }: Tab, text: string): void {
    note.edit([{ index: note.replica.length, remove: 0, insert: text }], note.replica.length + text.length);
  }

  /** One random edit in the tab's own view. */
  edit(tab: Tab): void {
    const { note, prng } = tab;
    const { length } = note.replica;
    const index = prng.int(0, length + 1);
    const remove = prng.float() < 0.3 ? prng.int(0, Math.min(4, length - index) + 1) : 0;
    const insert = ["a", "bc", "😀", "\n", "word "][prng.int(0, 5)]!;
    note.edit([{ index, remove, insert }], index + insert.length);
    tab.edits++;
  }

  /** The note's text on each node that has it open; null where it has not. */
  texts(): (string | null)[] {
    return this.cluster.ids.map((id) => this.cluster.node(id)?.find(NOTE)?.relay.document().text() ?? null);
  }

  close(): void {
    for (const { note } of this.tabs) note.close();
    this.cluster.close();
  }
}

function circleIn(durationMs: number): Error {
  return new Error(`More than ${STEPS_MAX} steps in ${durationMs} ms: messages go round in a circle`);
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
