/**
 * A world to play with: replicas that people and bots type into, links that can be cut and touched, and all that happened
 * on record. Time moves only when told to. The same options and the same commands at the same moments give the same run,
 * whatever the pieces are in which its time went by; so any moment of it can be come back to.
 *
 * Here: runs from outside, their time, and their record. Of one run its world is in sandbox-world.ts, what can be done to it in
 * sandbox-controls.ts, its texts in sandbox-editors.ts, what happened in sandbox-log.ts, what there is to see in sandbox-observer.ts.
 */

import type { ReplicaId } from "../base/ids.ts";
import { loadNodeStrategy } from "../strategy/registry.ts";
import type { Inspection, Loss, Strategy } from "../strategy/strategy.ts";
import type { InspectedMessage } from "../sync/inspect-frame.ts";
import type { Held } from "./held-updates.ts";
import type { RunFacts } from "./run-facts.ts";
import { SandboxControls } from "./sandbox-controls.ts";
import { type Acted, type OnText, SandboxEditors } from "./sandbox-editors.ts";
import { SandboxLog } from "./sandbox-log.ts";
import { SandboxObserver } from "./sandbox-observer.ts";
import type { SandboxCommand, SandboxOptions, SandboxRecord, TimedCommand } from "./sandbox-record.ts";
import type { MessageView, MomentView, NodeLinkView, NodeView, ReplicaView } from "./sandbox-views.ts";
import { SandboxWorld } from "./sandbox-world.ts";
import { isChatter, type TimeMachine } from "./time-machine.ts";

/** A step looks no farther ahead than this for something to happen. */
const STEP_MS_MAX = 30_000;

export interface SandboxHooks {
  /** A replica's text changed. */
  onText?(...change: Parameters<OnText>): void;
  /** It is at its beginning; what is run again has not been yet. */
  onOpened?(sandbox: Sandbox): void;
  /** Somebody did something, and what came of it. */
  onActed?(command: SandboxCommand, acted: Acted): void;
}

export class Sandbox {
  readonly options: SandboxOptions;
  readonly time: TimeMachine;
  readonly #world: SandboxWorld;
  readonly #editors: SandboxEditors;
  readonly #controls: SandboxControls;
  readonly #observer: SandboxObserver;
  readonly #hooks: SandboxHooks;
  readonly #commands: TimedCommand[] = [];
  #isBusy = false;

