/**
 * Writes into the journals how the nodes of this server and the links between them are, whenever that is another than it was; and
 * of each ordered note which node orders it. It looks at what is so, not at what was commanded: what heals, ends or breaks by
 * itself is on record too. A fork of a note reads it back (crdt/network/fabric-facts.ts).
 */

import type { Clock } from "../../crdt/base/clock.ts";
import { CATALOG_NOTE_ID, type NoteId, type ReplicaId } from "../../crdt/base/ids.ts";
import { CLEAR, isClear, type LinkConditions } from "../../crdt/network/conditions.ts";
import { type FabricFact, factWords } from "../../crdt/network/fabric-facts.ts";
import { directionOf, type NodeId, pairOf } from "../../crdt/network/node-pair.ts";
import type { Fleet } from "../nodes/fleet.ts";
import { LEASE_MS } from "../nodes/served-node.ts";
import type { NoteJournals } from "./note-journals.ts";

export interface FabricRecorderOptions {
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly journals: NoteJournals;
}

export class FabricRecorder {
  readonly #options: FabricRecorderOptions;
  /** What was written last of each link and node; nothing: what is so of one that nobody touched. */
  readonly #links = new Map<string, LinkConditions>();
  readonly #states = new Map<NodeId, string>();
  readonly #slowMs = new Map<NodeId, number>();
  readonly #leaders = new Map<NoteId, NodeId>();

  constructor(options: FabricRecorderOptions) {
    this.#options = options;
    this.#write({ what: "nodes", count: options.fleet.ids.length, leaseMs: LEASE_MS });
    this.look();
  }

  /** Writes what has changed. Cost, where nothing has: a few look-ups for each node, and for each note that has a journal. */
  look(): void {
    const { fleet, journals } = this.#options;
    if (!fleet.isSeveral) return;
    for (const from of fleet.ids) {
      for (const to of fleet.ids) if (from !== to) this.#lookAtLink(from, to);
      this.#lookAtNode(from);
    }
    for (const noteId of journals.notes) this.#lookAtOrder(noteId);
    if (this.#leaders.size > 0) this.#forget(new Set(journals.notes));
  }

  #lookAtLink(from: NodeId, to: NodeId): void {
    const set = this.#options.fleet.nodeLinks.get(pairOf(from, to))[directionOf(from, to)];
    const key = `${from}>${to}`;
    const last = this.#links.get(key) ?? CLEAR;
    if (set === last) return;
    const isOther = JSON.stringify(set) !== JSON.stringify(last) && !(isClear(set) && isClear(last));
    this.#links.set(key, set);
    if (isOther) this.#write({ what: "link", from, to, set });
  }

  #lookAtNode(node: NodeId): void {
    const { fleet, clock } = this.#options;
    const { slowMs, pausedUntilMs, isDiskLost } = fleet.conditionOf(node);
    const isDown = fleet.node(node) === null;
    const fact: FabricFact = isDown
      ? isDiskLost
        ? { what: "lost", node }
        : { what: "node", node, state: "down" }
      : pausedUntilMs === null
        ? { what: "node", node, state: "up" }
        : { what: "paused", node, durationMs: Math.max(0, Math.round(pausedUntilMs - clock.now())) };
    const state = fact.what === "paused" ? `paused until ${pausedUntilMs}` : factWords(fact);
    const last = this.#states.get(node) ?? factWords({ what: "node", node, state: "up" });
    this.#states.set(node, state);
    if (state !== last) this.#write(fact);
    if ((this.#slowMs.get(node) ?? 0) !== slowMs) this.#write({ what: "slow", node, extraMs: slowMs });
    this.#slowMs.set(node, slowMs);
  }

  #lookAtOrder(noteId: NoteId): void {
    const { fleet, journals, clock } = this.#options;
    const leader = fleet
      .running()
      .find((served) => served.cluster?.logOf(noteId)?.isLeading === true && served.isOrdered(noteId) && !served.isPaused);
    if (leader === undefined || this.#leaders.get(noteId) === leader.id) return;
    this.#leaders.set(noteId, leader.id);
    const text = factWords({ what: "leads", node: leader.id });
    journals.trace({ kind: "fabric", text, atMs: clock.now(), hop: "session", noteId, replica: leader.replica });
  }

  #write(fact: FabricFact): void {
    const { journals, clock } = this.#options;
    const text = factWords(fact);
    journals.traceFabric({ kind: "fabric", text, atMs: clock.now(), hop: "control", noteId: CATALOG_NOTE_ID, replica: this.#replica });
  }

  /** The first node that runs speaks for all. */
  get #replica(): ReplicaId {
    return this.#options.fleet.primary.replica;
  }

  #forget(known: ReadonlySet<NoteId>): void {
    for (const noteId of this.#leaders.keys()) if (!known.has(noteId)) this.#leaders.delete(noteId);
  }
}
