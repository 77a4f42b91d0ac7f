/**
 * What can be done to the nodes of this server and to the links between everybody, and what is to be seen of it. Commands are
 * the same over HTTP and on the control socket; each is written into the journals of the notes that are looked at.
 */

import type { Clock } from "../../crdt/base/clock.ts";
import type { NoteId, ReplicaId } from "../../crdt/base/ids.ts";
import type { ClockSetting } from "../../crdt/base/wall-clock.ts";
import { type DirectedCut, between, bridge, groups, isolate, ring, splitInHalf } from "../../crdt/network/cuts.ts";
import type { FaultBoard } from "../../crdt/network/fault-board.ts";
import { directionOf, type NodeId, pairOf } from "../../crdt/network/node-pair.ts";
import { CLOSE, movedTo } from "../../crdt/sync/close-codes.ts";
import type { Closed } from "../../crdt/network/transport.ts";
import type { NodeLinkStatus, NodeNote, NodesAnswer, NodeStatus, ReplicaDigest } from "../../crdt/sync/control-messages.ts";
import type { NodeFlight } from "../../crdt/sync/held-messages.ts";
import type { Fleet } from "../nodes/fleet.ts";
import type { ServedNode } from "../nodes/served-node.ts";
import type { OpenRoom } from "../rooms/room-hub.ts";
import type { ParsedFabricCommand } from "./fabric-schema.ts";

const PAUSE_MS = 10_000;
/** Messages told of each direction between two nodes. */
const FLIGHTS_MAX = 20;
const ALONE = "This server runs one node: start it with --nodes 3 to do that";

type Plan = Extract<ParsedFabricCommand, { type: "schedule" }>["steps"][number];

export interface FabricOptions {
  readonly fleet: Fleet;
  readonly clientLinks: FaultBoard;
  readonly clock: Clock;
  /** The replica of that id, or of that name where one alone has it. @throws RangeError otherwise. */
  readonly replicaOf: (text: string) => ReplicaId;
  /** Ends every connection of a replica; returns how many there were. */
  readonly disconnect: (replica: ReplicaId, closed: Closed) => number;
  /** What a copy holds. */
  readonly digestOf: (open: OpenRoom) => ReplicaDigest | null;
  /** A note that is looked at is open on one more node. */
  readonly onOpened: (noteId: NoteId) => void;
  /** What a node's clock was set to; null: it was not. */
  readonly clockOf: (node: NodeId) => ClockSetting | null;
  /** Something was done, in words. */
  readonly onDeed: (text: string, node: NodeId | null) => void;
}

export class Fabric {
  readonly #options: FabricOptions;

  constructor(options: FabricOptions) {
    this.#options = options;
  }

  hasNode(text: string): boolean {
    return this.#options.fleet.parse(text) !== null;
  }

