/**
 * Drives a sandbox for a page: time at a speed, commands in turn, frames no faster than the page shows them. Knows no
 * worker: it is given a way to post, a clock and a way to wait. What is in a frame is in lab-frames.ts.
 */

import { type LensQuestion, lensOf } from "../../crdt/lab/lens.ts";
import { recordFromJson, recordToJson } from "../../crdt/lab/sandbox-record.ts";
import { Sandbox, type SandboxHooks } from "../../crdt/lab/sandbox.ts";
import { REPLICA_NAMES } from "../../crdt/lab/script.ts";
import { whyCharacter } from "../../crdt/lab/why.ts";
import { restoredAround } from "../../crdt/sync/restored-around.ts";
import { type Checkpoint, checkpointsIn, withCheckpoint, withCheckpoints } from "./checkpoints.ts";
import { LabFrames } from "./lab-frames.ts";
import { FIRST_OPTIONS, type FromWorker, type ToWorker } from "./lab-messages.ts";
import { isOfReader, type LabScript, scriptOf } from "./lab-script.ts";
import type { SourceView } from "./lab-source.ts";
import { OrdersJob } from "./orders-job.ts";
import { QuietWatch } from "./quiet-watch.ts";
import { formOf } from "./run-forms.ts";
import { ScriptPlayer } from "./script-player.ts";
import { inverseOf } from "./text-link.ts";

/** Between two frames, 60 a second. */
const FRAME_MS = 16;
/** How long the world may run before commands are looked at again. */
const SLICE_MS = 8;
/** Virtual time that goes by at once. */
const PIECE_MS = 10;
/** A world that cannot keep up with its speed is this far behind at most, in real time. */
const LAG_MS_MAX = 100;
type Work = Exclude<ToWorker, { readonly type: "shown" }>;

export interface EngineHost {
  post(message: FromWorker): void;
  /** Real time in ms. */
  now(): number;
  /** Settles after a turn in which messages can come in. */
  turn(): Promise<void>;
}

export class LabEngine {
  readonly #host: EngineHost;
  readonly #queue: Work[] = [];
  readonly #quiet: QuietWatch;
  readonly #frames = new LabFrames();
  #sandbox: Sandbox | null = null;
  #hooks: SandboxHooks = {};
  #world = 0;
  #isRunning = false;
  #speed = 1;
  /** Virtual time that is due and has not gone by. */
  #owedMs = 0;
  #ranAtMs = 0;
  #past: number | null = null;
  #checkpoints: readonly Checkpoint[] = [];
  #source: SourceView | null = null;
  #script: ScriptPlayer | null = null;
  #orders: OrdersJob | null = null;
  #sentAtMs = -Infinity;
  #isShown = true;
  #isStale = false;
  #isPumping = false;

  constructor(host: EngineHost) {
    this.#host = host;
    this.#quiet = new QuietWatch((message) => host.post(message));
  }

  /** Takes a message in; it is acted upon in its turn. */
  receive(message: ToWorker): void {
    if (message.type === "shown") this.#isShown = true;
    else this.#queue.push(message);
    // Whatever is thrown now is a fault of the program: the world cannot be trusted any more.
    this.#pump().catch((error: unknown) => this.#host.post({ type: "failed", text: String(error) }));
  }

  /** Works until there is nothing to do. */
  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      for (;;) {
        for (let message = this.#queue.shift(); message !== undefined; message = this.#queue.shift()) await this.#take(message);
        await this.#run();
        this.#quiet.look();
        this.#tryOrders();
        this.#show();
        const isWaiting = this.#isStale && this.#isShown;
        if (!this.#isRunning && !isWaiting && this.#orders?.isRunning !== true && this.#queue.length === 0) return;
        await this.#host.turn();
      }
    } finally {
      this.#isPumping = false;
    }
  }

