/** The list of notes on several nodes, somebody counting on each, while a nemesis works on them; then peace, and the checkers. */

import { EMPTY_BYTES } from "../../../crdt/base/bytes.ts";
import { type NoteId, parseNoteId, type ReplicaId } from "../../../crdt/base/ids.ts";
import { pick, type Prng } from "../../../crdt/base/prng.ts";
import type { Catalog } from "../../../crdt/catalog/catalog.ts";
import { type CellBody, decodeCatalogUpdate, encodeCatalogUpdate, encodeCells } from "../../../crdt/catalog/catalog-codec.ts";
import { readVector } from "../../../crdt/causal/version-vector.ts";
import { CatalogWorld, type CatalogWorldOptions, type Device } from "../../support/catalog-world.ts";
import { calm } from "../../support/nemeses.ts";
import { FABRIC_NEMESES } from "./storm.ts";

const STEPS = 24;
const TTL_MS = 2_000;
const NOTES = ["one", "two"].map((name) => parseNoteId(name)!);

/** Counts by what they count, of whom, in which note. */
type Counts = ReadonlyMap<string, number>;

export interface CatalogPlant {
  readonly tamper?: CatalogWorldOptions["tamper"];
  /** In place of a vote against, or of a view; null: as it should be. */
  readonly writes?: (catalog: Catalog, author: ReplicaId, noteId: NoteId, kind: "down" | "view") => Uint8Array | null;
}

export interface CatalogPlayed {
  readonly world: CatalogWorld;
  /** What fell, and where. */
  readonly fallen: readonly string[];
  /** Own counts that their author did not see. */
  readonly unseen: readonly string[];
  /** What everybody did. */
  readonly done: Counts;
}

export type CatalogChecker = (played: CatalogPlayed) => string[];

export const CATALOG_CHECKERS: Readonly<Record<string, CatalogChecker>> = {
  converged({ world }) {
    const hashes = new Set(world.devices.map(({ session }) => session.replica.hash().structure));
    const open = world.devices.filter(({ session }) => session.status().unsaved > 0 || session.status().connection !== "synced");
    const nodes = new Set(world.cluster.ids.map((id) => textOf(countsIn(world.on(id)?.since(EMPTY_BYTES)))));
    return [
      ...(hashes.size === 1 ? [] : [`${hashes.size} lists on ${world.devices.length} devices`]),
      ...(nodes.size === 1 ? [] : [`${nodes.size} sets of counts on ${world.cluster.ids.length} nodes`]),
      ...open.map(({ id }) => `${id} is not done`),
    ];
  },
  "counters monotone": ({ fallen }) => fallen.slice(0, 3),
  "read your writes": ({ unseen }) => unseen.slice(0, 3),
  "each counted once"({ world, done }) {
    const counts = countsIn(world.devices[0]!.session.replica.since(EMPTY_BYTES));
    return [...new Set([...done.keys(), ...counts.keys()])].flatMap((key) => {
      const [wanted, found] = [done.get(key) ?? 0, counts.get(key) ?? 0];
      return wanted === found ? [] : [`${key}: ${found} counted of ${wanted}`];
    });
  },
};

export interface CatalogStorm {
  readonly findings: readonly string[];
  readonly counted: number;
}

