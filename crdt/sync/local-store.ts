/** Where a replica keeps its own work on its own device. One store serves one replica of one note. */

import type { Epoch } from "../base/ids.ts";

export interface StoredReplica {
  /** null: the replica has never met a node. */
  readonly epoch: Epoch | null;
  /** A whole state, or null when there is none. */
  readonly state: Uint8Array | null;
  /** What came from the node after that, in order: later local edits may build on it. */
  readonly received: readonly Uint8Array[];
  /** Local edits that no node has acknowledged, oldest first; some may be part of `state` already. */
  readonly unsaved: readonly Uint8Array[];
}

/** Thrown by a store that can not keep anything: `full` may pass, `missing` will not. */
export class StorageError extends Error {
  override readonly name = "StorageError";
  readonly kind: "full" | "missing";

  constructor(kind: "full" | "missing", message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Every promise settles only when the device has done it; each may reject with StorageError. */
export interface LocalStore {
  load(): Promise<StoredReplica>;
  /** Keeps local edit number `edit`, counted from 1 since `load`; those that `load` returned come first. */
  put(edit: number, update: Uint8Array): Promise<void>;
  /** Keeps what came from the node. In order with `put`. */
  keep(update: Uint8Array): Promise<void>;
  /** Replaces the state, forgets what was received before, and the edits up to `savedEdit`. */
  compact(state: Uint8Array, savedEdit: number, epoch: Epoch | null): Promise<void>;
  /** Forgets this replica's state and edits, and keeps `draft` for the person, if there is one. */
  discard(draft: string | null): Promise<void>;
}

/** Keeps everything in memory; for tests, the sandbox, and pages without storage. */
export class MemoryStore implements LocalStore {
  epoch: Epoch | null = null;
  state: Uint8Array | null = null;
  draft: string | null = null;
  readonly rows = new Map<number, Uint8Array>();
  received: Uint8Array[] = [];

  async load(): Promise<StoredReplica> {
    const unsaved = [...this.rows].sort(([a], [b]) => a - b).map(([, update]) => update);
    this.rows.clear();
    for (const [n, update] of unsaved.entries()) this.rows.set(n + 1, update);
    return { epoch: this.epoch, state: this.state, received: [...this.received], unsaved };
  }

  async put(edit: number, update: Uint8Array): Promise<void> {
    this.rows.set(edit, update);
  }

  async keep(update: Uint8Array): Promise<void> {
    this.received.push(update);
  }

  async compact(state: Uint8Array, savedEdit: number, epoch: Epoch | null): Promise<void> {
    this.received = [];
    this.state = state;
    this.epoch = epoch;
    for (const edit of this.rows.keys()) if (edit <= savedEdit) this.rows.delete(edit);
  }

  async discard(draft: string | null): Promise<void> {
    this.rows.clear();
    this.received = [];
    this.state = this.epoch = null;
    this.draft = draft ?? this.draft;
  }
}
