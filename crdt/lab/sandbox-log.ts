/**
 * What has happened in a sandbox, event by event: what every text was then (time-machine.ts), and what else there was to see
 * (world-history.ts). Written as the run goes on, in order.
 */

import { type ReplicaId, replicaNumber } from "../base/ids.ts";
import type { JournalEntry } from "../base/journal.ts";
import type { Splice } from "../base/splice.ts";
import type { SandboxWorld } from "./sandbox-world.ts";
import { type RunEvent, TimeMachine } from "./time-machine.ts";
import type { WireEvent } from "./wire-watch.ts";
import { type Present, WorldHistory } from "./world-history.ts";

/** What an event is that is about no message. */
const NO_MESSAGE = { message: -1, from: -1, to: -1 } as const;

export class SandboxLog {
  readonly time: TimeMachine;
  readonly history: WorldHistory;
  readonly #world: SandboxWorld;
  readonly #present: () => Present;
  /** Somebody is at work, and the world has been noted as it was before. */
  #isNoted = false;

  /** `present`: the world as it is now. */
  constructor(world: SandboxWorld, present: () => Present) {
    const { replicas, startText } = world.options;
    this.#world = world;
    this.#present = present;
    this.time = new TimeMachine(Array.from({ length: replicas }, () => startText));
    this.history = new WorldHistory(replicas, world.stage.nodeIds.length);
  }

  /** Something happened now on a lane. `splices`: what it did to the text there. Cost: as `TimeMachine.add`, and what there is to see. */
  add(event: Omit<RunEvent, "n" | "edit" | "atMs">, splices: readonly Splice[] = []): void {
    // What a message did is seen only after it has arrived: by the time of the next event.
    if (!this.#isNoted) this.noteWorld();
    this.#isNoted = false;
    this.time.add({ ...event, atMs: this.#world.nowMs }, splices);
  }

  /** Something about a text: an edit, of `bytes`, or what reached it from others. */
  text(kind: "edit" | "applied", lane: number, words: string, bytes: number, splices: readonly Splice[]): void {
    this.add({ kind, lane, ...NO_MESSAGE, words, bytes }, splices);
  }

  /** Somebody changed the world; -1: on no lane. */
  control(lane: number, words: string): void {
    this.add({ kind: "control", lane, ...NO_MESSAGE, words, bytes: 0 });
  }

  /** An edit was not taken. */
  refused(lane: number, words: string): void {
    this.add({ kind: "refused", lane, ...NO_MESSAGE, words, bytes: 0 });
  }

  /** A message set out, arrived, or was lost on its way. */
  wire(event: WireEvent, message: number, from: number, to: number, frame: Uint8Array): void {
    const kind = event === "entered" ? "sent" : event;
    const lane = kind === "sent" ? from : kind === "delivered" ? to : -1;
    this.add({ kind, lane, message, from, to, words: this.#world.nodes.frameName(from, to, frame), bytes: frame.length });
  }

  /** An entry of the journal; most are no events. */
  trace(entry: JournalEntry): void {
    const { kind, hop, replica } = entry;
    const none = { ...NO_MESSAGE, bytes: 0 };
    if (kind === "saved") this.add({ ...none, kind, lane: this.#nodeLaneOf(replica), words: "saved" });
    else if (kind === "loss") this.add({ ...none, kind, lane: this.#nodeLaneOf(replica), words: "a write is thrown away" });
    else if (kind === "state" && hop === "provider") this.add({ ...none, kind, lane: this.#world.laneOf(replica), words: entry.state });
  }

  /** Something is about to be done: what it does is seen from its own first event on. */
  beginWork(): void {
    if (this.#isNoted) return;
    this.noteWorld();
    this.#isNoted = true;
  }

  /** It has been done, whether an event came of it or not. */
  endWork(): void {
    this.#isNoted = false;
  }

  /** Keeps the world as it is now, after the last event. Cost: linear in what there is to see. */
  noteWorld(): void {
    this.history.note(this.time.events.length - 1, this.#present());
  }

  #nodeLaneOf(replica: ReplicaId): number {
    return this.#world.nodeLane + this.#world.nodes.placeOf(replicaNumber(replica));
  }
}
