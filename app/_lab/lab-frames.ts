/** In the worker: what the page has of the present world and what it lacks. Makes the frames that it is sent, and holds the far ends of its editors. */

import type { Sandbox } from "../../crdt/lab/sandbox.ts";
import type { Loss } from "../../crdt/strategy/strategy.ts";
import type { LabFrame, LabLedger, PastView } from "./lab-messages.ts";
import { FarEnd } from "./text-link.ts";

const MESSAGES_MAX = 400;
/** Of each list in one frame: so many are read, and drawn, within a frame of the screen. */
const NEWS_MAX = 4_000;
/** So few editors change in every frame of a world that runs. */
const ALL_TOLD_MAX = 2;

/** What a frame tells beside what the sandbox holds. */
export interface FrameState extends Pick<LabFrame, "world" | "isRunning" | "checkpoints" | "source"> {
  /** The event after which the moment in view is; null: the present is in view. */
  readonly past: number | null;
}

export class LabFrames {
  #ends: FarEnd[] = [];
  #sentWorld = 0;
  #sentEvents = 0;
  #sentAgreements = 0;
  #turn = 0;
  /** World, losses, what of them is back, and events at which the page was told of the ledger. */
  #sentLedger = "";
  /** Losses of this world that were put back, and what then stood in their writer's text. */
  #restored: { readonly loss: string; readonly by: number; readonly words: string }[] = [];

  /** Another world is the present one: its editors are new. */
  enter(replicas: number): void {
    this.#ends = Array.from({ length: replicas }, () => new FarEnd());
    this.#restored = [];
  }

  /** A loss was put back: `words` stand in the text of replica `by` until they are taken out again. */
  restored(loss: string, by: number, words: string): void {
    this.#restored = [...this.#restored.filter((other) => other.loss !== loss), { loss, by, words }];
  }

  /** The far end of a replica's editor; undefined where there is no such replica. */
  endOf(replica: number): FarEnd | undefined {
    return this.#ends[replica];
  }

  /** Whether a list was too long for the last frame, and goes on in the next. */
  isBehind(sandbox: Sandbox): boolean {
    const { events, agreements } = sandbox.time;
    return this.#sentEvents < events.length || this.#sentAgreements < agreements.length;
  }

  /** What is to be sent now, and counts as sent. Cost: linear in what is new, and in what there is to see. */
  next(sandbox: Sandbox, { world, isRunning, past, checkpoints, source }: FrameState): LabFrame {
    const isNew = this.#sentWorld !== world;
    const { events, agreements } = sandbox.time;
    const messages = sandbox.messages();
    const replicas = this.#ends.keys();
    const [fromEvent, fromAgreement] = isNew ? [0, 0] : [this.#sentEvents, this.#sentAgreements];
    // An editor lays its text out anew for each change: at 30 times a second nobody sees the difference.
    const isPaced = isRunning && this.#ends.length > ALL_TOLD_MAX;
    this.#turn++;
    const isTold = this.#ends.map((_, replica) => !isPaced || (replica + this.#turn) % 2 === 0);
    const frame: LabFrame = {
      type: "frame",
      world,
      options: sandbox.options,
      nowMs: sandbox.nowMs,
      isRunning,
      isHeld: sandbox.isHeld,
      hash: sandbox.hash,
      losses: sandbox.losses,
      apart: sandbox.apart,
      replicas: Array.from(replicas, (replica) => sandbox.view(replica)),
      nodes: sandbox.nodes(),
      nodeLinks: sandbox.nodeLinks(),
      messages: messages.slice(0, MESSAGES_MAX),
      hiddenMessages: Math.max(0, messages.length - MESSAGES_MAX),
      events: events.slice(fromEvent, fromEvent + NEWS_MAX),
      agreements: agreements.slice(fromAgreement, fromAgreement + NEWS_MAX),
      texts: null,
      batches: this.#ends.map((end, replica) => (isTold[replica] === true ? end.flush() : null)),
      isTold,
      groups: agreements.at(-1)?.groups ?? [],
      ledger: this.#ledgerOf(sandbox, world, isRunning),
      past: past === null ? null : pastOf(sandbox, past),
      checkpoints,
      source,
    };
    this.#sentWorld = world;
    this.#sentEvents = fromEvent + frame.events.length;
    this.#sentAgreements = fromAgreement + frame.agreements.length;
    if (!isNew) return frame;
    // Whole texts stand for everything that was to be said of them.
    this.#ends = this.#ends.map(() => new FarEnd());
    return { ...frame, texts: this.#ends.map((_, replica) => sandbox.textOf(replica)), batches: this.#ends.map(() => null) };
  }

  #ledgerOf(sandbox: Sandbox, world: number, isRunning: boolean): LabLedger | null {
    // Characters are counted when something is lost or the run stands still: a copy may take long over that.
    const restored = this.#restored.filter(({ by, words }) => sandbox.textOf(by).includes(words)).map(({ loss }) => loss);
    const sent = `${world} ${sandbox.losses} ${sandbox.orphans} ${restored.join()} ${isRunning ? "" : sandbox.time.events.length}`;
    if (sent === this.#sentLedger) return null;
    this.#sentLedger = sent;
    const { losses, typed, kept } = sandbox.ledger;
    return { losses: [...losses], names: namesIn(sandbox, losses), restored, typed, kept };
  }
}

/** The letters of those who wrote what is lost, and of those who won. */
function namesIn(sandbox: Sandbox, losses: readonly Loss[]): Record<string, string> {
  const ids = losses.flatMap(({ author, winningStamp }) => [author, winningStamp.replica]);
  return Object.fromEntries(ids.map((id) => [id, sandbox.nameOf(id)]));
}

function pastOf(sandbox: Sandbox, n: number): PastView {
  const moment = sandbox.momentAt(n);
  const { messages } = moment;
  return { ...moment, messages: messages.slice(0, MESSAGES_MAX), hiddenMessages: Math.max(0, messages.length - MESSAGES_MAX) };
}