  /** @throws RangeError where there is no such node, or it is the only one. */
  nodeOfSeveral(text: string): NodeId {
    if (!this.#options.fleet.isSeveral) throw new RangeError(ALONE);
    return this.#nodeOf(text);
  }

  /** Resolves with what is wrong with the command, or with null when it is done. */
  async command(command: ParsedFabricCommand): Promise<string | null> {
    try {
      await this.#do(command);
      return null;
    } catch (error) {
      if (error instanceof RangeError) return error.message;
      if (error instanceof Error && error.name === "UnusableFolderError") return `The node cannot use its folder: ${error.message}`;
      throw error;
    }
  }

  /** All links pass again, between nodes and of clients, and nothing is scheduled. */
  heal(): void {
    const { partitions, nodeLinks } = this.#options.fleet;
    partitions.schedule([]);
    partitions.heal();
    nodeLinks.heal();
  }

  /** The nodes, and of each what it has of `noteId`. */
  state(noteId: NoteId | null): NodesAnswer {
    const { fleet, clock, clientLinks } = this.#options;
    const { partitions, nodeLinks } = fleet;
    const heals = [clientLinks.healAtMs, nodeLinks.healAtMs].filter((atMs) => atMs !== null);
    return {
      nodes: fleet.ids.map((id) => this.#statusOf(id, noteId)),
      links: this.#links(),
      cuts: partitions.kinds,
      islands: partitions.islands(),
      sentences: partitions.sentences(),
      schedule: partitions.scheduled,
      healAtMs: heals.length === 0 ? null : Math.max(...heals),
      serverNowMs: clock.now(),
    };
  }

  /** What is on its way between nodes. */
  flights(): NodeFlight[] {
    const { fleet, clock } = this.#options;
    const nowMs = clock.now();
    return fleet.ids.flatMap((first, n) =>
      fleet.ids.slice(n + 1).flatMap((second) => {
        const all = fleet.nodeLinks.flightsOf(pairOf(first, second));
        return (["up", "down"] as const).flatMap((direction) =>
          all
            .filter((each) => each.direction === direction && each.flying.frame.length > 0)
            .slice(0, FLIGHTS_MAX)
            .map(({ flying: { id, dueMs, share } }) => ({
              ...(direction === "up" ? { from: first, to: second } : { from: second, to: first }),
              id,
              share,
              dueInMs: dueMs === null ? null : Math.max(0, dueMs - nowMs),
            })),
        );
      }),
    );
  }

  async #do(command: ParsedFabricCommand): Promise<void> {
    const { fleet, onDeed } = this.#options;
    const { partitions } = fleet;
    switch (command.type) {
      case "cut": {
        const cuts = this.#cutsOf(command);
        partitions.cut(cuts, command.kind);
        onDeed(`cut ${textOf(cuts)}${command.kind === "reset" ? " (reset)" : ""}`, null);
        return;
      }
      case "mend": {
        const cuts = this.#cutsOf(command);
        partitions.heal(cuts);
        onDeed(`healed ${textOf(cuts)}`, null);
        return;
      }
      case "partition": {
        const cuts = this.#cutsOfPlan(command);
        const first = { atMs: 0, cuts, kind: command.kind ?? ("blackhole" as const) };
        const steps = command.healAfterMs === undefined ? [] : [{ atMs: command.healAfterMs, cuts: [] }];
        partitions.schedule(steps, () => onDeed("healed all cuts", null));
        partitions.heal();
        partitions.cut(first.cuts, first.kind);
        onDeed(cuts.length === 0 ? "healed all cuts" : `partition: cut ${textOf(cuts)}`, null);
        return;
      }
      case "schedule": {
        const steps = command.steps.map((step) => ({
          atMs: step.atMs,
          cuts: this.#cutsOfPlan(step),
          kind: step.kind ?? ("blackhole" as const),
        }));
        partitions.schedule(steps, (cuts) => onDeed(cuts.length === 0 ? "healed all cuts" : `partition: cut ${textOf(cuts)}`, null));
        onDeed(`scheduled ${steps.length} steps`, null);
        return;
      }
      case "set-node-link": {
        const [first, second] = command.nodes.map((text) => this.#nodeOf(text)) as [NodeId, NodeId];
        const isUp = directionOf(first, second) === "up";
        const patch = isUp ? { up: command.up, down: command.down } : { up: command.down, down: command.up };
        fleet.nodeLinks.set(pairOf(first, second), patch);
        onDeed(`link ${first} to ${second}: ${JSON.stringify({ up: command.up, down: command.down })}`, first);
        return;
      }
      case "node":
        await this.#doToNode(command);
        return;
      case "move": {
        const replica = this.#options.replicaOf(command.replica);
        const node = this.#nodeOf(command.node);
        fleet.move(replica, node);
        this.#options.disconnect(replica, { code: CLOSE.moved, reason: movedTo(node) });
        // What held for the link to the node that it left is kept for its return.
        onDeed(`moved ${command.replica} to ${node}`, node);
      }
    }
  }

  async #doToNode({ node: text, action, ms }: Extract<ParsedFabricCommand, { type: "node" }>): Promise<void> {
    const { fleet, onDeed } = this.#options;
    const id = this.#nodeOf(text);
    if (!fleet.isSeveral) throw new RangeError(ALONE);
    const isDown = fleet.node(id) === null;
    if (isDown && (action === "crash" || action === "pause" || action === "resume")) throw new RangeError(`${id} is down`);
    if (!isDown && action === "restart") throw new RangeError(`${id} is up`);
    switch (action) {
      case "crash":
        await fleet.crash(id);
        onDeed(`${id} crashed: its memory is lost`, id);
        return;
      case "restart":
        await fleet.restart(id);
        onDeed(`${id} was restarted from its disk`, id);
        return;
      case "pause":
        fleet.pause(id, ms ?? PAUSE_MS);
        onDeed(`${id} is paused for ${ms ?? PAUSE_MS} ms`, id);
        return;
      case "resume":
        fleet.resume(id);
        onDeed(`${id} goes on`, id);
        return;
      case "slow-disk":
        fleet.slowDisk(id, ms ?? 0);
        onDeed(`each commit of ${id} takes ${ms ?? 0} ms longer`, id);
        return;
      case "lose-disk":
        await fleet.loseDisk(id);
        onDeed(`${id} lost its disk`, id);
    }
  }

  #nodeOf(text: string): NodeId {
    const id = this.#options.fleet.parse(text);
    if (id === null) throw new RangeError(`Unknown node ${text}: expected one of ${this.#options.fleet.ids.join(", ")}`);
    return id;
  }

