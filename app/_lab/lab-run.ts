/** The page's end of a run: what the worker last said, for React, and whatever a person does, for the worker. No React in here. */

import type { InspectedMessage } from "../../crdt/sync/inspect-frame.ts";
import type { SandboxCommand, SandboxOptions } from "../../crdt/lab/sandbox-record.ts";
import type { Agreement, RunEvent } from "../../crdt/lab/time-machine.ts";
import type { FromWorker, LabFrame, ToWorker } from "./lab-messages.ts";
import { FIRST_OPTIONS } from "./lab-messages.ts";
import type { FarBatch, NearEdit } from "./text-link.ts";

/** What an editor of a replica is told. */
export interface TextListener {
  onText(text: string): void;
  onBatch(batch: FarBatch): void;
}

export interface LabState {
  readonly frame: LabFrame | null;
  /** Everything so far, in lists that grow: read them when the frame changes. */
  readonly events: readonly RunEvent[];
  readonly agreements: readonly Agreement[];
  readonly speed: number;
  readonly notice: string | null;
  /** How much of a run has been run again; null: nothing is being. */
  readonly progress: number | null;
  readonly inspected: InspectedMessage | null;
  /** Why there is no worker. */
  readonly failure: string | null;
}

const EMPTY: LabState = {
  frame: null,
  events: [],
  agreements: [],
  speed: 1,
  notice: null,
  progress: null,
  inspected: null,
  failure: null,
};

export class LabRun {
  #worker: Worker | null = null;
  readonly #listeners = new Set<() => void>();
  readonly #texts = new Map<number, TextListener>();
  #state = EMPTY;
  #events: RunEvent[] = [];
  #agreements: Agreement[] = [];
  #onSaved: ((json: string) => void) | null = null;
  #frameRequest: number | null = null;

  /** Begins, with a world of its own. Any number of times, with a `close` between. */
  start(options: SandboxOptions = FIRST_OPTIONS): void {
    this.#worker = new Worker(new URL("./lab-worker.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#take(data);
    this.#worker.onerror = ({ message }) => this.#set({ failure: message === "" ? "its worker could not be loaded" : message });
    this.#post({ type: "open", options });
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

  open(options: SandboxOptions): void {
    this.#post({ type: "open", options });
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

  seek(n: number | null): void {
    this.#post({ type: "seek", n });
  }

  fork(atMs: number): void {
    this.#post({ type: "fork", atMs });
  }

  inspect(message: number | null): void {
    if (message === null) this.#set({ inspected: null });
    else this.#post({ type: "inspect", message });
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
    this.#worker?.terminate();
    this.#worker = null;
    this.#set(EMPTY);
  }

  #post(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  #take(message: FromWorker): void {
    switch (message.type) {
      case "frame":
        this.#show(message);
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
      case "saved":
        this.#onSaved?.(message.json);
        this.#onSaved = null;
        return;
    }
  }

  #show(frame: LabFrame): void {
    if (frame.texts !== null) {
      this.#events = [];
      this.#agreements = [];
    }
    for (const event of frame.events) this.#events.push(event);
    for (const agreement of frame.agreements) this.#agreements.push(agreement);
    this.#set({
      frame,
      events: this.#events,
      agreements: this.#agreements,
      progress: null,
      ...(frame.texts === null ? {} : { notice: null }),
    });
    for (const [replica, listener] of this.#texts) {
      const text = frame.texts?.[replica];
      const batch = frame.batches[replica];
      if (text !== undefined) listener.onText(text);
      else if (batch != null) listener.onBatch(batch);
    }
    this.#frameRequest = requestAnimationFrame(() => this.#post({ type: "shown" }));
  }

  #set(change: Partial<LabState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
