/**
 * Who is here, under which conditions, holding what: the truth that no fault touches. Tabs report to it, it tells
 * every tab of a note, and it takes commands from anybody.
 */

import type { CancelTimer, Clock } from "../../crdt/base/clock.ts";
import { CATALOG_NOTE_ID, type NoteId, parseReplicaId, type ReplicaId } from "../../crdt/base/ids.ts";
import type { ClockKind } from "../../crdt/causal/stamp-clock.ts";
import type { FaultBoard } from "../../crdt/network/fault-board.ts";
import { CLEAR_BOTH, type ReplicaConditions } from "../../crdt/network/conditions.ts";
import type { NodeId } from "../../crdt/network/node-pair.ts";
import type { Closed } from "../../crdt/network/transport.ts";
import { loadNodeStrategy } from "../../crdt/strategy/registry.ts";
import type { Loss } from "../../crdt/strategy/strategy.ts";
import type {
  ControlCommand,
  ControlEvent,
  NoteLedger,
  ReplicaDigest,
  ReplicasAnswer,
  ReplicaStatus,
} from "../../crdt/sync/control-messages.ts";
import { ClockBoard, type ClockOwner } from "../../crdt/sync/clock-board.ts";
import type { LossClocks } from "../../crdt/sync/lateness.ts";
import type { InspectedHeld } from "../../crdt/sync/held-messages.ts";
import { PresenceBoard } from "../../crdt/sync/presence-board.ts";
import type { RateBoard } from "../../crdt/sync/rate-board.ts";
import type { ServerHub, ServerStore } from "../nodes/primary.ts";
import type { OpenRoom } from "../rooms/room-hub.ts";
import type { Store, StoredStamps } from "../store/store.ts";
import type { Fleet } from "../nodes/fleet.ts";
import { ALONE, Fabric } from "./fabric.ts";
import type { ParsedFabricCommand } from "./fabric-schema.ts";
import type { ParsedHoldCommand } from "./hold-schema.ts";
import { Holds } from "./holds.ts";
import { LeaseProblem, Leases } from "./leases.ts";
import type { ParsedLeaseCommand } from "./lease-schema.ts";
import { entryOf, type LinksPatch, type ParsedRequest } from "./control-schema.ts";
import { Crowd } from "./crowd.ts";
import { FactsBook } from "./facts-book.ts";
import type { Identities, Identity } from "./identities.ts";
import { LossBook } from "./loss-book.ts";
import { lossClocksOf, toldClocksOf } from "./loss-clocks.ts";
import type { NoteJournals } from "./note-journals.ts";

/** How long changes gather before tabs are told. */
const TELL_AFTER_MS = 50;
/** Hashing is linear in the note, a telling in who is there: at most this share of the time goes to both of a note. */
const TELL_SHARE = 0.1;
const LEDGER_AFTER_MS = 300;
const MESSAGES_AFTER_MS = 100;

/** A connection of a tab to the control plane. */
export interface ControlClient {
  send(event: ControlEvent): void;
}

/** A connection to /sync, as far as the control plane is concerned. */
export interface SyncPresence {
  readonly replicaId: ReplicaId;
  readonly noteId: NoteId;
  readonly kind: "tab" | "stock";
  readonly name: string | null;
  /** The node that it is on. */
  readonly node?: NodeId;
  /** Ends the connection, for the client to come to another node. */
  readonly move?: (closed: Closed) => void;
}

interface Row extends Identity {
  readonly replicaId: ReplicaId;
  readonly kind: "tab" | "stock";
  noteId: NoteId;
  digest: ReplicaDigest | null;
  roundTripMs: number | null;
  readonly clients: Set<ControlClient>;
  /** Open /sync connections by note. */
  readonly syncs: Map<NoteId, number>;
  node: NodeId | null;
  /** How to end each of them. */
  readonly moves: Set<(closed: Closed) => void>;
}