  /** A node, or the replica of that id or name. */
  #endOf(text: string): string {
    return this.#options.fleet.parse(text) ?? this.#options.replicaOf(text);
  }

  #cutsOf({
    cuts = [],
    links = [],
  }: {
    readonly cuts?: readonly DirectedCut[] | undefined;
    readonly links?: readonly [string, string][] | undefined;
  }): DirectedCut[] {
    if (cuts.length + links.length === 0) throw new RangeError('Nothing to do: expected "cuts" or "links"');
    const directed = cuts.map(({ from, to }) => ({ from: this.#endOf(from), to: this.#endOf(to) }));
    return [...directed, ...links.flatMap(([a, b]) => between(this.#endOf(a), this.#endOf(b)))];
  }

  #cutsOfPlan({ groups: lists, preset, end, cuts }: Omit<Plan, "atMs">): DirectedCut[] {
    const { ids, partitions } = this.#options.fleet;
    const out: DirectedCut[] = [];
    if (lists !== undefined) out.push(...groups(...lists.map((list) => list.map((text) => this.#endOf(text)))));
    if (cuts !== undefined && cuts.length > 0) out.push(...this.#cutsOf({ cuts }));
    if (preset !== undefined) {
      const at = preset === "isolate" || preset === "bridge" ? this.#endOf(end ?? ids[0]!) : null;
      if (preset === "split") out.push(...splitInHalf(ids));
      else if (preset === "ring") out.push(...ring(ids));
      else if (preset === "bridge") out.push(...bridge(at!, ids));
      else {
        const home = partitions.homeOf(at as ReplicaId);
        out.push(...isolate(at!, home === null ? ids : [at!, home]));
      }
    }
    // Two clients have no link, whatever comes.
    return out.filter(({ from, to }) => [from, to].some((text) => ids.some((id) => id === text)));
  }

  #links(): NodeLinkStatus[] {
    const { fleet } = this.#options;
    const { ids, nodeLinks } = fleet;
    const reaches = (from: NodeId, to: NodeId): boolean => fleet.node(from)?.cluster?.reach.includes(to) ?? false;
    return ids.flatMap((from, n) =>
      ids.slice(n + 1).map((to) => ({
        from,
        to,
        conditions: nodeLinks.get(pairOf(from, to)),
        isUp: reaches(from, to) && reaches(to, from),
        cutSinceMs: nodeLinks.cutSinceMs(pairOf(from, to)),
      })),
    );
  }

  #statusOf(id: NodeId, noteId: NoteId | null): NodeStatus {
    const { fleet } = this.#options;
    const served = fleet.node(id);
    const { slowMs, pausedUntilMs } = fleet.conditionOf(id);
    const clients = [...fleet.partitions.topology.clients].filter(([, home]) => home === id).map(([client]) => client as ReplicaId);
    const clock = this.#options.clockOf(id);
    const state = served === null ? "down" : served.isPaused ? "paused" : served.isReady ? "up" : "starting";
    return {
      id,
      state,
      pausedUntilMs,
      disk: { extraMs: slowMs, isSettled: served?.cluster?.isSettled ?? served !== null, trouble: served?.hub.readOnly ?? null },
      reach: served === null ? [] : (served.cluster?.reach ?? [id]),
      clients,
      ...(clock === null ? {} : { clock }),
      note: served === null || noteId === null ? null : this.#noteOf(served, noteId),
    };
  }

  #noteOf(served: ServedNode, noteId: NoteId): NodeNote {
    const open = served.hub.find(noteId);
    // Whoever looks at a note sees every copy of it; a note of that name is not made by looking.
    if (open === null && served.isReady && !served.isPaused && served.cluster?.birthOf(noteId) != null)
      served.hub.open(noteId).then(
        () => this.#options.onOpened(noteId),
        // Said where it was found.
        () => undefined,
      );
    const log = served.cluster?.logOf(noteId) ?? null;
    const isOrdered = served.isOrdered(noteId);
    return {
      epoch: open?.room.isNote === true ? open.room.epoch : (served.cluster?.birthOf(noteId)?.epoch ?? null),
      digest: open === null ? null : this.#options.digestOf(open),
      position: open?.room.appendedPosition ?? 0,
      durable: open?.room.durablePosition ?? 0,
      room: open?.room.counts ?? null,
      order:
        log === null || !isOrdered
          ? null
          : {
              leader: log.isLeading ? served.id : log.lease.leader,
              token: log.authority.token(),
              promised: log.lease.promised,
              length: log.length,
              committed: log.committed,
              reason: log.isLeading ? null : served.reasonOf(noteId),
            },
    };
  }
}

function textOf(cuts: readonly DirectedCut[]): string {
  return cuts.map(({ from, to }) => `${from}>${to}`).join(", ");
}
