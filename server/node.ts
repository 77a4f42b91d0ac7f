/** One Riftpad node: store, rooms, control plane, sockets and pages on one port. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { performance } from "node:perf_hooks";
import { CATALOG_NOTE_ID } from "../crdt/base/ids.ts";
import { FaultBoard } from "../crdt/network/fault-board.ts";
import { STOCK_STRATEGY_NAME } from "../crdt/strategy/registry.ts";
import { RateBoard } from "../crdt/sync/rate-board.ts";
import { Access } from "./access/access.ts";
import type { Config } from "./config.ts";
import { ConfigError } from "./config.ts";
import { ControlPlane } from "./faults/control-plane.ts";
import { Identities } from "./faults/identities.ts";
import { NoteJournals } from "./faults/note-journals.ts";
import { answerBadHeads, hardenHttp, limitConnections, LISTEN_BACKLOG } from "./http/hardening.ts";
import { createHostGuard, isLocalHost } from "./http/host-guard.ts";
import { sendError } from "./http/http-error.ts";
import { createPermits } from "./http/permits.ts";
import { createRouter } from "./http/router.ts";
import { openWeb, type Web } from "./http/web.ts";
import type { Logger } from "./log.ts";
import { collectGarbage, watchCrowd } from "./memory.ts";
import { meterStore } from "./metrics/metered-store.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { createPromMetrics } from "./metrics/prom-metrics.ts";
import { Fleet, type FleetOptions } from "./nodes/fleet.ts";
import { hubOfPrimary, storeOfPrimary } from "./nodes/primary.ts";
import { type ServedNode, UnusableFolderError } from "./nodes/served-node.ts";
import type { OpenRoom } from "./rooms/room-hub.ts";
import { seedTutorial } from "./rooms/tutorial.ts";
import { randomPrng, steadyClock, systemClock } from "./system-clock.ts";
import { serveSockets } from "./ws/socket-server.ts";

export interface RunningNode {
  readonly port: number;
  /** What opens everything, where being on this machine does not; null where nothing needs it, or it was given. */
  readonly ownerToken: string | null;
  /** Takes nobody in any more, saves what has come in, says goodbye, and lets go of everything. */
  close(): Promise<void>;
  /** After an error that nobody caught: hangs up on everybody, and saves what had come in. */
  fail(): Promise<void>;
}

