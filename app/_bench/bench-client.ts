/** The page's end of the bench: owns the worker, and keeps what came of it. Ends the worker to cancel, and starts another. */

import type { BenchProgress, BenchRow } from "../../crdt/lab/bench/bench-run.ts";
import type { WorkloadInfo } from "../../crdt/lab/bench/workloads.ts";
import type { FromWorker, Plan, ToWorker } from "./bench-messages.ts";
import { weighPage } from "./memory.ts";

export interface OpenedFile {
  readonly workload: WorkloadInfo;
  readonly steps: number;
}

export interface BenchState {
  /** null until the worker has said what there is. */
  readonly workloads: readonly WorkloadInfo[] | null;
  readonly files: readonly OpenedFile[];
  readonly clockStepMs: number | null;
  readonly run: "none" | "running" | "done" | "cancelled" | "failed";
  readonly progress: BenchProgress | null;
  readonly rows: readonly BenchRow[];
  /** Rows that a running or ended plan wants and that have no figure. */
  readonly waiting: readonly { readonly id: string; readonly count: number; readonly strategy: BenchRow["strategy"] }[];
  /** Keys of what the running plan is to measure. */
  readonly planned: ReadonlySet<string>;
  /** When the latest figures came, in ms since the epoch. */
  readonly measuredAtMs: number | null;
  /** What went wrong, in words. */
  readonly failure: string | null;
  readonly fileProblem: string | null;
}

const EMPTY: BenchState = {
  workloads: null,
  files: [],
  clockStepMs: null,
  run: "none",
  progress: null,
  rows: [],
  waiting: [],
  planned: new Set(),
  measuredAtMs: null,
  failure: null,
  fileProblem: null,
};

/** What a row is found by: a new measurement takes the place of the one before. */
export function rowKey({ id, count, strategy }: { readonly id: string; readonly count: number; readonly strategy: string }): string {
  return `${id} ${count} ${strategy}`;
}

export class BenchClient {
  #worker: Worker | null = null;
  #state = EMPTY;
  readonly #listeners = new Set<() => void>();
  readonly #opened = new Map<string, Uint8Array<ArrayBuffer>>();

  readonly state = (): BenchState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Starts the worker. Any number of times, with a `close` between. */
  start(): void {
    const worker = new Worker(new URL("./bench-worker.ts", import.meta.url), { type: "module" });
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#take(data);
    worker.onerror = ({ message }) => this.#fail(message === "" ? "Its worker could not be loaded." : message);
    for (const [name, bytes] of this.#opened) this.#post({ type: "trace", name, bytes });
  }

  close(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }

  /** Measures what `plan` says; `isRerun`: into the rows that are there, not instead of them. */
  run(plan: Plan, isRerun: boolean): void {
    const wanted = plan.workloads.flatMap(({ id, count }) => plan.engines.map((strategy) => ({ id, count, strategy })));
    const keys = new Set(wanted.map(rowKey));
    const { rows, waiting, run } = this.#state;
    // The worker may be what failed.
    if (run === "failed") {
      this.close();
      this.start();
    }
    this.#set({
      run: "running",
      progress: null,
      failure: null,
      planned: keys,
      rows: isRerun ? rows.filter((row) => !keys.has(rowKey({ ...row, id: row.workload.id }))) : [],
      waiting: isRerun ? [...waiting.filter((each) => !keys.has(rowKey(each))), ...wanted] : wanted,
    });
    this.#post({ type: "run", plan });
  }

  /** What is measured at this moment is lost, what came before it is kept. */
  cancel(): void {
    this.close();
    this.#set({ run: "cancelled", progress: null });
    this.start();
  }

  async open(file: File): Promise<void> {
    this.#set({ fileProblem: null });
    try {
      const name = file.name.replace(/(\.json)?(\.gz)?$/, "");
      const bytes = new Uint8Array(await file.arrayBuffer());
      this.#opened.set(name, bytes);
      this.#post({ type: "trace", name, bytes });
    } catch (error) {
      this.#set({ fileProblem: `${file.name} could not be read: ${error instanceof Error ? error.message : String(error)}` });
    }
  }

  #take(message: FromWorker): void {
    switch (message.type) {
      case "ready":
        this.#set({ workloads: message.workloads, clockStepMs: message.clockStepMs });
        break;
      case "trace": {
        const { workload, steps } = message;
        const others = this.#state.files.filter((file) => file.workload.id !== workload.id);
        this.#set({ files: [...others, { workload, steps }] });
        break;
      }
      case "no-trace":
        this.#opened.delete(message.name);
        this.#set({ fileProblem: `${message.name} is no trace that can be played: ${message.reason}` });
        break;
      case "progress":
        this.#set({ progress: message.progress });
        break;
      case "row": {
        const key = rowKey({ ...message.row, id: message.row.workload.id });
        const waiting = this.#state.waiting.filter((each) => rowKey(each) !== key);
        this.#set({ rows: [...this.#state.rows, message.row], waiting, measuredAtMs: Date.now() });
        break;
      }
      case "weigh":
        void weighPage().then((bytes) => this.#post({ type: "weight", bytes }));
        break;
      case "done":
        this.#set({ run: "done", progress: null });
        break;
      case "failed":
        this.#fail(message.reason);
        break;
    }
  }

  #fail(failure: string): void {
    this.#set({ run: "failed", progress: null, failure });
  }

  #post(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  #set(change: Partial<BenchState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
