/**
 * Takes the steps of a scenario that are neither edits nor waits, on the replicas of a world: what a player, which runs a script
 * from end to end, and the sandbox, which may be touched on the way, have in common. Keeps what those steps need to know:
 * the sessions, each person's undo, the metadata, the lock of one node.
 */

import { applySplices, type Splice } from "../base/splice.ts";
import { SetnxLock } from "../cluster/setnx-lock.ts";
import type { Strategy } from "../strategy/strategy.ts";
import type { ClockKind } from "../causal/stamp-clock.ts";
import { FabricWorld } from "./fabric-world.ts";
import { type FaultAction, setWallClock, takeFault } from "./fault-steps.ts";
import { MetaDesk } from "./meta-desk.ts";
import { engineOf, type EngineName } from "./meta-engines.ts";
import { type NodeAction, takeNodeStep } from "./node-steps.ts";
import type { Fields } from "./played.ts";
import { type Action, REPLICA_NAMES, type ReplicaName } from "./script.ts";
import type { Actor, Stage } from "./stage.ts";
import { UndoStack } from "./undo-stack.ts";
import { World } from "./world.ts";

/** Of the lock that a node keeps by itself. */
const SETNX_TTL_MS = 10_000;

/** Whether an edit is new, or takes another back. */
export type EditKind = "new" | "undo" | "redo";

/** Steps that are taken here. */
export type StageAction = Exclude<Action, { readonly do: "edit" | "key" | "sync" }>;

/** Why a step was not taken: it could not be, or the strategy or the editor did not let it. null: it was. */
export type Taken = { readonly kind: "skipped" | "refused"; readonly reason: string } | null;

export interface StagehandOptions {
  readonly stage: Stage;
  readonly strategy: Strategy;
  readonly seed: number | string;
  /** What holds the metadata in place of the product's own type, or which lock of one node there is. */
  readonly engine: EngineName | null;
  readonly clockKind: ClockKind;
  /** Whether there is metadata at all. */
  readonly hasMeta: boolean;
  /** Whose edits an undo takes back; null: nobody undoes anything, and nothing is kept for it. */
  readonly undo: "own" | "all" | null;
  /** Puts an edit in, in `by`'s own view, and tells `edited` of it where it is taken. */
  readonly apply: (by: ReplicaName, splices: readonly Splice[], caret: number, kind: EditKind) => void;
  /** Work of others has reached the text of `by`. */
  readonly onRemote: (by: ReplicaName, splices: readonly Splice[]) => void;
  /** The text of `by` is another one: its session began, or took over another history. */
  readonly onReset?: (by: ReplicaName) => void;
}

export class Stagehand {
  readonly members = new Map<ReplicaName, Actor>();
  readonly meta: MetaDesk | null;
  readonly #options: StagehandOptions;
  readonly #setnx: SetnxLock | null;
  readonly #undo = new Map<ReplicaName, UndoStack>();
  /** What each replica's editor shows: the text before a change that comes in. */
  readonly #shown = new Map<ReplicaName, string>();
  readonly #lastEdit = new Map<ReplicaName, Splice>();

  constructor(options: StagehandOptions) {
    const { stage, seed, engine, clockKind, hasMeta } = options;
    this.#options = options;
    const isLock = engine !== null && engineOf(engine).family === "lock";
    this.#setnx = isLock ? new SetnxLock({ clock: stage.clock, ttlMs: SETNX_TTL_MS, checksOwner: engine === "setnx-owner" }) : null;
    this.meta = hasMeta && stage instanceof World ? new MetaDesk(stage, { seed, engine, clockKind }) : null;
  }

