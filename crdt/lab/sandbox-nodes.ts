/** The nodes of a sandbox, one or several: on which lane each is, what it shows of itself, and what is said between them. */

import type { ReplicaId } from "../base/ids.ts";
import { hashText } from "../base/hash.ts";
import { nodeFrameLines, nodeFrameName } from "../cluster/node-frame-words.ts";
import { directionOf, type NodeId, pairOf } from "../network/node-pair.ts";
import type { Replica } from "../strategy/strategy.ts";
import { peekFrameType } from "../sync/frames.ts";
import { linesOf } from "../sync/inspect-frame.ts";
import { FabricWorld } from "./fabric-world.ts";
import type { Fields } from "./played.ts";
import type { NodeFacts, NodeLinkView, NodeView } from "./sandbox-views.ts";
import type { Stage } from "./stage.ts";

/** How much of what a node holds is shown. */
const TEXT_SHOWN = 400;

export class SandboxNodes {
  readonly #stage: Stage;
  /** The lane of the first; others follow. */
  readonly #firstLane: number;
  /** What each held when it was last looked at, and when something was done to it since. */
  readonly #held: { copy: Replica | null; text: string | null; touchedAtMs: number | null }[];

  constructor(stage: Stage, firstLane: number) {
    this.#stage = stage;
    this.#firstLane = firstLane;
    this.#held = stage.nodeIds.map(() => ({ copy: null, text: null, touchedAtMs: null }));
  }

  laneOf(node: NodeId): number {
    return this.#firstLane + this.#stage.nodeIds.indexOf(node);
  }

  /** Which node, from 0, has this number in the journal; of one node alone, that one whatever the number. */
  placeOf(n: number): number {
    const stage = this.#stage;
    return stage instanceof FabricWorld ? Math.max(0, stage.cluster.numberOf(n)) : 0;
  }

  /** The node that a replica is on, from 0. */
  homeOf(id: ReplicaId): number {
    const stage = this.#stage;
    if (!(stage instanceof FabricWorld)) return 0;
    const home = stage.cluster.partitions.homeOf(id);
    return Math.max(
      0,
      stage.nodeIds.findIndex((node) => node === home),
    );
  }

  /** What a frame between two lanes is called. */
  frameName(from: number, to: number, frame: Uint8Array): string {
    return this.#isBetween(from, to) ? nodeFrameName(frame) : (peekFrameType(frame) ?? "unknown");
  }

  /** What is in it, a line for each thing. */
  frameLines(from: number, to: number, frame: Uint8Array): readonly string[] {
    return this.#isBetween(from, to) ? nodeFrameLines(frame) : linesOf(frame);
  }

  /** Something is about to change, or has just changed, in what a node holds. */
  touched(n: number): void {
    const held = this.#held[this.placeOf(n)];
    if (held !== undefined) held.touchedAtMs = this.#stage.clock.now();
  }

  /** What there is to see of them, S1 first. `fields`: what the first one has of the metadata. */
  facts(fields: Fields | null): NodeFacts[] {
    const stage = this.#stage;
    return stage.nodeIds.map((id, n) => ({
      state: stage.stateOf(id),
      isLeader: stage.leads(id),
      reaches: stage.reachOf(id).map((other) => stage.nodeIds.indexOf(other)),
      order: stage.orderOf(id),
      fields: n === 0 ? fields : null,
    }));
  }

  /** What they hold. Cost: linear in the texts of those that have been touched since, or hold another copy. */
  texts(): (string | null)[] {
    const nowMs = this.#stage.clock.now();
    return this.#stage.nodeIds.map((id, n) => {
      const held = this.#held[n]!;
      const copy = this.#stage.copyOf(id);
      if (copy === null) held.text = null;
      else if (copy !== held.copy || held.touchedAtMs !== null) held.text = copy.text();
      held.copy = copy;
      // Whatever is at work on it at this moment may not have come to its end.
      if (held.touchedAtMs !== null && held.touchedAtMs < nowMs) held.touchedAtMs = null;
      return held.text;
    });
  }

  views(fields: Fields | null): NodeView[] {
    const texts = this.texts();
    return this.facts(fields).map((facts, n) => nodeView(facts, texts[n] ?? null));
  }

  /** The links between them, each direction for itself. */
  links(): NodeLinkView[] {
    const stage = this.#stage;
    if (!(stage instanceof FabricWorld)) return [];
    const { nodeLinks } = stage.cluster;
    return stage.nodeIds.flatMap((a, from) =>
      stage.nodeIds.flatMap((b, to) => {
        if (from === to) return [];
        const { cut, latencyMs } = nodeLinks.get(pairOf(a, b))[directionOf(a, b)];
        return [{ from, to, isCut: cut !== "open", latencyMs }];
      }),
    );
  }

  /** Of all links between them, one way. */
  setLatency(latencyMs: number): void {
    const stage = this.#stage;
    if (!(stage instanceof FabricWorld)) return;
    for (const [n, a] of stage.nodeIds.entries())
      for (const b of stage.nodeIds.slice(n + 1)) stage.cluster.nodeLinks.set(pairOf(a, b), { up: { latencyMs }, down: { latencyMs } });
  }

  /** No cut is left between them. Returns whether there was one. */
  heal(): boolean {
    const stage = this.#stage;
    if (!(stage instanceof FabricWorld) || stage.cluster.partitions.cuts.length === 0) return false;
    stage.cluster.partitions.heal();
    return true;
  }

  #isBetween(from: number, to: number): boolean {
    return from >= this.#firstLane && to >= this.#firstLane;
  }
}

/** `text`: all that the node holds. */
export function nodeView(facts: NodeFacts, text: string | null): NodeView {
  return { ...facts, text: text === null ? null : text.slice(0, TEXT_SHOWN), hash: text === null ? null : hashText(text) };
}
