/**
 * A world to play with: replicas that people and bots type into, links that can be cut and touched, and all that happened
 * on record. Time moves only when told to. The same options and the same commands at the same moments give the same run,
 * whatever the pieces are in which its time went by; so any moment of it can be come back to.
 */

import { unreachable } from "../base/assert.ts";
import { fromBase64, toBase64 } from "../base/bytes.ts";
import { Hasher, hashText } from "../base/hash.ts";
import { type ReplicaId, replicaIdFrom, replicaNumber } from "../base/ids.ts";
import type { JournalEntry } from "../base/journal.ts";
import type { ClockKind } from "../causal/stamp-clock.ts";
import { createPrng } from "../base/prng.ts";
import { composeSplices, type Splice } from "../base/splice.ts";
import type { LinkConditions } from "../network/conditions.ts";
import type { Direction } from "../network/link.ts";
import { loadNodeStrategy } from "../strategy/registry.ts";
import type { Inspection, Loss, Strategy } from "../strategy/strategy.ts";
import { ApartWatch } from "./apart-watch.ts";
import type { Held } from "./held-updates.ts";
import type { RunFacts } from "./run-facts.ts";
import { sentenceOf } from "./act-words.ts";
import type { Shape } from "./json-shape.ts";
import type { MetaStart } from "./meta-replica.ts";
import { openStage } from "./open-stage.ts";
import {
  actionOf,
  nodeLatencyOf,
  type SandboxCommand,
  type SandboxOptions,
  type SandboxRecord,
  type TimedCommand,
} from "./sandbox-record.ts";
import { nodeView, SandboxNodes } from "./sandbox-nodes.ts";
import type { CaretView, MessageView, MomentView, NodeLinkView, NodeView, ReplicaFacts, ReplicaView } from "./sandbox-views.ts";
import { NODE_NAMES, type NodeName, REPLICA_NAMES, type ReplicaName } from "./script.ts";
import { replacement, wordsOf } from "./splice-words.ts";
import type { Actor, Stage } from "./stage.ts";
import { type EditKind, Stagehand } from "./stagehand.ts";
import { isChatter, type RunEvent, TimeMachine } from "./time-machine.ts";
import { TypingBot } from "./typing-bot.ts";
import { EditIndex } from "./edit-index.ts";
import { contentsOf, hexOf, type InspectedMessage } from "../sync/inspect-frame.ts";
import { WireWatch } from "./wire-watch.ts";
import { wireOf, WorldHistory } from "./world-history.ts";

/** Who types the start text, and leaves. Before everybody by every clock, and no tie with anybody. */
const STARTER = 100;
/** The run goes into its hash entry by entry, so few need be kept. */
const JOURNAL_ENTRIES_MAX = 1_000;
/** A step looks no farther ahead than this for something to happen. */
const STEP_MS_MAX = 30_000;

/** Where a change of a text came from. A person's own edits are in their editor already. */
export type TextOrigin = "person" | "correction" | "bot" | "remote" | "step";

export interface SandboxHooks {
  /** A replica's text changed. */
  onText?(replica: number, splices: readonly Splice[], origin: TextOrigin): void;
  /** It is at its beginning; what is run again has not been yet. */
  onOpened?(sandbox: Sandbox): void;
  /** Somebody did something, and what came of it. */
  onActed?(command: SandboxCommand, acted: Acted): void;
}

/** What an edit came to; null: it was taken as it is. */
export type Acted = { readonly refusal: string } | null;

export class Sandbox {
  readonly options: SandboxOptions;
  readonly time: TimeMachine;
  readonly #world: Stage;
  readonly #nodes: SandboxNodes;
  readonly #hand: Stagehand;
  readonly #hooks: SandboxHooks;
  readonly #describe: (update: Uint8Array) => readonly string[];
  readonly #wires: WireWatch;
  readonly #bots: TypingBot[] = [];
  readonly #hasher = new Hasher();
  readonly #edits = new EditIndex();
  readonly #apart = new ApartWatch();
  readonly #strategy: Strategy;
  readonly #commands: TimedCommand[] = [];
  readonly #history: WorldHistory;
  readonly #hashes: { text: string; hash: string }[] = [];
  /** What last-writer-wins strategies stamp with now. */
  #clockKind: ClockKind;
  #beganAtMs: number | null = null;
  /** Somebody is at work, and the world has been noted as it was before. */
  #isNoted = false;
  #isHeld = false;
  #isBusy = false;