  /** Who holds the lock of one node; null: nobody. */
  get lockOwner(): ReplicaName | null {
    return REPLICA_NAMES.find((name) => name === this.#setnx?.owner) ?? null;
  }

  /** @throws RangeError where there is no such replica. */
  member(name: ReplicaName): Actor {
    const member = this.members.get(name);
    if (member === undefined) throw new RangeError(`Replica ${name} is not in this scenario`);
    return member;
  }

  /** The replica's session begins: again after a reload. */
  async start(name: ReplicaName): Promise<void> {
    const { note } = this.member(name);
    note.session.subscribe((change) => {
      if (change.kind === "reset") this.#options.onReset?.(name);
      if (change.kind !== "remote") return;
      if (this.#options.undo !== null) this.#heard(name, change.splices);
      this.#options.onRemote(name, change.splices);
    });
    await note.session.start();
    this.#shown.set(name, note.text());
    this.#options.onReset?.(name);
  }

  /** The replica has a copy of the metadata, too. */
  async joinMeta(name: ReplicaName): Promise<void> {
    await this.meta?.join(this.member(name));
  }

  /** What a replica, or the node, shows of the metadata; null where there is none. */
  fieldsOf(name: ReplicaName | "S1"): Fields | null {
    const { meta } = this;
    if (meta === null) return null;
    const lock = this.#setnx === null ? {} : { lock: this.lockOwner };
    return { ...(name === "S1" ? meta.nodeView : meta.viewOf(this.member(name))), ...lock };
  }

  /** `by`'s edit of `before` was taken; `correction`: what the strategy changed about it. */
  edited(by: ReplicaName, splices: readonly Splice[], before: string, correction: readonly Splice[], kind: EditKind): void {
    const member = this.member(by);
    if (this.#options.undo !== null) {
      const undo = this.#undoOf(by);
      if (kind === "new") undo.push(splices, before);
      else undo.take(kind, before);
      undo.remote(correction);
      this.#shown.set(by, member.note.text());
    }
    const [first] = splices;
    if (first !== undefined) this.#lastEdit.set(by, first);
    this.meta?.noteEdit(member);
  }

  /** @throws RangeError where the step speaks of what is not there. */
  async take(action: StageAction): Promise<Taken> {
    switch (action.do) {
      case "undo":
      case "redo":
        return this.#undoOrRedo(action.do, action.by);
      case "close":
        this.member(action.by).note.close();
        return null;
      case "open": {
        const member = this.member(action.by);
        member.note.close();
        member.note = member.openNote();
        await this.start(action.by);
        return null;
      }
      case "identity":
        return await this.#duplicate(action.by, action.of, action.isGuarded);
      case "meta":
        return this.#writeMeta(action);
      case "ack":
        return this.#answer(action);
      case "lock":
        return this.#lock(action);
      case "clock":
        setWallClock(this.member(action.by).wall, action);
        return null;
      case "link":
        this.#options.stage.board.set(this.member(action.by).id, { [action.direction]: action.set });
        return null;
      case "stall":
        if (action.isOver) this.#heal(this.member(action.by));
        else this.#options.stage.cut(this.member(action.by));
        return null;
      default:
        return this.#fault(action);
    }
  }

  close(): void {
    this.meta?.close();
  }

  #fault(action: FaultAction | NodeAction): Taken {
    const { stage } = this.#options;
    if (stage instanceof FabricWorld) {
      if (!isOfNodes(action)) return skipped("This is done to one node alone, and there are several here.");
      takeNodeStep(stage, this.members, action);
      return null;
    }
    if (!(stage instanceof World) || !isOfOne(action)) return skipped("There is one node here, which has no others.");
    const reason = takeFault({ world: stage, members: this.members, meta: this.meta }, action);
    return reason === null ? null : skipped(reason);
  }

  #heal(member: Actor): void {
    this.#options.stage.heal(member);
    this.meta?.retryNow(member);
  }