  private constructor(options: SandboxOptions, strategy: Strategy, hooks: SandboxHooks) {
    this.options = options;
    this.#hooks = hooks;
    this.#world = new SandboxWorld(options, strategy, {
      onWire: (...event) => log.wire(...event),
      onTrace: (entry) => log.trace(entry),
      onStepEdit: (by, splices, caret, kind) => void this.#editors.edit(by, splices, caret, "step", kind),
      onRemote: (replica, splices) => this.#editors.remote(replica, splices),
      onReset: (replica) => this.#editors.reset(replica),
    });
    const log = new SandboxLog(this.#world, () => this.#observer.present());
    this.time = log.time;
    this.#editors = new SandboxEditors(this.#world, log, (...change) => this.#hooks.onText?.(...change));
    this.#controls = new SandboxControls(this.#world, log, this.#editors);
    this.#observer = new SandboxObserver(this.#world, log, this.#editors);
  }

  /** A world in which everybody has the start text and is in step. @throws RangeError for options out of range. */
  static async open(options: SandboxOptions, hooks: SandboxHooks = {}): Promise<Sandbox> {
    const sandbox = new Sandbox(options, await loadNodeStrategy(options.strategy), hooks);
    await sandbox.#world.begin();
    hooks.onOpened?.(sandbox);
    return sandbox;
  }

  /** Runs a record again, as far as `untilMs`: what was to come after that is gone. `onProgress` is told a share of 1. */
  static async replay(
    { options, commands, untilMs }: SandboxRecord,
    { toMs = untilMs, hooks = {}, onProgress }: { toMs?: number; hooks?: SandboxHooks; onProgress?: (share: number) => void } = {},
  ): Promise<Sandbox> {
    const sandbox = await Sandbox.open(options, hooks);
    for (const { atMs, ...command } of commands) {
      if (atMs > toMs) break;
      await sandbox.#runTo(atMs, toMs, onProgress);
      await sandbox.act(command);
    }
    await sandbox.#runTo(toMs, toMs, onProgress);
    return sandbox;
  }

  /** Virtual time since the beginning, in whole ms. */
  get nowMs(): number {
    return this.#world.nowMs;
  }

  /** The line of the first node among the lanes of events; others follow. */
  get nodeLane(): number {
    return this.#world.nodeLane;
  }

  get isHeld(): boolean {
    return this.#world.isHeld;
  }

  /** How many messages wait that were written while the network was held, or their writer cut off. */
  get apart(): number {
    return this.#editors.apart;
  }

  get losses(): number {
    return this.#world.stage.losses.length;
  }

  /** How many edits stand alone. */
  get orphans(): number {
    return this.#world.stage.orphans.length;
  }

  /** The same writes, each once, with the edits that stand alone, and how many of the characters that people typed the node has kept. */
  get ledger(): { readonly losses: readonly Loss[]; readonly typed: number; readonly kept: number } {
    const { node, losses, orphans } = this.#world.stage;
    const { typed, kept } = node.replica.stats();
    return { losses: [...losses, ...orphans], typed, kept };
  }

  /** Of everything that went through the journal so far, in order. 16 hex digits. */
  get hash(): string {
    return this.#world.hash;
  }

  /** Lets whole milliseconds go by. @throws RangeError for anything else. */
  async advance(durationMs: number): Promise<void> {
    if (!Number.isSafeInteger(durationMs) || durationMs < 0) throw new RangeError(`Invalid duration ${durationMs} ms: expected whole ms`);
    await this.#alone(() => this.#world.stage.run(durationMs));
  }

  /** Goes on to the next moment at which something happens that a person would call an event. Returns false when nothing does for long. */
  async step(): Promise<boolean> {
    const { stage } = this.#world;
    return await this.#alone(async () => {
      const untilMs = stage.clock.now() + STEP_MS_MAX;
      const { events } = this.time;
      for (let seen = events.length; ;) {
        const dueMs = stage.clock.nextDueMs();
        if (dueMs === null || dueMs > untilMs) return false;
        await stage.run(Math.ceil(dueMs) - stage.clock.now());
        for (; seen < events.length; seen++) if (!isChatter(events[seen]!)) return true;
      }
    });
  }

  /** Does something to the world at this moment, and notes it down. @throws RangeError when it cannot be done; nothing has happened then. */
  async act(command: SandboxCommand): Promise<Acted> {
    return await this.#alone(async () => {
      const acted = await this.#controls.take(command);
      this.#commands.push({ atMs: this.nowMs, ...command });
      this.#hooks.onActed?.(command, acted);
      await this.#world.stage.run(0);
      return acted;
    });
  }

  /** Lets time go by until whoever can has said and heard everything. Returns false where that does not come about. */
  async rest(): Promise<boolean> {
    return await this.#alone(async () => {
      const isAtRest = await this.#world.stage.quiesce();
      await this.#world.toWholeMs();
      return isAtRest;
    });
  }

  record(): SandboxRecord {
    return { options: this.options, commands: [...this.#commands], untilMs: this.nowMs, hash: this.hash };
  }

  /** Another world that has come as far as `atMs` in the same way. This one goes on as it is. */
  fork(atMs: number, hooks: SandboxHooks = {}, onProgress?: (share: number) => void): Promise<Sandbox> {
    const toMs = Math.max(0, Math.min(this.nowMs, Math.floor(atMs)));
    return Sandbox.replay(this.record(), { toMs, hooks, ...(onProgress === undefined ? {} : { onProgress }) });
  }

  /** What is on its way: by connection, up before down, the first to arrive first. */
  messages(): MessageView[] {
    return this.#observer.messages();
  }

  /** A message on its way, decoded; null where it is not on its way any more. */
  inspect(message: number): InspectedMessage | null {
    return this.#observer.inspect(message);
  }

  idOf(replica: number): ReplicaId {
    return this.#world.member(replica).id;
  }

  textOf(replica: number): string {
    return this.time.textOf(replica);
  }

  /** What the replica itself says that it holds. */
  replicaText(replica: number): string {
    return this.#world.member(replica).note.text();
  }

  view(replica: number): ReplicaView {
    return this.#observer.view(replica);
  }

  /** The world as it was after event `n`; -1: at the beginning. @throws RangeError where there is no such event. */
  momentAt(n: number): MomentView {
    return this.#observer.momentAt(n);
  }

  /** The nodes, S1 first. */
  nodes(): NodeView[] {
    return this.#observer.nodes();
  }

  nodeLinks(): NodeLinkView[] {
    return this.#world.nodes.links();
  }

  /** Who a replica is, and what its copy holds: of the text alone, and of all. */
  identityOf(replica: number): { readonly id: ReplicaId; readonly hashes: { readonly content: string; readonly structure: string } } {
    const { id, note } = this.#world.member(replica);
    return { id, hashes: note.replica.hash() };
  }

  /** What a replica's copy says of itself. */
  inspectReplica(replica: number): Inspection {
    return this.#world.member(replica).note.replica.inspect();
  }

  /** The letter of a replica; of whoever typed the start text, `start`. Takes the plain number too, as some ids have it. */
  nameOf(id: ReplicaId): string {
    return this.#world.nameOf(id);
  }

  /** What was written apart and waits, as it is now: `tryOrders` takes it. */
  heldApart(): Held {
    return this.#editors.heldApart();
  }

  /** What is known of the edits of this run so far. */
  facts(): RunFacts {
    return this.#editors.facts();
  }

  /** No timer runs any more. */
  close(): void {
    this.#editors.close();
    this.#world.close();
  }

  /** In pieces, so that progress can be told. */
  async #runTo(atMs: number, toMs: number, onProgress: ((share: number) => void) | undefined): Promise<void> {
    while (this.nowMs < atMs) {
      await this.advance(Math.min(atMs - this.nowMs, 1_000));
      onProgress?.(toMs === 0 ? 1 : this.nowMs / toMs);
    }
  }

  /** One thing at a time: a command in the middle of another's moment could not be found again. */
  async #alone<T>(task: () => Promise<T>): Promise<T> {
    if (this.#isBusy) throw new RangeError("The sandbox is busy: await what was asked of it before");
    this.#isBusy = true;
    try {
      return await task();
    } finally {
      this.#isBusy = false;
    }
  }
}
