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
import { createPrng } from "../base/prng.ts";
import { composeSplices, type Splice } from "../base/splice.ts";
import type { LinkConditions } from "../network/conditions.ts";
import type { Direction } from "../network/link.ts";
import { loadNodeStrategy } from "../strategy/registry.ts";
import type { Inspection, LockState, Loss, Strategy } from "../strategy/strategy.ts";
import { peekFrameType } from "../sync/frames.ts";
import type { ProviderState } from "../sync/provider.ts";
import type { RunFacts } from "./run-facts.ts";
import type { SandboxCommand, SandboxOptions, SandboxRecord, TimedCommand } from "./sandbox-record.ts";
import { REPLICA_NAMES } from "./script.ts";
import { isChatter, type RunEvent, TimeMachine } from "./time-machine.ts";
import { TypingBot } from "./typing-bot.ts";
import { EditIndex } from "./edit-index.ts";
import { hexOf, type InspectedMessage, linesOf } from "../sync/inspect-frame.ts";
import { WireWatch } from "./wire-watch.ts";
import { type Member, World } from "./world.ts";

/** Who types the start text, and leaves. Before everybody by every clock, and no tie with anybody. */
const STARTER = 100;
/** The run goes into its hash entry by entry, so few need be kept. */
const JOURNAL_ENTRIES_MAX = 1_000;
/** A step looks no farther ahead than this for something to happen. */
const STEP_MS_MAX = 30_000;

/** Where a change of a text came from. A person's own edits are in their editor already. */
export type TextOrigin = "person" | "correction" | "bot" | "remote";

export interface SandboxHooks {
  /** A replica's text changed. */
  onText?(replica: number, splices: readonly Splice[], origin: TextOrigin): void;
}

export interface CaretView {
  readonly replica: number;
  readonly anchor: number;
  readonly head: number;
}

export interface ReplicaView {
  readonly connection: ProviderState;
  readonly unsaved: number;
  /** Why own edits are not being committed; null where nothing stands against it. */
  readonly pause: string | null;
  readonly isBot: boolean;
  readonly up: LinkConditions;
  readonly down: LinkConditions;
  readonly clockOffsetMs: number;
  /** Of the text; 16 hex digits. */
  readonly hash: string;
  readonly length: number;
  /** Of the others, as far as this replica has heard of them. */
  readonly carets: readonly CaretView[];
  readonly lock: LockState | null;
}

/** A message on its way between two lanes. */
export interface MessageView {
  readonly message: number;
  readonly from: number;
  readonly to: number;
  /** The frame's name in frames.ts. */
  readonly name: string;
  readonly bytes: number;
  /** Since the beginning, as all times; null: held. */
  readonly sentAtMs: number;
  readonly dueMs: number | null;
  /** How much of its way it has behind it, 0 to 1. */
  readonly share: number;
}

/** What an edit came to; null: it was taken as it is. */
export type Acted = { readonly refusal: string } | null;

export class Sandbox {
  readonly options: SandboxOptions;
  readonly time: TimeMachine;
  readonly #world: World;
  readonly #hooks: SandboxHooks;
  readonly #wires: WireWatch;
  readonly #bots: TypingBot[] = [];
  readonly #hasher = new Hasher();
  readonly #edits = new EditIndex();
  readonly #commands: TimedCommand[] = [];
  readonly #hashes: { text: string; hash: string }[] = [];
  #members: readonly Member[] = [];
  #beganAtMs: number | null = null;
  #isHeld = false;
  #isBusy = false;

