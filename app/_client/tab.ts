/**
 * This browser tab as a replica: its claimed id, what it stores, its copy of the list of notes and its line to the
 * control plane. One for the life of the page.
 */

import { CATALOG_NOTE_ID, mintNoteId, type NoteId, type ReplicaId } from "../../crdt/base/ids.ts";
import { type JournalEntry, JournalRing, START_TEXT_MAX, type Tracer } from "../../crdt/base/journal.ts";
import type { Prng } from "../../crdt/base/prng.ts";
import { stampSource } from "../../crdt/causal/stamp-clock.ts";
import { TITLE_LENGTH_MAX } from "../../crdt/catalog/catalog-codec.ts";
import { Catalog } from "../../crdt/catalog/catalog.ts";
import { isStrategyName, loadStrategy } from "../../crdt/strategy/registry.ts";
import { stampedBy } from "../../crdt/strategy/stamped-by.ts";
import type { StrategyName } from "../../crdt/strategy/strategy.ts";
import { StorageError } from "../../crdt/sync/local-store.ts";
import { NoteSession } from "../../crdt/sync/note-session.ts";
import { ReplicaSession } from "../../crdt/sync/replica-session.ts";
import { browserClock, randomPrng } from "./browser-clock.ts";
import { ControlClient } from "./control-client.ts";
import { LocalDatabase } from "./local-database.ts";
import { adoptOrphans, keepAlive } from "./orphans.ts";
import { AccessClient, RefusedError } from "./access-client.ts";
import { adoptCapability, capabilityOf, ownerToken } from "./capabilities.ts";
import { burnReplica, claimReplica, rememberName } from "./replica-claim.ts";
import { type TabStamps, tabStamps } from "./tab-stamps.ts";
import { connectSync } from "./ws-connect.ts";

/** Entries kept for the page's own use. */
const JOURNAL_CAPACITY = 20_000;

export interface Tab {
  readonly replicaId: ReplicaId;
  /** Whether no other tab can have this id. */
  readonly isLocked: boolean;
  readonly prng: Prng;
  readonly journal: JournalRing;
  readonly database: LocalDatabase;
  readonly control: ControlClient;
  readonly access: AccessClient;
  readonly catalog: ReplicaSession<Catalog>;
  /** What this tab stamps its writes with. */
  readonly stamps: TabStamps;
  /** Changes the list of notes; `write` returns the bytes that the catalog gave. */
  change(write: (catalog: Catalog) => Uint8Array): void;
  /** Gives a note another title. */
  rename(noteId: NoteId, title: string): void;
  /** Lists a new note and returns its id. */
  createNote(strategy: StrategyName, title: string): NoteId;
}

let opening: Promise<Tab> | null = null;
let opened: Tab | null = null;

/** The tab of this page if it is open already. */
export function readyTab(): Tab | null {
  return opened;
}

/** The tab of this page; `noteId` is the note that it was opened on. */
export function openTab(noteId: NoteId): Promise<Tab> {
  opening ??= open(noteId).then((tab) => (opened = tab));
  return opening;
}

