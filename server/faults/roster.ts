/** Who is here: every replica with its name, where it is and which connections it has, and which notes somebody looks at. */

import { Few } from "../../crdt/base/few.ts";
import { CATALOG_NOTE_ID, type NoteId, parseReplicaId, type ReplicaId } from "../../crdt/base/ids.ts";
import type { NodeId } from "../../crdt/network/node-pair.ts";
import type { Closed } from "../../crdt/network/transport.ts";
import type { ControlEvent, ReplicaDigest } from "../../crdt/sync/control-messages.ts";
import { Crowd } from "./crowd.ts";
import type { Identities, Identity } from "./identities.ts";

/** A connection of a tab to the control plane. */
export interface ControlClient {
  send(event: ControlEvent): void;
}

export interface Row extends Identity {
  readonly replicaId: ReplicaId;
  readonly kind: "tab" | "stock";
  noteId: NoteId;
  digest: ReplicaDigest | null;
  roundTripMs: number | null;
  readonly clients: Few<ControlClient>;
  /** The note of each open /sync connection. */
  syncs: readonly NoteId[];
  node: NodeId | null;
  /** How to end each of them. */
  readonly moves: Few<(closed: Closed) => void>;
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

export interface RosterOptions {
  readonly identities: Identities;
  /** Whether faults are set of it, which outlive its connections. */
  readonly isBroken: (replica: ReplicaId) => boolean;
  /** Who is on the note, or what is known of them, has changed. */
  readonly onChange: (noteId: NoteId) => void;
  /** A replica has come to a node; null: it is gone. */
  readonly onPlaced: (replica: ReplicaId, node: NodeId | null) => void;
  /** The first connection of a replica to the note is up. */
  readonly onCome: (row: Row, noteId: NoteId) => void;
  /** The last who looked at the note looks at another. */
  readonly onUnwatched: (noteId: NoteId) => void;
}

export class Roster {
  readonly #options: RosterOptions;
  readonly #rows = new Map<ReplicaId, Row>();
  readonly #rowsByNote = new Map<NoteId, Crowd<Row>>();
  readonly #everybody = new Crowd<Row>();
  readonly #nobody = new Crowd<Row>();
  /** How many control connections are on a note. Nothing is told, hashed or timed for a note that nobody looks at. */
  readonly #watchers = new Map<NoteId, number>();
  readonly #clients = new Map<ControlClient, Row>();

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  find(replicaId: ReplicaId): Row | null {
    return this.#rows.get(replicaId) ?? null;
  }