export interface ControlPlaneOptions {
  readonly clock: Clock;
  readonly board: FaultBoard;
  readonly rates: RateBoard;
  readonly store: ServerStore;
  readonly journals: NoteJournals;
  readonly identities: Identities;
  /** What notes were stamped with when the process began; left out: all with the wall clock. */
  readonly stamps?: readonly StoredStamps[];
  readonly nodeReplica: ReplicaId;
  readonly hub: Pick<ServerHub, "find" | "rooms" | "open" | "catalog">;
  /** A replica has come to a node; null: it is gone. */
  readonly onPlaced?: (replica: ReplicaId, node: NodeId | null) => void;
  readonly fleet?: Fleet;
}

export class ControlPlane {
  readonly #options: ControlPlaneOptions;
  readonly #rows = new Map<ReplicaId, Row>();
  readonly #rowsByNote = new Map<NoteId, Crowd<Row>>();
  readonly #everybody = new Crowd<Row>();
  readonly #nobody = new Crowd<Row>();
  /** How many control connections are on a note. Nothing is told, hashed or timed for a note that nobody looks at. */
  readonly #watchers = new Map<NoteId, number>();
  readonly #tellAfterMs = new Map<NoteId, number>();
  /** Notes whose watchers were told last that something is on its way between nodes. */
  readonly #toldFlights = new Set<NoteId>();
  readonly #clients = new Map<ControlClient, Row>();
  readonly #timers = new Map<string, CancelTimer>();
  readonly #facts: FactsBook;
  readonly #losses: LossBook;
  readonly #unsubscribe: () => void;
  /** What can be done to nodes and their links; null where the plane watches over none. */
  readonly fabric: Fabric | null;
  /** Leases of notes' orders, and locks of their writers; null as above. */
  readonly leases: Leases | null;
  /** Messages that are touched one by one. */
  readonly holds: Holds;
  /** Faults of presence alone. */
  readonly presence: PresenceBoard;
  /** How far clocks are off, and what notes are stamped with. */
  readonly clocks: ClockBoard;

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    const { fleet, clock, store } = options;
    this.#losses = new LossBook(store);
    this.clocks = new ClockBoard({ clock, kinds: options.stamps ?? [] });
    this.presence = new PresenceBoard({ clock });
    this.#facts = new FactsBook((noteId) => {
      this.#tellSoon(noteId);
      this.#tellLedgerSoon(noteId);
    });
    this.fabric =
      fleet === undefined
        ? null
        : new Fabric({
            fleet,
            clientLinks: options.board,
            clock,
            replicaOf: (text) => this.#replicaOf(text),
            disconnect: (replica, closed) => this.#disconnect(replica, closed),
            digestOf: (open) => this.#facts.of(open)?.digest ?? null,
            onOpened: (noteId) => this.#tellSoon(noteId),
            onDeed: (text, node) => this.#onDeed(text, node),
            clockOf: (node) => (this.clocks.isSet(node) ? this.clocks.get(node) : null),
          });
    this.leases =
      fleet === undefined
        ? null
        : new Leases({
            fleet,
            clock,
            nameOf: (replica) => this.#rows.get(replica)?.name ?? options.identities.nameOf(replica),
            onDeed: (noteId, text, node) => this.#onDeed(text, node, [noteId]),
          });
    this.holds = new Holds({
      clock,
      onMessages: (noteId) => this.#tellMessagesSoon(noteId),
      onAct: (replica, noteId, text) => this.#onHoldAct(replica, noteId, text),
    });
    const stops = [
      options.board.subscribe((replica) => this.#onConditions(replica, conditionsText(options.board.get(replica)))),
      ...(fleet === undefined ? [] : [fleet.nodeLinks.subscribe(() => this.onNodes())]),
      this.presence.subscribe((replica) => this.#onConditions(replica, `presence ${JSON.stringify(this.presence.get(replica))}`)),
      this.clocks.subscribe((owner) => this.#onClock(owner)),
      options.rates.subscribe((replica) => this.#onConditions(replica, `rate ${JSON.stringify(options.rates.get(replica))}`)),
    ];
    this.#unsubscribe = () => {
      for (const stop of stops) stop();
    };
  }

  /** What a tab says. Returns what is wrong with it, or null. */
  take(client: ControlClient, request: ParsedRequest): string | null {
    switch (request.type) {
      case "hello":
        this.#hello(client, request);
        return null;
      case "report": {
        const row = this.#clients.get(client);
        if (row === undefined) return "A report before hello";
        if (row.noteId !== request.noteId) return null;
        row.digest = request.digest;
        row.roundTripMs = request.roundTripMs;
        this.#tellSoon(row.noteId);
        return null;
      }
      case "journal":
        for (const entry of request.entries) {
          this.#options.journals.trace(entryOf(entry));
          if (!("stamp" in entry) || entry.stamp === undefined) continue;
          const { wallMs, offsetMs, node: text } = entry.stamp;
          const node = text === undefined ? null : this.#options.fleet?.parse(text);
          this.clocks.tell(entry.replica, wallMs, { writtenAtMs: entry.atMs, offsetMs, ...(node == null ? {} : { node }) });
          // A loss may have been found, and told of, before it was known when its writes were made.
          this.#tellLedgerSoon(entry.noteId);
        }
        return null;
      case "cut":
      case "mend":
      case "partition":
      case "schedule":
      case "set-node-link":
      case "node":
      case "move":
        void this.fabricCommand(request).then((problem) => {
          if (problem !== null) client.send({ type: "error", message: problem });
        });
        return null;
      case "end-lease":
      case "end-lock":
      case "set-lock":
        void this.#leaseCommand(client, request);
        return null;
      case "hold":
      case "message":
        return this.holdCommand(request);
      case "inspect-message":
        this.#inspect(client, request);
        return null;
      default:
        return this.command(request);
    }
  }

  /** Returns what is wrong with it, or null. */
  holdCommand(command: Exclude<ParsedHoldCommand, { type: "inspect-message" }>): string | null {
    return problemOf(() => this.holds.command(command));
  }

  /** A message on its way, decoded by its note's strategy. Rejects with RangeError when it is not on its way. */
  async inspect(link: string, id: number): Promise<InspectedHeld> {
    const noteId = this.holds.noteOf(link);
    const name = noteId === null ? null : (this.#options.hub.find(noteId)?.strategy ?? null);
    const describe = name === null ? undefined : (await loadNodeStrategy(name)).describe;
    return this.holds.inspect(link, id, describe ?? (() => []));
  }

  /** Resolves with what is wrong with the command, or with null when it is done. */
  async fabricCommand(command: ParsedFabricCommand): Promise<string | null> {
    return this.fabric === null ? "This server has no nodes to command" : this.fabric.command(command);
  }

  async #leaseCommand(client: ControlClient, command: ParsedLeaseCommand): Promise<void> {
    try {
      if (this.leases === null) throw new LeaseProblem(409, "This server has no nodes to command");
      await this.leases.command(command);
    } catch (error) {
      if (!(error instanceof LeaseProblem)) throw error;
      client.send({ type: "error", message: error.message });
    }
  }

  /** Something about a node, or about a link between nodes, has changed. */
  onNodes(): void {
    for (const noteId of this.#watchers.keys()) this.#tellSoon(noteId);
  }

  /** Sets, presets or heals. Returns what is wrong with it, or null. */
  command(
    command: ({ readonly type: "set-links"; readonly replicaId: ReplicaId } & LinksPatch) | Exclude<ControlCommand, { type: "set-links" }>,
  ): string | null {
    const { board, rates } = this.#options;
    return problemOf(() => {
      if (command.type === "set-links") board.set(command.replicaId, command);
      else if (command.type === "preset") board.preset(command.replicaId, command.preset);
      else if (command.type === "set-rate") rates.set(command.replicaId, command.rate);
      else if (command.type === "set-presence") this.presence.set(command.replicaId, command);
      else if (command.type === "set-clock") this.clocks.set(command.replicaId, command.clock);
      else if (command.type === "set-node-clock") this.clocks.setNode(this.#nodeOf(command.node), command.clock);
      else if (command.type === "set-stamps") this.#stampBy(command.noteId, command.kind);
      else {
        if (command.replicaId === undefined) this.fabric?.heal();
        board.heal(command.replicaId);
        rates.heal(command.replicaId);
        this.holds.heal(command.replicaId);
        this.clocks.heal(command.replicaId);
        this.presence.heal(command.replicaId);
      }
    });
  }

  leave(client: ControlClient): void {
    const row = this.#clients.get(client);
    this.#clients.delete(client);
    if (row === undefined) return;
    row.clients.delete(client);
    this.#watch(row.noteId, -1);
    this.#dropIfGone(row);
  }

  /** A /sync connection is up; the returned function says that it is down. */
  connected({ replicaId, noteId, kind, name, node, move }: SyncPresence): () => void {
    const row = this.#rows.get(replicaId) ?? this.#addRow(replicaId, kind, noteId, name);
    if (row.kind === "stock") this.#move(row, noteId);
    row.syncs.set(noteId, (row.syncs.get(noteId) ?? 0) + 1);
    if (move !== undefined) row.moves.add(move);
    if (node !== undefined && row.node !== node) {
      row.node = node;
      this.#options.onPlaced?.(replicaId, node);
    }
    this.#tellSoon(row.noteId);
    let isUp = true;
    return () => {
      if (!isUp) return;
      isUp = false;
      if (move !== undefined) row.moves.delete(move);
      const left = (row.syncs.get(noteId) ?? 1) - 1;
      if (left > 0) row.syncs.set(noteId, left);
      else row.syncs.delete(noteId);
      this.#dropIfGone(row);
    };
  }

  /** Something was merged into a room. */
  onMerged({ room }: OpenRoom): void {
    if (!this.#isWatched(room.noteId)) return;
    this.#tellSoon(room.noteId);
    this.#tellLedgerSoon(room.noteId);
  }

  /** A room has found losses. Those of titles come from the catalog's room and belong to the note they name. */
  onLosses({ room }: OpenRoom, losses: readonly Loss[], store: Pick<Store, "putLosses"> = this.#options.store): void {
    const clocksOf = (noteId: NoteId, loss: Loss) => lossClocksOf(this.clocks, noteId, loss);
    for (const noteId of this.#losses.found(losses, room.noteId, this.#options.clock.now(), store, clocksOf))
      this.#later(`ledger ${noteId}`, TELL_AFTER_MS, () => void this.#tellLedger(noteId));
  }

  /** Every replica, or those of one note. */
  replicas(noteId?: NoteId): ReplicasAnswer {
    const rows = [...(noteId === undefined ? this.#rows.values() : (this.#rowsByNote.get(noteId) ?? []))];
    const notes = noteId === undefined ? [...this.#options.hub.rooms()].map(({ room }) => room.noteId) : [noteId];
    const nodes = notes.filter((id) => id !== CATALOG_NOTE_ID).flatMap((id) => this.#nodeStatus(id) ?? []);
    return {
      replicas: [...rows.map((row) => this.#statusOf(row)), ...nodes],
      healAtMs: [this.#options.board, this.#options.rates, this.holds, this.clocks, this.presence].reduce<number | null>(
        (at, each) => latest(at, each.healAtMs),
        null,
      ),
      serverNowMs: this.#options.clock.now(),
    };
  }

  async ledger(noteId: NoteId): Promise<NoteLedger> {
    const { store, hub, identities } = this.#options;
    const losses = (await this.#losses.of(noteId, this.#isWatched(noteId))).map(({ loss, ...found }) => ({
      ...found,
      ...clocksIn(toldClocksOf(this.clocks, loss)),
      loss,
      authorName: identities.nameOf(loss.author),
      winnerName: identities.nameOf(loss.winningStamp.replica),
    }));
    const exists = hub.find(noteId) !== null || (await store.find(noteId)) !== null;
    const facts = exists ? this.#facts.of(await hub.open(noteId)) : null;
    return { noteId, losses, typed: facts?.typed ?? 0, kept: facts?.kept ?? 0 };
  }

  /** Leaves no timer behind. */
  close(): void {
    this.#unsubscribe();
    this.holds.close();
    this.leases?.close();
    this.clocks.close();
    this.presence.close();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #disconnect(replicaId: ReplicaId, closed: Closed): number {
    const moves = [...(this.#rows.get(replicaId)?.moves ?? [])];
    for (const move of moves) move(closed);
    return moves.length;
  }

  #replicaOf(text: string): ReplicaId {
    const id = parseReplicaId(text);
    if (id !== null && this.#rows.has(id)) return id;
    const named = [...this.#rows.values()].filter(({ name }) => name === text);
    if (named.length > 1) throw new RangeError(`${named.length} replicas are called ${text}: use their ids`);
    if (named[0] === undefined)
      throw new RangeError(`No replica and no node is called ${text}; GET /control/replicas lists those that are here`);
    return named[0].replicaId;
  }

  #inspect(client: ControlClient, { link, id }: Extract<ParsedHoldCommand, { type: "inspect-message" }>): void {
    // What is inside belongs to the note: whoever looks at another is not told. That it has just arrived is nobody's mistake.
    const isTold = (): boolean => this.holds.noteOf(link) === this.#clients.get(client)?.noteId;
    if (!isTold()) return;
    void this.inspect(link, id)
      .then((inspected) => isTold() && client.send({ type: "inspected", ...inspected }))
      .catch((error: unknown) => {
        if (!(error instanceof RangeError)) throw error;
      });
  }

  #nodeOf(text: string): NodeId {
    const { fleet } = this.#options;
    const node = fleet?.parse(text) ?? null;
    if (fleet?.isSeveral === false) throw new RangeError(ALONE);
    if (node === null) throw new RangeError(`Unknown node ${text}: expected one of ${fleet?.ids.join(", ") ?? "none"}`);
    return node;
  }

  #onClock(owner: ClockOwner): void {
    const { fleet } = this.#options;
    const node = fleet?.parse(owner) ?? null;
    const setting = this.clocks.get(owner);
    if (node === null) return this.#onConditions(owner as ReplicaId, `clock ${JSON.stringify(setting)}`);
    fleet?.wallOf(node).set(setting);
    this.#onDeed(`clock of ${node}: ${JSON.stringify(setting)}`, node);
  }

  #stampBy(noteId: NoteId, kind: ClockKind): void {
    const { clock, journals, nodeReplica, store } = this.#options;
    if (kind === this.clocks.kindOf(noteId)) return;
    this.clocks.setKind(noteId, kind);
    store.putStamps({ noteId, kind, fromMs: clock.now() });
    journals.trace({ kind: "conditions", text: `stamps ${kind}`, atMs: clock.now(), hop: "control", noteId, replica: nodeReplica });
    this.#tellSoon(noteId);
  }

  #onHoldAct(replica: ReplicaId, ofNote: NoteId | null, text: string): void {
    const { clock, journals } = this.#options;
    const noteId = ofNote ?? this.#rows.get(replica)?.noteId;
    if (noteId === undefined) return;
    journals.trace({ kind: "conditions", text, atMs: clock.now(), hop: "control", noteId, replica });
    // When everything heals by itself concerns every tab.
    if (ofNote === null) for (const watched of this.#watchers.keys()) this.#tellSoon(watched);
  }

  #tellMessagesSoon(noteId: NoteId): void {
    if (this.#isWatched(noteId))
      this.#later(`messages ${noteId}`, MESSAGES_AFTER_MS, () => {
        const nodes = this.fabric?.flights() ?? [];
        this.#send(noteId, { type: "messages", noteId, links: this.holds.messages(noteId), nodes });
        if (nodes.length > 0) this.#toldFlights.add(noteId);
        else this.#toldFlights.delete(noteId);
        // Nothing tells of each frame between nodes.
        if (nodes.some(({ dueInMs }) => dueInMs !== null)) this.#tellMessagesSoon(noteId);
      });
  }

  #onDeed(text: string, node: NodeId | null, notes: Iterable<NoteId> = this.#watchers.keys()): void {
    const { clock, journals, fleet, nodeReplica } = this.#options;
    const replica = (node === null ? null : fleet?.node(node)?.replica) ?? nodeReplica;
    for (const noteId of notes) journals.trace({ kind: "fabric", text, atMs: clock.now(), hop: "control", noteId, replica });
    this.onNodes();
  }

  #hello(client: ControlClient, { replicaId, noteId, name }: Extract<ParsedRequest, { type: "hello" }>): void {
    const { clock, store } = this.#options;
    const before = this.#clients.get(client);
    if (before !== undefined && before.replicaId !== replicaId) this.leave(client);
    const known = this.#rows.get(replicaId);
    const row = known ?? this.#addRow(replicaId, "tab", noteId, name);
    const left = row.noteId;
    if (left !== noteId) {
      this.#move(row, noteId);
      row.digest = null;
      this.#tellSoon(left);
    }
    if (!row.clients.has(client)) this.#watch(noteId, 1);
    row.clients.add(client);
    this.#clients.set(client, row);
    store.putName(replicaId, row.name);
    const stamped = { clock: this.clocks.get(replicaId), stamps: this.clocks.kindOf(noteId) };
    client.send({ type: "welcome", replicaId, name: row.name, colour: row.colour, serverNowMs: clock.now(), ...stamped });
    this.#tellSoon(noteId);
    this.#later(`ledger ${noteId}`, 0, () => void this.#tellLedger(noteId));
    const links = this.holds.messages(noteId);
    if (links.length > 0) client.send({ type: "messages", noteId, links, nodes: this.fabric?.flights() ?? [] });
  }

  #addRow(replicaId: ReplicaId, kind: "tab" | "stock", noteId: NoteId, wish: string | null): Row {
    const others = noteId === CATALOG_NOTE_ID ? this.#everybody : (this.#rowsByNote.get(noteId) ?? this.#nobody);
    const identity = this.#options.identities.claim(replicaId, wish, others);
    const row: Row = {
      ...identity,
      replicaId,
      kind,
      noteId,
      digest: null,
      roundTripMs: null,
      clients: new Set(),
      syncs: new Map(),
      node: null,
      moves: new Set(),
    };
    this.#rows.set(replicaId, row);
    this.#everybody.add(row);
    this.#place(row);
    return row;
  }

  #place(row: Row): void {
    let here = this.#rowsByNote.get(row.noteId);
    if (here === undefined) this.#rowsByNote.set(row.noteId, (here = new Crowd()));
    here.add(row);
  }

  #displace(row: Row): void {
    const here = this.#rowsByNote.get(row.noteId);
    here?.delete(row);
    if (here?.size === 0) this.#rowsByNote.delete(row.noteId);
  }

  /** A replica is on another note now, and whoever looks through it looks at that one. */
  #move(row: Row, noteId: NoteId): void {
    if (row.noteId === noteId) return;
    this.#displace(row);
    this.#watch(row.noteId, -row.clients.size);
    row.noteId = noteId;
    this.#watch(noteId, row.clients.size);
    this.#place(row);
  }

  /** What was kept for those who looked is dropped with the last of them. */
  #watch(noteId: NoteId, more: number): void {
    const count = (this.#watchers.get(noteId) ?? 0) + more;
    if (count > 0) return void this.#watchers.set(noteId, count);
    this.#watchers.delete(noteId);
    this.#tellAfterMs.delete(noteId);
    this.#toldFlights.delete(noteId);
    this.#losses.forget(noteId);
  }

  /** A stock client that is cut stays in the list, or nobody could heal it. */
  #dropIfGone(row: Row): void {
    const { board, rates } = this.#options;
    const isBroken = board.all().has(row.replicaId) || rates.isSet(row.replicaId) || this.presence.isSet(row.replicaId);
    const isHeld = row.kind === "stock" && isBroken;
    if (row.clients.size === 0 && row.syncs.size === 0 && !isHeld && this.#rows.delete(row.replicaId)) {
      this.#everybody.delete(row);
      this.#displace(row);
      if (row.node !== null) this.#options.onPlaced?.(row.replicaId, null);
    }
    this.#tellSoon(row.noteId);
  }

  #onConditions(replica: ReplicaId, text: string): void {
    const { clock, journals } = this.#options;
    const row = this.#rows.get(replica);
    if (row !== undefined) {
      journals.trace({
        kind: "conditions",
        text,
        atMs: clock.now(),
        hop: "control",
        noteId: row.noteId,
        replica,
      });
      this.#dropIfGone(row);
    }
    // When everything heals by itself concerns every tab.
    for (const noteId of this.#watchers.keys()) this.#tellSoon(noteId);
  }

  #isWatched(noteId: NoteId): boolean {
    return this.#watchers.has(noteId);
  }

  #tellSoon(noteId: NoteId): void {
    if (!this.#isWatched(noteId)) return;
    const waitMs = (this.#tellAfterMs.get(noteId) ?? 0) - this.#options.clock.now();
    this.#later(`replicas ${noteId}`, Math.max(TELL_AFTER_MS, waitMs), () => this.#tell(noteId));
  }

  #tell(noteId: NoteId): void {
    if (!this.#isWatched(noteId)) return;
    const { hub, clock } = this.#options;
    const fromMs = clock.now();
    const answer = this.replicas(noteId);
    const room = hub.find(noteId)?.room;
    const epoch = room?.isNote === true ? room.epoch : null;
    this.#send(noteId, { type: "replicas", noteId, epoch, ...answer, room: room?.counts ?? null, stamps: this.clocks.kindOf(noteId) });
    if (this.#options.fleet?.isSeveral === true && this.fabric !== null) {
      this.#send(noteId, { type: "nodes", noteId, ...this.fabric.state(noteId) });
      if (this.#toldFlights.has(noteId) || this.fabric.flights().length > 0) this.#tellMessagesSoon(noteId);
    }
    this.#tellAfterMs.set(noteId, clock.now() + (clock.now() - fromMs) / TELL_SHARE);
  }

  #tellLedgerSoon(noteId: NoteId): void {
    if (this.#isWatched(noteId)) this.#later(`ledger ${noteId}`, LEDGER_AFTER_MS, () => void this.#tellLedger(noteId));
  }

  async #tellLedger(noteId: NoteId): Promise<void> {
    if (!this.#isWatched(noteId)) return;
    try {
      this.#send(noteId, { type: "ledger", ledger: await this.ledger(noteId) });
    } catch {
      // The store has failed and says so elsewhere; or the note closes, and nobody is left to be told.
    }
  }

  #send(noteId: NoteId, event: ControlEvent): void {
    for (const row of this.#rowsByNote.get(noteId) ?? []) for (const client of row.clients) client.send(event);
  }

  /** Runs `task` after `delayMs` unless the same is due already. */
  #later(key: string, delayMs: number, task: () => void): void {
    if (this.#timers.has(key)) return;
    this.#timers.set(
      key,
      this.#options.clock.setTimer(delayMs, () => {
        this.#timers.delete(key);
        task();
      }),
    );
  }

  #statusOf({ replicaId, kind, name, colour, noteId, digest, roundTripMs, syncs, node }: Row): ReplicaStatus {
    const { board, rates, hub } = this.#options;
    const isConnected = (syncs.get(noteId) ?? 0) > 0;
    const strategy = hub.find(noteId)?.strategy ?? hub.catalog.find(noteId)?.strategy ?? null;
    const conditions = board.get(replicaId);
    return {
      replicaId,
      kind,
      name,
      colour,
      noteId,
      strategy,
      isConnected,
      node,
      conditions,
      held: this.holds.of(replicaId),
      cutSinceMs: board.cutSinceMs(replicaId),
      digest,
      roundTripMs,
      bucket: rates.gaugeOf(replicaId),
      ...(this.presence.isSet(replicaId) ? { presence: this.presence.get(replicaId) } : {}),
      ...(this.clocks.isSet(replicaId) ? { clock: this.clocks.get(replicaId) } : {}),
    };
  }

  #nodeStatus(noteId: NoteId): ReplicaStatus | null {
    const open = this.#options.hub.find(noteId);
    if (open === null) return null;
    return {
      replicaId: this.#options.nodeReplica,
      kind: "node",
      name: "Server",
      colour: 7,
      noteId,
      strategy: open.strategy,
      isConnected: true,
      conditions: CLEAR_BOTH,
      cutSinceMs: null,
      digest: this.#facts.of(open)?.digest ?? null,
      roundTripMs: null,
      bucket: null,
    };
  }
}

/** Of two times; null: never. */
function latest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

/** What is wrong with what was asked for, or null when it is done. */
function problemOf(task: () => void): string | null {
  try {
    task();
    return null;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

function clocksIn(clocks: LossClocks | null): { readonly clocks?: LossClocks } {
  return clocks === null ? {} : { clocks };
}

function conditionsText({ up, down }: ReplicaConditions): string {
  return `up ${JSON.stringify(up)}, down ${JSON.stringify(down)}`;
}
