/**
 * On the page: has every stretch of the run that comes to rest looked at in a worker of its own, and keeps what was found. No React.
 * Which other strategies avoid it is found out when somebody opens a flag.
 */

import type { CompareAnswer, CompareRequest } from "../_compare/compare-messages.ts";
import type { Anomaly } from "../../crdt/lab/anomaly.ts";
import type { Column } from "../../crdt/lab/compare.ts";
import type { Script } from "../../crdt/lab/script.ts";
import type { Stretch } from "../../crdt/lab/stretches.ts";
import { STRATEGY_NAMES } from "../../crdt/strategy/registry.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import type { LabStretch } from "./lab-messages.ts";

/** An anomaly of this run. */
export interface Flag {
  readonly key: number;
  readonly anomaly: Anomaly;
  /** When the last of its intents was there, in virtual time. */
  readonly atMs: number;
  /** Where its stretch begins. */
  readonly fromMs: number;
  readonly strategy: StrategyName;
  /** The stretch as a script, which the steps of its intents count. */
  readonly script: Script;
}

export interface AnomalyState {
  /** In order of time. */
  readonly flags: readonly Flag[];
  /** How far the run has been looked at; null: not at all. */
  readonly lookedMs: number | null;
  readonly isLooking: boolean;
  /** Stretches that were too long, or that came out otherwise when they were played again. */
  readonly unlooked: number;
  /** By script: what other strategies made of it, as far as that is known. */
  readonly columns: ReadonlyMap<Script, readonly Column[]>;
}

export const NOTHING_LOOKED_AT: AnomalyState = { flags: [], lookedMs: null, isLooking: false, unlooked: 0, columns: new Map() };

/** More are told as a number. */
const FLAGS_MAX = 200;

interface Watched {
  /** Something is known that was not. */
  onState(state: AnomalyState): void;
  /** The stretch that was taken last has been looked at, and the same came out of it or not. */
  onLooked(world: number, isSame: boolean): void;
}

export class AnomalyWatch {
  readonly #watched: Watched;
  #world = 0;
  #state = NOTHING_LOOKED_AT;
  #checker: Worker | null = null;
  readonly #others = new Map<Script, Worker>();
  #keys = 0;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  /** What was found in another world counts for nothing. */
  enter(world: number): void {
    if (world === this.#world) return;
    this.#world = world;
    this.close();
    this.#set(NOTHING_LOOKED_AT);
  }

  /** Looks at a stretch of a world. */
  take({ world, strategy, stretch }: LabStretch): void {
    this.enter(world);
    if (stretch === null) {
      this.#set({ unlooked: this.#state.unlooked + 1 });
      this.#watched.onLooked(world, true);
      return;
    }
    this.#set({ isLooking: true });
    const done = (isSame: boolean): void => {
      this.#set({ isLooking: false, ...(isSame || !stretch.isWhole ? {} : { unlooked: this.#state.unlooked + 1 }) });
      this.#watched.onLooked(world, isSame);
    };
    this.#checker ??= newWorker();
    this.#checker.onmessage = ({ data }: MessageEvent<CompareAnswer>) => {
      const column = data.kind === "column" ? data.column : null;
      const isSame =
        column !== null && stretch.texts.every((text, replica) => column.texts[stretch.script.replicas[replica]!.name] === text);
      if (column !== null && isSame) this.#found(stretch, column);
      done(isSame);
    };
    this.#checker.onerror = () => done(false);
    post(this.#checker, { kind: "load", script: stretch.script, reference: strategy });
    post(this.#checker, { kind: "column", strategy });
  }

  /** Finds out, once, what all strategies make of a flag's stretch. */
  open({ script, strategy }: Flag): void {
    if (this.#others.has(script)) return;
    const worker = newWorker();
    this.#others.set(script, worker);
    const waiting = STRATEGY_NAMES.filter((name) => name !== strategy);
    const next = (): void => {
      const name = waiting.shift();
      if (name === undefined) worker.terminate();
      else post(worker, { kind: "column", strategy: name });
    };
    worker.onmessage = ({ data }: MessageEvent<CompareAnswer>) => {
      if (data.kind === "column")
        this.#set({ columns: new Map(this.#state.columns).set(script, [...(this.#state.columns.get(script) ?? []), data.column]) });
      next();
    };
    worker.onerror = () => worker.terminate();
    post(worker, { kind: "load", script, reference: strategy });
    next();
  }

  /** No worker is left. */
  close(): void {
    this.#checker?.terminate();
    this.#checker = null;
    for (const worker of this.#others.values()) worker.terminate();
    this.#others.clear();
  }

  /** A longer stretch from the same moment, or all of the run, stands in place of what was found in a part of it. */
  #found({ fromMs, untilMs, isWhole, script }: Stretch, { anomalies, strategy }: Column): void {
    const kept = this.#state.flags.filter((flag) => !isWhole && flag.fromMs !== fromMs);
    const found = anomalies.map((anomaly): Flag => {
      const last = Math.max(...anomaly.intents.map(({ steps }) => steps[1]));
      return { key: ++this.#keys, anomaly, atMs: fromMs + (script.actions[last]?.atMs ?? 0), fromMs, strategy, script };
    });
    const flags = [...kept, ...found].sort((a, b) => a.atMs - b.atMs).slice(-FLAGS_MAX);
    this.#set({ flags, lookedMs: Math.max(untilMs, this.#state.lookedMs ?? 0) });
  }

  #set(change: Partial<AnomalyState>): void {
    this.#state = { ...this.#state, ...change };
    this.#watched.onState(this.#state);
  }
}

function newWorker(): Worker {
  return new Worker(new URL("../_compare/compare-worker.ts", import.meta.url), { type: "module" });
}

function post(worker: Worker, request: CompareRequest): void {
  worker.postMessage(request);
}