  private constructor(options: SandboxOptions, strategy: Strategy, hooks: SandboxHooks) {
    this.options = options;
    this.#hooks = hooks;
    this.time = new TimeMachine(Array.from({ length: options.replicas }, () => options.startText));
    this.#wires = new WireWatch((event, message, replica, direction, frame) => {
      const { from, to } = this.#endsOf(replica, direction);
      const kind = event === "entered" ? "sent" : event;
      const at = kind === "sent" ? from : kind === "delivered" ? to : -1;
      this.#add({ kind, lane: at, message, from, to, words: peekFrameType(frame) ?? "unknown", bytes: frame.length });
    });
    this.#world = new World({
      strategy,
      seed: options.seed,
      watch: this.#wires.watch,
      onTrace: (entry) => this.#onTrace(entry),
      journalEntriesMax: JOURNAL_ENTRIES_MAX,
    });
  }

  /** A world in which everybody has the start text and is in step. @throws RangeError for options out of range. */
  static async open(options: SandboxOptions, hooks: SandboxHooks = {}): Promise<Sandbox> {
    const sandbox = new Sandbox(options, await loadNodeStrategy(options.strategy), hooks);
    await sandbox.#begin();
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

  /** The line of the node among the lanes of events. */
  get nodeLane(): number {
    return this.options.replicas;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  get losses(): number {
    return this.#world.losses.length;
  }

  /** The same writes, each once, and how many of the characters that people typed the node has kept. */
  get ledger(): { readonly losses: readonly Loss[]; readonly typed: number; readonly kept: number } {
    const { typed, kept } = this.#world.node.replica.stats();
    return { losses: this.#world.losses, typed, kept };
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
      const acted = this.#do(command);
      this.#commands.push({ atMs: this.nowMs, ...command });
      await this.#world.run(0);
      return acted;
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

  /** What is on its way: by replica, up before down, the first to arrive first. */
  messages(): MessageView[] {
    const beganAtMs = this.#beganAtMs ?? 0;
    return this.#wires.messages().map(({ message, replica, direction, frame, enteredAtMs, dueMs, share }) => ({
      message,
      ...this.#endsOf(replica, direction),
      name: peekFrameType(frame) ?? "unknown",
      bytes: frame.length,
      sentAtMs: enteredAtMs - beganAtMs,
      dueMs: dueMs === null ? null : dueMs - beganAtMs,
      share,
    }));
  }

  /** A message on its way, decoded; null where it is not on its way any more. */
  inspect(message: number): InspectedMessage | null {
    const found = this.#wires.messages().find((each) => each.message === message);
    return found === undefined ? null : { message, hex: hexOf(found.frame), lines: linesOf(found.frame) };
  }

  textOf(replica: number): string {
    return this.time.textOf(replica);
  }

  /** What the replica itself says that it holds. */
  replicaText(replica: number): string {
    return this.#member(replica).note.text();
  }

  view(replica: number): ReplicaView {
    const { note, id, wall } = this.#member(replica);
    const { connection, unsaved, pause } = note.session.status();
    const { up, down } = this.#world.board.get(id);
    const text = this.time.textOf(replica);
    return {
      connection,
      unsaved,
      pause,
      isBot: this.#bots[replica]!.isOn,
      up,
      down,
      clockOffsetMs: wall.offsetMs,
      hash: this.#hashOf(replica, text),
      length: text.length,
      carets: this.#caretsOn(replica),
      lock: note.replica.lock?.state() ?? null,
    };
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
    return n === STARTER ? "start" : (REPLICA_NAMES[n - 1] ?? "S1");
  }

  /** What is known of the edits of this run so far. */
  facts(): RunFacts {
    return this.#edits.facts(this.time, (id) => this.#laneOf(id), this.options.replicas + 1);
  }

  /** No timer runs any more. */
  close(): void {
    for (const bot of this.#bots) bot.stop();
    this.#world.close();
  }

  async #begin(): Promise<void> {
    const { startText, replicas, latencyMs, seed } = this.options;
    const world = this.#world;
    if (startText !== "") await this.#write(startText);
    this.#members = Array.from({ length: replicas }, (_, n) => world.join(n + 1));
    for (const [replica, { id, note }] of this.#members.entries()) {
      world.board.set(id, { up: { latencyMs }, down: { latencyMs } });
      note.session.subscribe((change) => {
        if (change.kind === "remote") this.#onRemote(replica, change.splices);
      });
      await note.session.start();
      this.#bots.push(this.#botOf(replica, seed));
      this.#hashes.push({ text: startText, hash: hashText(startText) });
    }
    await world.quiesce();
    await world.run(Math.ceil(world.clock.now()) - world.clock.now());
    this.#beganAtMs = world.clock.now();
  }

  async #write(text: string): Promise<void> {
    const member = this.#world.join(STARTER);
    member.wall.offsetMs = -this.#world.clock.now();
    await member.note.session.start();
    await this.#world.quiesce();
    member.note.edit([{ index: 0, remove: 0, insert: text }], text.length);
    await this.#world.quiesce();
    member.note.releaseLock();
    await this.#world.quiesce();
    this.#world.leave(member);
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

  #do(command: SandboxCommand): Acted {
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
        for (const replica of this.#members.keys()) this.#heal(replica);
        return null;
      case "hold":
        this.#isHeld = command.isHeld;
        this.#wires.setHeld(command.isHeld);
        this.#note(-1, command.isHeld ? "the network is held" : "the network goes on");
        return null;
      case "message":
        if (!this.#wires.touch(command.message, command.act)) throw new RangeError(`Message ${command.message} is not on its way`);
        return null;
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
      case "lock":
        if (command.act === "ask") this.#member(command.by).note.acquireLock();
        else this.#member(command.by).note.releaseLock();
        this.#note(command.by, command.act === "ask" ? "asks for the lock" : "gives the lock up");
        return null;
      default:
        return unreachable(command);
    }
  }

  #edit(by: number, splices: readonly Splice[], caret: number, origin: "person" | "bot"): Acted {
    const { note } = this.#member(by);
    const standing = note.replica.standing?.();
    const edited = note.edit(splices, caret);
    if (!edited.isAccepted) {
      this.#add({ kind: "refused", lane: by, message: -1, from: -1, to: -1, words: edited.reason, bytes: 0 });
      return { refusal: edited.reason };
    }
    const { correction, update } = edited;
    const whole = correction.length === 0 ? splices : composeSplices(splices, correction);
    this.#add({ kind: "edit", lane: by, message: -1, from: -1, to: -1, words: wordsOf(splices), bytes: update.length }, whole);
    const after = note.replica.standing?.();
    if (standing !== undefined && after !== undefined) this.#edits.add(by, this.time.events.length - 1, standing, after, whole);
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

  #onTrace(entry: JournalEntry): void {
    this.#hasher.text(JSON.stringify(entry));
    const { kind, hop, replica } = entry;
    const none = { message: -1, from: -1, to: -1, bytes: 0 };
    if (kind === "saved") this.#add({ ...none, kind, lane: this.nodeLane, words: "saved" });
    else if (kind === "loss") this.#add({ ...none, kind, lane: this.nodeLane, words: "a write is thrown away" });
    else if (kind === "state" && hop === "provider") this.#add({ ...none, kind, lane: this.#laneOf(replica), words: entry.state });
  }

  #add(event: Omit<RunEvent, "n" | "edit" | "atMs">, splices: readonly Splice[] = []): void {
    if (this.#beganAtMs !== null) this.time.add({ ...event, atMs: this.nowMs }, splices);
  }

  #note(lane: number, words: string): void {
    this.#add({ kind: "control", lane, message: -1, from: -1, to: -1, words, bytes: 0 });
  }

  #handOver(replica: number): void {
    this.#bots[this.#checked(replica)]!.stop();
  }

  #heal(replica: number): void {
    const { id, note } = this.#member(replica);
    const { up, down } = this.#world.board.get(id);
    if (up.cut === "open" && down.cut === "open") return;
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

  #endsOf(replica: ReplicaId, direction: Direction): { readonly from: number; readonly to: number } {
    const lane = this.#laneOf(replica);
    return direction === "up" ? { from: lane, to: this.nodeLane } : { from: this.nodeLane, to: lane };
  }

  /** The lane of a replica; -1 for who typed the start text. */
  #laneOf(id: ReplicaId): number {
    const n = replicaNumber(id) - 1;
    return n < this.options.replicas ? n : -1;
  }

  #checked(replica: number): number {
    if (this.#members[replica] === undefined) throw new RangeError(`No replica ${replica}: expected 0 to ${this.#members.length - 1}`);
    return replica;
  }

  #member(replica: number): Member {
    return this.#members[this.#checked(replica)]!;
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

/** A change in words: `+"abc"`, `-3`, `-2 +"x"`. */
function wordsOf(splices: readonly Splice[]): string {
  return splices
    .map(({ remove, insert }) =>
      [remove > 0 ? `-${remove}` : "", insert === "" ? "" : `+${JSON.stringify(shortened(insert))}`].filter(Boolean).join(" "),
    )
    .join(", ");
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