/** Rejects with ConfigError when the port or the data folder cannot be used. */
export async function startNode(config: Config, log: Logger): Promise<RunningNode> {
  const { limits, hasFaults } = config;
  const clock = systemClock;
  const prng = randomPrng();
  const journals = new NoteJournals();
  const board = new FaultBoard({ clock });
  const rates = new RateBoard({ clock });
  const metrics = createPromMetrics({
    rooms: () => primary().hub.size,
    outboxBytes: () => sockets.outboxBytes(),
    isReadOnly: () => primary().hub.readOnly !== null,
    quarantined: () => primary().hub.counts.quarantined,
  });
  const meter = meterStore(metrics, () => performance.now());
  // Beside the store. When nothing comes of the rest its process ends with this one.
  const opening = config.hasWeb ? openPages(config, log, metrics) : null;
  opening?.catch(() => undefined);
  /** The control plane, once there is one: nodes begin before it. */
  let watching: ControlPlane | null = null;
  const fleet = await startFleet(config, {
    count: config.nodeCount,
    dataFolder: config.dataFolder,
    clock,
    steady: steadyClock,
    prng,
    tracer: journals,
    log,
    meter,
    lingerMs: limits.lingerMs,
    lockTtlMs: limits.lockTtlMs,
    cutsHistory: config.cutsHistory,
    clientLinks: board,
    onMerged: (node, open, isOfClient) => {
      if (isOfClient) metrics.fanOut(Math.max(0, open.room.sessionCount - 1));
      if (isOfClient) listStockNote(node, open);
      watching?.onMerged(open);
    },
    onDurable: (open) => watching?.onDurable(open),
    onLosses: (node, open, losses) => watching?.onLosses(open, losses, node.store),
    onChange: () => watching?.onNodes(),
  });
  const access = await openAccess(config, log);
  const primary = (): ServedNode => fleet.primary;
  const hub = hubOfPrimary(fleet);
  const plane = new ControlPlane({
    clock,
    board,
    rates,
    store: storeOfPrimary(fleet),
    journals,
    identities: new Identities(await primary().store.names()),
    stamps: await fleet.stamps(),
    get nodeReplica() {
      return primary().replica;
    },
    hub,
    fleet,
    ...(fleet.isSeveral ? { onPlaced: (replica, node) => fleet.partitions.place(replica, node) } : {}),
  });
  watching = plane;
  const isNew = !fleet.isSeveral || fleet.isBlank;
  if (isNew && primary().hub.find(CATALOG_NOTE_ID) !== null && primary().hub.readOnly === null) await seedTutorial(primary().hub);

  /** A room that a stock client wrote into first becomes a note of the list. */
  function listStockNote(node: ServedNode, { room: { noteId, appendedPosition }, strategy }: OpenRoom): void {
    if (appendedPosition !== 1 || strategy !== STOCK_STRATEGY_NAME || noteId.startsWith("_")) return;
    const { hub: own } = node;
    if (own.catalog.find(noteId) === undefined)
      own.find(CATALOG_NOTE_ID)?.room.publish(own.catalog.addNote({ noteId, title: noteId, strategy }));
  }

  const guard = createHostGuard(config);
  const permits = createPermits(config.host, access, guard);
  let web: Web | null = null;
  const router = createRouter({
    control: { plane, journals, hub, access, permits, hasFaults },
    access: { access, permits, hub, hasFaults, nowMs: () => clock.now() },
    metrics,
    pages: () => web,
    isDev: config.isDev,
  });
  const http = createServer(hardenHttp(limits), (request: IncomingMessage, response: ServerResponse) => {
    router.handle(request, response).catch((error: unknown) => {
      // Without the query: it may hold somebody's capability.
      log.error({ err: error, path: request.url?.split("?", 1)[0] }, "A request failed");
      if (response.headersSent) response.destroy();
      else sendError(response, 500, "Something went wrong on the server");
    });
  });
  // Those that have not asked for anything yet are few, or are shut out.
  http.maxConnections = limits.connectionsMax + 1_000;
  limitConnections(http, limits, () => metrics.refused("address-connections"));
  answerBadHeads(http, (code) => {
    metrics.refused("request");
    log.info({ code, refusal: "request" }, "refused");
  });

  web = await opening;
  const pages = web;
  const sockets = serveSockets(http, {
    sync: { fleet, plane, board, rates, clock, prng: prng.stream("links"), tracer: journals, log },
    access,
    guard,
    permits,
    metrics,
    limits,
    hasFaults,
    // Hot reload.
    others: pages === null || !config.isDev ? null : (request, socket, head) => pages.upgrade(request, socket, head),
  });
  try {
    await new Promise<void>((resolve, reject) => {
      http.once("error", reject);
      http.listen({ port: config.port, host: config.host, backlog: LISTEN_BACKLOG }, resolve);
    });
  } catch (error) {
    await fleet.close();
    throw listenError(error, config);
  }
  metrics.watchLoop(clock);

  const stopWatching = watchCrowd({
    clock,
    visits: () => sockets.visits(),
    size: () => hub.size + sockets.count(),
    collect() {
      const fromMs = performance.now();
      collectGarbage();
      log.info({ pauseMs: Math.round(performance.now() - fromMs) }, "A crowd has left; its memory is given back");
    },
  });

  return {
    port: (http.address() as AddressInfo).port,
    ownerToken: config.token === null && (access.mode === "links" || !isLocalHost(config.host)) ? access.token : null,
    async close() {
      // The port stays open a little longer, so that whoever comes is told to come back, and not just refused.
      router.drain();
      sockets.stopAccepting();
      // Acks of what has come in leave before the goodbye.
      await fleet.flush().catch(() => undefined);
      stopWatching();
      await sockets.drain("The server stops");
      plane.close();
      board.close();
      rates.close();
      await fleet.close().catch((error: unknown) => log.error({ err: error }, "The store did not close"));
      http.close();
      http.closeAllConnections();
      await pages?.close();
      metrics.close();
    },
    async fail() {
      router.drain();
      sockets.terminate();
      await fleet.flush();
    },
  };
}

function openPages({ projectFolder: dir, isDev: dev, host: hostname, port }: Config, log: Logger, metrics: Metrics): Promise<Web> {
  return openWeb({ dir, dev, hostname, port }, log, () => metrics.pagesRestarted());
}

async function openAccess({ dataFolder, access: mode, token }: Config, log: Logger): Promise<Access> {
  try {
    return await Access.open(dataFolder, { mode, token, clock: systemClock }, (message) => log.error(message));
  } catch (error) {
    throw new ConfigError(`Cannot use the data folder ${dataFolder}: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

/** The node whose folder cannot be used is the one whose trouble ends the start. */
async function startFleet(config: Config, options: FleetOptions): Promise<Fleet> {
  try {
    return await Fleet.start(options);
  } catch (error) {
    if (!(error instanceof UnusableFolderError)) throw error;
    const { message: reason } = error;
    const hint = /locked|busy/i.test(reason)
      ? "Another Riftpad is using it. Stop that one, or set RIFTPAD_DATA to another folder"
      : /malformed|not a database/i.test(reason)
        ? "It is damaged and was left as it is. Put a copy in its place, or set RIFTPAD_DATA to another folder"
        : "Make it writable, or set RIFTPAD_DATA to another folder";
    throw new ConfigError(`Cannot use the data folder ${config.dataFolder} (${reason}). ${hint}.`);
  }
}

function listenError(error: unknown, { host, port }: Config): unknown {
  const code = (error as { code?: unknown }).code;
  if (code === "EADDRINUSE")
    return new ConfigError(`Port ${port} is in use. Stop what uses it, or choose another: PORT=${port + 1} npm start`);
  if (code === "EACCES") return new ConfigError(`Port ${port} may not be used by this user. Choose one above 1023: PORT=3000 npm start`);
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return new ConfigError(`HOST ${host} is no address of this machine. Try HOST=127.0.0.1`);
  return error;
}
