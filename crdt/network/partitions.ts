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
  readonly #schedule = new Set<CancelTimer>();
  readonly #unsubscribe: readonly (() => void)[];
  #isPutting = false;

  constructor(options: PartitionsOptions) {
    this.#options = options;
    this.#unsubscribe = [options.nodeLinks.subscribe(() => this.#readBoards()), options.clientLinks.subscribe(() => this.#readBoards())];
  }

  get topology(): Topology {
    return { nodes: this.#options.nodes, clients: this.#homes };
  }

  get cuts(): readonly DirectedCut[] {
    return [...this.#cuts.values()].map(({ from, to }) => ({ from, to }));
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
    if (node === null) this.#homes.delete(client);
    else this.#homes.set(client, node);
    this.#put();
    this.#readBoards();
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
  schedule(steps: readonly ScheduledCuts[]): void {
    this.#stopSchedule();
    for (const { atMs, cuts, kind } of steps) {
      const cancel = this.#options.clock.setTimer(atMs, () => {
        this.#schedule.delete(cancel);
        this.heal();
        this.cut(cuts, kind);
      });
      this.#schedule.add(cancel);
    }
  }

  /** Leaves no timer behind; the boards stay as they are. */
  close(): void {
    this.#stopSchedule();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  #stopSchedule(): void {
    for (const cancel of this.#schedule) cancel();
    this.#schedule.clear();
  }

  #known(end: string): void {
    if (!this.#options.nodes.some((node) => node === end) && ![...this.#homes.keys()].some((client) => client === end))
      throw new RangeError(`Unknown end ${end}: expected one of ${[...this.#options.nodes, ...this.#homes.keys()].join(", ")}`);
  }

  /** Every link that there is, with what is cut of it now. */
  #links(): LinkDirection[] {
    const { nodes, nodeLinks, clientLinks } = this.#options;
    const out: LinkDirection[] = [];
    for (const from of nodes)
      for (const to of nodes) {
        if (from === to) continue;
        const [pair, direction] = [pairOf(from, to), directionOf(from, to)];
        out.push({ from, to, get: () => nodeLinks.get(pair)[direction].cut, set: (cut) => nodeLinks.set(pair, { [direction]: { cut } }) });
      }
    for (const [client, node] of this.#homes)
      for (const direction of ["up", "down"] as const) {
        const [from, to] = direction === "up" ? [client, node] : [node, client];
        out.push({
          from,
          to,
          get: () => clientLinks.get(client)[direction].cut,
          set: (cut) => clientLinks.set(client, { [direction]: { cut } }),
        });
      }
    return out;
  }

  #put(): void {
    this.#isPutting = true;
    for (const { from, to, get, set } of this.#links()) {
      const cut = this.#cuts.get(`${from}>${to}`)?.kind ?? "open";
      if (get() !== cut) set(cut);
    }
    this.#isPutting = false;
  }

  #readBoards(): void {
    if (this.#isPutting) return;
    for (const { from, to, get } of this.#links()) {
      const kind = get();
      if (kind === "open") this.#cuts.delete(`${from}>${to}`);
      else this.#cuts.set(`${from}>${to}`, { from, to, kind });
    }
  }
}
