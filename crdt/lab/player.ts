/**
 * One run of a script in a world, act by act: what a whole run, the sandbox and the searches through many runs share.
 * Whoever drives it may look at the world between two acts.
 */

import { type ReplicaId, replicaNumber } from "../base/ids.ts";
import { applySplices, mapPosition, type Splice } from "../base/splice.ts";
import { SetnxLock } from "../cluster/setnx-lock.ts";
import type { Edited, Strategy } from "../strategy/strategy.ts";
import type { NoteSession } from "../sync/note-session.ts";
import { type FaultAction, takeFault } from "./fault-steps.ts";
import { MetaDesk } from "./meta-desk.ts";
import { engineOf, type EngineName } from "./meta-engines.ts";
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
import { UndoStack } from "./undo-stack.ts";
import { type Member, World } from "./world.ts";

/** Who types the start text, and leaves. Before everybody by every clock, and no tie with anybody. */
const STARTER = 100;
/** Of the lock that a node keeps by itself. */
const SETNX_TTL_MS = 10_000;
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
  /** Where the edit goes in the actor's own text; what does not fit falls to the end. Left out: where it says. */
  readonly place?: (request: EditRequest) => { readonly pos: number; readonly len: number };
  /** An edit reached its replica there, or was not taken. Before: the text that it met. */
  readonly onEdit?: (edit: { readonly by: ReplicaName; readonly splice: Splice; readonly before: string; readonly edited: Edited }) => void;
}