async function open(noteId: NoteId): Promise<Tab> {
  adoptCapability();
  const access = new AccessClient();
  await access.start();
  const database = new LocalDatabase();
  const prng = randomPrng();
  const [unsaved, stored] = await Promise.all([database.unsavedReplicas(noteId), database.replicas()]);
  const { replicaId, name, isLocked } = await claimReplica(unsaved, stored, prng);
  if (!isLocked) keepAlive(replicaId);
  const control = new ControlClient(replicaId, name, (given) => rememberName(replicaId, given));
  const journal = new JournalRing(JOURNAL_CAPACITY);
  const stamps = tabStamps(control);
  const catalog = new ReplicaSession<Catalog>({
    noteId: CATALOG_NOTE_ID,
    replicaId,
    open(state) {
      let list: Catalog | null = null;
      const clock = stampSource({ replica: replicaId, ...stamps, heard: () => list?.latestStamp() ?? null });
      list = new Catalog({ replica: replicaId, clock, ...(state === undefined ? {} : { state }) });
      return list;
    },
    draftOf: () => null,
    connect: connectSync({ noteId: CATALOG_NOTE_ID, replicaId, name: name ?? "", strategy: null, capability: ownerToken }),
    store: database.storeOf(CATALOG_NOTE_ID, replicaId),
    clock: browserClock,
    prng: prng.stream("catalog"),
    tracer: journal,
  });
  catalog.subscribe(() => burnIfNotKept(catalog, replicaId));
  await catalog.start();
  const change = (write: (list: Catalog) => Uint8Array): void => catalog.commit(write(catalog.replica));
  return {
    replicaId,
    isLocked,
    prng,
    journal,
    database,
    control,
    access,
    catalog,
    stamps,
    change,
    rename(noteId, title) {
      change((list) => list.rename(noteId, title));
      const told = { kind: "rename", title: title.slice(0, TITLE_LENGTH_MAX), ...stamps.takeLast() } as const;
      control.journal({ ...told, atMs: browserClock.now(), hop: "note", noteId, replica: replicaId });
    },
    createNote(strategy, title) {
      const id = mintNoteId(prng);
      void database.rememberStrategy(id, strategy);
      change((list) => list.addNote({ noteId: id, title, strategy }));
      return id;
    },
  };
}

/**
 * Which strategy a note has: as this browser knows it, else as the server does. null: nobody has made it. Rejects
 * offline, and with RefusedError where this browser may not see it.
 */
export async function strategyOf({ catalog, database, access }: Tab, noteId: NoteId): Promise<StrategyName | null> {
  const known = catalog.replica.find(noteId)?.strategy ?? (await database.strategyOf(noteId));
  if (known !== null) return known;
  try {
    const { strategy } = await access.note(noteId);
    if (!isStrategyName(strategy)) throw new Error(`The server speaks of a strategy "${String(strategy)}" that this page does not know`);
    return strategy;
  } catch (error) {
    if (error instanceof RefusedError && error.status === 404) return null;
    throw error;
  }
}

/** Opens a note in this tab: loads what is stored, then syncs. Close it when the tab shows another. */
export async function openNote(
  { replicaId, isLocked, prng, journal, database, control, stamps }: Tab,
  noteId: NoteId,
  name: StrategyName,
): Promise<NoteSession> {
  const strategy = stampedBy(stamps, await loadStrategy(name));
  void database.rememberStrategy(noteId, name);
  if (!isLocked) await adoptOrphans(database, noteId, strategy, replicaId).catch(ignoreStorage);
  const tracer: Tracer = {
    trace(entry: JournalEntry) {
      journal.trace(entry);
      // It is made right before it is told.
      if (entry.kind === "intent") control.journal({ ...entry, ...stamps.takeLast() });
    },
  };
  const note = new NoteSession({
    noteId,
    replicaId,
    strategy,
    nameOf: (other) => control.state().replicas.find(({ replicaId: known }) => known === other)?.name ?? null,
    connect: connectSync({ noteId, replicaId, name: control.state().selfName, strategy: name, capability: () => capabilityOf(noteId) }),
    store: database.storeOf(noteId, replicaId),
    clock: browserClock,
    prng: prng.stream(`note ${noteId}`),
    tracer,
    startTextMax: START_TEXT_MAX,
    openWatch: async (text) => (await import("./open-watch.ts")).openWatch(control, noteId, text),
  });
  note.session.subscribe(() => burnIfNotKept(note.session, replicaId));
  return note;
}

/** The session meets the same storage, and says so. */
function ignoreStorage(error: unknown): void {
  if (!(error instanceof StorageError)) throw error;
}

function burnIfNotKept(session: { status(): { readonly storage: string } }, replicaId: ReplicaId): void {
  if (session.status().storage !== "ok") burnReplica(replicaId);
}
