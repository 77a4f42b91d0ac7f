/**
 * One side-by-side run: two notes, two bots in each, the same keys in both at the same moments, one cut for both. Goes on by itself
 * within a phase; the cut and the heal are the reader's. No React in here.
 */

import { mintNoteId, mintReplicaId, type NoteId } from "../../crdt/base/ids.ts";
import type { CutKind } from "../../crdt/network/partitions.ts";
import type { Strategy } from "../../crdt/strategy/strategy.ts";
import type { NodesAnswer } from "../../crdt/sync/control-messages.ts";
import type { Tab } from "../_client/tab.ts";
import { Bot } from "./bot.ts";
import { APART, type AtHeal, BOT_NAMES, type BotIndex, cutState, keyPausesMs, type Sides, sidesOf, TOGETHER } from "./pair-plan.ts";

/** `opening`: bots connect. `together`: they type in turn. `whole`: done with that. `apart`: they type while they are cut. */
export type Phase = "opening" | "together" | "whole" | "cutting" | "apart" | "healing" | "done" | "failed";

export interface Trial {
  readonly strategy: Strategy;
  readonly noteId: NoteId;
  readonly bots: readonly [Bot, Bot];
}

export interface RunState {
  readonly phase: Phase;
  /** Whether keys are still being pressed. */
  readonly isTyping: boolean;
  readonly sides: Sides | null;
  /** Of each trial: the bots in the moment of the heal; empty before it. */
  readonly atHeal: readonly (readonly AtHeal[])[];
  /** Of each trial: from the heal until both copies were one text and all was saved; null: not yet. */
  readonly agreedAfterMs: readonly (number | null)[];
  readonly failure: string | null;
}

export interface PairRunOptions {
  readonly tab: Tab;
  /** The available one first. */
  readonly strategies: readonly [Strategy, Strategy];
  /** Where the bots sit. */
  readonly homes: readonly [string, string];
  /** Whether both ends of a link notice at once that it is cut, or only when nothing was heard for a while. */
  readonly cutKind: CutKind;
  readonly titleOf: (strategy: Strategy) => string;
}

export class PairRun {
  readonly trials: readonly [Trial, Trial];
  readonly #homes: readonly [string, string];
  readonly #cutKind: CutKind;
  readonly #listeners = new Set<() => void>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #healedAtMs: number | null = null;
  /** Keys taken before the cut, by trial and bot. */
  #takenBefore: readonly (readonly number[])[] = [];
  #state: RunState = { phase: "opening", isTyping: false, sides: null, atHeal: [], agreedAfterMs: [null, null], failure: null };

  /** Lists the two notes and connects the bots. */
  constructor({ tab, strategies, homes, cutKind, titleOf }: PairRunOptions) {
    this.#homes = homes;
    this.#cutKind = cutKind;
    const trialOf = (strategy: Strategy): Trial => {
      const noteId = mintNoteId(tab.prng);
      tab.change((catalog) => catalog.addNote({ noteId, title: titleOf(strategy), strategy: strategy.name }));
      const botOf = (n: BotIndex): Bot =>
        new Bot({
          name: BOT_NAMES[n],
          noteId,
          replicaId: mintReplicaId(tab.prng),
          node: homes[n],
          strategy,
          prng: tab.prng.stream(`bot ${n} of ${noteId}`),
        });
      return { strategy, noteId, bots: [botOf(0), botOf(1)] };
    };
    this.trials = [trialOf(strategies[0]), trialOf(strategies[1])];
    for (const bot of this.#bots) {
      bot.subscribe(() => this.#look());
      void bot.start().catch((error: unknown) => this.#fail(error instanceof Error ? error.message : String(error)));
    }
  }

  /** The same object until something changes. */
  state = (): RunState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Cuts every link between the two sides. Does nothing but in phase `whole`. */
  cut(): void {
    const fabric = this.#fabric;
    if (this.#state.phase !== "whole" || fabric === null) return;
    const leader = fabric.nodes.map(({ note }) => note?.order?.leader).find((id) => id != null) ?? null;
    const sides = sidesOf(
      fabric.nodes.map(({ id }) => id),
      this.#homes,
      leader,
    );
    this.#set({ phase: "cutting", sides });
    this.#commander.send({ type: "cut", links: sides.links, kind: this.#cutKind });
  }

  /** Heals what it has cut, and nothing else. */
  heal(): void {
    const { phase, sides } = this.#state;
    if (sides === null || (phase !== "apart" && phase !== "cutting")) return;
    // Before the mend: what comes of it is quick.
    this.#set({ atHeal: this.#readAtHeal() });
    this.#commander.send({ type: "mend", links: sides.links });
  }

  /** Ends it, and leaves nothing cut that it has cut. */
  close(): void {
    const { phase, sides } = this.#state;
    if (sides !== null && (phase === "apart" || phase === "cutting")) this.#commander.send({ type: "mend", links: sides.links });
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const bot of this.#bots) bot.close();
    this.#listeners.clear();
  }

  get #bots(): Bot[] {
    return this.trials.flatMap(({ bots }) => [...bots]);
  }

  get #commander(): Bot["control"] {
    return this.trials[1].bots[0].control;
  }

  /** As the ordered note's watchers are told: it names who leads. */
  get #fabric(): NodesAnswer | null {
    return this.#commander.state().fabric;
  }