  async #take(message: Work): Promise<void> {
    try {
      await this.#do(message);
    } catch (error) {
      if (!isOfReader(error)) throw error;
      this.#host.post({ type: "notice", text: error.message });
    }
    this.#isStale = true;
  }

  async #do(message: Work): Promise<void> {
    const sandbox = this.#sandbox;
    switch (message.type) {
      case "open":
        return await this.#enter((hooks) => Sandbox.open(message.options, hooks));
      case "load": {
        const record = recordFromJson(message.json);
        await this.#enter((hooks) => Sandbox.replay(record, { hooks, onProgress: this.#onProgress }));
        this.#checkpoints = checkpointsIn(message.json, this.#sandbox?.time.events.length ?? 0);
        if (this.#sandbox?.hash !== record.hash)
          this.#host.post({ type: "notice", text: "This run came out otherwise than where it was saved: another version made it" });
        return;
      }
      case "fork": {
        if (sandbox === null) return;
        // What lies in the past of both is there in both.
        const kept = this.#checkpoints.filter(({ atMs }) => atMs <= message.atMs);
        await this.#enter((hooks) => sandbox.fork(message.atMs, hooks, this.#onProgress));
        this.#checkpoints = kept;
        return;
      }
      case "checkpoint": {
        if (sandbox === null) return;
        const n = this.#past ?? sandbox.time.events.length - 1;
        const atMs = this.#past === null ? sandbox.nowMs : (sandbox.time.events[n]?.atMs ?? 0);
        this.#checkpoints = withCheckpoint(this.#checkpoints, { name: message.name, n, atMs });
        return;
      }
      case "forget":
        this.#checkpoints = this.#checkpoints.filter(({ name }) => name !== message.name);
        return;
      case "run":
        this.#isRunning = message.isRunning;
        this.#speed = message.speed;
        this.#ranAtMs = this.#host.now();
        this.#owedMs = 0;
        if (this.#isRunning) this.#past = null;
        return;
      case "step":
        this.#past = null;
        if (this.#script === null) await sandbox?.step();
        else this.#playOn(await this.#script.step());
        return;
      case "command":
        await sandbox?.act(message.command);
        return;
      case "edit":
        if (message.world === this.#world) await this.#edit(message);
        return;
      case "seek":
        this.#past = message.n === null || sandbox === null ? null : Math.max(-1, Math.min(message.n, sandbox.time.events.length - 1));
        if (this.#past !== null) this.#isRunning = false;
        return;
      case "looked":
        this.#quiet.looked(message.world, message.isSame);
        return;
      case "restore":
        return await this.#restore(message);
      case "inspect":
        this.#host.post({ type: "inspected", inspected: sandbox?.inspect(message.message) ?? null });
        return;
      case "save":
        if (sandbox !== null) this.#host.post({ type: "saved", json: withCheckpoints(recordToJson(sandbox.record()), this.#checkpoints) });
        return;
      case "source":
        return await this.#open(message.source);
      case "ask":
        if (sandbox !== null)
          this.#host.post({ type: "answer", what: message.what, text: await formOf(sandbox, message.what, this.#source) });
        return;
      case "why": {
        const { replica, target } = message;
        if (sandbox === null) return;
        const question = { ...questionOf(sandbox, replica), text: sandbox.replicaText(replica) };
        this.#host.post({ type: "why", answer: { world: this.#world, replica, why: whyCharacter(question, target) } });
        return;
      }
      case "lens": {
        const { replica } = message;
        if (sandbox === null) return;
        const view = lensOf(questionOf(sandbox, replica));
        this.#host.post({ type: "lens", lens: { world: this.#world, replica, events: sandbox.time.events.length, view } });
        return;
      }
      case "orders": {
        if (sandbox === null) return;
        const { options, time } = sandbox;
        this.#orders = new OrdersJob(sandbox.heldApart(), { events: time.events, options, hasDuplicates: message.hasDuplicates });
        this.#host.post({ type: "orders", orders: this.#orders.view });
        return;
      }
      case "orders-stop":
        if (this.#orders?.isRunning !== true) return;
        this.#orders.stop();
        this.#host.post({ type: "orders", orders: this.#orders.view });
        return;
      case "orders-replay":
        this.#host.post({ type: "order-steps", steps: this.#orders?.stepsTo(message.ending) ?? null });
        return;
    }
  }

  readonly #onProgress = (share: number): void => this.#host.post({ type: "progress", share });

  /** A run that was made before: at its beginning, or, of a live note, at its end with the past in view. */
  async #open(source: Extract<ToWorker, { type: "source" }>["source"]): Promise<void> {
    let script: LabScript;
    try {
      if ("failure" in source) throw new RangeError(source.failure);
      script = await scriptOf(source, this.#onProgress);
    } catch (error) {
      if (!isOfReader(error)) throw error;
      await this.#enter((hooks) => Sandbox.open(FIRST_OPTIONS, hooks));
      const kind = "kind" in source ? source.kind : "live";
      this.#source = {
        kind,
        title: "This cannot be opened",
        lesson: error.message,
        told: [],
        choice: null,
        state: "refused",
        untilMs: 0,
        hash: "",
      };
      return;
    }
    const { record, view } = script;
    const { untilMs, hash } = record;
    if (view.kind === "live") {
      await this.#enter((hooks) => Sandbox.replay(record, { hooks, onProgress: this.#onProgress }));
      this.#source = { ...view, state: "forked", untilMs, hash };
      this.#past = this.#sandbox!.time.events.length - 1;
      return;
    }
    await this.#enter((hooks) => Sandbox.open(record.options, hooks));
    this.#source = { ...view, state: "ready", untilMs, hash };
    this.#script = new ScriptPlayer(this.#sandbox!, record);
  }

  /** The script has got somewhere: on, or to its end. */
  #playOn(isOver: boolean): void {
    const source = this.#source;
    if (source === null) return;
    this.#source = { ...source, state: isOver ? (this.#sandbox!.hash === source.hash ? "equal" : "differs") : "running" };
    if (!isOver) return;
    this.#script = null;
    this.#isRunning = false;
  }

  /** Changes over to another world. */
  async #enter(open: (hooks: SandboxHooks) => Promise<Sandbox>): Promise<void> {
    const watch = this.#quiet.hooks();
    const hooks: SandboxHooks = {
      ...watch.hooks,
      onText: (replica, splices, origin) => {
        watch.hooks.onText(replica, splices, origin);
        // What a person does is in their editor already; what a script does is not.
        if (this.#hooks === hooks && (origin !== "person" || this.#script?.isActing === true)) this.#frames.endOf(replica)!.change(splices);
      },
    };
    const sandbox = await open(hooks);
    this.#sandbox?.close();
    this.#sandbox = sandbox;
    this.#hooks = hooks;
    this.#frames.enter(sandbox.options.replicas);
    this.#quiet.enter(++this.#world, sandbox.options.strategy, watch.stretches());
    this.#source = null;
    this.#checkpoints = [];
    this.#script = null;
    this.#past = null;
    this.#isRunning = false;
    this.#owedMs = 0;
  }

  async #edit({ by, edit, caret }: Extract<ToWorker, { type: "edit" }>): Promise<void> {
    const [sandbox, end] = [this.#sandbox!, this.#frames.endOf(by)!];
    const text = sandbox.textOf(by);
    const splices = end.receive(edit);
    if (splices.length === 0) return;
    const acted = await sandbox.act({ do: "edit", by, splices, caret: Math.max(0, caret) });
    if (acted === null) return;
    end.change(inverseOf(splices, text));
    this.#host.post({ type: "notice", text: acted.refusal });
  }

  async #run(): Promise<void> {
    const sandbox = this.#sandbox;
    if (!this.#isRunning || sandbox === null) return;
    const nowMs = this.#host.now();
    this.#owedMs = Math.min(this.#owedMs + (nowMs - this.#ranAtMs) * this.#speed, LAG_MS_MAX * this.#speed);
    this.#ranAtMs = nowMs;
    while (this.#owedMs >= 1 && this.#host.now() - nowMs < SLICE_MS) {
      const fromMs = sandbox.nowMs;
      const pieceMs = Math.min(PIECE_MS, Math.floor(this.#owedMs));
      const isScripted = this.#script !== null;
      if (this.#script === null) await sandbox.advance(pieceMs);
      else this.#playOn(await this.#script.advance(pieceMs));
      this.#owedMs -= sandbox.nowMs - fromMs;
      this.#isStale = true;
      if (isScripted && this.#script === null) return;
    }
  }

  /** A stretch of the orders that somebody asked for. */
  #tryOrders(): void {
    if (this.#orders?.isRunning !== true) return;
    const untilMs = this.#host.now() + SLICE_MS;
    while (this.#orders.isRunning && this.#host.now() < untilMs) this.#orders.step();
    this.#host.post({ type: "orders", orders: this.#orders.view });
  }

  #show(): void {
    const sandbox = this.#sandbox;
    if (sandbox === null || !this.#isStale || !this.#isShown || this.#host.now() - this.#sentAtMs < FRAME_MS) return;
    const state = {
      world: this.#world,
      isRunning: this.#isRunning,
      past: this.#past,
      checkpoints: this.#checkpoints,
      source: this.#source,
    };
    this.#host.post(this.#frames.next(sandbox, state));
    this.#isShown = false;
    // A list that was too long for one frame goes on in the next.
    this.#isStale = this.#frames.isBehind(sandbox);
    this.#sentAtMs = this.#host.now();
  }

  /** Words of the ledger as a new edit of whoever had written them. */
  async #restore({ loss, words, index }: Extract<ToWorker, { type: "restore" }>): Promise<void> {
    const sandbox = this.#sandbox;
    const found = sandbox?.ledger.losses.find(({ id }) => id === loss);
    const by = found === undefined ? -1 : REPLICA_NAMES.findIndex((name) => name === sandbox!.nameOf(found.author));
    const end = this.#frames.endOf(by);
    if (sandbox === null || end === undefined) throw new RangeError("Whoever wrote that is not in this run");
    this.#past = null;
    const text = sandbox.textOf(by);
    const at = Math.min(index, text.length);
    const splices = found?.around === undefined ? [{ index: at, remove: 0, insert: words }] : restoredAround(text, found);
    const acted = await sandbox.act({ do: "edit", by, splices, caret: at + words.length });
    if (acted === null) {
      end.change(splices);
      const { before = "", after = "" } = found?.around ?? {};
      this.#frames.restored(loss, by, before + words + after);
    } else this.#host.post({ type: "notice", text: acted.refusal });
  }
}

function questionOf(sandbox: Sandbox, replica: number): LensQuestion {
  return { inspection: sandbox.inspectReplica(replica), facts: sandbox.facts(), nameOf: (id) => sandbox.nameOf(id) };
}
