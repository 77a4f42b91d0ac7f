/**
 * One run of a script in a world, act by act: what a whole run, the sandbox and the searches through many runs share.
 * Whoever drives it may look at the world between two acts.
 */

import { mapPosition, type Splice } from "../base/splice.ts";
import type { Edited, Replica, Strategy } from "../strategy/strategy.ts";
import type { EngineName } from "./meta-engines.ts";
import { openStage, type Planted } from "./open-stage.ts";
import { placeIn } from "./placing.ts";
import type { Fields, Played } from "./played.ts";
import {
  type Action,
  hasLockSteps,
  hasMeta,
  REPLICA_NAMES,
  type ReplicaName,
  type Script,
  type ScriptReplica,
  writerAfter,
} from "./script.ts";
import type { Actor, Stage } from "./stage.ts";
import { type EditKind, Stagehand, type Taken } from "./stagehand.ts";

/** Who types the start text, and leaves. Before everybody by every clock, and no tie with anybody. */
const STARTER = 100;
/** How often copies that single messages were lost of are brought together again. */
const REPAIRS_MAX = 5;

/** An edit on its way to its replica. */
export interface EditRequest {
  readonly by: ReplicaName;
  readonly pos: number;
  readonly len: number;
  readonly text: string;
  /** Whether it follows the caret of a text that is being typed: its place is then known. */
  readonly isAtCaret: boolean;
}

/** What a driver decides and hears of each edit; a plain run needs none of it. */
export interface PlayerHooks {
  readonly planted?: Planted | undefined;
  /** Where the edit goes in the actor's own text; what does not fit falls to the end. Left out: where it says. */
  readonly place?: (request: EditRequest) => { readonly pos: number; readonly len: number };
  /** An edit reached its replica there, or was not taken. Before: the text that it met. */
  readonly onEdit?: (edit: { readonly by: ReplicaName; readonly splice: Splice; readonly before: string; readonly edited: Edited }) => void;
}

/** `begin` once, any number of `act`, then `end` or nothing, then `close`. */
export class Player {
  readonly world: Stage;
  readonly members: ReadonlyMap<ReplicaName, Actor>;
  readonly #hand: Stagehand;
  readonly #script: Script;
  readonly #strategy: Strategy;
  readonly #engine: EngineName | null;
  readonly #hooks: PlayerHooks;
  readonly #skipped: Played["skipped"][number][] = [];
  /** The carets of texts that are being typed; they move as an editor's do. */
  readonly #carets = new Map<number, { readonly by: ReplicaName; index: number }>();
  readonly #refusals: { by: ReplicaName; reason: string }[] = [];
  #view: string | null = null;
  #beganAtMs = 0;
  #beganAtEntry = 0;
  #misplaced = 0;
  #isAtRest = true;
  #lastSynced: readonly ReplicaName[];

