/** The list of notes on the nodes of a cluster, with copies of it on several devices: real rooms, links and sessions on the virtual clock. */

import { EMPTY_BYTES } from "../../crdt/base/bytes.ts";
import { VirtualClock } from "../../crdt/base/clock.ts";
import { parseNoteId, type ReplicaId, replicaIdFrom } from "../../crdt/base/ids.ts";
import { SILENT_TRACER } from "../../crdt/base/journal.ts";
import { createPrng, type Prng } from "../../crdt/base/prng.ts";
import { Catalog } from "../../crdt/catalog/catalog.ts";
import { Cluster } from "../../crdt/cluster/cluster.ts";
import { settle } from "../../crdt/lab/world-run.ts";
import type { NodeId } from "../../crdt/network/node-pair.ts";
import type { NoteRelay, RelayOptions, Strategy } from "../../crdt/strategy/strategy.ts";
import { compareVectors, readVector } from "../../crdt/causal/version-vector.ts";
import { MemoryStore } from "../../crdt/sync/local-store.ts";
import { ReplicaSession } from "../../crdt/sync/replica-session.ts";

const LIST = parseNoteId("sim-list")!;
const STEPS_MAX = 100_000;

export interface CatalogWorldOptions {
  readonly seed: number | string;
  readonly count: number;
  readonly ttlMs: number;
  /** A copy has taken something in, or written. `place` is a device, or one life of a node. */
  readonly onChange: (place: string, catalog: Catalog) => void;
  /** May put another copy in place of a node's after each update. */
  readonly tamper?: (catalog: Catalog, open: (state: Uint8Array) => Catalog) => Catalog;
}

export interface Device {
  readonly id: ReplicaId;
  readonly prng: Prng;
  session: ReplicaSession<Catalog>;
  open(): ReplicaSession<Catalog>;
}

export class CatalogWorld {
  readonly clock = new VirtualClock(1_700_000_000_000);
  readonly prng: Prng;
  readonly cluster: Cluster;
  readonly devices: Device[] = [];
  readonly #options: CatalogWorldOptions;
  #lives = 0;

  constructor(options: CatalogWorldOptions) {
    const { seed, count, ttlMs } = options;
    this.#options = options;
    this.prng = createPrng(seed);
    const strategy = this.#strategy();
    this.cluster = new Cluster({ count, ttlMs, clock: this.clock, prng: this.prng.stream("cluster"), strategies: () => strategy });
  }

  /** A device on `node` with a copy of the list; connect it with `start` of its session. */
  join(node: NodeId): Device {
    const { clock, cluster } = this;
    const id = replicaIdFrom(this.devices.length + 1);
    cluster.place(id, node);
    const prng = this.prng.stream(`device ${id}`);
    const store = new MemoryStore();
    const open = (): ReplicaSession<Catalog> => {
      const session = new ReplicaSession<Catalog>({
        noteId: LIST,
        replicaId: id,
        open: (state) => new Catalog({ replica: id, clock, ...(state === undefined ? {} : { state }) }),
        draftOf: () => null,
        connect: cluster.connect(id, LIST, "walker"),
        store,
        clock,
        prng: prng.stream("session"),
        tracer: SILENT_TRACER,
      });
      session.subscribe(({ kind }) => {
        if (kind !== "presence" && session.status().isLoaded) this.#options.onChange(id, session.replica);
      });
      return session;
    };
    const device = { id, prng, session: open(), open };
    this.devices.push(device);
    return device;
  }

  async reload(device: Device): Promise<void> {
    device.session.close();
    await settle();
    device.session = device.open();
    await device.session.start();
  }

  /** The copy on a node; null where it is not open. */
  on(node: NodeId): Pick<NoteRelay, "since"> | null {
    return this.cluster.node(node)?.find(LIST)?.relay ?? null;
  }

  async run(durationMs: number): Promise<void> {
    const untilMs = this.clock.now() + durationMs;
    for (let steps = 0; ; steps++) {
      if (steps > STEPS_MAX) throw new Error(`More than ${STEPS_MAX} steps in ${durationMs} ms: messages go round in a circle`);
      await settle();
      const dueMs = this.clock.nextDueMs();
      if (dueMs === null || dueMs > untilMs) break;
      this.clock.step();
    }
    this.clock.advance(untilMs - this.clock.now());
    await settle();
  }

  close(): void {
    for (const { session } of this.devices) session.close();
    this.cluster.close();
  }

  /** What a node of the lab needs in order to hold the list as it holds a note. */
  #strategy(): Strategy {
    const noText = (): never => {
      throw new RangeError("The list of notes has no text");
    };
    return {
      name: "walker",
      traits: { losesWrites: false, isAvailable: true, isOrdered: false, isStockCompatible: false, source: "crdt/catalog" },
      open: noText,
      openRelay: (options) => this.#relay(options, noText),
      compare: (a, b) => compareVectors(readVector(a), readVector(b)),
      validate: () => undefined,
    };
  }

  #relay({ replica, clock, state = EMPTY_BYTES, updates }: RelayOptions, noText: () => never): NoteRelay {
    const { onChange, tamper } = this.#options;
    const place = `${replica}, life ${++this.#lives}`;
    const open = (from: Uint8Array): Catalog => new Catalog({ replica, clock, state: from });
    let catalog = open(state);
    for (const update of updates) catalog.receive(update);
    onChange(place, catalog);
    return {
      receive(update) {
        const received = catalog.receive(update);
        catalog = tamper?.(catalog, open) ?? catalog;
        onChange(place, catalog);
        return received;
      },
      version: () => catalog.version(),
      since: (version) => catalog.since(version),
      seen: () => catalog.seen(),
      document: noText,
      dropDocument: () => undefined,
      isDocumentOpen: false,
    };
  }
}
