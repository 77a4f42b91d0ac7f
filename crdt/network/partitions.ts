/**
 * Cuts between clients and nodes, put into effect on the two fault boards. A cut between ends that have no link now
 * (a client and a node that it is not on) is kept, and holds once the client moves there. What is healed on a board, by hand or
 * because its time is over, is healed here.
 */

import type { CancelTimer, Clock } from "../base/clock.ts";
import type { ReplicaId } from "../base/ids.ts";
import type { Cut } from "./conditions.ts";
import { describeCuts, type DirectedCut, type Island, islandsOf, type Topology } from "./cuts.ts";
import type { FaultBoard } from "./fault-board.ts";
import { directionOf, type NodeId, type NodePair, pairOf } from "./node-pair.ts";

/** How a cut shows: see `Cut`. */
export type CutKind = Exclude<Cut, "open">;

/** At `atMs` from the start these are the cuts, and no others; none heals. */
export interface ScheduledCuts {
  readonly atMs: number;
  readonly cuts: readonly DirectedCut[];
  readonly kind?: CutKind;
}

export interface PartitionsOptions {
  readonly clock: Clock;
  readonly nodes: readonly NodeId[];
  readonly nodeLinks: FaultBoard<NodePair>;
  readonly clientLinks: FaultBoard;
}

interface LinkDirection {
  readonly from: string;
  readonly to: string;
  readonly get: () => Cut;
  readonly set: (cut: Cut) => void;
}

export class Partitions {
  readonly #options: PartitionsOptions;
  readonly #homes = new Map<ReplicaId, NodeId>();
  /** By `from>to`. */
  readonly #cuts = new Map<string, DirectedCut & { readonly kind: CutKind }>();
  /** What is to come, by how to call it off. */
  readonly #schedule = new Map<CancelTimer, { readonly atMs: number; readonly cuts: readonly DirectedCut[] }>();
  readonly #unsubscribe: readonly (() => void)[];
  #isPutting = false;