  /** All of them, or those of one note. */
  rows(noteId?: NoteId): readonly Row[] {
    return [...(noteId === undefined ? this.#rows.values() : (this.#rowsByNote.get(noteId) ?? []))];
  }

  /** Whose control connection it is; null: it has not said so, or has left. */
  ofClient(client: ControlClient): Row | null {
    return this.#clients.get(client) ?? null;
  }

  /** The name under which a replica is here, or was last known. */
  nameOf(replicaId: ReplicaId): string | null {
    return this.#rows.get(replicaId)?.name ?? this.#options.identities.nameOf(replicaId);
  }

  /** The replica of that id, or of that name where one alone has it. @throws RangeError otherwise. */
  named(text: string): ReplicaId {
    const id = parseReplicaId(text);
    if (id !== null && this.#rows.has(id)) return id;
    const named = [...this.#rows.values()].filter(({ name }) => name === text);
    if (named.length > 1) throw new RangeError(`${named.length} replicas are called ${text}: use their ids`);
    if (named[0] === undefined)
      throw new RangeError(`No replica and no node is called ${text}; GET /control/replicas lists those that are here`);
    return named[0].replicaId;
  }

  isWatched(noteId: NoteId): boolean {
    return this.#watchers.has(noteId);
  }

  /** Notes that somebody looks at. */
  watched(): Iterable<NoteId> {
    return this.#watchers.keys();
  }

  /** Who looks at the note. */
  clientsOf(noteId: NoteId): ControlClient[] {
    return [...(this.#rowsByNote.get(noteId) ?? [])].flatMap(({ clients }) => [...clients]);
  }

  /** Tells everybody who looks at the note. */
  send(noteId: NoteId, event: ControlEvent): void {
    for (const client of this.clientsOf(noteId)) client.send(event);
  }

  add(replicaId: ReplicaId, kind: "tab" | "stock", noteId: NoteId, wish: string | null): Row {
    const others = noteId === CATALOG_NOTE_ID ? this.#everybody : (this.#rowsByNote.get(noteId) ?? this.#nobody);
    const row: Row = {
      ...this.#options.identities.claim(replicaId, wish, others),
      replicaId,
      kind,
      noteId,
      digest: null,
      roundTripMs: null,
      clients: new Few(),
      syncs: [],
      node: null,
      moves: new Few(),
    };
    this.#rows.set(replicaId, row);
    this.#everybody.add(row);
    this.#place(row);
    return row;
  }

  /** A /sync connection is up; the returned function says that it is down. */
  connected({ replicaId, noteId, kind, name, node, move }: SyncPresence): () => void {
    const { onPlaced, onChange, onCome } = this.#options;
    const row = this.find(replicaId) ?? this.add(replicaId, kind, noteId, name);
    if (row.kind === "stock") this.move(row, noteId);
    const isFirst = !row.syncs.includes(noteId);
    row.syncs = [...row.syncs, noteId];
    if (move !== undefined) row.moves.add(move);
    if (node !== undefined && row.node !== node) {
      row.node = node;
      onPlaced(replicaId, node);
    }
    if (isFirst) onCome(row, noteId);
    onChange(row.noteId);
    let isUp = true;
    return () => {
      if (!isUp) return;
      isUp = false;
      if (move !== undefined) row.moves.delete(move);
      row.syncs = row.syncs.toSpliced(row.syncs.indexOf(noteId), 1);
      this.dropIfGone(row);
    };
  }

  /** A stock client that is cut stays in the list, or nobody could heal it. */
  dropIfGone(row: Row): void {
    const { isBroken, onChange, onPlaced } = this.#options;
    const isHeld = row.kind === "stock" && isBroken(row.replicaId);
    if (row.clients.size === 0 && row.syncs.length === 0 && !isHeld && this.#rows.delete(row.replicaId)) {
      this.#everybody.delete(row);
      this.#displace(row);
      if (row.node !== null) onPlaced(row.replicaId, null);
    }
    onChange(row.noteId);
  }

  /** A control connection is that of `row`, and looks at its note. */
  enter(client: ControlClient, row: Row): void {
    if (!row.clients.has(client)) this.#watch(row.noteId, 1);
    row.clients.add(client);
    this.#clients.set(client, row);
  }

  /** A control connection has ended. */
  leave(client: ControlClient): void {
    const row = this.ofClient(client);
    this.#clients.delete(client);
    if (row === null) return;
    row.clients.delete(client);
    this.#watch(row.noteId, -1);
    this.dropIfGone(row);
  }

  /** A replica is on another note now, and whoever looks through it looks at that one. */
  move(row: Row, noteId: NoteId): void {
    if (row.noteId === noteId) return;
    this.#displace(row);
    this.#watch(row.noteId, -row.clients.size);
    row.noteId = noteId;
    this.#watch(noteId, row.clients.size);
    this.#place(row);
  }

  /** Ends every /sync connection of a replica; returns how many there were. */
  disconnect(replicaId: ReplicaId, closed: Closed): number {
    const moves = [...(this.#rows.get(replicaId)?.moves ?? [])];
    for (const move of moves) move(closed);
    return moves.length;
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

  #watch(noteId: NoteId, more: number): void {
    const count = (this.#watchers.get(noteId) ?? 0) + more;
    if (count > 0) return void this.#watchers.set(noteId, count);
    this.#watchers.delete(noteId);
    this.#options.onUnwatched(noteId);
  }
}
