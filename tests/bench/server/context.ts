/** What every case works with: a server to start, rooms to enter, and the kernel's counters around a stretch of work. */

import { setTimeout as delay } from "node:timers/promises";
import { SyncClient, type SyncClientOptions, within } from "./client.ts";
import { between, coreBusyMs, rssBytes, type Span, type Usage, usageOf } from "./proc.ts";
import { newFolder, type RunningServer, type ServerKind, startServer } from "./servers.ts";

/** Connections that are being made at once, unless the case is about that. */
const CONNECTING_MAX = 50;
const SYNC_MS_MAX = 30_000;

export interface Outcome {
  readonly figures: Readonly<Record<string, number>>;
  /** Of the time that the server wanted a core, how much it waited for one, in the stretch that was measured. */
  readonly waitShare: number;
  /** Of that stretch, how long others had the server's core: what disturbed it from outside. */
  readonly othersShare: number;
}

export interface ContextOptions {
  readonly kind: ServerKind;
  readonly isQuick: boolean;
  readonly serverCore: number;
  readonly nodeFlags: readonly string[];
}

export class Context {
  readonly kind: ServerKind;
  readonly isQuick: boolean;
  readonly #options: ContextOptions;
  readonly #folder = newFolder();
  readonly #clients: SyncClient[] = [];
  #server: RunningServer | null = null;
  #replicas = 1_000_000_000;
  #from: { readonly usage: Usage; readonly coreMs: number; readonly atMs: number } | null = null;

  constructor(options: ContextOptions) {
    this.#options = options;
    this.kind = options.kind;
    this.isQuick = options.isQuick;
  }

  get server(): RunningServer {
    if (this.#server === null) throw new RangeError("No server is running: await start() first");
    return this.#server;
  }

  /** Starts the server, on what it has stored if it ran before, with `preload` in it. */
  async start(preload: string | null = null): Promise<RunningServer> {
    const { kind, serverCore, nodeFlags } = this.#options;
    const flags = preload === null ? nodeFlags : [...nodeFlags, "--require", preload];
    return (this.#server = await startServer(kind, this.#folder, serverCore, flags));
  }

  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    await this.#server?.stop(signal);
    this.#server = null;
  }

  /** A number that no other client of this run has: a Yjs client id, and the replica id that goes with it. */
  claim(): number {
    return ++this.#replicas;
  }

  /** Enters a room; not yet synced. */
  join(room: string, events: Pick<SyncClientOptions, "onDocument" | "onApplied"> = {}, replica = this.claim()): SyncClient {
    const { kind, server } = this;
    const client = new SyncClient({ port: server.port, path: kind.path(room, replica), dialect: kind.dialect, room, ...events });
    this.#clients.push(client);
    return client;
  }

  /** Enters many rooms, at most `CONNECTING_MAX` at once, and waits until each is synced. */
  async joinAll(
    rooms: readonly string[],
    eventsOf: (n: number) => Pick<SyncClientOptions, "onDocument" | "onApplied"> = () => ({}),
  ): Promise<SyncClient[]> {
    const clients: SyncClient[] = [];
    for (let from = 0; from < rooms.length; from += CONNECTING_MAX) {
      const some = rooms.slice(from, from + CONNECTING_MAX).map((room, k) => this.join(room, eventsOf(from + k)));
      await within(SYNC_MS_MAX, `${some.length} clients in sync`, Promise.all(some.map(({ synced }) => synced)));
      clients.push(...some);
    }
    return clients;
  }

  /** Leaves everything and waits until the sockets are gone. */
  async leaveAll(): Promise<void> {
    const clients = this.#clients.splice(0);
    for (const client of clients) client.close();
    await within(SYNC_MS_MAX, "sockets closed", Promise.all(clients.map(({ wire }) => wire.closed)));
  }

  begin(): void {
    this.#from = { usage: usageOf(this.server.pid), coreMs: coreBusyMs(this.#options.serverCore), atMs: performance.now() };
  }

  /** Since `begin`. */
  end(): Span & { readonly othersShare: number; readonly seconds: number } {
    const from = this.#from;
    if (from === null) throw new RangeError("Nothing was begun: call begin() first");
    const span = between(from.usage, usageOf(this.server.pid));
    const ms = performance.now() - from.atMs;
    const othersMs = coreBusyMs(this.#options.serverCore) - from.coreMs - span.cpuMs;
    return { ...span, othersShare: Math.min(1, Math.max(0, othersMs / ms)), seconds: ms / 1_000 };
  }

  /** Has the server collect its garbage, gives it a moment, and says what it holds. */
  async heldBytes(): Promise<number> {
    for (let round = 0; round < 2; round++) {
      process.kill(this.server.pid, "SIGUSR2");
      await delay(400);
    }
    return rssBytes(this.server.pid);
  }
}

/** The `p`-th part (0 to 1) of the values, which are sorted in place. @throws RangeError for none. */
export function quantile(values: number[], p: number): number {
  if (values.length === 0) throw new RangeError("No values: nothing was delivered");
  values.sort((a, b) => a - b);
  return values[Math.min(values.length - 1, Math.floor(p * values.length))]!;
}