  /** `engine`: what holds the metadata in place of the product's own type. */
  constructor(script: Script, strategy: Strategy, engine: EngineName | null = null, hooks: PlayerHooks = {}) {
    this.#script = script;
    this.#strategy = strategy;
    this.#engine = engine;
    this.#hooks = hooks;
    const { seed, clock = "wall", undo = "own" } = script;
    this.world = openStage({ ...script, strategy, clockKind: () => clock, planted: hooks.planted });
    this.#hand = new Stagehand({
      stage: this.world,
      strategy,
      seed,
      engine,
      clockKind: clock,
      hasMeta: hasMeta(script),
      undo,
      apply: (by, splices, caret, kind) => this.#apply(by, splices, caret, kind),
      onRemote: (by, splices) => this.#moveCarets(by, splices),
    });
    this.members = this.#hand.members;
    this.#lastSynced = script.replicas.map(({ name }) => name);
  }

  /** Everybody has the start text. */
  async begin(): Promise<void> {
    const { startText, replicas, startsCut } = this.#script;
    const { startMeta, startAt } = this.#script;
    if (startText !== "" || startMeta !== undefined || startAt !== undefined) await this.#write(startText);
    for (const replica of replicas) this.#join(replica);
    for (const name of this.members.keys()) {
      await this.#hand.start(name);
      await this.#hand.joinMeta(name);
    }
    await this.#rest();
    const first = writerAfter(this.#script, -1);
    if (first !== null && !hasLockSteps(this.#script)) await this.#giveLock(first);
    if (startsCut) for (const member of this.members.values()) this.world.cut(member);
    this.#beganAtMs = this.world.clock.now();
    this.#beganAtEntry = this.world.journal.written;
  }

  /** `next`: who writes first after it. `view`: the text that its edit was made in, where that was recorded. */
  async act(atMs: number | null, action: Action, next: ReplicaName | null, view: string | null = null): Promise<void> {
    this.#view = view;
    const world = this.world;
    if (atMs !== null) await world.run(Math.max(0, this.#beganAtMs + atMs - world.clock.now()));
    switch (action.do) {
      case "edit": {
        const member = this.#member(action.by);
        if (action.wallMs !== null) member.wall.offsetMs = this.#beganAtMs + action.wallMs - world.clock.now();
        this.#edit({ ...action, isAtCaret: false });
        break;
      }
      case "key":
        this.#key(action);
        break;
      case "sync":
        for (const name of action.order) {
          world.heal(this.#member(name));
          await this.#rest();
        }
        if (next !== null && action.order.includes(next) && !hasLockSteps(this.#script)) await this.#giveLock(next);
        for (const name of action.order) world.cut(this.#member(name));
        this.#lastSynced = action.order;
        break;
      default:
        this.#note(action, await this.#hand.take(action));
    }
  }

  async end(): Promise<Played> {
    await this.#rest();
    const { world } = this;
    const node = world.node.replica;
    const { typed, kept } = node.stats();
    const siblings = node.siblings?.() ?? [];
    const expected = node.hash();
    const isEqual = (replica: Replica): boolean => {
      const { content, structure } = replica.hash();
      return content === expected.content && structure === expected.structure;
    };
    const copies = world.nodeIds.flatMap((id) => {
      const copy = world.copyOf(id);
      return copy === null ? [] : [[id, copy] as const];
    });
    const fields: Partial<Record<ReplicaName | "S1", Fields>> = {};
    for (const name of [...this.members.keys(), "S1" as const]) {
      const shown = this.#hand.fieldsOf(name);
      if (shown !== null) fields[name] = shown;
    }
    const statuses = Array.from(this.members, ([name, { note }]) => [name, note.session.status()] as const);
    const drafts = statuses.flatMap(([name, { draft }]) => (draft === null ? [] : [[name, draft] as const]));
    return {
      strategy: this.#strategy.name,
      engine: this.#engine,
      skipped: this.#skipped,
      drafts: Object.fromEntries(drafts),
      fields,
      messages: this.#messages(),
      texts: Object.fromEntries(Array.from(this.members, ([name, { note }]) => [name, note.text()])),
      serverText: node.text(),
      nodeTexts: Object.fromEntries(copies.map(([id, copy]) => [id, copy.text()])),
      paused: statuses.flatMap(([name, { pause, unsaved }]) => (pause === null || unsaved === 0 ? [] : [name])),
      isConverged:
        [...this.members.values()].every(({ note }) => isEqual(note.replica)) &&
        copies.every(([, copy]) => isEqual(copy)) &&
        (this.#hand.meta?.isConverged ?? true),
      losses: world.losses,
      orphans: world.orphans,
      lost: typed - kept,
      hash: expected.structure,
      siblings: siblings.length > 1 ? siblings.map(({ text }) => text) : [],
      refusals: this.#refusals,
      misplaced: this.#misplaced,
      isAtRest: this.#isAtRest,
      lastSynced: this.#lastSynced,
    };
  }

  close(): void {
    this.#hand.close();
    this.world.close();
  }

  #note({ do: step, ...action }: Action, taken: Taken): void {
    if (taken === null) return;
    const by = "by" in action ? action.by : null;
    if (taken.kind === "skipped") this.#skipped.push({ step, by, reason: taken.reason });
    else if (by !== null) this.#refusals.push({ by, reason: taken.reason });
  }

  /** Of single messages that were lost, copies learn when they connect anew. */
  async #rest(): Promise<void> {
    let isAtRest = await this.world.quiesce();
    for (let n = 0; n < REPAIRS_MAX && !isAtRest && this.#script.mode === "datagram"; n++) {
      for (const member of this.members.values()) this.world.reset(member);
      isAtRest = await this.world.quiesce();
    }
    if (!isAtRest) this.#isAtRest = false;
  }

  /** A note's updates and answers, as the replicas' connections journal them. */
  #messages(): number {
    const ids = new Set([...this.members.values()].map(({ id }) => id));
    const isDocument = new Set(["update", "sync-step-2"]);
    return this.world.journal
      .since(this.#beganAtEntry)
      .filter((entry) => entry.kind === "received" && entry.hop === "provider" && isDocument.has(entry.frame) && ids.has(entry.replica))
      .length;
  }

  /** Somebody who is gone afterwards writes `text`, before anybody else by every clock. */
  async #write(text: string): Promise<void> {
    const { world } = this;
    const { meta } = this.#hand;
    const member = world.join(
      STARTER,
      world.nodeIds.find((id) => id === this.#script.startAt),
    );
    member.wall.offsetMs = -world.clock.now();
    await member.note.session.start();
    await this.#rest();
    if (text !== "") member.note.edit([{ index: 0, remove: 0, insert: text }], text.length);
    await this.#rest();
    member.note.releaseLock();
    await this.#rest();
    await meta?.join(member);
    meta?.begin(member, this.#script.startMeta ?? {});
    await this.#rest();
    meta?.leave(member);
    world.leave(member);
  }

  /** Where a writer must hold a lock: whoever writes next has it, and all others write drafts, however late they hear of it. */
  async #giveLock(to: ReplicaName): Promise<void> {
    const { note } = this.#member(to);
    if (note.replica.lock === undefined) return;
    for (const [name, member] of this.members) if (name !== to) member.note.releaseLock();
    await this.#rest();
    note.acquireLock();
    await this.#rest();
    // Of a holder that is cut off it runs out.
    if (note.replica.lock.state().holder !== note.replicaId) await this.world.run(2 * note.replica.lock.state().ttlMs);
    await this.#rest();
  }

  #join({ name, clockOffsetMs, driftPpm, at }: ScriptReplica): void {
    const home = this.world.nodeIds.find((id) => id === at);
    const member = this.world.join(REPLICA_NAMES.indexOf(name) + 1, home);
    member.wall.offsetMs = clockOffsetMs;
    member.wall.driftPpm = driftPpm;
    this.#hand.members.set(name, member);
  }

  #member(name: ReplicaName): Actor {
    return this.#hand.member(name);
  }

  /** Returns where the edit went. */
  #edit(request: EditRequest): number {
    const { by, text: insert } = request;
    const { note } = this.#member(by);
    const { pos, len } = this.#hooks.place?.(request) ?? this.#placed(request);
    const index = Math.min(pos, note.replica.length);
    const remove = Math.min(len, note.replica.length - index);
    if (index !== pos || remove !== len) this.#misplaced++;
    if (remove === 0 && insert === "") return index;
    this.#apply(by, [{ index, remove, insert }], index + insert.length, "new");
    return index;
  }

  /** An edit in `by`'s own view. */
  #apply(by: ReplicaName, splices: readonly Splice[], caret: number, kind: EditKind): void {
    const { note } = this.#member(by);
    const before = note.text();
    const edited = note.edit(splices, caret);
    for (const splice of splices) this.#hooks.onEdit?.({ by, splice, before, edited });
    if (!edited.isAccepted) {
      this.#refusals.push({ by, reason: edited.reason });
      return;
    }
    this.#hand.edited(by, splices, before, edited.correction, kind);
    this.#moveCarets(by, splices);
    this.#moveCarets(by, edited.correction);
  }

  /** Where its recorded text says, or it itself does. */
  #placed({ by, pos, len }: EditRequest): { readonly pos: number; readonly len: number } {
    return { pos: this.#view === null ? pos : placeIn(this.#member(by).note.text(), this.#view, pos), len };
  }

  #key({ by, typing, pos, text, isBackward }: Extract<Action, { do: "key" }>): void {
    const caret = this.#carets.get(typing);
    this.#carets.delete(typing);
    const at = caret?.index ?? Math.min(pos, this.#member(by).note.replica.length);
    const index = this.#edit({ by, pos: at, len: 0, text, isAtCaret: caret !== undefined });
    // Of its own key it is moved by hand: behind it, or not at all.
    const own = { by, index: isBackward ? index : index + text.length };
    own.index = Math.min(own.index, this.#member(by).note.replica.length);
    this.#carets.set(typing, own);
  }

  #moveCarets(by: ReplicaName, splices: readonly Splice[]): void {
    for (const caret of this.#carets.values()) if (caret.by === by) caret.index = mapPosition(caret.index, splices, -1);
  }
}
