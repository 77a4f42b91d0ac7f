/**
 * One run of a script in a world, act by act: what a whole run, the sandbox and the searches through many runs share.
 * Whoever drives it may look at the world between two acts.
 */

import { unreachable } from "../base/assert.ts";
import { mapPosition, type Splice } from "../base/splice.ts";
import type { Edited, Loss, Strategy, StrategyName } from "../strategy/strategy.ts";
import type { NoteSession } from "../sync/note-session.ts";
import { type Action, REPLICA_NAMES, type ReplicaName, type Script, type ScriptReplica, writerAfter } from "./script.ts";
import { type Member, World } from "./world.ts";

/** Who types the start text, and leaves. Before everybody by every clock, and no tie with anybody. */
const STARTER = 100;

export interface Played {
  readonly strategy: StrategyName;
  readonly texts: Readonly<Partial<Record<ReplicaName, string>>>;
  /** The node's. */
  readonly serverText: string;
  /** Whether all replicas and the node are equal in content and in structure. */
  readonly isConverged: boolean;
  readonly losses: readonly Loss[];
  /** Characters that were typed and that a rule threw away. */
  readonly lost: number;
  /** The node's, of structure: equal for equal copies. */
  readonly hash: string;
  /** Texts that the node holds side by side, where there are several. */
  readonly siblings: readonly string[];
  /** Edits that a strategy did not take. */
  readonly refusals: readonly { readonly by: ReplicaName; readonly reason: string }[];
  /** Edits whose place was not in the text that the replica then had. */
  readonly misplaced: number;
  /** Whether the world came to rest after each sync, and at the end. */
  readonly isAtRest: boolean;
  /** Who was in the last sync: their text is what came out. Everybody, where nothing was cut. */
  readonly lastSynced: readonly ReplicaName[];
}

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
  readonly #script: Script;
  readonly #strategy: Strategy;
  readonly #hooks: PlayerHooks;
  readonly world: World;
  readonly members = new Map<ReplicaName, Member>();
  /** The carets of texts that are being typed; they move as an editor's do. */
  readonly #carets = new Map<number, { readonly by: ReplicaName; index: number }>();
  readonly #refusals: { by: ReplicaName; reason: string }[] = [];
  #beganAtMs = 0;
  #misplaced = 0;
  #isAtRest = true;
  #lastSynced: readonly ReplicaName[];

  constructor(script: Script, strategy: Strategy, hooks: PlayerHooks = {}) {
    this.#script = script;
    this.#strategy = strategy;
    this.#hooks = hooks;
    this.world = new World({ strategy, seed: script.seed });
    this.#lastSynced = script.replicas.map(({ name }) => name);
  }

  /** Everybody has the start text. */
  async begin(): Promise<void> {
    const { startText, replicas, startsCut } = this.#script;
    if (startText !== "") await this.#write(startText);
    for (const replica of replicas) this.#join(replica);
    for (const [name, { note }] of this.members) await this.#start(name, note);
    await this.#rest();
    const first = writerAfter(this.#script, -1);
    if (first !== null) await this.#giveLock(first);
    if (startsCut) for (const member of this.members.values()) this.world.cut(member);
    this.#beganAtMs = this.world.clock.now();
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
        if (next !== null && action.order.includes(next)) await this.#giveLock(next);
        for (const name of action.order) world.cut(this.#member(name));
        this.#lastSynced = action.order;
        break;
      case "link":
        world.board.set(this.#member(action.by).id, { [action.direction]: action.set });
        break;
      case "partition":
        for (const [name, member] of this.members) {
          if (action.cut.includes(name)) world.cut(member);
          else world.heal(member);
        }
        break;
      case "heal":
        for (const member of this.members.values()) world.heal(member);
        break;
      case "crash":
        world.node.crash();
        break;
      case "restart":
        world.node.restart();
        for (const { note } of this.members.values()) note.session.retryNow();
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
      default:
        unreachable(action);
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
    return {
      strategy: this.#strategy.name,
      texts: Object.fromEntries(Array.from(this.members, ([name, { note }]) => [name, note.text()])),
      serverText: node.text(),
      isConverged: [...this.members.values()].every(isEqual),
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
    this.world.close();
  }

  async #rest(): Promise<void> {
    if (!(await this.world.quiesce())) this.#isAtRest = false;
  }

  /** Somebody who is gone afterwards writes `text`, before anybody else by every clock. */
  async #write(text: string): Promise<void> {
    const member = this.world.join(STARTER);
    member.wall.offsetMs = -this.world.clock.now();
    await member.note.session.start();
    await this.#rest();
    member.note.edit([{ index: 0, remove: 0, insert: text }], text.length);
    await this.#rest();
    member.note.releaseLock();
    await this.#rest();
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
    const splice = { index, remove, insert };
    const before = this.#hooks.onEdit === undefined ? "" : note.text();
    const edited = note.edit([splice], index + insert.length);
    this.#hooks.onEdit?.({ by, splice, before, edited });
    if (!edited.isAccepted) {
      this.#refusals.push({ by, reason: edited.reason });
      return index;
    }
    this.#moveCarets(by, [splice]);
    this.#moveCarets(by, edited.correction);
    return index;
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
      if (change.kind === "remote") this.#moveCarets(name, change.splices);
    });
    await note.session.start();
  }

  #moveCarets(by: ReplicaName, splices: readonly Splice[]): void {
    for (const caret of this.#carets.values()) if (caret.by === by) caret.index = mapPosition(caret.index, splices, -1);
  }
}
