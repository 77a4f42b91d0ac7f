/**
 * The world of a sandbox: its replicas and nodes, what is on its way between them, and how it begins. On lanes, as events are: replicas
 * from 0, then the nodes. What is done to it, what is shown of it and what is noted down are elsewhere (sandbox-controls.ts,
 * sandbox-editors.ts, sandbox-observer.ts, sandbox-log.ts).
 */

import { Hasher } from "../base/hash.ts";
import { type ReplicaId, replicaNumber } from "../base/ids.ts";
import type { JournalEntry } from "../base/journal.ts";
import type { Splice } from "../base/splice.ts";
import type { ClockKind } from "../causal/stamp-clock.ts";
import type { Strategy } from "../strategy/strategy.ts";
import type { MetaStart } from "./meta-replica.ts";
import { openStage } from "./open-stage.ts";
import { SandboxNodes } from "./sandbox-nodes.ts";
import { nodeLatencyOf, type SandboxOptions } from "./sandbox-record.ts";
import { type NodeName, REPLICA_NAMES, type ReplicaName } from "./script.ts";
import type { Actor, Stage } from "./stage.ts";
import { type EditKind, Stagehand } from "./stagehand.ts";
import { type WireEvent, WireWatch } from "./wire-watch.ts";

/** Who types the start text, and leaves. Before everybody by every clock, and no tie with anybody. */
const STARTER = 100;
/** The run goes into its hash entry by entry, so few need be kept. */
const JOURNAL_ENTRIES_MAX = 1_000;

/** What a world tells of itself, from its beginning on. Replicas are counted from 0. */
export interface SandboxWorldHooks {
  /** A message set out from a lane, arrived at another, or was lost. */
  onWire(event: WireEvent, message: number, from: number, to: number, frame: Uint8Array): void;
  /** An entry went through the journal. */
  onTrace(entry: JournalEntry): void;
  /** A step of a scenario edits the text of `by`, in its own view. */
  onStepEdit(by: number, splices: readonly Splice[], caret: number, kind: EditKind): void;
  /** Work of others has reached the text of a replica. */
  onRemote(replica: number, splices: readonly Splice[]): void;
  /** A replica shows another text than before, all at once. */
  onReset(replica: number): void;
}

export class SandboxWorld {
  readonly options: SandboxOptions;
  readonly strategy: Strategy;
  readonly stage: Stage;
  readonly nodes: SandboxNodes;
  readonly hand: Stagehand;
  readonly wires: WireWatch;
  readonly #hasher = new Hasher();
  /** What last-writer-wins strategies stamp with now. */
  #clockKind: ClockKind;
  #isHeld = false;
  /** On the world's clock; null: it has not begun. */
  #beganAtMs: number | null = null;