/** `begin` once, any number of `act`, then `end` or nothing, then `close`. */
export class Player {
  readonly world: World;
  readonly members = new Map<ReplicaName, Member>();
  readonly #script: Script;
  readonly #strategy: Strategy;
  readonly #engine: EngineName | null;
  readonly #hooks: PlayerHooks;
  readonly #meta: MetaDesk | null;
  readonly #setnx: SetnxLock | null;
  readonly #undo = new Map<ReplicaName, UndoStack>();
  /** What each replica's editor shows: the text before a change that comes in. */
  readonly #shown = new Map<ReplicaName, string>();
  readonly #lastEdit = new Map<ReplicaName, Splice>();
  readonly #skipped: Played["skipped"][number][] = [];
  /** The carets of texts that are being typed; they move as an editor's do. */
  readonly #carets = new Map<number, { readonly by: ReplicaName; index: number }>();
  readonly #refusals: { by: ReplicaName; reason: string }[] = [];
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
    const { seed, clock } = script;
    const nameOf = (id: ReplicaId): ReplicaName | null => REPLICA_NAMES[replicaNumber(id) - 1] ?? null;
    this.world = new World({ strategy, seed, clockKind: clock, nameOf });
    const isLock = engine !== null && engineOf(engine).family === "lock";
    this.#setnx = isLock ? new SetnxLock({ clock: this.world.clock, ttlMs: SETNX_TTL_MS, checksOwner: engine === "setnx-owner" }) : null;
    this.#meta = hasMeta(script)
      ? new MetaDesk(this.world, { seed, engine, clockKind: clock === "node" || clock === undefined ? "wall" : clock })
      : null;
    this.#lastSynced = script.replicas.map(({ name }) => name);
  }

  /** Everybody has the start text. */
  async begin(): Promise<void> {
    const { startText, replicas, startsCut } = this.#script;
    if (startText !== "" || this.#script.startMeta !== undefined) await this.#write(startText);
    for (const replica of replicas) this.#join(replica);
    for (const [name, member] of this.members) {
      await this.#start(name, member.note);
      await this.#meta?.join(member);
    }
    await this.#rest();
    const first = writerAfter(this.#script, -1);
    if (first !== null && !hasLockSteps(this.#script)) await this.#giveLock(first);
    if (startsCut) for (const member of this.members.values()) this.world.cut(member);
    this.#beganAtMs = this.world.clock.now();
    this.#beganAtEntry = this.world.journal.written;
  }

  /** `next`: who writes first after it. */
  async act(atMs: number | null, action: Action, next: ReplicaName | null): Promise<void> {
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
      case "undo":
      case "redo":
        this.#undoOrRedo(action.do, action.by);
        break;
      case "close":
        this.#member(action.by).note.close();
        break;
      case "open": {
        const member = this.#member(action.by);
        member.note.close();
        member.note = member.openNote();
        await this.#start(action.by, member.note);
        break;
      }
      case "identity":
        await this.#duplicate(action.by, action.of, action.isGuarded);
        break;
      case "meta":
        this.#orSkip(action.do, action.by, () => this.#meta?.write(this.#member(action.by), action.write));
        break;
      case "ack":
        this.#answer(action);
        break;
      case "lock":
        this.#lock(action);
        break;
      default:
        this.#fault(action);
    }
  }

  async end(): Promise<Played> {
    await this.#rest();
    const node = this.world.node.replica;
    const { typed, kept } = node.stats();
    const siblings = node.siblings?.() ?? [];
    const expected = node.hash();
    const isEqual = ({ note }: Member): boolean => {
      const { content, structure } = note.replica.hash();
      return content === expected.content && structure === expected.structure;
    };
    const fields: Partial<Record<ReplicaName | "S1", Fields>> = {};
    const meta = this.#meta;
    if (meta !== null) {
      const lock = this.#setnx === null ? {} : { lock: REPLICA_NAMES.find((name) => name === this.#setnx?.owner) ?? null };
      for (const [name, member] of this.members) fields[name] = { ...meta.viewOf(member), ...lock };
      fields.S1 = { ...meta.nodeView, ...lock };
    }
    const drafts = Array.from(this.members, ([name, { note }]) => [name, note.session.status().draft] as const);
    return {
      strategy: this.#strategy.name,
      engine: this.#engine,
      skipped: this.#skipped,
      drafts: Object.fromEntries(drafts.filter(([, draft]) => draft !== null)),
      fields,
      messages: this.#messages(),
      texts: Object.fromEntries(Array.from(this.members, ([name, { note }]) => [name, note.text()])),
      serverText: node.text(),
      isConverged: [...this.members.values()].every(isEqual) && (this.#meta?.isConverged ?? true),
      losses: this.world.losses,
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
    this.#meta?.close();
    this.world.close();
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
    const member = this.world.join(STARTER);
    member.wall.offsetMs = -this.world.clock.now();
    await member.note.session.start();
    await this.#rest();
    if (text !== "") member.note.edit([{ index: 0, remove: 0, insert: text }], text.length);
    await this.#rest();
    member.note.releaseLock();
    await this.#rest();
    await this.#meta?.join(member);
    this.#meta?.begin(member, this.#script.startMeta ?? {});
    await this.#rest();
    this.#meta?.leave(member);
    this.world.leave(member);
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

  #join({ name, clockOffsetMs, driftPpm }: ScriptReplica): void {
    const member = this.world.join(REPLICA_NAMES.indexOf(name) + 1);
    member.wall.offsetMs = clockOffsetMs;
    member.wall.driftPpm = driftPpm;
    this.members.set(name, member);
  }

  #member(name: ReplicaName): Member {
    const member = this.members.get(name);
    if (member === undefined) throw new RangeError(`Replica ${name} is not in scenario ${this.#script.id}`);
    return member;
  }

  /** Returns where the edit went. */
  #edit(request: EditRequest): number {
    const { by, text: insert } = request;
    const { note } = this.#member(by);
    const { pos, len } = this.#hooks.place?.(request) ?? request;
    const index = Math.min(pos, note.replica.length);
    const remove = Math.min(len, note.replica.length - index);
    if (index !== pos || remove !== len) this.#misplaced++;
    if (remove === 0 && insert === "") return index;
    this.#apply(by, [{ index, remove, insert }], index + insert.length, "new");
    return index;
  }

  /** An edit in `by`'s own view. `from`: whether it is new, or takes another back. */
  #apply(by: ReplicaName, splices: readonly Splice[], caret: number, from: "new" | "undo" | "redo"): void {
    const member = this.#member(by);
    const { note } = member;
    const before = note.text();
    const edited = note.edit(splices, caret);
    for (const splice of splices) this.#hooks.onEdit?.({ by, splice, before, edited });
    if (!edited.isAccepted) {
      this.#refusals.push({ by, reason: edited.reason });
      return;
    }
    const undo = this.#undoOf(by);
    if (from === "new") undo.push(splices, before);
    else undo.take(from, before);
    undo.remote(edited.correction);
    this.#shown.set(by, note.text());
    const [first] = splices;
    if (first !== undefined) this.#lastEdit.set(by, first);
    this.#meta?.noteEdit(member);
    this.#moveCarets(by, splices);
    this.#moveCarets(by, edited.correction);
  }

  /** A register whose value somebody else has set since does not go back: that would take the other's write away. */
  #undoOrRedo(kind: "undo" | "redo", by: ReplicaName): void {
    const last = this.#undoOf(by).peek(kind);
    if (last === null) {
      this.#skipped.push({ step: kind, by, reason: `There is nothing to ${kind}.` });
      return;
    }
    if (last.isOvertaken && this.#strategy.traits.losesWrites) {
      this.#refusals.push({ by, reason: `Someone changed this since; ${kind} would overwrite their edit.` });
      return;
    }
    const splices = last.splices.filter(({ remove, insert }) => remove > 0 || insert !== "");
    this.#apply(by, splices, splices[0]?.index ?? 0, kind);
  }

  #undoOf(by: ReplicaName): UndoStack {
    const held = this.#undo.get(by) ?? new UndoStack();
    this.#undo.set(by, held);
    return held;
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

  async #start(name: ReplicaName, note: NoteSession): Promise<void> {
    note.session.subscribe((change) => {
      if (change.kind === "remote") this.#heard(name, note, change.splices);
    });
    await note.session.start();
    this.#shown.set(name, note.text());
  }

  #heard(name: ReplicaName, note: NoteSession, splices: readonly Splice[]): void {
    this.#moveCarets(name, splices);
    const undo = this.#undoOf(name);
    const before = this.#shown.get(name) ?? "";
    this.#shown.set(name, note.text());
    // An undo history that knows no authors takes every change for one of its own.
    const isOwn = this.#script.undo === "all" && splices.length > 0 && applySplices(before, splices) === note.text();
    if (isOwn) undo.push(splices, before);
    else undo.remote(splices);
  }

  async #duplicate(by: ReplicaName, of: ReplicaName, isGuarded: boolean): Promise<void> {
    const old = this.#member(by);
    this.#meta?.leave(old);
    this.world.leave(old);
    const member = this.world.duplicate(this.#member(of), replicaNumber(old.id), isGuarded);
    this.members.set(by, member);
    await this.#start(by, member.note);
    await this.#meta?.join(member);
  }

  /** Lost: the replica cannot know what became of what it sent. Heard again: it connects anew, and asks once more. */
  #answer({ by, isLost, isRetriedAnew }: Extract<Action, { do: "ack" }>): void {
    const member = this.#member(by);
    this.world.datagrams.setUnheard(member.id, isLost);
    if (isLost) return;
    const last = this.#lastEdit.get(by);
    const isOpen = member.note.session.status().unsaved > 0;
    this.world.reset(member);
    // A client without names for its edits can only send the edit again, as another one.
    if (isRetriedAnew && isOpen && last !== undefined)
      this.#edit({ by, pos: last.index, len: last.remove, text: last.insert, isAtCaret: false });
  }

  #lock({ by, what }: Extract<Action, { do: "lock" }>): void {
    const { note } = this.#member(by);
    const setnx = this.#setnx;
    const skip = (reason: string): void => void this.#skipped.push({ step: "lock", by, reason });
    if (setnx !== null) {
      if (this.world.isCut(this.#member(by))) skip("The node that keeps the lock cannot be reached.");
      else if (what === "ask") {
        if (!setnx.acquire(by)) skip(`${setnx.owner} has the lock.`);
      } else if (what === "release") setnx.release(by);
      else skip("This lock has no tokens.");
      return;
    }
    if (note.replica.lock === undefined) skip("This strategy has no lock.");
    else if (what === "ask") note.acquireLock();
    else if (what === "release") note.releaseLock();
    else note.setFencing(what === "fencing-on");
  }

  #fault(action: FaultAction): void {
    const { world, members } = this;
    const reason = takeFault({ world, members, meta: this.#meta }, action);
    if (reason !== null) this.#skipped.push({ step: action.do, by: "by" in action ? action.by : null, reason });
  }

  #orSkip(step: Action["do"], by: ReplicaName, task: () => void): void {
    try {
      task();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#skipped.push({ step, by, reason: error.message });
    }
  }

  #moveCarets(by: ReplicaName, splices: readonly Splice[]): void {
    for (const caret of this.#carets.values()) if (caret.by === by) caret.index = mapPosition(caret.index, splices, -1);
  }
}