  #look(): void {
    const { phase, isTyping, sides } = this.#state;
    const bots = this.#bots;
    const refused = bots.find(({ note }) => note.session.status().connection === "refused");
    if (refused !== undefined && phase !== "failed") return this.#fail(refused.note.session.status().refusal ?? "The server refuses a bot");
    const { error, mayBreak, isConnected } = this.#commander.state();
    if (isConnected && !mayBreak) return this.#fail("Links cannot be cut from here: faults are off, or are the server's owner's to set");
    if (error !== null && phase === "cutting") return this.#fail(error);
    const cut = sides === null || this.#fabric === null ? null : cutState(this.#fabric, sides.links);
    switch (phase) {
      case "opening":
        if (this.#fabric !== null && bots.every(({ note }) => note.session.status().connection === "synced")) this.#typeTogether();
        break;
      case "together":
        if (!isTyping && this.trials.every(isSettled)) this.#set({ phase: "whole" });
        break;
      case "cutting":
        if (cut === "cut") this.#typeApart();
        break;
      case "apart":
        // By whomever.
        if (cut === "whole") {
          this.#healedAtMs = Date.now();
          this.#set({ phase: "healing", atHeal: this.#state.atHeal.length > 0 ? this.#state.atHeal : this.#readAtHeal() });
          this.#look();
        }
        break;
      case "healing": {
        const before = this.#state.agreedAfterMs;
        const afterMs = Date.now() - (this.#healedAtMs ?? Date.now());
        const agreedAfterMs = this.trials.map((trial, t) => before[t] ?? (!isTyping && isSettled(trial) ? afterMs : null));
        if (agreedAfterMs.some((ms, t) => ms !== before[t])) this.#set({ agreedAfterMs });
        if (agreedAfterMs.every((ms) => ms !== null)) this.#set({ phase: "done" });
        break;
      }
      default:
    }
    for (const listener of this.#listeners) listener();
  }

  #readAtHeal(): AtHeal[][] {
    return this.trials.map(({ bots }, t) => bots.map((bot, n) => atHealOf(bot, this.#takenBefore[t]?.[n] ?? 0)));
  }

  #typeTogether(): void {
    this.#set({ phase: "together", isTyping: true });
    this.#press(0, TOGETHER[0], () => {
      // The second one waits until it has read the first.
      const wait = (): void => {
        if (!this.trials.every(isSettled)) return this.#later(40, wait);
        this.#press(1, TOGETHER[1], () => this.#typed());
      };
      wait();
    });
  }

  #typeApart(): void {
    this.#takenBefore = this.trials.map(({ bots }) => bots.map((bot) => bot.state().taken));
    this.#set({ phase: "apart", isTyping: true });
    let left = 2;
    const done = (): void => {
      if (--left === 0) this.#typed();
    };
    this.#press(0, APART[0], done);
    this.#press(1, APART[1], done);
  }

  #typed(): void {
    this.#set({ isTyping: false });
    this.#look();
  }

  /** Bot `n` of both notes presses the same keys at the same moments. */
  #press(n: BotIndex, words: string, onDone: () => void): void {
    const pausesMs = keyPausesMs(words);
    const keys = Array.from(words);
    const bots = this.trials.map(({ bots: own }) => own[n]);
    for (const bot of bots) bot.goToEnd();
    const next = (at: number): void => {
      const key = keys[at];
      if (key === undefined) {
        for (const bot of bots) bot.rest();
        return onDone();
      }
      for (const bot of bots) bot.press(key);
      this.#later(pausesMs[at] ?? 0, () => next(at + 1));
    };
    next(0);
  }

  #later(ms: number, task: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      task();
    }, ms);
    this.#timers.add(timer);
  }

  #fail(failure: string): void {
    this.#set({ phase: "failed", failure });
  }

  #set(patch: Partial<RunState>): void {
    this.#state = { ...this.#state, ...patch };
    for (const listener of this.#listeners) listener();
  }
}

/** Whether both copies are one text, and everything that was pressed is taken and saved. */
function isSettled({ bots }: Trial): boolean {
  const [first, second] = bots.map((bot) => bot.state());
  return first!.text === second!.text && [first!, second!].every(({ status, waiting }) => status.unsaved === 0 && waiting === 0);
}

function atHealOf({ name, state }: Bot, before: number): AtHeal {
  const { taken, waiting, status, refusal } = state();
  return { name, taken: taken - before, waiting, unsaved: status.unsaved, reason: status.pause ?? (waiting > 0 ? refusal : null) };
}
