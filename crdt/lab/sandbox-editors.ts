/**
 * The replicas' editors in a sandbox: what people, bots and steps of scenarios write into them, what comes in from others, and where the
 * carets are. Knows of each edit which ids it took, and what waits that was written apart.
 */

import { fromBase64, toBase64 } from "../base/bytes.ts";
import { replicaIdFrom } from "../base/ids.ts";
import { createPrng } from "../base/prng.ts";
import { composeSplices, type Splice } from "../base/splice.ts";
import { ApartWatch } from "./apart-watch.ts";
import { EditIndex } from "./edit-index.ts";
import type { Held } from "./held-updates.ts";
import type { RunFacts } from "./run-facts.ts";
import type { SandboxLog } from "./sandbox-log.ts";
import type { CaretView } from "./sandbox-views.ts";
import { nameAt, type SandboxWorld } from "./sandbox-world.ts";
import { replacement, wordsOf } from "./splice-words.ts";
import type { EditKind } from "./stagehand.ts";
import { TypingBot } from "./typing-bot.ts";

/** Where a change of a text came from. A person's own edits are in their editor already. */
export type TextOrigin = "person" | "correction" | "bot" | "remote" | "step";

/** What an edit came to; null: it was taken as it is. */
export type Acted = { readonly refusal: string } | null;

/** Told of every change of a replica's text. */
export type OnText = (replica: number, splices: readonly Splice[], origin: TextOrigin) => void;

export class SandboxEditors {
  readonly #world: SandboxWorld;
  readonly #log: SandboxLog;
  readonly #onText: OnText;
  readonly #bots: readonly TypingBot[];
  readonly #edits = new EditIndex();
  readonly #apart = new ApartWatch();

  constructor(world: SandboxWorld, log: SandboxLog, onText: OnText) {
    this.#world = world;
    this.#log = log;
    this.#onText = onText;
    this.#bots = Array.from({ length: world.options.replicas }, (_, replica) => this.#botOf(replica));
  }

  /** How many messages wait that were written while the network was held, or their writer cut off. */
  get apart(): number {
    return this.#apart.count;
  }

  isBot(replica: number): boolean {
    return this.#bots[this.#world.checked(replica)]!.isOn;
  }

  /** Turns the bot of a replica on, at the end of its text, or off. @throws RangeError where there is no such replica. */
  setBot(replica: number, isOn: boolean): void {
    const bot = this.#bots[this.#world.checked(replica)]!;
    if (isOn) bot.start(this.#log.time.textOf(replica).length);
    else bot.stop();
  }

  /** Puts splices into the text of `by`, in its own view, with the caret as it is afterwards. @throws RangeError where they do not fit. */
  edit(by: number, splices: readonly Splice[], caret: number, origin: "person" | "bot" | "step", kind: EditKind = "new"): Acted {
    const { note, wall } = this.#world.member(by);
    const { time } = this.#log;
    const before = time.textOf(by);
    const standing = note.replica.standing?.();
    this.#log.beginWork();
    const edited = note.edit(splices, caret);
    if (!edited.isAccepted) {
      this.#log.refused(by, edited.reason);
      return { refusal: edited.reason };
    }
    const { correction, update } = edited;
    this.#apart.edited(nameAt(by), splices, update, wall.now(), time.events.length);
    const whole = correction.length === 0 ? splices : composeSplices(splices, correction);
    this.#log.text("edit", by, wordsOf(splices), update.length, whole);
    const after = note.replica.standing?.();
    if (standing !== undefined && after !== undefined) this.#edits.add(by, time.events.length - 1, standing, after, whole);
    this.#world.hand.edited(nameAt(by), splices, before, correction, kind);
    this.#onText(by, splices, origin);
    if (correction.length > 0) {
      this.#bots[by]!.onRemote(correction);
      this.#onText(by, correction, "correction");
    }
    return null;
  }

  /** Work of others has reached the text of a replica. */
  remote(replica: number, splices: readonly Splice[]): void {
    this.#log.text("applied", replica, wordsOf(splices), 0, splices);
    if (splices.length === 0) return;
    this.#bots[replica]!.onRemote(splices);
    this.#onText(replica, splices, "remote");
  }

  /** The replica shows another text than before, all at once. */
  reset(replica: number): void {
    const splice = replacement(this.#log.time.textOf(replica), this.#world.member(replica).note.text());
    if (splice === null) return;
    this.#log.text("applied", replica, wordsOf([splice]), 0, [splice]);
    this.#bots[replica]!.onRemote([splice]);
    this.#onText(replica, [splice], "step");
  }

  /** Tells the others where the caret of a replica is: from `anchor` to `head`, in its own text. */
  showCaret(replica: number, anchor: number, head: number): void {
    const { note } = this.#world.member(replica);
    const at = (index: number): string => toBase64(note.replica.anchor(Math.min(index, note.replica.length), 1));
    note.session.setPresence({ user: { name: nameAt(replica) }, colour: replica, caret: { anchor: at(anchor), head: at(head) } });
  }

  /** The carets of the others, as far as a replica has heard of them, in its own text. */
  caretsOn(replica: number): CaretView[] {
    const { note } = this.#world.member(replica);
    return [...note.session.presence.states()].flatMap(([id, state]) => {
      const other = this.#world.laneOf(replicaIdFrom(id));
      const { caret } = Object(state) as { caret?: { anchor: string; head: string } };
      if (other < 0 || other === replica || caret === undefined) return [];
      const at = (anchor: string): number => note.replica.resolve(fromBase64(anchor));
      return [{ replica: other, anchor: at(caret.anchor), head: at(caret.head) }];
    });
  }

  /** Sees who is apart now: messages are kept from the node where all are held, or where their writer cannot send. */
  lookApart(): void {
    const { stage, hand, isHeld } = this.#world;
    const step = this.#log.time.events.length - 1;
    for (const [name, member] of hand.members) {
      const isApart = isHeld || stage.board.get(member.id).up.cut !== "open";
      this.#apart.set(name, isApart, member, stage.node, step);
    }
  }

  /** What was written apart and waits, as it is now: `tryOrders` takes it. */
  heldApart(): Held {
    const { strategy, stage } = this.#world;
    return this.#apart.held(strategy, stage.clock.now(), stage.node);
  }

  /** What is known of the edits of this run so far. */
  facts(): RunFacts {
    const { nodeLane, stage } = this.#world;
    return this.#edits.facts(this.#log.time, (id) => this.#world.laneOf(id), nodeLane + stage.nodeIds.length);
  }

  /** No bot types any more. */
  close(): void {
    for (const bot of this.#bots) bot.stop();
  }

  #botOf(replica: number): TypingBot {
    const { stage, options } = this.#world;
    return new TypingBot({
      clock: stage.clock,
      prng: createPrng(options.seed).stream(`bot ${replica}`),
      text: () => this.#log.time.textOf(replica),
      edit: (splice, caret) => this.edit(replica, [splice], caret, "bot") === null,
      move: (caret) => this.showCaret(replica, caret, caret),
      onRefused: () => this.#world.member(replica).note.acquireLock(),
      onPause: () => this.#world.member(replica).note.releaseLock(),
    });
  }
}
