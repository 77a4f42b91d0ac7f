/** A live note on several nodes, in a world that stands for the server: what its journal would hold, and what was so at which instant. */

import type { ReplicaId } from "../../crdt/base/ids.ts";
import type { JournalEntry, JournalEvent } from "../../crdt/base/journal.ts";
import type { ClockSetting } from "../../crdt/base/wall-clock.ts";
import type { ClockKind } from "../../crdt/causal/stamp-clock.ts";
import { FABRIC_NOTE, type FabricMember, FabricWorld } from "../../crdt/lab/fabric-world.ts";
import { type FabricFact, factWords } from "../../crdt/network/fabric-facts.ts";
import { directionOf, type NodeId, pairOf } from "../../crdt/network/node-pair.ts";
import { loadNodeStrategy } from "../../crdt/strategy/registry.ts";
import { stampedBy } from "../../crdt/strategy/stamped-by.ts";
import type { Loss, StrategyName } from "../../crdt/strategy/strategy.ts";

export const LEASE_MS = 5_000;

/** How the note was at an instant: by replica id. */
export interface LiveMoment {
  readonly atMs: number;
  readonly texts: ReadonlyMap<ReplicaId, string>;
  readonly pauses: ReadonlyMap<ReplicaId, string | null>;
}

export class LiveFabric {
  readonly world: FabricWorld;
  readonly members: FabricMember[] = [];
  readonly moments: LiveMoment[] = [];
  readonly #entries: JournalEntry[] = [];
  #kind: ClockKind = "wall";
  #leader: NodeId | null = null;
  #isMoving = false;
  #isOver = false;

  private constructor(world: (live: LiveFabric) => FabricWorld) {
    this.world = world(this);
  }

  /** People A, B, C ... on these nodes; their ids are not in that order. */
  static async open(name: StrategyName, nodes: 3 | 5, homes: readonly string[], seed = 1): Promise<LiveFabric> {
    const strategy = await loadNodeStrategy(name);
    const live = new LiveFabric((self) => {
      const world: FabricWorld = new FabricWorld({
        strategy: stampedBy({ kind: () => self.#kind, node: { now: () => world.clock.now() } }, strategy),
        seed,
        nodes,
        ttlMs: LEASE_MS,
        onTrace: (entry) => void (self.#isOver || self.#entries.push(entry)),
      });
      return world;
    });
    live.#fact({ what: "nodes", count: nodes, leaseMs: LEASE_MS });
    const { board, cluster } = live.world;
    board.subscribe((replica) => {
      if (live.#isMoving) return;
      const { up, down } = board.get(replica);
      live.#say({ kind: "conditions", text: `up ${JSON.stringify(up)}, down ${JSON.stringify(down)}` }, replica);
    });
    cluster.nodeLinks.subscribe((pair) => {
      const [a, b] = pair.split("~") as [NodeId, NodeId];
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const)
        live.#fact({ what: "link", from, to, set: cluster.nodeLinks.get(pairOf(from, to))[directionOf(from, to)] });
    });
    for (const [n, home] of homes.entries()) {
      const member = live.world.join(((n * 37 + 11) % 97) + 200, live.node(home));
      live.members.push(member);
      live.#fact({ what: "at", node: live.node(home) }, member.id);
      await member.note.session.start();
      await live.world.run(50);
    }
    await live.world.quiesce();
    live.#lookAtLeader();
    return live;
  }

  get entries(): readonly JournalEntry[] {
    return [...this.#entries];
  }

  node(name: string): NodeId {
    const found = this.world.nodes.find((id) => id === name);
    if (found === undefined) throw new RangeError(`No node ${name}`);
    return found;
  }

  async run(durationMs: number): Promise<void> {
    await this.world.run(durationMs);
    this.#lookAtLeader();
  }

  /** At the beginning of `person`'s text, or at the end of it. */
  async type(person: number, text: string, where: "first" | "last" = "last"): Promise<void> {
    const { note } = this.members[person]!;
    const index = where === "first" ? 0 : note.text().length;
    note.edit([{ index, remove: 0, insert: text }], index + text.length);
    await this.run(400);
  }

  /** In groups of nodes; people go with theirs. */
  split(...groups: readonly (readonly string[])[]): void {
    const cuts = groups.flatMap((group, n) =>
      groups.filter((_, other) => other !== n).flatMap((other) => group.flatMap((from) => other.map((to) => ({ from, to })))),
    );
    this.world.cluster.partitions.cut(cuts);
  }

  cut(from: string, to: string): void {
    this.world.cluster.partitions.cut([{ from, to }]);
  }

  heal(): void {
    this.world.cluster.partitions.heal();
    for (const { note } of this.members) note.session.retryNow();
  }

  crash(name: string): void {
    this.world.cluster.crash(this.node(name));
    this.#fact({ what: "node", node: this.node(name), state: "down" });
  }

  loseDisk(name: string): void {
    this.world.cluster.loseDisk(this.node(name));
    this.#fact({ what: "lost", node: this.node(name) });
  }

  restart(name: string): void {
    this.world.cluster.restart(this.node(name));
    this.#fact({ what: "node", node: this.node(name), state: "up" });
    for (const { note } of this.members) note.session.retryNow();
  }

  pause(name: string, durationMs: number): void {
    this.world.cluster.pause(this.node(name), durationMs);
    this.#fact({ what: "paused", node: this.node(name), durationMs });
  }

  move(person: number, to: string): void {
    const member = this.members[person]!;
    // That the connection is torn is how the world does it, and nothing that was set.
    this.#isMoving = true;
    this.world.move(member, this.node(to));
    this.#isMoving = false;
    this.#fact({ what: "at", node: this.node(to) }, member.id);
  }

  setClock(person: number, setting: Omit<ClockSetting, "sinceMs">): void {
    const { wall, id } = this.members[person]!;
    const clock = { ...setting, sinceMs: this.world.clock.now() };
    wall.set(clock);
    this.#say({ kind: "conditions", text: `clock ${JSON.stringify(clock)}` }, id);
  }

  stampBy(kind: ClockKind): void {
    this.#kind = kind;
    this.#say({ kind: "conditions", text: `stamps ${kind}` }, this.members[0]!.id);
  }

  /** Notes down how everybody is, to be compared with a fork up to this instant; what comes next comes later. */
  async look(): Promise<void> {
    const each = <T>(of: (member: FabricMember) => T): Map<ReplicaId, T> => new Map(this.members.map((member) => [member.id, of(member)]));
    this.moments.push({
      atMs: this.world.clock.now(),
      texts: each(({ note }) => note.text()),
      pauses: each(({ note }) => note.session.status().pause),
    });
    await this.run(1);
  }

  /** Ends it, at rest. */
  async end(): Promise<readonly Loss[]> {
    await this.world.quiesce();
    await this.look();
    this.#isOver = true;
    const losses = [...this.world.losses];
    this.world.close();
    return losses;
  }

  #lookAtLeader(): void {
    const leader = this.world.nodes.find((id) => this.world.leads(id)) ?? null;
    if (leader !== null && leader !== this.#leader) this.#fact({ what: "leads", node: leader });
    this.#leader = leader ?? this.#leader;
  }

  #fact(fact: FabricFact, replica: ReplicaId = this.members[0]?.id ?? ("0" as ReplicaId)): void {
    this.#say({ kind: "fabric", text: factWords(fact) }, replica);
  }

  #say(event: JournalEvent, replica: ReplicaId): void {
    this.#entries.push({ ...event, atMs: this.world.clock.now(), hop: "control", noteId: FABRIC_NOTE, replica });
  }
}