/** Half a virtual minute of counting, then peace. An error of ours is a finding, too. */
export async function runCatalogStorm(nemesis: string, seed: number | string, plant: CatalogPlant = {}): Promise<CatalogStorm> {
  const highest = new Map<string, Map<string, number>>();
  const fallen: string[] = [];
  const unseen: string[] = [];
  const done = new Map<string, number>();
  const onChange = (place: string, catalog: Catalog): void => {
    const known = highest.get(place) ?? new Map<string, number>();
    highest.set(place, known);
    const counts = countsIn(catalog.since(EMPTY_BYTES));
    for (const [key, before] of known) {
      const now = counts.get(key) ?? 0;
      if (now < before) fallen.push(`${key} fell from ${before} to ${now} on ${place}`);
    }
    for (const [key, count] of counts) known.set(key, Math.max(count, known.get(key) ?? 0));
  };
  const count = typeof seed === "number" && seed % 4 === 3 ? 5 : 3;
  const world = new CatalogWorld({ seed, count, ttlMs: TTL_MS, onChange, ...(plant.tamper === undefined ? {} : { tamper: plant.tamper }) });
  const findings: string[] = [];
  try {
    await play({ world, fallen, unseen, done }, nemesis, plant, (device) => look(device, done, unseen), done);
    for (const [name, checker] of Object.entries(CATALOG_CHECKERS))
      findings.push(...checker({ world, fallen, unseen, done }).map((finding) => `${name}: ${finding}`));
    world.close();
    await world.run(60_000);
    if (world.clock.pending > 0) findings.push(`no timer left: ${world.clock.pending} timers a minute after the end`);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    findings.push(`no error: ${error.name}: ${error.message}`);
  }
  return { findings, counted: [...done.values()].reduce((sum, each) => sum + each, 0) };
}

async function play(
  { world }: CatalogPlayed,
  name: string,
  plant: CatalogPlant,
  lookAt: (device: Device) => void,
  done: Map<string, number>,
): Promise<void> {
  const { cluster, devices } = world;
  const nemesis = FABRIC_NEMESES[name];
  if (nemesis === undefined) throw new RangeError(`Unknown nemesis ${name}: expected one of ${Object.keys(FABRIC_NEMESES).join(", ")}`);
  const prng = world.prng.stream("nemesis");
  for (const id of cluster.ids) await world.join(id).session.start();
  await world.run(prng.int(0, 3_000));
  for (let step = 0; step < STEPS; step++) {
    for (const device of devices) if (prng.float() < 0.6) write(device, plant, done);
    if (prng.float() < 0.4) nemesis(cluster, prng);
    const device = pick(prng, devices);
    if (prng.float() < 0.08)
      cluster.clientLinks.set(device.id, { up: { cut: "blackhole" }, down: { cut: pick(prng, ["open", "blackhole"]) } });
    if (prng.float() < 0.1) cluster.clientLinks.heal(device.id);
    if (prng.float() < 0.05) cluster.place(device.id, pick(prng, cluster.ids));
    if (prng.float() < 0.04) await world.reload(device);
    await world.run(prng.int(1, 1_500));
    devices.forEach(lookAt);
  }
  calm(cluster);
  await world.run(40_000);
  for (const { session } of devices) session.retryNow();
  await world.run(30_000);
  devices.forEach(lookAt);
}

/** One random change of the list in the device's own copy. */
function write({ id, session, prng }: Device, plant: CatalogPlant, done: Map<string, number>): void {
  if (!session.status().isLoaded) return;
  const { replica: catalog } = session;
  const noteId = pick(prng, NOTES);
  const count = (key: string, bytes: Uint8Array): Uint8Array => {
    done.set(`${key} of ${id} in ${noteId}`, (done.get(`${key} of ${id} in ${noteId}`) ?? 0) + 1);
    return bytes;
  };
  const change = prng.float();
  session.commit(
    change < 0.35
      ? count("views", plant.writes?.(catalog, id, noteId, "view") ?? catalog.view(noteId))
      : change < 0.55
        ? count("ups", catalog.vote(noteId, 1))
        : change < 0.75
          ? count("downs", plant.writes?.(catalog, id, noteId, "down") ?? catalog.vote(noteId, -1))
          : writeOther(catalog, noteId, prng),
  );
}

function writeOther(catalog: Catalog, noteId: NoteId, prng: Prng): Uint8Array {
  const tag = pick(prng, ["red", "blue"]);
  const change = prng.float();
  if (change < 0.3) return catalog.addNote({ noteId, title: tag, strategy: "walker" });
  if (change < 0.5) return catalog.rename(noteId, `${tag} ${change}`);
  if (change < 0.7) return catalog.addTag(noteId, tag);
  return change < 0.85 ? catalog.removeTag(noteId, tag) : catalog.setDeleted(noteId, change < 0.9);
}