  /** A register whose value somebody else has set since does not go back: that would take the other's write away. */
  #undoOrRedo(kind: "undo" | "redo", by: ReplicaName): Taken {
    if (this.#options.undo === null) return skipped("Nothing is kept to be undone.");
    const last = this.#undoOf(by).peek(kind);
    if (last === null) return skipped(`There is nothing to ${kind}.`);
    if (last.isOvertaken && this.#options.strategy.traits.losesWrites)
      return { kind: "refused", reason: `Someone changed this since; ${kind} would overwrite their edit.` };
    const splices = last.splices.filter(({ remove, insert }) => remove > 0 || insert !== "");
    this.#options.apply(by, splices, splices[0]?.index ?? 0, kind);
    return null;
  }

  #undoOf(by: ReplicaName): UndoStack {
    const held = this.#undo.get(by) ?? new UndoStack();
    this.#undo.set(by, held);
    return held;
  }

  #heard(name: ReplicaName, splices: readonly Splice[]): void {
    const undo = this.#undoOf(name);
    const before = this.#shown.get(name) ?? "";
    const after = this.member(name).note.text();
    this.#shown.set(name, after);
    // An undo history that knows no authors takes every change for one of its own.
    const isOwn = this.#options.undo === "all" && splices.length > 0 && applySplices(before, splices) === after;
    if (isOwn) undo.push(splices, before);
    else undo.remote(splices);
  }

  async #duplicate(by: ReplicaName, of: ReplicaName, isGuarded: boolean): Promise<Taken> {
    const { stage } = this.#options;
    if (!(stage instanceof World)) return skipped("A tab is duplicated where there is one node.");
    const [old, origin] = [this.member(by), this.member(of)];
    this.meta?.leave(old);
    stage.leave(old);
    this.members.set(by, stage.duplicate(origin, REPLICA_NAMES.indexOf(by) + 1, isGuarded));
    await this.start(by);
    await this.joinMeta(by);
    return null;
  }

  #writeMeta({ by, write }: Extract<Action, { do: "meta" }>): Taken {
    if (this.meta === null) return skipped("There is no metadata here.");
    try {
      this.meta.write(this.member(by), write);
      return null;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return skipped(error.message);
    }
  }

  /** Lost: the replica cannot know what became of what it sent. Heard again: it connects anew, and asks once more. */
  #answer({ by, isLost, isRetriedAnew }: Extract<Action, { do: "ack" }>): Taken {
    const { stage } = this.#options;
    if (!(stage instanceof World)) return skipped("Answers get lost where there is one node.");
    const member = this.member(by);
    stage.datagrams.setUnheard(member.id, isLost);
    if (isLost) return null;
    const last = this.#lastEdit.get(by);
    const isOpen = member.note.session.status().unsaved > 0;
    stage.reset(member);
    // A client without names for its edits can only send the edit again, as another one.
    if (isRetriedAnew && isOpen && last !== undefined) {
      const index = Math.min(last.index, member.note.replica.length);
      const remove = Math.min(last.remove, member.note.replica.length - index);
      this.#options.apply(by, [{ index, remove, insert: last.insert }], index + last.insert.length, "new");
    }
    return null;
  }

  #lock({ by, what }: Extract<Action, { do: "lock" }>): Taken {
    const { note } = this.member(by);
    const setnx = this.#setnx;
    if (setnx !== null) {
      if (this.#options.stage.isCut(this.member(by))) return skipped("The node that keeps the lock cannot be reached.");
      if (what === "ask") return setnx.acquire(by) ? null : skipped(`${setnx.owner} has the lock.`);
      if (what !== "release") return skipped("This lock has no tokens.");
      setnx.release(by);
      return null;
    }
    if (note.replica.lock === undefined) return skipped("This strategy has no lock.");
    if (what === "ask") note.acquireLock();
    else if (what === "release") note.releaseLock();
    else note.setFencing(what === "fencing-on");
    return null;
  }
}

function skipped(reason: string): Taken {
  return { kind: "skipped", reason };
}

function isOfNodes(action: FaultAction | NodeAction): action is NodeAction {
  return action.do !== "partition" && action.do !== "datagram" && action.do !== "compact" && action.do !== "rate";
}

function isOfOne(action: FaultAction | NodeAction): action is FaultAction {
  return action.do !== "split" && action.do !== "node-link" && action.do !== "node-clock" && action.do !== "move";
}
