/** One Riftpad node: store, rooms, control plane, sockets and pages on one port. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { performance } from "node:perf_hooks";
import { CATALOG_NOTE_ID, mintReplicaId } from "../crdt/base/ids.ts";
import { FaultBoard } from "../crdt/network/fault-board.ts";
import { STOCK_STRATEGY_NAME } from "../crdt/strategy/registry.ts";
import { CLOSE } from "../crdt/sync/close-codes.ts";
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
import { createPromMetrics } from "./metrics/prom-metrics.ts";
import { openCompactor } from "./rooms/compactor.ts";
import { type OpenRoom, RoomHub } from "./rooms/room-hub.ts";
import { seedTutorial } from "./rooms/tutorial.ts";
import { openSqliteStore } from "./store/sqlite-store.ts";
import { DamagedNoteError, type Store, type StoreTrouble } from "./store/store.ts";
import { randomPrng, systemClock } from "./system-clock.ts";
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
  const nodeReplica = mintReplicaId(prng);
  const journals = new NoteJournals();
  const board = new FaultBoard({ clock });
  const rates = new RateBoard({ clock });
  const metrics = createPromMetrics({
    rooms: () => hub.size,
    outboxBytes: () => sockets.outboxBytes(),
    isReadOnly: () => hub.readOnly !== null,
    quarantined: () => hub.counts.quarantined,
  });
  /** What the store has said before there was a hub. */
  let trouble: StoreTrouble | null = null;
  let running: RoomHub | null = null;
  const meter = meterStore(metrics, () => performance.now());
  const store = meter.wrap(
    await openStore(
      config,
      meter.listen({
        onSaved: (noteId, position) => hub.onSaved(noteId, position),
        onHalted: (why) => {
          log.error({ trouble: why }, "Nothing can be saved: no write is taken until that is over");
          trouble = why;
          running?.setTrouble(why);
        },
        onResumed: () => {
          log.warn("What waited is saved; writes are taken again");
          trouble = null;
          running?.setTrouble(null);
        },
        onDamaged: (noteId, error) => hub.quarantine(noteId, error),
        onBroken: (error) => {
          log.error({ err: error }, "The store failed: nothing more can be saved. Check the disk, then start again");
          running?.close(CLOSE.tryLater, "The server cannot save");
        },
      }),
    ),
  );
  const access = await openAccess(config, log);
  const compactor = openCompactor();
  const hub = new RoomHub({
    store,
    compactor,
    defer: (task) => void setImmediate(task),
    onProblem: (noteId, what, error) => log.error({ err: error, noteId }, what),
    clock,
    prng: prng.stream("rooms"),
    tracer: journals,
    nodeReplica,
    lingerMs: limits.lingerMs,
    cutsHistory: config.cutsHistory,
    onMerged: (open) => {
      metrics.fanOut(Math.max(0, open.room.sessionCount - 1));
      listStockNote(open);
      plane.onMerged(open);
    },
    onLosses: (open, losses) => plane.onLosses(open, losses),
  });
  running = hub;
  hub.setTrouble(trouble);
  await openCatalog(hub);
  const plane = new ControlPlane({
    clock,
    board,
    rates,
    store,
    journals,
    identities: new Identities(await store.names()),
    nodeReplica,
    hub,
  });
  if (hub.find(CATALOG_NOTE_ID) !== null && hub.readOnly === null) await seedTutorial(hub);

  /** A room that a stock client wrote into first becomes a note of the list. */
  function listStockNote({ room: { noteId, appendedPosition }, strategy }: OpenRoom): void {
    if (appendedPosition !== 1 || strategy !== STOCK_STRATEGY_NAME || noteId.startsWith("_")) return;
    if (hub.catalog.find(noteId) === undefined)
      hub.find(CATALOG_NOTE_ID)?.room.publish(hub.catalog.addNote({ noteId, title: noteId, strategy }));
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

  if (config.hasWeb)
    web = await openWeb({ dir: config.projectFolder, dev: config.isDev, hostname: config.host, port: config.port, httpServer: http });
  const pages = web;
  const sockets = serveSockets(http, {
    sync: { hub, plane, board, rates, clock, prng: prng.stream("links"), tracer: journals, log },
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
    await store.close();
    throw listenError(error, config);
  }

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
      await store.flush().catch(() => undefined);
      stopWatching();
      await sockets.drain("The server stops");
      hub.close(CLOSE.restarting, "The server stops");
      plane.close();
      board.close();
      rates.close();
      await compactor.close();
      await store.close().catch((error: unknown) => log.error({ err: error }, "The store did not close"));
      http.close();
      http.closeAllConnections();
      await pages?.close();
      metrics.close();
    },
    async fail() {
      router.drain();
      sockets.terminate();
      await store.flush();
    },
  };
}

async function openAccess({ dataFolder, access: mode, token }: Config, log: Logger): Promise<Access> {
  try {
    return await Access.open(dataFolder, { mode, token, clock: systemClock }, (message) => log.error(message));
  } catch (error) {
    throw new ConfigError(`Cannot use the data folder ${dataFolder}: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

/** A damaged list of notes is reported like any damaged note: the notes themselves are there, at their addresses. */
async function openCatalog(hub: RoomHub): Promise<void> {
  try {
    await hub.open(CATALOG_NOTE_ID);
  } catch (error) {
    if (!(error instanceof DamagedNoteError)) throw error;
  }
}

async function openStore(config: Config, events: Parameters<typeof openSqliteStore>[1]): Promise<Store> {
  try {
    return await openSqliteStore(config.dataFolder, events);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
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
