/**
 * Who is here, under which conditions, holding what: the truth that no fault touches. Tabs report to it, it tells
 * every tab of a note, and it takes commands from anybody. Who is here: roster.ts; when tabs are told: tellings.ts; what they are
 * told: accounts.ts; what is written down of it: deeds.ts. Nodes, leases and single messages have files of their own.
 */

import type { Clock } from "../../crdt/base/clock.ts";
import type { NoteId, ReplicaId } from "../../crdt/base/ids.ts";
import type { ClockKind } from "../../crdt/causal/stamp-clock.ts";
import type { FaultBoard } from "../../crdt/network/fault-board.ts";
import type { NodeId } from "../../crdt/network/node-pair.ts";
import { loadNodeStrategy } from "../../crdt/strategy/registry.ts";
import type { Loss } from "../../crdt/strategy/strategy.ts";
import type { ControlEvent, NoteLedger, ReplicasAnswer } from "../../crdt/sync/control-messages.ts";
import { ClockBoard, type ClockOwner } from "../../crdt/sync/clock-board.ts";
import type { InspectedHeld } from "../../crdt/sync/held-messages.ts";
import { PresenceBoard } from "../../crdt/sync/presence-board.ts";
import type { RateBoard } from "../../crdt/sync/rate-board.ts";
import type { ServerHub, ServerStore } from "../nodes/primary.ts";
import type { OpenRoom } from "../rooms/room-hub.ts";
import type { Store, StoredStamps } from "../store/store.ts";
import type { Fleet } from "../nodes/fleet.ts";
import { Accounts } from "./accounts.ts";
import { type BoardCommand, type Boards, obey, problemOf } from "./commands.ts";
import { conditionsText, Deeds } from "./deeds.ts";
import { Fabric } from "./fabric.ts";
import type { ParsedFabricCommand } from "./fabric-schema.ts";
import type { ParsedHoldCommand } from "./hold-schema.ts";
import { Holds } from "./holds.ts";
import { LeaseProblem, Leases } from "./leases.ts";
import type { ParsedLeaseCommand } from "./lease-schema.ts";
import { entryOf, type ParsedRequest } from "./control-schema.ts";
import { FabricRecorder } from "./fabric-recorder.ts";
import { FactsBook } from "./facts-book.ts";
import type { Identities } from "./identities.ts";
import { MessageTeller } from "./message-teller.ts";
import type { NoteJournals } from "./note-journals.ts";
import { type ControlClient, Roster, type SyncPresence } from "./roster.ts";
import { Tellings } from "./tellings.ts";

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
  readonly #roster: Roster;
  readonly #tellings: Tellings;
  readonly #messages: MessageTeller;
  readonly #accounts: Accounts;
  readonly #deeds: Deeds;
  readonly #boards: Boards;
  readonly #unsubscribe: () => void;
  /** What can be done to nodes and their links; null where the plane watches over none. */
  readonly fabric: Fabric | null;
  /** Leases of notes' orders, and locks of their writers; null as above. */
  readonly leases: Leases | null;
  /** Writes into journals how the nodes are; null as above. */
  readonly #recorder: FabricRecorder | null;
  /** Messages that are touched one by one. */
  readonly holds: Holds;
  /** Faults of presence alone. */
  readonly presence: PresenceBoard;
  /** How far clocks are off, and what notes are stamped with. */
  readonly clocks: ClockBoard;

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    const { fleet, clock, store, board, rates, journals, identities, hub } = options;
    const nodeReplica = (): ReplicaId => options.nodeReplica;
    this.clocks = new ClockBoard({ clock, kinds: options.stamps ?? [] });
    this.presence = new PresenceBoard({ clock });
    this.#deeds = new Deeds({ clock, journals, nodeReplica, board, clocks: this.clocks, isSeveral: fleet?.isSeveral === true });
    this.#roster = new Roster({
      identities,
      isBroken: (replica) => board.all().has(replica) || rates.isSet(replica) || this.presence.isSet(replica),
      onChange: (noteId) => this.#tellings.soon(noteId),
      onPlaced: (replica, node) => options.onPlaced?.(replica, node),
      onCome: (row, noteId) => this.#deeds.standing(row, noteId),
      onUnwatched: (noteId) => this.#forget(noteId),
    });
    this.#tellings = new Tellings({
      clock,
      roster: this.#roster,
      account: (noteId) => this.#account(noteId),
      ledger: (noteId) => this.ledger(noteId),
      onTold: (noteId) => {
        if (fleet?.isSeveral === true) this.#messages.lookBetweenNodes(noteId);
      },
    });
    this.#messages = new MessageTeller({
      clock,
      links: (noteId) => this.holds.told(noteId),
      flights: () => this.fabric?.flights() ?? [],
      clientsOf: (noteId) => this.#roster.clientsOf(noteId),
    });
    const facts = new FactsBook((noteId) => {
      this.#tellings.soon(noteId);
      this.#tellings.ledgerSoon(noteId);
    });
    this.fabric =
      fleet === undefined
        ? null
        : new Fabric({
            fleet,
            clientLinks: board,
            clock,
            replicaOf: (text) => this.#roster.named(text),
            disconnect: (replica, closed) => this.#roster.disconnect(replica, closed),
            digestOf: (open) => facts.of(open)?.digest ?? null,
            onOpened: (noteId) => this.#tellings.soon(noteId),
            onDeed: (text, node) => this.#onDeed(text, node),
            clockOf: (node) => (this.clocks.isSet(node) ? this.clocks.get(node) : null),
          });
    this.leases =
      fleet === undefined
        ? null
        : new Leases({
            fleet,
            clock,
            nameOf: (replica) => this.#roster.nameOf(replica),
            onDeed: (noteId, text, node) => this.#onDeed(text, node, [noteId]),
          });
    this.#recorder = fleet === undefined ? null : new FabricRecorder({ fleet, clock, journals });
    journals.onAdmitted = (noteId) => {
      for (const row of this.#roster.rows(noteId)) if (row.syncs.includes(noteId)) this.#deeds.standing(row, noteId);
      this.#recorder?.look();
    };
    this.holds = new Holds({
      clock,
      onMessages: (noteId) => this.#messages.soon(noteId),
      onAct: (replica, noteId, text) => this.#onHoldAct(replica, noteId, text),
    });
    this.#accounts = new Accounts({
      clock,
      roster: this.#roster,
      facts,
      board,
      rates,
      holds: this.holds,
      clocks: this.clocks,
      presence: this.presence,
      store,
      identities,
      hub,
      nodeReplica,
    });
    this.#boards = { board, rates, holds: this.holds, clocks: this.clocks, presence: this.presence, fabric: this.fabric };
    const stops = [
      board.subscribe((replica) => this.#onConditions(replica, conditionsText(board.get(replica)))),
      ...(fleet === undefined ? [] : [fleet.nodeLinks.subscribe(() => this.onNodes())]),
      this.presence.subscribe((replica) => this.#onConditions(replica, `presence ${JSON.stringify(this.presence.get(replica))}`)),
      this.clocks.subscribe((owner) => this.#onClock(owner)),
      rates.subscribe((replica) => this.#onConditions(replica, `rate ${JSON.stringify(rates.get(replica))}`)),
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
        const row = this.#roster.ofClient(client);
        if (row === null) return "A report before hello";
        if (row.noteId !== request.noteId) return null;
        row.digest = request.digest;
        row.roundTripMs = request.roundTripMs;
        this.#tellings.soon(row.noteId);
        return null;
      }
      case "beat":
        client.send({ type: "beat" });
        return null;
      case "watch": {
        const row = this.#roster.ofClient(client);
        if (row === null) return "A watch before hello";
        this.#messages.watch(client, row.noteId, request.messages);
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
          this.#tellings.ledgerSoon(entry.noteId);
        }
        return null;
      case "stranded":
      case "orphan":
        return this.#hearOrphan(client, request);
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

  /** Something about a node, or about a link between nodes, has changed; or when everything heals by itself, which concerns every tab. */
  onNodes(): void {
    this.#recorder?.look();
    for (const noteId of this.#roster.watched()) this.#tellings.soon(noteId);
  }

  /** Sets, presets or heals. Returns what is wrong with it, or null. */
  command(command: BoardCommand): string | null {
    return problemOf(() => {
      if (command.type === "set-stamps") this.#stampBy(command.noteId, command.kind);
      else obey(command, this.#boards);
    });
  }

  leave(client: ControlClient): void {
    this.#messages.leave(client);
    this.#roster.leave(client);
  }

  /** A /sync connection is up; the returned function says that it is down. */
  connected(presence: SyncPresence): () => void {
    return this.#roster.connected(presence);
  }

  /** Something was merged into a room. */
  onMerged({ room: { noteId } }: OpenRoom): void {
    this.#tellings.soon(noteId);
    this.#tellings.ledgerSoon(noteId);
  }

  /** More of a room's log is durable. */
  onDurable({ room }: OpenRoom): void {
    this.#tellings.soon(room.noteId);
  }

  /** A room has found losses. Those of titles come from the catalog's room and belong to the note they name. */
  onLosses({ room }: OpenRoom, losses: readonly Loss[], store: Pick<Store, "putLosses"> = this.#options.store): void {
    for (const noteId of this.#accounts.found(losses, room.noteId, store)) this.#tellings.lossSoon(noteId);
  }

  /** Every replica, or those of one note. */
  replicas(noteId?: NoteId): ReplicasAnswer {
    return this.#accounts.replicas(noteId);
  }

  ledger(noteId: NoteId): Promise<NoteLedger> {
    return this.#accounts.ledger(noteId);
  }

  /** Leaves no timer behind. */
  close(): void {
    this.#unsubscribe();
    this.holds.close();
    this.leases?.close();
    this.clocks.close();
    this.presence.close();
    this.#tellings.close();
    this.#messages.close();
  }

  #account(noteId: NoteId): ControlEvent[] {
    const isSeveral = this.#options.fleet?.isSeveral === true && this.fabric !== null;
    return [
      this.#accounts.telling(noteId),
      ...(isSeveral && this.fabric !== null ? [{ type: "nodes", noteId, ...this.fabric.state(noteId) } as const] : []),
    ];
  }

  /** What was kept for those who looked is dropped with the last of them. */
  #forget(noteId: NoteId): void {
    this.#tellings.forget(noteId);
    this.#messages.forget(noteId);
    this.#accounts.forget(noteId);
  }

  #inspect(client: ControlClient, { link, id }: Extract<ParsedHoldCommand, { type: "inspect-message" }>): void {
    // What is inside belongs to the note: whoever looks at another is not told. That it has just arrived is nobody's mistake.
    const isTold = (): boolean => this.holds.noteOf(link) === this.#roster.ofClient(client)?.noteId;
    if (!isTold()) return;
    void this.inspect(link, id)
      .then((inspected) => isTold() && client.send({ type: "inspected", ...inspected }))
      .catch((error: unknown) => {
        if (!(error instanceof RangeError)) throw error;
      });
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
    if (kind === this.clocks.kindOf(noteId)) return;
    this.clocks.setKind(noteId, kind);
    this.#options.store.putStamps({ noteId, kind, fromMs: this.#options.clock.now() });
    this.#deeds.conditions(noteId, `stamps ${kind}`);
    this.#tellings.soon(noteId);
  }

  #onHoldAct(replica: ReplicaId, ofNote: NoteId | null, text: string): void {
    const noteId = ofNote ?? this.#roster.find(replica)?.noteId;
    if (noteId === undefined) return;
    this.#deeds.conditions(noteId, text, replica);
    if (ofNote === null) this.onNodes();
  }

  #onDeed(text: string, node: NodeId | null, notes: Iterable<NoteId> = this.#roster.watched()): void {
    this.#deeds.fabric(notes, text, (node === null ? null : this.#options.fleet?.node(node)?.replica) ?? null);
    this.onNodes();
  }

  #onConditions(replica: ReplicaId, text: string): void {
    const row = this.#roster.find(replica);
    if (row !== null) {
      this.#deeds.conditions(row.noteId, text, replica);
      this.#roster.dropIfGone(row);
    }
    this.onNodes();
  }

  #hello(client: ControlClient, { replicaId, noteId, name, messages = true }: Extract<ParsedRequest, { type: "hello" }>): void {
    const { clock, store } = this.#options;
    const roster = this.#roster;
    const before = roster.ofClient(client);
    if (before !== null && before.replicaId !== replicaId) this.leave(client);
    const row = roster.find(replicaId) ?? roster.add(replicaId, "tab", noteId, name);
    const left = row.noteId;
    if (left !== noteId) {
      roster.move(row, noteId);
      row.digest = null;
      this.#tellings.soon(left);
    }
    roster.enter(client, row);
    store.putName(replicaId, row.name);
    const stamped = { clock: this.clocks.get(replicaId), stamps: this.clocks.kindOf(noteId) };
    client.send({ type: "welcome", replicaId, name: row.name, colour: row.colour, serverNowMs: clock.now(), ...stamped });
    this.#tellings.soon(noteId);
    this.#tellings.ledgerNow(noteId);
    this.#messages.watch(client, noteId, messages);
  }

  /** What a tab says of text that stands alone: each of its own half. Returns what is wrong with it, or null. */
  #hearOrphan(client: ControlClient, request: Extract<ParsedRequest, { type: "stranded" | "orphan" }>): string | null {
    const row = this.#roster.ofClient(client);
    if (row === null) return "A report before hello";
    const { noteId } = request;
    if (row.noteId !== noteId) return null;
    const sayer = request.type === "stranded" ? request.stranded.author : request.loss.winningStamp.replica;
    if (sayer !== row.replicaId) return `Replica ${sayer} speaks for itself`;
    if (request.type === "stranded") this.#roster.send(noteId, request);
    else for (const of of this.#accounts.found([request.loss], noteId, this.#options.store)) this.#tellings.lossSoon(of);
    return null;
  }
}