  private constructor(options: SandboxOptions, strategy: Strategy, hooks: SandboxHooks) {
    this.options = options;
    this.#strategy = strategy;
    this.#hooks = hooks;
    this.#describe = strategy.describe ?? (() => []);
    this.time = new TimeMachine(Array.from({ length: options.replicas }, () => options.startText));
    this.#wires = new WireWatch((event, message, from, to, frame) => {
      const kind = event === "entered" ? "sent" : event;
      const at = kind === "sent" ? from : kind === "delivered" ? to : -1;
      this.#add({ kind, lane: at, message, from, to, words: this.#nodes.frameName(from, to, frame), bytes: frame.length });
    });
    const { seed, nodes, setup = {}, replicas } = options;
    const { clock: clockKind = "wall", engine = null, undo = null } = setup;
    this.#clockKind = clockKind;
    this.#world = openStage({
      strategy,
      seed,
      nodes,
      clockKind: () => this.#clockKind,
      hasFencing: setup.hasFencing,
      leaseMs: setup.leaseMs,
      watch: (_, node, n) => this.#wires.watch(n <= replicas ? n - 1 : -1, this.#nodes.laneOf(node)),
      watchNodes: (from, to) => this.#wires.watch(this.#nodes.laneOf(from), this.#nodes.laneOf(to)),
      onTrace: (entry) => this.#onTrace(entry),
      journalEntriesMax: JOURNAL_ENTRIES_MAX,
    });
    this.#nodes = new SandboxNodes(this.#world, replicas);
    this.#history = new WorldHistory(replicas, this.#world.nodeIds.length);
    this.#hand = new Stagehand({
      stage: this.#world,
      strategy,
      seed,
      engine,
      clockKind,
      hasMeta: setup.meta !== undefined,
      undo,
      apply: (by, splices, caret, kind) => void this.#edit(REPLICA_NAMES.indexOf(by), splices, caret, "step", kind),
      onRemote: (by, splices) => this.#onRemote(REPLICA_NAMES.indexOf(by), splices),
      onReset: (by) => this.#onReset(REPLICA_NAMES.indexOf(by)),
    });
  }

  /** A world in which everybody has the start text and is in step. @throws RangeError for options out of range. */
  static async open(options: SandboxOptions, hooks: SandboxHooks = {}): Promise<Sandbox> {
    const sandbox = new Sandbox(options, await loadNodeStrategy(options.strategy), hooks);
    await sandbox.#begin();
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
    return this.#world.clock.now() - (this.#beganAtMs ?? this.#world.clock.now());
  }

  /** The line of the first node among the lanes of events; others follow. */
  get nodeLane(): number {
    return this.options.replicas;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** How many messages wait that were written while the network was held, or their writer cut off. */
  get apart(): number {
    return this.#apart.count;
  }

  get losses(): number {
    return this.#world.losses.length;
  }

  /** How many edits stand alone. */
  get orphans(): number {
    return this.#world.orphans.length;
  }

  /** The same writes, each once, with the edits that stand alone, and how many of the characters that people typed the node has kept. */
  get ledger(): { readonly losses: readonly Loss[]; readonly typed: number; readonly kept: number } {
    const { typed, kept } = this.#world.node.replica.stats();
    return { losses: [...this.#world.losses, ...this.#world.orphans], typed, kept };
  }

  /** Of everything that went through the journal so far, in order. 16 hex digits. */
  get hash(): string {
    return this.#hasher.digest();
  }

  /** Lets whole milliseconds go by. @throws RangeError for anything else. */
  async advance(durationMs: number): Promise<void> {
    if (!Number.isSafeInteger(durationMs) || durationMs < 0) throw new RangeError(`Invalid duration ${durationMs} ms: expected whole ms`);
    await this.#alone(() => this.#world.run(durationMs));
  }

  /** Goes on to the next moment at which something happens that a person would call an event. Returns false when nothing does for long. */
  async step(): Promise<boolean> {
    return await this.#alone(async () => {
      const untilMs = this.#world.clock.now() + STEP_MS_MAX;
      const { events } = this.time;
      for (let seen = events.length; ;) {
        const dueMs = this.#world.clock.nextDueMs();
        if (dueMs === null || dueMs > untilMs) return false;
        await this.#world.run(Math.ceil(dueMs) - this.#world.clock.now());
        for (; seen < events.length; seen++) if (!isChatter(events[seen]!)) return true;
      }
    });
  }

  /** Does something to the world at this moment, and notes it down. @throws RangeError when it cannot be done; nothing has happened then. */
  async act(command: SandboxCommand): Promise<Acted> {
    return await this.#alone(async () => {
      this.#noteBefore();
      const acted = command.do === "step" ? await this.#take(command.step) : this.#do(command);
      this.#isNoted = false;
      if (command.do === "hold" || command.do === "cut" || command.do === "heal" || command.do === "heal-all") this.#lookApart();
      this.#commands.push({ atMs: this.nowMs, ...command });
      this.#hooks.onActed?.(command, acted);
      await this.#world.run(0);
      return acted;
    });
  }

  /** Lets time go by until whoever can has said and heard everything. Returns false where that does not come about. */
  async rest(): Promise<boolean> {
    return await this.#alone(async () => {
      const isAtRest = await this.#world.quiesce();
      await this.#world.run(Math.ceil(this.#world.clock.now()) - this.#world.clock.now());
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
    const beganAtMs = this.#beganAtMs ?? 0;
    return this.#wires.messages().map(({ message, from, to, frame, enteredAtMs, dueMs, share }) => ({
      message,
      from,
      to,
      name: this.#nodes.frameName(from, to, frame),
      bytes: frame.length,
      sentAtMs: enteredAtMs - beganAtMs,
      dueMs: dueMs === null ? null : dueMs - beganAtMs,
      share,
    }));
  }

  /** A message on its way, decoded; null where it is not on its way any more. */
  inspect(message: number): InspectedMessage | null {
    const found = this.#wires.messages().find((each) => each.message === message);
    if (found === undefined) return null;
    const { from, to, frame } = found;
    const isOfNodes = from >= this.nodeLane && to >= this.nodeLane;
    const contents = isOfNodes ? [] : contentsOf(frame, this.#describe);
    return { message, hex: hexOf(frame), lines: this.#nodes.frameLines(from, to, frame), contents };
  }

  idOf(replica: number): ReplicaId {
    return this.#member(replica).id;
  }

  textOf(replica: number): string {
    return this.time.textOf(replica);
  }

  /** What the replica itself says that it holds. */
  replicaText(replica: number): string {
    return this.#member(replica).note.text();
  }

  view(replica: number): ReplicaView {
    const text = this.time.textOf(replica);
    return { ...this.#factsOf(replica), hash: this.#hashOf(replica, text), length: text.length, carets: this.#caretsOn(replica) };
  }

  /** The world as it was after event `n`; -1: at the beginning. @throws RangeError where there is no such event. */
  momentAt(n: number): MomentView {
    const { time, options } = this;
    const texts = Array.from({ length: options.replicas }, (_, replica) => time.textAt(replica, n));
    this.#noteWorld();
    const { replicas, nodes, nodeTexts, nodeLinks, isHeld, losses } = this.#history.at(n);
    return {
      n,
      atMs: time.events[n]?.atMs ?? 0,
      texts,
      groups: time.agreementAt(n).groups,
      replicas: replicas.map((facts, replica) => {
        const text = texts[replica]!;
        return { ...facts, hash: hashText(text), length: text.length, carets: [] };
      }),
      nodes: nodes.map((facts, node) => nodeView(facts, nodeTexts[node] ?? null)),
      nodeLinks,
      messages: this.#history.messagesAt(n, time.events, this.messages()),
      isHeld,
      losses,
    };
  }

  /** The nodes, S1 first. */
  nodes(): NodeView[] {
    return this.#nodes.views(this.#hand.fieldsOf("S1"));
  }

  nodeLinks(): NodeLinkView[] {
    return this.#nodes.links();
  }

  /** Who a replica is, and what its copy holds: of the text alone, and of all. */
  identityOf(replica: number): { readonly id: ReplicaId; readonly hashes: { readonly content: string; readonly structure: string } } {
    const { id, note } = this.#member(replica);
    return { id, hashes: note.replica.hash() };
  }

  /** What a replica's copy says of itself. */
  inspectReplica(replica: number): Inspection {
    return this.#member(replica).note.replica.inspect();
  }

  /** The letter of a replica; of whoever typed the start text, `start`. Takes the plain number too, as some ids have it. */
  nameOf(id: ReplicaId): string {
    const n = /^\d{1,10}$/.test(id) ? Number(id) : replicaNumber(id);
    return n === STARTER ? "start" : (REPLICA_NAMES[n - 1] ?? `S${this.#nodes.placeOf(n) + 1}`);
  }

  /** What was written apart and waits, as it is now: `tryOrders` takes it. */
  heldApart(): Held {
    return this.#apart.held(this.#strategy, this.#world.clock.now(), this.#world.node);
  }

  /** What is known of the edits of this run so far. */
  facts(): RunFacts {
    return this.#edits.facts(this.time, (id) => this.#laneOf(id), this.options.replicas + this.#world.nodeIds.length);
  }

  /** No timer runs any more. */
  close(): void {
    for (const bot of this.#bots) bot.stop();
    this.#hand.close();
    this.#world.close();
  }

  async #begin(): Promise<void> {
    const { startText, replicas, latencyMs, seed, setup = {} } = this.options;
    const world = this.#world;
    const { meta, startAt } = setup;
    if (startText !== "" || meta !== undefined || startAt !== undefined) await this.#write(startText, meta, startAt);
    const names = REPLICA_NAMES.slice(0, replicas);
    const { nodeIds } = world;
    for (const [replica, name] of names.entries()) {
      const home = nodeIds.find((id) => id === setup.homes?.[replica]) ?? nodeIds[replica % nodeIds.length];
      const member = world.join(replica + 1, home);
      const { offsetMs, driftPpm } = setup.clocks?.[replica] ?? { offsetMs: 0, driftPpm: 0 };
      member.wall.offsetMs = offsetMs;
      member.wall.driftPpm = driftPpm;
      this.#hand.members.set(name, member);
    }
    for (const [replica, name] of names.entries()) {
      const { id } = this.#member(replica);
      world.board.set(id, { up: { latencyMs }, down: { latencyMs } });
      await this.#hand.start(name);
      await this.#hand.joinMeta(name);
      this.#bots.push(this.#botOf(replica, seed));
      this.#hashes.push({ text: startText, hash: hashText(startText) });
    }
    this.#nodes.setLatency(nodeLatencyOf(latencyMs));
    await world.quiesce();
    await world.run(Math.ceil(world.clock.now()) - world.clock.now());
    this.#beganAtMs = world.clock.now();
  }

  async #write(text: string, meta: MetaStart | undefined, at: NodeName | undefined): Promise<void> {
    const world = this.#world;
    const desk = this.#hand.meta;
    const member = world.join(
      STARTER,
      world.nodeIds.find((id) => id === at),
    );
    member.wall.offsetMs = -world.clock.now();
    await member.note.session.start();
    await world.quiesce();
    if (text !== "") member.note.edit([{ index: 0, remove: 0, insert: text }], text.length);
    await world.quiesce();
    member.note.releaseLock();
    await world.quiesce();
    await desk?.join(member);
    desk?.begin(member, meta ?? {});
    await world.quiesce();
    desk?.leave(member);
    world.leave(member);
  }

  #botOf(replica: number, seed: number): TypingBot {
    return new TypingBot({
      clock: this.#world.clock,
      prng: createPrng(seed).stream(`bot ${replica}`),
      text: () => this.time.textOf(replica),
      edit: (splice, caret) => this.#edit(replica, [splice], caret, "bot") === null,
      move: (caret) => this.#showCaret(replica, caret, caret),
      onRefused: () => this.#member(replica).note.acquireLock(),
      onPause: () => this.#member(replica).note.releaseLock(),
    });
  }

  /** A step of a scenario; what could not be done is told as an event. */
  async #take(step: Shape): Promise<Acted> {
    const action = actionOf(step, "step", this.options);
    const lane =
      "by" in action ? REPLICA_NAMES.indexOf(action.by) : "node" in action ? this.nodeLane + NODE_NAMES.indexOf(action.node) : -1;
    this.#note(lane, sentenceOf(action, String, this.options.nodes).replace(/\.$/, ""));
    if ("by" in action && action.do !== "meta") this.#bots[lane]?.stop();
    const taken = await this.#hand.take(action);
    if (taken === null) return null;
    if (taken.kind === "refused") {
      this.#add({ kind: "refused", lane, message: -1, from: -1, to: -1, words: taken.reason, bytes: 0 });
      return { refusal: taken.reason };
    }
    this.#note(lane, `that could not be done: ${taken.reason}`);
    return null;
  }

  #do(command: Exclude<SandboxCommand, { readonly do: "step" }>): Acted {
    switch (command.do) {
      case "edit": {
        const acted = this.#edit(command.by, command.splices, command.caret, "person");
        this.#handOver(command.by);
        return acted;
      }
      case "caret":
        this.#showCaret(command.by, command.anchor, command.head);
        return null;
      case "link":
        this.#setLinks(command.by, command.direction, command.set);
        this.#note(command.by, `link ${command.direction}: ${JSON.stringify(command.set)}`);
        return null;
      case "cut":
        this.#setLinks(command.by, command.direction, { cut: "blackhole" });
        this.#note(command.by, command.direction === "both" ? "cut off" : `cut ${command.direction}`);
        return null;
      case "heal":
        this.#heal(command.by);
        return null;
      case "heal-all":
        for (let replica = 0; replica < this.options.replicas; replica++) this.#heal(replica);
        if (this.#nodes.heal()) this.#note(-1, "the links between nodes are healed");
        return null;
      case "reset":
        this.#world.reset(this.#member(command.by));
        this.#note(command.by, "the connection breaks");
        return null;
      case "hold":
        this.#isHeld = command.isHeld;
        this.#wires.setHeld(command.isHeld);
        this.#note(-1, command.isHeld ? "the network is held" : "the network goes on");
        return null;
      case "message":
        if (!this.#wires.touch(command.message, command.act)) throw new RangeError(`Message ${command.message} is not on its way`);
        return null;
      case "delay":
        if (!this.#wires.delay(command.message, command.ms)) throw new RangeError(`Message ${command.message} is not on its way`);
        this.#note(-1, `message ${command.message} is delayed by ${command.ms} ms`);
        return null;
      case "move": {
        const { message, side, other } = command;
        if (!this.#wires.move(message, side, other))
          throw new RangeError(`Message ${message} cannot be moved: both must be on their way on the same wire, and held alike`);
        this.#note(-1, `message ${message} is moved ${side} message ${other}`);
        return null;
      }
      case "bot":
        if (command.isOn === this.#bots[this.#checked(command.by)]!.isOn) return null;
        if (command.isOn) this.#bots[command.by]!.start(this.time.textOf(command.by).length);
        else this.#handOver(command.by);
        this.#note(command.by, command.isOn ? "a bot types" : "the bot lets go");
        return null;
      case "clock":
        this.#member(command.by).wall.offsetMs = command.offsetMs;
        this.#note(command.by, `the clock is off by ${command.offsetMs} ms`);
        return null;
      case "stamps":
        this.#clockKind = command.kind;
        this.#note(-1, `writes are stamped by the ${command.kind} clock from now on`);
        return null;
      case "lock":
        if (command.act === "ask") this.#member(command.by).note.acquireLock();
        else this.#member(command.by).note.releaseLock();
        this.#note(command.by, command.act === "ask" ? "asks for the lock" : "gives the lock up");
        return null;
      default:
        return unreachable(command);
    }
  }

  #edit(by: number, splices: readonly Splice[], caret: number, origin: "person" | "bot" | "step", kind: EditKind = "new"): Acted {
    const { note } = this.#member(by);
    const before = this.time.textOf(by);
    const standing = note.replica.standing?.();
    this.#noteBefore();
    const edited = note.edit(splices, caret);
    if (!edited.isAccepted) {
      this.#add({ kind: "refused", lane: by, message: -1, from: -1, to: -1, words: edited.reason, bytes: 0 });
      return { refusal: edited.reason };
    }
    const { correction, update } = edited;
    this.#apart.edited(REPLICA_NAMES[by]!, splices, update, this.#member(by).wall.now(), this.time.events.length);
    const whole = correction.length === 0 ? splices : composeSplices(splices, correction);
    this.#add({ kind: "edit", lane: by, message: -1, from: -1, to: -1, words: wordsOf(splices), bytes: update.length }, whole);
    const after = note.replica.standing?.();
    if (standing !== undefined && after !== undefined) this.#edits.add(by, this.time.events.length - 1, standing, after, whole);
    this.#hand.edited(nameAt(by), splices, before, correction, kind);
    this.#hooks.onText?.(by, splices, origin);
    if (correction.length > 0) {
      this.#bots[by]!.onRemote(correction);
      this.#hooks.onText?.(by, correction, "correction");
    }
    return null;
  }

  #onRemote(replica: number, splices: readonly Splice[]): void {
    if (this.#beganAtMs === null) return;
    this.#add({ kind: "applied", lane: replica, message: -1, from: -1, to: -1, words: wordsOf(splices), bytes: 0 }, splices);
    if (splices.length === 0) return;
    this.#bots[replica]!.onRemote(splices);
    this.#hooks.onText?.(replica, splices, "remote");
  }

  /** The replica shows another text than before, all at once. */
  #onReset(replica: number): void {
    if (this.#beganAtMs === null) return;
    const splice = replacement(this.time.textOf(replica), this.#member(replica).note.text());
    if (splice === null) return;
    this.#add({ kind: "applied", lane: replica, message: -1, from: -1, to: -1, words: wordsOf([splice]), bytes: 0 }, [splice]);
    this.#bots[replica]?.onRemote([splice]);
    this.#hooks.onText?.(replica, [splice], "step");
  }

  #onTrace(entry: JournalEntry): void {
    this.#hasher.text(JSON.stringify(entry));
    const { kind, hop, replica } = entry;
    const none = { message: -1, from: -1, to: -1, bytes: 0 };
    const node = (): number => this.nodeLane + this.#nodes.placeOf(replicaNumber(replica));
    if (kind === "merged" || kind === "saved") this.#nodes.touched(replicaNumber(replica));
    if (kind === "saved") this.#add({ ...none, kind, lane: node(), words: "saved" });
    else if (kind === "loss") this.#add({ ...none, kind, lane: node(), words: "a write is thrown away" });
    else if (kind === "state" && hop === "provider") this.#add({ ...none, kind, lane: this.#laneOf(replica), words: entry.state });
  }

  #add(event: Omit<RunEvent, "n" | "edit" | "atMs">, splices: readonly Splice[] = []): void {
    if (this.#beganAtMs === null) return;
    // What a message did is seen only after it has arrived: by the time of the next event.
    if (!this.#isNoted) this.#noteWorld();
    this.#isNoted = false;
    this.time.add({ ...event, atMs: this.nowMs }, splices);
  }

  /** What is done now is seen from its own first event on. */
  #noteBefore(): void {
    if (this.#isNoted || this.#beganAtMs === null) return;
    this.#noteWorld();
    this.#isNoted = true;
  }

  #noteWorld(): void {
    const wires = this.#wires.stopped().map(({ from, to }) => wireOf(from, to));
    this.#history.note(this.time.events.length - 1, {
      replicas: Array.from({ length: this.options.replicas }, (_, replica) => this.#factsOf(replica)),
      nodes: this.#nodes.facts(this.#hand.fieldsOf("S1")),
      nodeTexts: this.#nodes.texts(),
      nodeLinks: this.#nodes.links(),
      stopped: [...new Set(wires)].sort(),
      isHeld: this.#isHeld,
      losses: this.losses,
    });
  }

  #factsOf(replica: number): ReplicaFacts {
    const { note, id, wall } = this.#member(replica);
    const { connection, unsaved, pause, draft } = note.session.status();
    const { up, down } = this.#world.board.get(id);
    const lock = note.replica.lock?.state() ?? null;
    return {
      connection,
      unsaved,
      pause,
      isBot: this.#bots[replica]!.isOn,
      up,
      down,
      clockOffsetMs: wall.offsetMs,
      lock: lock === null ? null : { ...lock, expiresAtMs: lock.expiresAtMs - (this.#beganAtMs ?? 0) },
      node: this.#nodes.homeOf(id),
      draft,
      fields: this.#hand.fieldsOf(nameAt(replica)),
    };
  }

  #note(lane: number, words: string): void {
    this.#add({ kind: "control", lane, message: -1, from: -1, to: -1, words, bytes: 0 });
  }

  /** Messages are kept from the node where all are held, or where their writer cannot send. */
  #lookApart(): void {
    const step = this.time.events.length - 1;
    for (const [name, member] of this.#hand.members) {
      const isApart = this.#isHeld || this.#world.board.get(member.id).up.cut !== "open";
      this.#apart.set(name, isApart, member, this.#world.node, step);
    }
  }

  #handOver(replica: number): void {
    this.#bots[this.#checked(replica)]!.stop();
  }

  #heal(replica: number): void {
    const { id, note } = this.#member(replica);
    const { up, down } = this.#world.board.get(id);
    if (up.cut === "open" && down.cut === "open") {
      // Not by a cut: it may have given up, and is to ask again.
      if (note.session.status().connection !== "synced") note.session.retryNow();
      return;
    }
    this.#setLinks(replica, "both", { cut: "open" });
    note.session.retryNow();
    this.#note(replica, "healed");
  }

  #setLinks(replica: number, direction: Direction | "both", set: Partial<LinkConditions>): void {
    const { id } = this.#member(replica);
    this.#world.board.set(id, { ...(direction === "down" ? {} : { up: set }), ...(direction === "up" ? {} : { down: set }) });
  }

  #showCaret(replica: number, anchor: number, head: number): void {
    const { note } = this.#member(replica);
    const at = (index: number): string => toBase64(note.replica.anchor(Math.min(index, note.replica.length), 1));
    note.session.setPresence({ user: { name: REPLICA_NAMES[replica] }, colour: replica, caret: { anchor: at(anchor), head: at(head) } });
  }

  #caretsOn(replica: number): CaretView[] {
    const { note } = this.#member(replica);
    return [...note.session.presence.states()].flatMap(([id, state]) => {
      const other = this.#laneOf(replicaIdFrom(id));
      const { caret } = Object(state) as { caret?: { anchor: string; head: string } };
      if (other < 0 || other === replica || caret === undefined) return [];
      const at = (anchor: string): number => note.replica.resolve(fromBase64(anchor));
      return [{ replica: other, anchor: at(caret.anchor), head: at(caret.head) }];
    });
  }

  #hashOf(replica: number, text: string): string {
    const held = this.#hashes[replica]!;
    if (held.text !== text) this.#hashes[replica] = { text, hash: hashText(text) };
    return this.#hashes[replica]!.hash;
  }

  /** The lane of a replica; -1 for who typed the start text. */
  #laneOf(id: ReplicaId): number {
    const n = replicaNumber(id) - 1;
    return n < this.options.replicas ? n : -1;
  }

  #checked(replica: number): number {
    const { replicas } = this.options;
    if (!(replica >= 0 && replica < replicas)) throw new RangeError(`No replica ${replica}: expected 0 to ${replicas - 1}`);
    return replica;
  }

  #member(replica: number): Actor {
    return this.#hand.member(nameAt(this.#checked(replica)));
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

function nameAt(replica: number): ReplicaName {
  return REPLICA_NAMES[replica]!;
}
