/** The page's end of a run: what the worker last said, for React, and whatever a person does, for the worker. No React in here. */

import { type AnomalyState, AnomalyWatch, type Flag, NOTHING_LOOKED_AT } from "./anomaly-watch.ts";
import type { InspectedMessage } from "../../crdt/sync/inspect-frame.ts";
import type { SandboxCommand, SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import type { ReplicaView } from "../../crdt/lab/sandbox-views.ts";
import type { Agreement, RunEvent } from "../../crdt/lab/time-machine.ts";
import type { EngineName } from "../../crdt/lab/meta-engines.ts";
import type { WhyTarget } from "../../crdt/lab/why.ts";
import type { FromWorker, LabFrame, LabLedger, LabLens, LabWhy, RunForm, ToWorker } from "./lab-messages.ts";
import { FIRST_OPTIONS } from "./lab-messages.ts";
import { type LabSource, type SourceAddress, sourceOf } from "./lab-source.ts";
import type { OrdersView, OrderSteps } from "./orders-messages.ts";
import type { FarBatch, NearEdit } from "./text-link.ts";

/** What an editor of a replica is told. */
export interface TextListener {
  onText(text: string): void;
  /** What it lacks, and where the others are once it has that; null: nothing. */
  onBatch(batch: FarBatch | null, carets: ReplicaView["carets"]): void;
}

/** A run that is over or was kept, to compare another one with. */
export interface EarlierRun {
  readonly options: SandboxOptions;
  readonly events: readonly RunEvent[];
  readonly hash: string;
}

export interface LabState {
  readonly frame: LabFrame | null;
  /** The frame for what takes longer to draw than a frame of the screen lasts: a new one now and then, the last one always. */
  readonly slow: LabFrame | null;
  /** How far the lists had come with it. */
  readonly slowEvents: number;
  readonly slowAgreements: number;
  /** Everything so far, in lists that grow: read them when the frame changes. */
  readonly events: readonly RunEvent[];
  readonly agreements: readonly Agreement[];
  readonly ledger: LabLedger | null;
  /** The run that gave way to this one; null: this is the first. */
  readonly before: EarlierRun | null;
  /** The run as it was when a person chose to keep it. */
  readonly kept: EarlierRun | null;
  readonly speed: number;
  readonly notice: string | null;
  /** How much of a run has been run again; null: nothing is being. */
  readonly progress: number | null;
  readonly inspected: InspectedMessage | null;
  /** The last answers about what is inside of replicas. */
  readonly why: LabWhy | null;
  readonly lens: LabLens | null;
  /** How far the orders of what waits have been tried; null: nobody has asked. */
  readonly orders: OrdersView | null;
  readonly orderSteps: OrderSteps | null;
  /** What is found by itself whenever all has come to rest. */
  readonly anomalies: AnomalyState;
  /** Why there is no worker. */
  readonly failure: string | null;
}

const EMPTY: LabState = {
  frame: null,
  slow: null,
  slowEvents: 0,
  slowAgreements: 0,
  events: [],
  agreements: [],
  ledger: null,
  before: null,
  kept: null,
  speed: 1,
  notice: null,
  progress: null,
  inspected: null,
  why: null,
  lens: null,
  orders: null,
  orderSteps: null,
  anomalies: NOTHING_LOOKED_AT,
  failure: null,
};

/** Between two frames for what is slow to draw. */
const SLOW_MS = 150;

export class LabRun {
  #worker: Worker | null = null;
  readonly #listeners = new Set<() => void>();
  readonly #texts = new Map<number, TextListener>();
  readonly #watch = new AnomalyWatch({
    onState: (anomalies) => this.#set({ anomalies }),
    onLooked: (world, isSame) => this.#post({ type: "looked", world, isSame }),
  });
  #state = EMPTY;
  #events: RunEvent[] = [];
  #agreements: Agreement[] = [];
  #onSaved: ((json: string) => void) | null = null;
  readonly #onAnswer = new Map<RunForm, (text: string | null) => void>();
  /** Where the present run comes from. */
  #source: LabSource | null = null;
  #frameRequest: number | null = null;
  #slowAtMs = -Infinity;
  #slowTimer: ReturnType<typeof setTimeout> | null = null;

  /** Begins, with a world of its own or what the address asks for. Any number of times, with a `close` between. */
  start(address: SourceAddress | null = null, options: SandboxOptions = FIRST_OPTIONS): void {
    this.#worker = new Worker(new URL("./lab-worker.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#take(data);
    this.#worker.onerror = ({ message }) => this.#set({ failure: message === "" ? "its worker could not be loaded" : message });
    if (address === null) this.#post({ type: "open", options });
    else void this.#fetch(address, this.#worker);
  }

  readonly state = (): LabState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Puts an editor under a replica's text; it is told the whole of it with the next new world, and changes from then on. */
  attach(replica: number, listener: TextListener): () => void {
    this.#texts.set(replica, listener);
    return () => void (this.#texts.get(replica) === listener && this.#texts.delete(replica));
  }

  /** A new world. One that comes from a scenario is that scenario under another strategy, where nothing else is another. */
  open(options: SandboxOptions): void {
    const [source, now] = [this.#source, this.#state.frame?.options];
    if (source?.kind === "scenario" && now !== undefined && this.#state.frame?.source != null) {
      const { strategy } = options;
      if (JSON.stringify({ ...now, strategy }) === JSON.stringify(options)) {
        this.#openSource({ ...source, strategy });
        return;
      }
    }
    this.#post({ type: "open", options });
  }

  /** Another type under a scenario's metadata, at its beginning. */
  chooseEngine(engine: EngineName): void {
    if (this.#source?.kind === "scenario") this.#openSource({ ...this.#source, engine });
  }

  /** The scenario with its guard the other way: it is played at once. */
  playOther(id: string): void {
    if (this.#source?.kind !== "scenario") return;
    this.#openSource({ ...this.#source, id });
    this.run(true);
  }

  /** The same from its beginning: the script, where there is one. */
  reset(): void {
    const frame = this.#state.frame;
    if (frame === null) return;
    if (this.#source !== null && frame.source !== null && frame.source.state !== "refused") this.#openSource(this.#source);
    else this.#post({ type: "open", options: frame.options });
  }

  /** The run in that form; null: it is too long for it. */
  ask(what: RunForm): Promise<string | null> {
    return new Promise((resolve) => {
      this.#onAnswer.set(what, resolve);
      this.#post({ type: "ask", what });
    });
  }

  run(isRunning: boolean, speed = this.#state.speed): void {
    this.#set({ speed });
    this.#post({ type: "run", isRunning, speed });
  }

  step(): void {
    this.#post({ type: "step" });
  }

  act(command: Exclude<SandboxCommand, { readonly do: "edit" }>): void {
    this.#set({ notice: null });
    this.#post({ type: "command", command });
  }

  edit(by: number, edit: NearEdit, caret: number): void {
    const world = this.#state.frame?.world;
    if (world !== undefined) this.#post({ type: "edit", world, by, edit, caret });
  }

  /** Says something to whoever is at the page, until something is done. */
  tell(notice: string): void {
    this.#set({ notice });
  }

  seek(n: number | null): void {
    this.#set({ notice: null });
    this.#post({ type: "seek", n });
  }

  /** Words of the ledger, back into their writer's text. */
  restore(loss: string, words: string, index: number): void {
    this.#post({ type: "restore", loss, words, index });
  }

  fork(atMs: number): void {
    this.#post({ type: "fork", atMs });
  }

  /** Gives the moment in view a name. */
  checkpoint(name: string): void {
    this.#post({ type: "checkpoint", name });
  }

  forget(name: string): void {
    this.#post({ type: "forget", name });
  }

  /** Keeps what has happened so far, to compare other runs with. */
  keep(): void {
    this.#set({ kept: this.#earlier() });
  }

  inspect(message: number | null): void {
    if (message === null) this.#set({ inspected: null });
    else this.#post({ type: "inspect", message });
  }

  /** Asks why a character of a replica is where it is; null: nothing is asked any more. */
  askWhy(question: { readonly replica: number; readonly target: WhyTarget } | null): void {
    if (question === null) this.#set({ why: null });
    else this.#post({ type: "why", ...question });
  }

  askLens(replica: number): void {
    this.#post({ type: "lens", replica });
  }

  /** Somebody wants to know more about an anomaly. */
  openFlag(flag: Flag): void {
    this.#watch.open(flag);
  }

  tryOrders(hasDuplicates: boolean): void {
    this.#set({ orderSteps: null });
    this.#post({ type: "orders", hasDuplicates });
  }

  stopOrders(): void {
    this.#post({ type: "orders-stop" });
  }

  /** Asks for the way to one ending, message by message. */
  replayOrder(ending: number): void {
    this.#post({ type: "orders-replay", ending });
  }

  load(json: string): void {
    this.#post({ type: "load", json });
  }

  /** The run as JSON. */
  save(): Promise<string> {
    return new Promise((resolve) => {
      this.#onSaved = resolve;
      this.#post({ type: "save" });
    });
  }

  close(): void {
    if (this.#frameRequest !== null) cancelAnimationFrame(this.#frameRequest);
    if (this.#slowTimer !== null) clearTimeout(this.#slowTimer);
    this.#slowTimer = null;
    this.#worker?.terminate();
    this.#worker = null;
    this.#watch.close();
    this.#set(EMPTY);
  }

  async #fetch(address: SourceAddress, worker: Worker): Promise<void> {
    try {
      const source = await sourceOf(address);
      if (this.#worker === worker) this.#openSource(source);
    } catch (error) {
      const failure = error instanceof RangeError ? error.message : "The server does not answer";
      if (this.#worker === worker) this.#post({ type: "source", source: { failure } });
    }
  }

  #openSource(source: LabSource): void {
    this.#source = source;
    this.#post({ type: "source", source });
  }

  #post(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  #take(message: FromWorker): void {
    switch (message.type) {
      case "frame":
        this.#show(message);
        return;
      case "stretch":
        this.#watch.take(message);
        return;
      case "progress":
        this.#set({ progress: message.share });
        return;
      case "notice":
        this.#set({ notice: message.text });
        return;
      case "failed":
        this.#set({ failure: message.text });
        return;
      case "inspected":
        this.#set({ inspected: message.inspected });
        return;
      case "why":
        this.#set({ why: message.answer });
        return;
      case "lens":
        this.#set({ lens: message.lens });
        return;
      case "orders":
        this.#set({ orders: message.orders });
        return;
      case "order-steps":
        this.#set({ orderSteps: message.steps });
        return;
      case "saved":
        this.#onSaved?.(message.json);
        this.#onSaved = null;
        return;
      case "answer":
        this.#onAnswer.get(message.what)?.(message.text);
        this.#onAnswer.delete(message.what);
        return;
    }
  }

  /** The present run as far as it is known here; null: nothing has happened in it. */
  #earlier(): EarlierRun | null {
    const { frame } = this.#state;
    return frame === null || this.#events.length === 0 ? null : { options: frame.options, hash: frame.hash, events: this.#events.slice() };
  }

  #show(news: LabFrame): void {
    const frame = keeping(news, this.#state.frame);
    const before = frame.texts === null ? this.#state.before : (this.#earlier() ?? this.#state.before);
    if (frame.texts !== null) {
      this.#events = [];
      this.#agreements = [];
      this.#watch.enter(frame.world);
    }
    for (const event of frame.events) this.#events.push(event);
    for (const agreement of frame.agreements) this.#agreements.push(agreement);
    this.#set({
      frame,
      events: this.#events,
      agreements: this.#agreements,
      ...this.#slowed(frame),
      before,
      ledger: frame.ledger ?? (frame.texts === null ? this.#state.ledger : null),
      progress: null,
      ...(frame.texts === null ? {} : { notice: null }),
    });
    for (const [replica, listener] of this.#texts) {
      const text = frame.texts?.[replica];
      const batch = frame.batches[replica];
      if (text !== undefined) listener.onText(text);
      else if (frame.isTold[replica] === true) listener.onBatch(batch ?? null, frame.replicas[replica]?.carets ?? []);
    }
    this.#frameRequest = requestAnimationFrame(() => this.#post({ type: "shown" }));
  }

  /** The frame for what is slow to draw, where it is time for one; else there will be one later. */
  #slowed(frame: LabFrame): Partial<LabState> {
    const before = this.#state.slow;
    const nowMs = performance.now();
    const isOther =
      before === null ||
      before.world !== frame.world ||
      before.isRunning !== frame.isRunning ||
      before.isHeld !== frame.isHeld ||
      (before.past === null) !== (frame.past === null) ||
      before.checkpoints !== frame.checkpoints;
    if (!isOther && nowMs - this.#slowAtMs < SLOW_MS) {
      this.#slowTimer ??= setTimeout(
        () => {
          this.#slowTimer = null;
          if (this.#state.frame !== null) this.#set(this.#slowed(this.#state.frame));
        },
        this.#slowAtMs + SLOW_MS - nowMs,
      );
      return {};
    }
    if (this.#slowTimer !== null) clearTimeout(this.#slowTimer);
    this.#slowTimer = null;
    this.#slowAtMs = nowMs;
    return { slow: frame, slowEvents: this.#events.length, slowAgreements: this.#agreements.length };
  }

  #set(change: Partial<LabState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

/** A frame in which whatever is as it was is the same object as before: who draws it can tell. */
function keeping(frame: LabFrame, before: LabFrame | null): LabFrame {
  if (before?.world !== frame.world) return frame;
  const kept = <T>(now: T, was: T): T => (JSON.stringify(now) === JSON.stringify(was) ? was : now);
  return {
    ...frame,
    options: before.options,
    source: kept(frame.source, before.source),
    groups: kept(frame.groups, before.groups),
    past: kept(frame.past, before.past),
    checkpoints: kept(frame.checkpoints, before.checkpoints),
    replicas: frame.replicas.map((view, replica) => kept(view, before.replicas[replica] ?? view)),
  };
}