/** Whether a device sees what was counted on it. */
function look({ id, session }: Device, done: Counts, unseen: string[]): void {
  if (!session.status().isLoaded) return;
  const counts = countsIn(session.replica.since(EMPTY_BYTES));
  for (const [key, wanted] of done)
    if (key.includes(` of ${id} in `) && (counts.get(key) ?? 0) < wanted)
      unseen.push(`${id} sees ${counts.get(key) ?? 0} of its own ${wanted} ${key}`);
}

function countsIn(state: Uint8Array | undefined): Counts {
  const counts = new Map<string, number>();
  if (state === undefined || state.length === 0) return counts;
  for (const { noteId, author, body } of decodeCatalogUpdate(state).cells) {
    const key = (what: string): string => `${what} of ${author} in ${noteId}`;
    if (body.kind === "views") counts.set(key("views"), body.count);
    if (body.kind === "votes") counts.set(key("ups"), body.plus);
    if (body.kind === "votes") counts.set(key("downs"), body.minus);
  }
  return counts;
}

function textOf(counts: Counts): string {
  return [...counts]
    .map(([key, count]) => `${key}: ${count}`)
    .sort()
    .join("\n");
}

export interface PlantedInCatalog {
  readonly nemesis: string;
  readonly caughtBy: string;
  readonly plant: () => CatalogPlant;
}

/** Bugs around the list of notes, never in the code of the product, and the checker that must see each. */
export const PLANTED_IN_CATALOG: Readonly<Record<string, PlantedInCatalog>> = {
  "a vote against that is taken from the votes for": {
    nemesis: "split",
    caughtBy: "counters monotone",
    plant: () => ({
      writes: (catalog, author, noteId, kind) => {
        const ups = countsIn(catalog.since(EMPTY_BYTES)).get(`ups of ${author} in ${noteId}`) ?? 0;
        const downs = countsIn(catalog.since(EMPTY_BYTES)).get(`downs of ${author} in ${noteId}`) ?? 0;
        return kind === "down" && ups > 0 ? forged(catalog, author, noteId, { kind: "votes", plus: ups - 1, minus: downs }) : null;
      },
    }),
  },
  "a node that goes back to what it knew": {
    nemesis: "isolate",
    caughtBy: "counters monotone",
    plant: () => {
      let updates = 0;
      let state: Uint8Array = EMPTY_BYTES;
      return {
        tamper(catalog, open) {
          if (++updates % 20 === 10) state = catalog.since(EMPTY_BYTES);
          return updates % 20 === 0 ? open(state) : catalog;
        },
      };
    },
  },
  "a view that counts those of everybody": {
    nemesis: "one-way",
    caughtBy: "each counted once",
    plant: () => ({
      writes(catalog, author, noteId, kind) {
        if (kind !== "view") return null;
        const all = [...countsIn(catalog.since(EMPTY_BYTES))].filter(([key]) => key.startsWith("views") && key.endsWith(` in ${noteId}`));
        return forged(catalog, author, noteId, { kind: "views", count: all.reduce((sum, [, count]) => sum + count, 1) });
      },
    }),
  },
  "a view that is taken and not written": {
    nemesis: "split",
    caughtBy: "read your writes",
    plant: () => {
      let views = 0;
      return { writes: (_catalog, _author, _noteId, kind) => (kind === "view" && ++views % 9 === 0 ? EMPTY_BYTES : null) };
    },
  },
};

/** A write of `author` that the catalog itself would not make; its copy has it. */
function forged(catalog: Catalog, author: ReplicaId, noteId: NoteId, body: CellBody): Uint8Array {
  const version = catalog.version();
  const from = version.length === 0 ? 0 : (readVector(version).get(author) ?? 0);
  const bytes = encodeCatalogUpdate([{ author, from, to: from + 1 }], [encodeCells([{ noteId, author, seq: from + 1, body }])]);
  catalog.receive(bytes);
  return bytes;
}