  constructor(options: PartitionsOptions) {
    this.#options = options;
    this.#unsubscribe = [
      options.nodeLinks.subscribe((pair) => this.#readBoard(pair)),
      options.clientLinks.subscribe((client) => this.#readBoard(client)),
    ];
  }

  get topology(): Topology {
    return { nodes: this.#options.nodes, clients: this.#homes };
  }

  get cuts(): readonly DirectedCut[] {
    return this.kinds.map(({ from, to }) => ({ from, to }));
  }

  /** The same, with how each shows. */
  get kinds(): readonly (DirectedCut & { readonly kind: CutKind })[] {
    return [...this.#cuts.values()];
  }

  /** Steps that are still to come, at times of the clock. */
  get scheduled(): readonly { readonly atMs: number; readonly cuts: readonly DirectedCut[] }[] {
    return [...this.#schedule.values()];
  }

  islands(): Island[] {
    return islandsOf(this.topology, this.cuts);
  }

  /** In plain words what cannot reach what. */
  sentences(): string[] {
    return describeCuts(this.topology, this.cuts);
  }

  /** `client` is on `node` from now on; null: it has left. */
  place(client: ReplicaId, node: NodeId | null): void {
    const before = this.#homes.get(client);
    if (before === (node ?? undefined)) return;
    if (node === null) {
      this.#homes.delete(client);
      return;
    }
    this.#homes.set(client, node);
    // What holds for one that comes from nowhere, and that no cut is known of, is a cut from here.
    const isKnown = this.#options.nodes.some((end) => this.#cuts.has(`${client}>${end}`) || this.#cuts.has(`${end}>${client}`));
    if (before === undefined && !isKnown) this.#readBoard(client);
    else this.#put([client]);
  }

  /** The node that a client is on. */
  homeOf(client: ReplicaId): NodeId | null {
    return this.#homes.get(client) ?? null;
  }

  /** Cuts these too. @throws RangeError when an end is neither a node nor a client. */
  cut(cuts: readonly DirectedCut[], kind: CutKind = "blackhole"): void {
    for (const { from, to } of cuts) for (const end of [from, to]) this.#known(end);
    for (const { from, to } of cuts) this.#cuts.set(`${from}>${to}`, { from, to, kind });
    this.#put();
  }

  /** Heals these, or everything. Latency and the like stay. */
  heal(cuts: readonly DirectedCut[] = this.cuts): void {
    for (const { from, to } of cuts) this.#cuts.delete(`${from}>${to}`);
    this.#put();
  }

  /** "Cut at 2 s, heal at 9 s": each step replaces the cuts before it. Takes the place of the schedule that was there. */
  schedule(steps: readonly ScheduledCuts[], onStep?: (cuts: readonly DirectedCut[]) => void): void {
    this.#stopSchedule();
    const { clock } = this.#options;
    for (const { atMs, cuts, kind } of steps) {
      const cancel = clock.setTimer(atMs, () => {
        this.#schedule.delete(cancel);
        this.heal();
        // Whoever has left meanwhile has no link to be cut.
        this.cut(
          cuts.filter(({ from, to }) => this.#isKnown(from) && this.#isKnown(to)),
          kind,
        );
        onStep?.(cuts);
      });
      this.#schedule.set(cancel, { atMs: clock.now() + atMs, cuts });
    }
  }

  /** Leaves no timer behind; the boards stay as they are. */
  close(): void {
    this.#stopSchedule();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  #stopSchedule(): void {
    for (const cancel of this.#schedule.keys()) cancel();
    this.#schedule.clear();
  }

  #isKnown(end: string): boolean {
    return this.#options.nodes.some((node) => node === end) || this.#homes.has(end as ReplicaId);
  }

  #known(end: string): void {
    if (!this.#isKnown(end))
      throw new RangeError(`Unknown end ${end}: expected one of ${[...this.#options.nodes, ...this.#homes.keys()].join(", ")}`);
  }

  /** Both directions of the link between two nodes, or of a client's; none where there is no such link. */
  #directionsOf(key: NodePair | ReplicaId): LinkDirection[] {
    const { nodes, nodeLinks, clientLinks } = this.#options;
    const client = key as ReplicaId;
    const home = this.#homes.get(client);
    if (home !== undefined)
      return (["up", "down"] as const).map((direction) => {
        const [from, to] = direction === "up" ? [client, home] : [home, client];
        return {
          from,
          to,
          get: () => clientLinks.get(client)[direction].cut,
          set: (cut) => clientLinks.set(client, { [direction]: { cut } }),
        };
      });
    const pair = key as NodePair;
    const ends = nodes.filter((node) => pair.split("~").some((end) => end === node));
    if (ends.length < 2) return [];
    return [ends, ends.toReversed()].map(([from, to]) => {
      const direction = directionOf(from!, to!);
      return {
        from: from!,
        to: to!,
        get: () => nodeLinks.get(pair)[direction].cut,
        set: (cut) => nodeLinks.set(pair, { [direction]: { cut } }),
      };
    });
  }

  #keys(): (NodePair | ReplicaId)[] {
    const { nodes } = this.#options;
    return [...nodes.flatMap((a, n) => nodes.slice(n + 1).map((b) => pairOf(a, b))), ...this.#homes.keys()];
  }

  #put(keys: readonly (NodePair | ReplicaId)[] = this.#keys()): void {
    this.#isPutting = true;
    for (const key of keys)
      for (const { from, to, get, set } of this.#directionsOf(key)) {
        const cut = this.#cuts.get(`${from}>${to}`)?.kind ?? "open";
        if (get() !== cut) set(cut);
      }
    this.#isPutting = false;
  }

  #readBoard(key: NodePair | ReplicaId): void {
    if (this.#isPutting) return;
    const directions = this.#directionsOf(key);
    if (directions.length === 0) this.#readAbsent(key as ReplicaId);
    for (const { from, to, get } of directions) {
      const kind = get();
      if (kind === "open") this.#cuts.delete(`${from}>${to}`);
      else this.#cuts.set(`${from}>${to}`, { from, to, kind });
    }
  }

  /** A client that is on no node: what was healed for it is not put back when it comes. */
  #readAbsent(client: ReplicaId): void {
    const { up, down } = this.#options.clientLinks.get(client);
    for (const node of this.#options.nodes) {
      if (up.cut === "open") this.#cuts.delete(`${client}>${node}`);
      if (down.cut === "open") this.#cuts.delete(`${node}>${client}`);
    }
  }
}
