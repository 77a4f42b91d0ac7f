/**
 * What this browser keeps: copies of notes by note and replica, their unsaved edits, drafts, and which strategy
 * each note has. The one file that knows IndexedDB.
 */

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Epoch, NoteId, ReplicaId } from "../../crdt/base/ids.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { type LocalStore, StorageError, type StoredReplica } from "../../crdt/sync/local-store.ts";

export interface Draft {
  readonly id: number;
  readonly noteId: NoteId;
  readonly text: string;
  readonly atMs: number;
}

interface Schema extends DBSchema {
  copies: { key: [NoteId, ReplicaId]; value: { noteId: NoteId; replicaId: ReplicaId; epoch: Epoch | null; state: Uint8Array } };
  edits: { key: [NoteId, ReplicaId, number]; value: Uint8Array };
  received: { key: [NoteId, ReplicaId, number]; value: Uint8Array };
  drafts: { key: number; value: Omit<Draft, "id">; indexes: { noteId: NoteId } };
  strategies: { key: NoteId; value: StrategyName };
}

export class LocalDatabase {
  readonly #database: Promise<IDBPDatabase<Schema>>;

  constructor(name = "riftpad") {
    this.#database = openDatabase(name);
    // Whoever uses it is told; nobody may.
    this.#database.catch(() => undefined);
  }

  /** The store of one replica of one note. */
  storeOf(noteId: NoteId, replicaId: ReplicaId): LocalStore {
    let keptRows = 0;
    const rowsFrom = (first: number, last: number): IDBKeyRange => IDBKeyRange.bound([noteId, replicaId, first], [noteId, replicaId, last]);
    const all = rowsFrom(0, Number.MAX_SAFE_INTEGER);
    return {
      load: () =>
        this.#try(async (database): Promise<StoredReplica> => {
          const work = database.transaction(["copies", "edits", "received"], "readwrite");
          const kept = work.objectStore("received");
          const received = await kept.getAll(all);
          const [last] = (await kept.getAllKeys(all)).slice(-1);
          keptRows = last === undefined ? 0 : last[2] + 1;
          const copy = await work.objectStore("copies").get([noteId, replicaId]);
          const edits = work.objectStore("edits");
          const unsaved = await edits.getAll(all);
          // Numbers count from 1 again.
          await edits.delete(all);
          await Promise.all([...unsaved.map((update, n) => edits.put(update, [noteId, replicaId, n + 1])), work.done]);
          return { epoch: copy?.epoch ?? null, state: copy?.state ?? null, received, unsaved };
        }),
      put: (edit, update) => this.#try((database) => putNow(database, "edits", [noteId, replicaId, edit], update)),
      keep: (update) => this.#try((database) => putNow(database, "received", [noteId, replicaId, keptRows++], update)),
      compact: (state, savedEdit, epoch) =>
        this.#try(async (database) => {
          const work = database.transaction(["copies", "edits", "received"], "readwrite");
          await Promise.all([
            work.objectStore("received").delete(all),
            work.objectStore("copies").put({ noteId, replicaId, epoch, state }, [noteId, replicaId]),
            work.objectStore("edits").delete(rowsFrom(0, savedEdit)),
            work.done,
          ]);
        }),
      discard: (draft) =>
        this.#try(async (database) => {
          const work = database.transaction(["copies", "edits", "received", "drafts"], "readwrite");
          await Promise.all([
            work.objectStore("received").delete(all),
            work.objectStore("copies").delete([noteId, replicaId]),
            work.objectStore("edits").delete(all),
            ...(draft === null ? [] : [work.objectStore("drafts").add({ noteId, text: draft, atMs: Date.now() })]),
            work.done,
          ]);
        }),
    };
  }

  /** Replicas that hold edits of this note which no server has. Empty when storage is missing. */
  async unsavedReplicas(noteId: NoteId): Promise<ReplicaId[]> {
    const keys = await this.#quietly(
      (database) => database.getAllKeys("edits", IDBKeyRange.bound([noteId, "", 0], [noteId, "~", 0])),
      [] as [NoteId, ReplicaId, number][],
    );
    return [...new Set(keys.map(([, replicaId]) => replicaId))];
  }

  /** Replicas that have stored anything. */
  async replicas(): Promise<ReplicaId[]> {
    const keys = await this.#quietly((database) => database.getAllKeys("copies"), [] as [NoteId, ReplicaId][]);
    return [...new Set(keys.map(([, replicaId]) => replicaId))];
  }

  async drafts(noteId: NoteId): Promise<Draft[]> {
    return this.#quietly(async (database) => {
      const found: Draft[] = [];
      let cursor = await database.transaction("drafts").store.index("noteId").openCursor(noteId);
      for (; cursor !== null; cursor = await cursor.continue()) found.push({ ...cursor.value, id: cursor.primaryKey });
      return found;
    }, []);
  }

  /** Keeps text that is not in the note. */
  async addDraft(noteId: NoteId, text: string): Promise<void> {
    await this.#quietly((database) => database.add("drafts", { noteId, text, atMs: Date.now() }), undefined);
  }

  async removeDraft(id: number): Promise<void> {
    await this.#quietly((database) => database.delete("drafts", id), undefined);
  }

  /** Which strategy a note has, if this browser has seen it. */
  async strategyOf(noteId: NoteId): Promise<StrategyName | null> {
    return (await this.#quietly((database) => database.get("strategies", noteId), undefined)) ?? null;
  }

  async rememberStrategy(noteId: NoteId, strategy: StrategyName): Promise<void> {
    await this.#quietly(async (database) => void (await database.put("strategies", strategy, noteId)), undefined);
  }

  /** @throws StorageError */
  async #try<T>(work: (database: IDBPDatabase<Schema>) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#database);
    } catch (error) {
      const isFull = error instanceof DOMException && error.name === "QuotaExceededError";
      throw new StorageError(isFull ? "full" : "missing", error instanceof Error ? error.message : String(error));
    }
  }

  /** For what is nice to have: `instead` where storage fails. */
  async #quietly<T>(work: (database: IDBPDatabase<Schema>) => Promise<T>, instead: T): Promise<T> {
    try {
      return await this.#try(work);
    } catch {
      return instead;
    }
  }
}

/** Rejects, and never throws, where there is no storage at all. */
async function openDatabase(name: string): Promise<IDBPDatabase<Schema>> {
  return openDB<Schema>(name, 1, {
    upgrade(database) {
      database.createObjectStore("copies");
      database.createObjectStore("edits");
      database.createObjectStore("received");
      database.createObjectStore("drafts", { autoIncrement: true }).createIndex("noteId", "noteId");
      database.createObjectStore("strategies");
    },
  });
}

/** Commits without waiting for this page, which may be gone before the answer comes. */
async function putNow(
  database: IDBPDatabase<Schema>,
  store: "edits" | "received",
  key: [NoteId, ReplicaId, number],
  update: Uint8Array,
): Promise<void> {
  const work = database.transaction(store, "readwrite");
  const written = work.store.put(update, key);
  work.commit();
  await Promise.all([written, work.done]);
}