  constructor(options: SandboxOptions, strategy: Strategy, hooks: SandboxWorldHooks) {
    this.options = options;
    this.strategy = strategy;
    const { seed, nodes, setup = {}, replicas } = options;
    const { clock: clockKind = "wall", engine = null, undo = null } = setup;
    this.#clockKind = clockKind;
    this.wires = new WireWatch((...event) => {
      if (this.#beganAtMs !== null) hooks.onWire(...event);
    });
    this.stage = openStage({
      strategy,
      seed,
      nodes,
      clockKind: () => this.#clockKind,
      hasFencing: setup.hasFencing,
      leaseMs: setup.leaseMs,
      watch: (_, node, n) => this.wires.watch(n <= replicas ? n - 1 : -1, this.nodes.laneOf(node)),
      watchNodes: (from, to) => this.wires.watch(this.nodes.laneOf(from), this.nodes.laneOf(to)),
      onTrace: (entry) => this.#onTrace(entry, hooks),
      journalEntriesMax: JOURNAL_ENTRIES_MAX,
    });
    this.nodes = new SandboxNodes(this.stage, replicas);
    this.hand = new Stagehand({
      stage: this.stage,
      strategy,
      seed,
      engine,
      clockKind,
      hasMeta: setup.meta !== undefined,
      undo,
      apply: (by, splices, caret, kind) => hooks.onStepEdit(REPLICA_NAMES.indexOf(by), splices, caret, kind),
      onRemote: (by, splices) => {
        if (this.#beganAtMs !== null) hooks.onRemote(REPLICA_NAMES.indexOf(by), splices);
      },
      onReset: (by) => {
        if (this.#beganAtMs !== null) hooks.onReset(REPLICA_NAMES.indexOf(by));
      },
    });
  }

  /** When it began, on its own clock. */
  get beganAtMs(): number {
    return this.#beganAtMs ?? 0;
  }

  /** Virtual time since the beginning, in whole ms. */
  get nowMs(): number {
    return this.stage.clock.now() - (this.#beganAtMs ?? this.stage.clock.now());
  }

  /** The line of the first node among the lanes of events; others follow. */
  get nodeLane(): number {
    return this.options.replicas;
  }

  /** Of everything that went through the journal so far, in order. 16 hex digits. */
  get hash(): string {
    return this.#hasher.digest();
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Holds every message where it is, or lets all go on. */
  setHeld(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.wires.setHeld(isHeld);
  }

  /** What last-writer-wins strategies stamp with from now on. */
  stampBy(kind: ClockKind): void {
    this.#clockKind = kind;
  }

  /** The lane of a replica; -1 for who typed the start text. */
  laneOf(id: ReplicaId): number {
    const n = replicaNumber(id) - 1;
    return n < this.options.replicas ? n : -1;
  }

  /** The letter of a replica; of whoever typed the start text, `start`. Takes the plain number too, as some ids have it. */
  nameOf(id: ReplicaId): string {
    const n = /^\d{1,10}$/.test(id) ? Number(id) : replicaNumber(id);
    return n === STARTER ? "start" : (REPLICA_NAMES[n - 1] ?? `S${this.nodes.placeOf(n) + 1}`);
  }

  /** The number as it is. @throws RangeError where there is no such replica. */
  checked(replica: number): number {
    const { replicas } = this.options;
    if (!(replica >= 0 && replica < replicas)) throw new RangeError(`No replica ${replica}: expected 0 to ${replicas - 1}`);
    return replica;
  }

  /** @throws RangeError where there is no such replica. */
  member(replica: number): Actor {
    return this.hand.member(nameAt(this.checked(replica)));
  }

  /** Everybody joins, has the start text and is in step; from then on the hooks are told. To be called once. */
  async begin(): Promise<void> {
    const { startText, replicas, latencyMs, setup = {} } = this.options;
    const { stage, hand } = this;
    const { meta, startAt } = setup;
    if (startText !== "" || meta !== undefined || startAt !== undefined) await this.#write(startText, meta, startAt);
    const names = REPLICA_NAMES.slice(0, replicas);
    const { nodeIds } = stage;
    for (const [replica, name] of names.entries()) {
      const home = nodeIds.find((id) => id === setup.homes?.[replica]) ?? nodeIds[replica % nodeIds.length];
      const member = stage.join(replica + 1, home);
      const { offsetMs, driftPpm } = setup.clocks?.[replica] ?? { offsetMs: 0, driftPpm: 0 };
      member.wall.offsetMs = offsetMs;
      member.wall.driftPpm = driftPpm;
      hand.members.set(name, member);
    }
    for (const name of names) {
      stage.board.set(hand.member(name).id, { up: { latencyMs }, down: { latencyMs } });
      await hand.start(name);
      await hand.joinMeta(name);
    }
    this.nodes.setLatency(nodeLatencyOf(latencyMs));
    await stage.quiesce();
    await this.toWholeMs();
    this.#beganAtMs = stage.clock.now();
  }

  /** Goes on to the next whole millisecond of its clock, where it is not at one. */
  async toWholeMs(): Promise<void> {
    const { clock } = this.stage;
    await this.stage.run(Math.ceil(clock.now()) - clock.now());
  }

  /** No timer runs any more. */
  close(): void {
    this.hand.close();
    this.stage.close();
  }

  async #write(text: string, meta: MetaStart | undefined, at: NodeName | undefined): Promise<void> {
    const { stage } = this;
    const desk = this.hand.meta;
    const member = stage.join(
      STARTER,
      stage.nodeIds.find((id) => id === at),
    );
    member.wall.offsetMs = -stage.clock.now();
    await member.note.session.start();
    await stage.quiesce();
    if (text !== "") member.note.edit([{ index: 0, remove: 0, insert: text }], text.length);
    await stage.quiesce();
    member.note.releaseLock();
    await stage.quiesce();
    await desk?.join(member);
    desk?.begin(member, meta ?? {});
    await stage.quiesce();
    desk?.leave(member);
    stage.leave(member);
  }

  #onTrace(entry: JournalEntry, hooks: SandboxWorldHooks): void {
    this.#hasher.text(JSON.stringify(entry));
    if (entry.kind === "merged" || entry.kind === "saved") this.nodes.touched(replicaNumber(entry.replica));
    if (this.#beganAtMs !== null) hooks.onTrace(entry);
  }
}

/** The letter of a replica, counted from 0. */
export function nameAt(replica: number): ReplicaName {
  return REPLICA_NAMES[replica]!;
}
